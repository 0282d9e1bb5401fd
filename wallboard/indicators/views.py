"""What the indicators' pages and API show, as pure data, and the protocol of whoever knows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ops_core.kpi.figures import Figure
from ops_core.kpi.pages import Page
from ops_core.kpi.periods import Period, PeriodKind
from ops_core.kpi.records import Show


@dataclass(frozen=True, slots=True)
class ChosenMonth:
    """A month with its neighbours; ``following`` is None where the next one has not begun."""

    month: Period
    previous: str
    following: str | None


@dataclass(frozen=True, slots=True)
class IndicatorRow:
    """One indicator: the month and the contract year to the end of it, side by side.

    ``current`` is its value at this instant, for those that have one.
    """

    month: Figure
    year: Figure
    current: Figure | None = None


@dataclass(frozen=True, slots=True)
class IndicatorOverview:
    as_of: datetime
    chosen: ChosenMonth
    rows: tuple[IndicatorRow, ...]


@dataclass(frozen=True, slots=True)
class PeriodChoice:
    """The period a reader asks for: ``kind`` None for the one the wall shows; ``month`` is a
    label such as ``2026-11``, empty for the running one."""

    kind: PeriodKind | None = None
    month: str = ""


@dataclass(frozen=True, slots=True)
class IndicatorDetail:
    """A figure and a page of its records."""

    figure: Figure
    chosen: ChosenMonth
    kinds: tuple[PeriodKind, ...]
    """The periods this indicator has a value for."""
    show: Show
    page: Page


class IndicatorSource(Protocol):
    """Called from worker threads; every answer is computed from the records."""

    def indicators(self) -> Sequence[Figure]:
        """Every indicator in the period the wall shows it for."""
        ...

    def overview(self, month: str = "") -> IndicatorOverview:
        """All indicators. Raises :class:`ops_core.kernel.errors.Invalid` for no month."""
        ...

    def detail(
        self, number: int, period: PeriodChoice, show: Show | None = None, after: str = ""
    ) -> IndicatorDetail:
        """One indicator with a page of its records, misses unless ``show`` names others.

        ``after`` is the cursor of the page before. Raises
        :class:`ops_core.kernel.errors.NotFound` and :class:`ops_core.kernel.errors.Invalid`.
        """
        ...
