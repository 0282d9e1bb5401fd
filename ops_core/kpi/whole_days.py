"""A period as whole local days, which have sums, and the parts of days at its ends (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from ops_core.kernel.times import SITE_ZONE
from ops_core.kpi.periods import Period
from ops_core.kpi.spans import Span


@dataclass(frozen=True, slots=True)
class WholeDays:
    """The local days [first, end) in ISO, equal when there are none, and the spans around them."""

    first: str
    end: str
    edges: tuple[Span, ...] = ()


def summed_days(period: Period, zone: ZoneInfo) -> WholeDays:
    """The period by the days that have sums; none where the contract's days are not the site's."""
    if zone == SITE_ZONE:
        return whole_days(period, zone)
    return WholeDays("", "", ((period.start, period.end),))


@lru_cache(maxsize=4096)
def midnight(day: str, zone: ZoneInfo) -> datetime:
    """The start of a day in ISO."""
    return datetime.combine(date.fromisoformat(day), time(), zone)


def day_named(day: str, period: Period, zone: ZoneInfo) -> Period:
    """A whole day of the period."""
    start = midnight(day, zone)
    following = start.date() + timedelta(days=1)
    return replace(period, start=start, end=midnight(following.isoformat(), zone))


def parts_of(period: Period, days: WholeDays) -> Sequence[Period]:
    """The parts of the period that no sums answer for."""
    return [replace(period, start=start, end=end) for start, end in days.edges]


def whole_days(period: Period, zone: ZoneInfo) -> WholeDays:
    """The period cut at local midnight."""
    opens = _midnight(period.start, zone)
    if opens < period.start:
        opens = _midnight(opens + timedelta(hours=36), zone)
    closes = _midnight(period.end, zone)
    if opens >= closes:
        day = f"{opens:%Y-%m-%d}"
        return WholeDays(day, day, ((period.start, period.end),))
    edges = ((period.start, opens), (closes, period.end))
    return WholeDays(
        f"{opens:%Y-%m-%d}",
        f"{closes:%Y-%m-%d}",
        tuple((start, end) for start, end in edges if start < end),
    )


def _midnight(at: datetime, zone: ZoneInfo) -> datetime:
    """The local midnight at or before the instant."""
    local = at.astimezone(zone)
    return datetime(local.year, local.month, local.day, tzinfo=zone)
