"""Which reports are owed for which periods, and by when (pure).

The generator knows nothing of what was delivered: omission is counted because the calendar, and not
the pile of reports, says what is owed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from device_configs.site.reporting import DueRule, ReportDuty, ReportFrequency
from ops_core.kernel.working_days import ONE_DAY, UnpublishedYear, WorkCalendar


@dataclass(frozen=True, slots=True)
class ReportSpan:
    """The days one report is about: local days, first and last."""

    label: str
    """``2026-11-30``, ``2026-W48``, ``2026-11``, ``2026-Q4``, ``2026``."""
    first: date
    last: date

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """[start, end) in UTC."""
        return _midnight(self.first, zone), _midnight(self.last + ONE_DAY, zone)


@dataclass(frozen=True, slots=True)
class Obligation:
    """One report that is owed since ``owed_at``: the end of its period, or its trigger (UTC)."""

    key: str
    duty: ReportDuty
    label: str
    start: datetime
    owed_at: datetime


def span_of(frequency: ReportFrequency, day: date) -> ReportSpan:
    """The span of a frequency that holds the day. ValueError for flash, which has none."""
    match frequency:
        case ReportFrequency.DAY:
            return ReportSpan(day.isoformat(), day, day)
        case ReportFrequency.WEEK:
            year, week, weekday = day.isocalendar()
            first = day - timedelta(days=weekday - 1)
            return ReportSpan(f"{year}-W{week:02d}", first, first + timedelta(days=6))
        case ReportFrequency.MONTH:
            return _months(day.year, day.month, 1, f"{day:%Y-%m}")
        case ReportFrequency.QUARTER:
            quarter = (day.month + 2) // 3
            return _months(day.year, quarter * 3 - 2, 3, f"{day.year}-Q{quarter}")
        case ReportFrequency.YEAR:
            return _months(day.year, 1, 12, f"{day.year}")
        case ReportFrequency.FLASH:
            raise ValueError("a flash report is owed by its trigger")


def spans(frequency: ReportFrequency, since: date, before: date) -> Iterator[ReportSpan]:
    """The whole spans that begin on ``since`` or later and have ended before the day ``before``."""
    span = span_of(frequency, since)
    if span.first < since:
        span = span_of(frequency, span.last + ONE_DAY)
    while span.last < before:
        yield span
        span = span_of(frequency, span.last + ONE_DAY)


def obligations(duties: Iterable[ReportDuty], now: datetime, zone: ZoneInfo) -> list[Obligation]:
    """Every report that is owed by now, the earliest first; each once, and always the same ones."""
    today = now.astimezone(zone).date()
    found = []
    for duty in duties:
        if duty.frequency is ReportFrequency.FLASH:
            continue
        before = today if duty.until is None else min(today, duty.until + ONE_DAY)
        for span in spans(duty.frequency, duty.since, before):
            start, end = span.bounds(zone)
            found.append(Obligation(f"{duty.name}-{span.label}", duty, span.label, start, end))
    return sorted(found, key=lambda one: (one.owed_at, one.key))


def due_at(
    rule: DueRule, owed_at: datetime, calendar: WorkCalendar, zone: ZoneInfo
) -> datetime | None:
    """The last instant that is in time, in UTC; None where the calendar of a year is unpublished.

    The n-th working day counts from the day after the period, which is itself counted if it is
    one, and ends at 24:00.
    """
    if rule.within is not None:
        return owed_at.astimezone(UTC) + rule.within
    assert rule.working_day is not None  # noqa: S101 - a rule is one of the two
    day_before = owed_at.astimezone(zone).date() - ONE_DAY
    try:
        last = calendar.after(day_before, rule.working_day)
    except UnpublishedYear:
        return None
    return _midnight(last + ONE_DAY, zone)


def _months(year: int, month: int, count: int, label: str) -> ReportSpan:
    following = year + (month + count - 1) // 12, (month + count - 1) % 12 + 1
    return ReportSpan(label, date(year, month, 1), date(*following, 1) - ONE_DAY)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
