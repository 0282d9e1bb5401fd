"""The periods that a report's period is compared with (pure)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from device_configs.site.reporting import ReportFrequency
from ops_core.kernel.working_days import ONE_DAY
from ops_core.obligations.calendar import span_of

Bounds = tuple[datetime, datetime]
_WEEKS_OF_A_YEAR = timedelta(weeks=52)


@dataclass(frozen=True, slots=True)
class ComparedPeriods:
    """[start, end) of the period, the one before it, and the same one a year earlier.

    ``last_year`` is None for a flash report, whose window has no counterpart.
    """

    now: Bounds
    previous: Bounds
    last_year: Bounds | None


def compared_periods(
    frequency: ReportFrequency, start: datetime, end: datetime, zone: ZoneInfo
) -> ComparedPeriods:
    """A week is compared with the same weekdays 52 weeks earlier, 29 February with the 28th."""
    if frequency is ReportFrequency.FLASH:
        return ComparedPeriods((start, end), (start - (end - start), start), None)
    first = start.astimezone(zone).date()
    return ComparedPeriods(
        (start, end),
        span_of(frequency, first - ONE_DAY).bounds(zone),
        span_of(frequency, _a_year_before(frequency, first)).bounds(zone),
    )


def _a_year_before(frequency: ReportFrequency, day: date) -> date:
    if frequency is ReportFrequency.WEEK:
        return day - _WEEKS_OF_A_YEAR
    if (day.month, day.day) == (2, 29):
        return day.replace(year=day.year - 1, day=28)
    return day.replace(year=day.year - 1)
