"""The hours in which people work or may be rung up (pure)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ops_core.kernel.working_days import ONE_DAY, UnpublishedYear, WorkCalendar, is_weekend


def is_worked(day: date, calendar: WorkCalendar) -> bool:
    """Whether offices are open. A simulation goes on where a limit would be refused: in a year
    without a notice its people work from Monday to Friday."""
    try:
        return calendar.is_working_day(day)
    except UnpublishedYear:
        return not is_weekend(day)


def local_day(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant a local day begins, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Hours:
    """Parts of a day, in order and apart."""

    parts: tuple[tuple[time, time], ...]
    on_free_days: bool

    def per_day(self) -> float:
        """Hours of an open day."""
        return sum(_minutes(end) - _minutes(begin) for begin, end in self.parts) / 60

    def after(self, at: datetime, hours: float, calendar: WorkCalendar, zone: ZoneInfo) -> datetime:
        """The instant at which so many of these hours have gone by since ``at``, in UTC."""
        left = timedelta(milliseconds=round(hours * 3_600_000))
        day = local_day(at, zone)
        while True:
            if self.on_free_days or is_worked(day, calendar):
                for begin, end in self.parts:
                    start = max(at, datetime.combine(day, begin, zone).astimezone(UTC))
                    span = datetime.combine(day, end, zone).astimezone(UTC) - start
                    if span > timedelta(0) and span >= left:
                        return start + left
                    left -= max(span, timedelta(0))
            day += ONE_DAY


OFFICE = Hours(((time(8, 30), time(12)), (time(14), time(17, 30))), on_free_days=False)
"""Units of the government."""
POLITE = Hours(((time(9), time(12)), (time(14), time(20))), on_free_days=True)
"""When people are called back."""


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute
