"""Figures, and the records they open to, from what is stored."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Protocol

from sqlalchemy.orm import Session

from device_configs.site.model import Indicator, Site
from ops_core.kernel.errors import NotFound
from ops_core.kernel.i18n import message
from ops_core.kpi.callbacks import CallbackSource
from ops_core.kpi.calls import CallSource
from ops_core.kpi.faults import FaultSource
from ops_core.kpi.figures import Figure
from ops_core.kpi.periods import Period, PeriodKind
from ops_core.kpi.ratings import RatingSource
from ops_core.kpi.records import Cohort, Cursor, Page, Reading, Show
from ops_core.kpi.terminals import TerminalSource


class Source(Protocol):
    """Where the records of one indicator come from."""

    def read(self, session: Session, cohort: Cohort) -> Reading:
        """The counts, by aggregates where there may be many records."""
        ...

    def page(self, session: Session, cohort: Cohort, show: Show, after: Cursor | None) -> Page:
        """The records themselves, judged by the same rules as the counts."""
        ...


SOURCES: Mapping[int, Callable[[Site], Source]] = MappingProxyType(
    {1: CallSource, 4: CallbackSource, 10: RatingSource, 12: FaultSource, 13: TerminalSource}
)
COUNTED_NOW = frozenset({13})
"""Indicators that also have a value at this instant alone: what is in order now."""


def indicators_of(site: Site) -> Sequence[Indicator]:
    """The contract's indicators whose records are kept, by number."""
    found = (i for i in site.contract.indicators if i.number in SOURCES)
    return sorted(found, key=lambda indicator: indicator.number)


def find_indicator(site: Site, number: int) -> Indicator:
    """The contract's row. Raises :class:`NotFound`."""
    known = {indicator.number: indicator for indicator in indicators_of(site)}
    if number not in known:
        raise NotFound(
            "没有这项指标",
            message("找不到指标 {number}。", number=number),
            message("可以展开的指标：{numbers}。", numbers="、".join(map(str, known))),
        )
    return known[number]


def read_figure(session: Session, site: Site, number: int, period: Period, now: datetime) -> Figure:
    """An indicator over a period. Raises :class:`NotFound`."""
    indicator = _find(site, number, period)
    reading = SOURCES[number](site).read(session, Cohort(period, now))
    return Figure(indicator, period, reading.counts, now, reading.secondary)


def read_page(
    session: Session,
    site: Site,
    number: int,
    period: Period,
    now: datetime,
    show: Show,
    after: Cursor | None = None,
) -> Page:
    """A page of an indicator's records over a period. Raises :class:`NotFound`."""
    _find(site, number, period)
    return SOURCES[number](site).page(session, Cohort(period, now), show, after)


def _find(site: Site, number: int, period: Period) -> Indicator:
    indicator = find_indicator(site, number)
    if period.kind is PeriodKind.NOW and number not in COUNTED_NOW:
        raise NotFound(
            "此指标没有当前值",
            message("指标 {number} 只按月和按合同年计算。", number=number),
            "请选择月份或合同年。",
        )
    return indicator
