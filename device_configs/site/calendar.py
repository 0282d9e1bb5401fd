"""The declared years of calendar.yml, checked and put together into working days."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Annotated

from pydantic import Field

from device_configs.site.faults import Faults
from device_configs.site.model import Frozen
from device_configs.site.texts import Line
from ops_core.kernel.working_days import CalendarYear, WorkCalendar, is_weekend

FILE = "calendar.yml"

Entry = date | Annotated[tuple[date, ...], Field(min_length=2, max_length=2)]


class YearDocument(Frozen):
    """One year's notice; an entry is a day, or the first and the last of several."""

    year: int = Field(ge=1900, le=9999)
    notice: Line
    holidays: tuple[Entry, ...] = Field(min_length=1)
    make_up_days: tuple[Entry, ...] = ()


def check_calendar(years: Iterable[YearDocument], faults: Faults) -> None:
    """Add what is wrong with the years beyond their form."""
    declared = list(years)
    for year, count in Counter(entry.year for entry in declared).items():
        if count > 1:
            faults.add(FILE, f"years[{year}]", "is declared twice", "keep one of the two")
    for entry in declared:
        _check_entries(entry, faults)
        off, on = set(_days(entry.holidays)), set(_days(entry.make_up_days))
        path = f"years[{entry.year}].make_up_days"
        for day in sorted(off & on):
            faults.add(FILE, path, f"{day} is a holiday as well", "keep one of the two")
        for day in sorted(day for day in on if not is_weekend(day)):
            faults.add(FILE, path, f"{day} is no weekend day", "compare with the notice")


def calendar_of(years: Iterable[YearDocument]) -> WorkCalendar:
    """The working days of checked years."""
    return WorkCalendar(
        {
            entry.year: CalendarYear(
                entry.notice,
                frozenset(_days(entry.holidays)),
                frozenset(_days(entry.make_up_days)),
            )
            for entry in years
        }
    )


def _check_entries(entry: YearDocument, faults: Faults) -> None:
    for name, listed in (("holidays", entry.holidays), ("make_up_days", entry.make_up_days)):
        for position, item in enumerate(listed):
            path = f"years[{entry.year}].{name}[{position}]"
            first, last = _ends(item)
            if {first.year, last.year} != {entry.year}:
                faults.add(FILE, path, f"is not in {entry.year}", "compare with the notice")
            elif last < first:
                faults.add(FILE, path, f"{last} is before {first}", "put the first day first")


def _ends(item: Entry) -> tuple[date, date]:
    return (item[0], item[1]) if isinstance(item, tuple) else (item, item)


def _days(listed: Iterable[Entry]) -> Iterator[date]:
    for item in listed:
        first, last = _ends(item)
        for offset in range((last - first).days + 1):
            yield first + timedelta(days=offset)
