"""Reads the working-day calendar from ``calendar.yml``; a wrong file is refused as a whole."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ops_core.kernel.errors import Invalid
from ops_core.kernel.i18n import message
from ops_core.kernel.working_days import SATURDAY, CalendarYear, WorkCalendar

FILE = "calendar.yml"

Entry = date | Annotated[list[date], Field(min_length=2, max_length=2)]


class _Year(BaseModel):
    model_config = ConfigDict(extra="forbid")

    notice: str = Field(min_length=1)
    holidays: list[Entry] = Field(min_length=1)
    make_up_days: list[Entry] = []


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid")

    years: dict[int, _Year] = Field(min_length=1)


def load_calendar(folder: Path) -> WorkCalendar:
    """The calendar of a declaration's folder.

    Raises :class:`ops_core.kernel.errors.Invalid`, which names every fault by its place.
    """
    try:
        document = _Document.model_validate(yaml.safe_load((folder / FILE).read_text("utf-8")))
    except OSError as error:
        raise _refusal([f"{error.strerror}"]) from error
    except yaml.YAMLError as error:
        raise _refusal([str(error)]) from error
    except ValidationError as error:
        raise _refusal(
            [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        ) from error
    faults = [fault for year, entry in document.years.items() for fault in _faults(year, entry)]
    if faults:
        raise _refusal(faults)
    return WorkCalendar(
        {
            year: CalendarYear(
                entry.notice,
                frozenset(_days(entry.holidays)),
                frozenset(_days(entry.make_up_days)),
            )
            for year, entry in document.years.items()
        }
    )


def _faults(year: int, entry: _Year) -> Iterator[str]:
    for name, listed in (("holidays", entry.holidays), ("make_up_days", entry.make_up_days)):
        for position, item in enumerate(listed):
            days = list(_days([item]))
            place = f"years.{year}.{name}.{position}"
            if not days:
                yield f"{place}: the last day is before the first"
            if any(day.year != year for day in days):
                yield f"{place}: not in {year}"
    off, on = set(_days(entry.holidays)), set(_days(entry.make_up_days))
    for day in sorted(off & on):
        yield f"years.{year}: {day} is both a holiday and a make-up day"
    for day in sorted(on):
        if day.weekday() < SATURDAY:
            yield f"years.{year}.make_up_days: {day} is no weekend day"


def _days(listed: list[Entry]) -> Iterator[date]:
    for item in listed:
        first, last = item if isinstance(item, list) else (item, item)
        for offset in range((last - first).days + 1):
            yield first + timedelta(days=offset)


def _refusal(faults: list[str]) -> Invalid:
    return Invalid(
        "工作日历有误",
        "\n".join(f"{FILE}: {fault}" for fault in faults),
        message("请按国务院办公厅的放假通知改正 {file} 后重试。", file=FILE),
    )
