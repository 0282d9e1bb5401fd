"""The indicators over the periods a reader asks for: all of them, and one with its records."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from device_configs.site.model import Contract, Indicator, Site
from ops_core.kpi.cursor import Cursor
from ops_core.kpi.figures import Figure
from ops_core.kpi.pages import Page
from ops_core.kpi.periods import (
    Period,
    PeriodKind,
    instant_of,
    month_after,
    month_before,
    month_named,
    month_of,
    year_to_date,
)
from ops_core.kpi.read import COUNTED_NOW, find_indicator, indicators_of, read_figure, read_page
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


def read_assessed(session: Session, site: Site, now: datetime) -> Sequence[Figure]:
    """Each over the running period that the contract judges by; what has a value now, now."""
    month = month_of(now, site.contract)
    return [
        _figure(session, site, indicator, _shown_kind(indicator), month, now)
        for indicator in indicators_of(site)
    ]


def read_overview(
    session: Session, site: Site, now: datetime, month: str = ""
) -> IndicatorOverview:
    """Every indicator over the month and over the contract year to the end of it.

    Raises :class:`ops_core.kernel.errors.Invalid` for no month.
    """
    chosen = choose_month(site.contract, month, now)
    rows = (_row(session, site, one, chosen.month, now) for one in indicators_of(site))
    return IndicatorOverview(now, chosen, tuple(rows))


def read_indicator(
    session: Session,
    site: Site,
    now: datetime,
    number: int,
    period: PeriodChoice,
    show: Show | None = None,
    after: str = "",
) -> IndicatorDetail:
    """One indicator with a page of its records; misses first, when there are any.

    ``after`` is the cursor of the page before. Raises :class:`ops_core.kernel.errors.NotFound` and
    :class:`ops_core.kernel.errors.Invalid`.
    """
    chosen, cursor = choose_month(site.contract, period.month, now), Cursor.read(after)
    indicator = find_indicator(site, number)
    kind = period.kind or (PeriodKind.MONTH if period.month else _shown_kind(indicator))
    figure = _figure(session, site, indicator, kind, chosen.month, now)
    shown = show or (Show.MISSED if figure.misses else Show.COUNTED)
    page = read_page(session, site, number, figure.period, now, shown, cursor)
    return IndicatorDetail(figure, chosen, _kinds(indicator), shown, page)


def choose_month(contract: Contract, label: str, now: datetime) -> ChosenMonth:
    """The month of a label, the running one without. Raises Invalid (pure)."""
    month = month_named(label, contract) if label else month_of(now, contract)
    following = month_after(month, contract)
    return ChosenMonth(
        month,
        month_before(month, contract).label,
        following.label if following.start <= now else None,
    )


def _row(
    session: Session, site: Site, indicator: Indicator, month: Period, now: datetime
) -> IndicatorRow:
    month_figure, year, *current = (
        _figure(session, site, indicator, kind, month, now) for kind in _kinds(indicator)
    )
    return IndicatorRow(month_figure, year, *current)


def _figure(
    session: Session,
    site: Site,
    indicator: Indicator,
    kind: PeriodKind,
    month: Period,
    now: datetime,
) -> Figure:
    period = _period(site.contract, kind, month, now)
    return read_figure(session, site, indicator.number, period, now)


def _period(contract: Contract, kind: PeriodKind, month: Period, now: datetime) -> Period:
    match kind:
        case PeriodKind.MONTH:
            return month
        case PeriodKind.CONTRACT_YEAR:
            return year_to_date(month, contract)
        case PeriodKind.NOW:
            return instant_of(now)


def _kinds(indicator: Indicator) -> tuple[PeriodKind, ...]:
    both = (PeriodKind.MONTH, PeriodKind.CONTRACT_YEAR)
    return (*both, PeriodKind.NOW) if indicator.number in COUNTED_NOW else both


def _shown_kind(indicator: Indicator) -> PeriodKind:
    return PeriodKind.NOW if indicator.number in COUNTED_NOW else PeriodKind(indicator.period)
