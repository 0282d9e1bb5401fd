"""A period as whole local days, which have sums, and the parts of days at its ends (pure)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ops_core.kpi.periods import Period
from ops_core.kpi.spans import Span


@dataclass(frozen=True, slots=True)
class WholeDays:
    """The local days [first, end) in ISO, equal when there are none, and the spans around them."""

    first: str
    end: str
    edges: tuple[Span, ...] = ()


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
