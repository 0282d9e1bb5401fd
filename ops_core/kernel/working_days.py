"""Working days by the State Council's notices (pure).

Periods "within n working days" follow the Civil Code, articles 201 and 203: the day on which
one starts is not counted, and the last day ends at 24:00. A year without a notice is refused,
never guessed from weekdays: its make-up days (调休) are not known.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import islice
from zoneinfo import ZoneInfo

from ops_core.kernel.errors import Invalid
from ops_core.kernel.i18n import message

ONE_DAY = timedelta(days=1)
SATURDAY = 5
WARNED_FROM = 11
"""The month from which the next year's notice is missed."""


class UnpublishedYear(Invalid):
    """No notice for the year is in the calendar."""

    def __init__(self, year: int) -> None:
        super().__init__(
            "工作日历缺少该年度",
            message("工作日历中没有 {year} 年的放假安排，无法计算工作日。", year=year),
            message(
                "请在 inventory/calendar.yml 的 years 下按国务院办公厅通知登记 {year} 年。",
                year=year,
            ),
        )
        self.year = year


def is_weekend(day: date) -> bool:
    """Saturday or Sunday."""
    return day.weekday() >= SATURDAY


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """One year's notice: its number, days off, and weekend days that are worked."""

    notice: str
    holidays: frozenset[date]
    make_up_days: frozenset[date]


@dataclass(frozen=True)
class WorkCalendar:
    """The published years."""

    years: Mapping[int, CalendarYear]

    @cached_property
    def version(self) -> str:
        """Twelve hexadecimal digits that change whenever any day does; an order pins them."""
        days = [
            f"{year} {kind} {day.isoformat()}"
            for year, entry in sorted(self.years.items())
            for kind, listed in (("off", entry.holidays), ("on", entry.make_up_days))
            for day in sorted(listed)
        ]
        return hashlib.sha256("\n".join(days).encode()).hexdigest()[:12]

    @cached_property
    def _found(self) -> dict[tuple[date, int], date]:
        """What :meth:`after` found: figures ask for each day of a year again and again."""
        return {}

    def missing_year(self, day: date) -> int | None:
        """The year that has no notice yet and soon is needed: the next one, from November on.

        The State Council's office publishes it in the first half of November as a rule; a period of
        twenty working days that begins in December ends in it.
        """
        if day.year not in self.years:
            return day.year
        return day.year + 1 if day.month >= WARNED_FROM and day.year + 1 not in self.years else None

    def is_working_day(self, day: date) -> bool:
        """Raises :class:`UnpublishedYear`."""
        entry = self.years.get(day.year)
        if entry is None:
            raise UnpublishedYear(day.year)
        if day in entry.make_up_days:
            return True
        return not is_weekend(day) and day not in entry.holidays

    def after(self, day: date, count: int) -> date:
        """The ``count``-th working day after the day (count >= 1), which itself never counts.

        Raises :class:`UnpublishedYear` when the way there leaves the published years.
        """
        if count < 1:
            raise ValueError(f"a period has at least one working day, got {count}")
        found = self._found.get((day, count))
        if found is None:
            *_, found = islice(self._working_days_from(day + ONE_DAY), count)
            self._found[day, count] = found
        return found

    def between(self, start: date, end: date) -> int:
        """Working days after ``start`` up to and including ``end``; 0 when ``end`` is earlier."""
        span = max(0, (end - start).days)
        return sum(self.is_working_day(start + ONE_DAY * n) for n in range(1, span + 1))

    def of_month(self, year: int, month: int, count: int) -> date:
        """The ``count``-th working day of a month, as reports are due by."""
        return self.after(date(year, month, 1) - ONE_DAY, count)

    def due(self, start: datetime, count: int, zone: ZoneInfo) -> datetime:
        """When "within ``count`` working days" of an instant ends: 24:00 of the last, in UTC.

        Whatever happens at this very instant is still in time.
        """
        last = self.after(start.astimezone(zone).date(), count)
        return datetime.combine(last + ONE_DAY, time(), zone).astimezone(UTC)

    def _working_days_from(self, day: date) -> Iterator[date]:
        while True:
            if self.is_working_day(day):
                yield day
            day += ONE_DAY
