"""Weekly periods of the site's time zone as windows of UTC, as packet filters count time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from device_configs.site.model import TimeRange, Weekday

DAY_S = 86400

_DAYS = tuple(Weekday)


@dataclass(frozen=True)
class Window:
    """Seconds ``first`` to ``last`` of the UTC day, both included, on each of the days.

    Days count from Sunday = 0, as the kernel's packet filter does.
    """

    days: tuple[int, ...]
    first: int
    last: int


@dataclass(frozen=True)
class Validity:
    """When a rule holds: in any of the windows, from ``starts_at`` up to ``ends_at`` (UTC epoch
    seconds, the end not included). No window: the whole week."""

    windows: tuple[Window, ...]
    starts_at: int | None = None
    ends_at: int | None = None


def validity_of(time_range: TimeRange, timezone: str) -> Validity:
    """A time range in UTC; the zone must keep one offset (it is checked with the contract)."""
    zone = ZoneInfo(timezone)
    offset = _offset_s(zone)
    spans = sorted(span for start, end, day in _local_spans(time_range)
                   for span in _utc_spans(day, start - offset, end - offset))  # fmt: skip
    hours = dict.fromkeys((first, last) for first, last, _ in spans)
    windows = tuple(
        Window(tuple(sorted({day for f, e, day in spans if (f, e) == span})), *span)
        for span in hours
    )
    return Validity(windows, _epoch(time_range.starts_at, zone), _epoch(time_range.ends_at, zone))


def _local_spans(time_range: TimeRange) -> Iterator[tuple[int, int, int]]:
    """(start, end, weekday from Monday = 0) in local seconds."""
    for period in time_range.periods:
        for day in period.days:
            yield period.start_minute * 60, period.end_minute * 60, _DAYS.index(day)


def _utc_spans(day: int, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """A span that may begin before or end after its day, cut at midnight.

    ``day`` counts from Monday = 0; yields (first, last, day from Sunday = 0).
    """
    for shift in (-1, 0, 1):
        first, last = max(start, shift * DAY_S), min(end, (shift + 1) * DAY_S) - 1
        if first <= last:
            yield first - shift * DAY_S, last - shift * DAY_S, (day + shift + 1) % 7


def _offset_s(zone: ZoneInfo) -> int:
    offset = datetime(2026, 1, 1, tzinfo=zone).utcoffset()
    return int((offset or timedelta()).total_seconds())


def _epoch(local: datetime | None, zone: ZoneInfo) -> int | None:
    return None if local is None else int(local.replace(tzinfo=zone).timestamp())
