"""The declared reports: what is owed how often, by when, and which matters make which chapter."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from device_configs.site.faults import Faults
from device_configs.site.hotline import CaseKind, Hotline
from device_configs.site.texts import Line, Reference
from device_configs.site.values import Frozen, Title

FILE = "reports.yml"
SHORTEST_AND_LONGEST = timedelta(minutes=1), timedelta(days=60)
"""Bounds of a deadline that runs by the wall clock."""


class ReportFrequency(StrEnum):
    """日报, 周报, 月报, 季报, 年报, 专报."""

    DAY = "day"
    WEEK = "week"
    """Monday to Sunday (ISO 8601)."""
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    FLASH = "flash"
    """Owed when something happened: from its trigger on, by no calendar."""


class DueRule(Frozen):
    """By when a report is owed: one of the two."""

    working_day: int | None = Field(default=None, ge=1, le=60)
    """24:00 of the n-th working day on or after the day that follows the reporting period."""
    within: timedelta | None = None
    """By the wall clock, from the end of the reporting period or the trigger."""

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.working_day is None) == (self.within is None):
            raise ValueError("give either working_day or within")
        shortest, longest = SHORTEST_AND_LONGEST
        if self.within is not None and not shortest <= self.within <= longest:
            raise ValueError("within is from one minute to sixty days")
        return self


class ReportTopic(Frozen):
    """The requests a topic's report is about: of any of the categories, kinds and regions."""

    categories: tuple[Reference, ...] = ()
    kinds: tuple[CaseKind, ...] = ()
    regions: tuple[Reference, ...] = ()


class ReportDuty(Frozen):
    """A report that is owed: once a period from ``since`` on, or after each trigger."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{1,31}$")
    title: Title
    frequency: ReportFrequency
    due: DueRule
    since: date
    """The first day reported on."""
    until: date | None = None
    """The last day reported on: where a subscription ends."""
    recipients: tuple[Line, ...] = Field(min_length=1)
    """Whom it is addressed to, as the document names them (主送)."""
    assessed: bool = True
    """Whether it counts in indicator 9."""
    topic: ReportTopic | None = None
    chapters: bool = False
    """Whether its matters are laid out by the declared chapters."""


class ReportChapter(Frozen):
    """A fixed chapter: a request belongs to it by its category, or by its kind."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{1,31}$")
    title: Title
    categories: tuple[Reference, ...] = ()
    kinds: tuple[CaseKind, ...] = ()


def check_reporting(
    duties: Iterable[ReportDuty],
    chapters: Iterable[ReportChapter],
    hotline: Hotline | None,
    faults: Faults,
) -> None:
    """Add what is wrong with the reports beyond their form."""
    declared, laid_out = list(duties), list(chapters)
    _check_once("report_duties", [duty.name for duty in declared], faults)
    _check_once("report_chapters", [chapter.name for chapter in laid_out], faults)
    for duty in declared:
        path = f"report_duties[{duty.name}]"
        if duty.until is not None and duty.until < duty.since:
            faults.add(FILE, f"{path}.until", "is before since", "put the first day first")
        if duty.frequency is ReportFrequency.FLASH and duty.due.within is None:
            faults.add(FILE, f"{path}.due", "counts working days", "give a flash report `within`")
        if duty.chapters and not laid_out:
            faults.add(FILE, f"{path}.chapters", "has no chapters", "declare report_chapters")
        if duty.topic is not None and hotline is not None:
            _check_names(f"{path}.topic", duty.topic.categories, hotline, faults)
            _check_regions(f"{path}.topic", duty.topic.regions, hotline, faults)
    for chapter in laid_out:
        if hotline is not None:
            path = f"report_chapters[{chapter.name}]"
            _check_names(path, chapter.categories, hotline, faults)


def _check_once(key: str, names: list[str], faults: Faults) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            faults.add(FILE, f"{key}[{name}]", f"is declared {count} times", "keep one of them")


def _check_names(path: str, categories: Iterable[str], hotline: Hotline, faults: Faults) -> None:
    for name in categories:
        if name not in hotline.category_of:
            faults.unknown_name(
                FILE, f"{path}.categories", name, hotline.category_of, "category", "hotline.yml"
            )


def _check_regions(path: str, regions: Iterable[str], hotline: Hotline, faults: Faults) -> None:
    for name in regions:
        if name not in hotline.region_of:
            faults.unknown_name(
                FILE, f"{path}.regions", name, hotline.region_of, "region", "hotline.yml"
            )
