"""Which requests are asked for, from the arguments of GET requests (pure).

The limits are the standard's: a span of 90 days and 1000 requests, whichever is smaller; paging by
``page`` and ``page_size`` is its widespread extension (wiki.open311.org/GeoReport_v2/Extensions).
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ops_core.hotline.exchange.read import MOST, ExchangeFilter
from ops_core.kernel.errors import Invalid
from ops_core.kernel.i18n import message
from ops_core.kernel.web_address import listed
from wallboard.open311.instants import instant_of

SPAN = timedelta(days=90)
STATUSES = ("open", "closed")


@dataclass(frozen=True, slots=True)
class AskedRequests:
    """The arguments as they came; an empty one is as if it were not given."""

    service_request_id: str = ""
    service_code: str = ""
    start_date: str = ""
    end_date: str = ""
    status: str = ""
    page: int = 1
    page_size: int = MOST


def filter_of(asked: AskedRequests, shown: ExchangeFilter, now: datetime) -> ExchangeFilter:
    """The filter within what is shown at all; identifiers override all else.

    A unit's program that names no instants gets everything its unit has: an order of long ago is
    still its own. Raises Invalid for what cannot be read.
    """
    offset, limit = (asked.page - 1) * asked.page_size, asked.page_size
    numbers = listed(asked.service_request_id)
    if numbers:
        return replace(shown, numbers=numbers[:MOST], offset=offset, limit=limit)
    start, end = instant_of(asked.start_date), instant_of(asked.end_date)
    of_any_time = shown.unit is not None and start is None and end is None
    return replace(
        shown,
        categories=listed(asked.service_code),
        received=None if of_any_time else _span(start, end, now),
        is_closed=_closed(listed(asked.status)),
        offset=offset,
        limit=limit,
    )


def _span(start: datetime | None, end: datetime | None, now: datetime) -> tuple[datetime, datetime]:
    if end is None:
        end = now if start is None else start + SPAN
    if start is None:
        start = end - SPAN
    if not timedelta(0) <= end - start <= SPAN:
        raise Invalid(
            message("时间范围不正确"),
            message("start_date 须早于 end_date，且相距至多 {days} 天。", days=SPAN.days),
            message("请分段查询。"),
        )
    return start, end


def _closed(statuses: tuple[str, ...]) -> bool | None:
    """Which of the two; None for both."""
    unknown = [one for one in statuses if one not in STATUSES]
    if unknown:
        raise Invalid(
            message("没有这个状态"),
            message("{status} 不是 open 或 closed。", status=unknown[0]),
            "",
        )
    return None if len(set(statuses)) != 1 else statuses[0] == "closed"
