"""The indicators as the wall, the consoles, the API and the command line show them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from device_configs.site.model import Indicator, Site
from ops_core.kernel.clock import Clock
from ops_core.kernel.database import Database
from ops_core.kpi.cursor import Cursor
from ops_core.kpi.figures import Figure
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
from wallboard.indicators.views import (
    ChosenMonth,
    IndicatorDetail,
    IndicatorOverview,
    IndicatorRow,
    PeriodChoice,
)


class Indicators:
    """Computes the figures from the stored records each time they are asked for."""

    def __init__(self, site: Site, database: Database, clock: Clock) -> None:
        self._site, self._database, self._clock = site, database, clock

    def indicators(self) -> Sequence[Figure]:
        """Each over the running period that the contract judges by; what has a value now, now."""
        now = self._clock.now()
        month = month_of(now, self._site.contract)
        with self._database.reading() as session:
            return [
                self._figure(session, indicator, _shown_kind(indicator), month, now)
                for indicator in indicators_of(self._site)
            ]

    def overview(self, month: str = "") -> IndicatorOverview:
        """Every indicator over the month and over the contract year to the end of it."""
        now = self._clock.now()
        chosen = self._month(month, now)
        with self._database.reading() as session:
            rows = [
                self._row(session, indicator, chosen.month, now)
                for indicator in indicators_of(self._site)
            ]
        return IndicatorOverview(now, chosen, tuple(rows))

    def detail(
        self, number: int, period: PeriodChoice, show: Show | None = None, after: str = ""
    ) -> IndicatorDetail:
        """One indicator with a page of its records; misses first, when there are any."""
        now = self._clock.now()
        chosen, cursor = self._month(period.month, now), Cursor.read(after)
        indicator = find_indicator(self._site, number)
        kind = period.kind or (PeriodKind.MONTH if period.month else _shown_kind(indicator))
        with self._database.reading() as session:
            figure = self._figure(session, indicator, kind, chosen.month, now)
            shown = show or (Show.MISSED if figure.misses else Show.COUNTED)
            page = read_page(session, self._site, number, figure.period, now, shown, cursor)
        return IndicatorDetail(figure, chosen, _kinds(indicator), shown, page)

    def _row(
        self, session: Session, indicator: Indicator, month: Period, now: datetime
    ) -> IndicatorRow:
        month_figure, year, *current = (
            self._figure(session, indicator, kind, month, now) for kind in _kinds(indicator)
        )
        return IndicatorRow(month_figure, year, *current)

    def _figure(
        self,
        session: Session,
        indicator: Indicator,
        kind: PeriodKind,
        month: Period,
        now: datetime,
    ) -> Figure:
        period = self._period(kind, month, now)
        return read_figure(session, self._site, indicator.number, period, now)

    def _period(self, kind: PeriodKind, month: Period, now: datetime) -> Period:
        match kind:
            case PeriodKind.MONTH:
                return month
            case PeriodKind.CONTRACT_YEAR:
                return year_to_date(month, self._site.contract)
            case PeriodKind.NOW:
                return instant_of(now)

    def _month(self, label: str, now: datetime) -> ChosenMonth:
        contract = self._site.contract
        month = month_named(label, contract) if label else month_of(now, contract)
        following = month_after(month, contract)
        return ChosenMonth(
            month,
            month_before(month, contract).label,
            following.label if following.start <= now else None,
        )


def _kinds(indicator: Indicator) -> tuple[PeriodKind, ...]:
    both = (PeriodKind.MONTH, PeriodKind.CONTRACT_YEAR)
    return (*both, PeriodKind.NOW) if indicator.number in COUNTED_NOW else both


def _shown_kind(indicator: Indicator) -> PeriodKind:
    return PeriodKind.NOW if indicator.number in COUNTED_NOW else PeriodKind(indicator.period)
