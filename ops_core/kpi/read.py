"""Figures, and the records they open to, from what is stored."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from device_configs.site.model import Indicator, Site
from ops_core.kernel.errors import NotFound
from ops_core.kernel.i18n import message
from ops_core.kpi.adjusting import adjusted_source
from ops_core.kpi.cursor import Cursor
from ops_core.kpi.figures import Figure
from ops_core.kpi.pages import Page
from ops_core.kpi.periods import Period, PeriodKind
from ops_core.kpi.records import Cohort, IndicatorReading, Show
from ops_core.kpi.sources import SOURCES

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
    found = adjusted_source(session, site, number, Cohort(period, now)).read()
    raw = _figure_of(indicator, period, found.raw, now) if found.is_adjusted else None
    return replace(_figure_of(indicator, period, found.adjusted, now), raw=raw)


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
    return adjusted_source(session, site, number, Cohort(period, now)).page(show, after)


def _figure_of(
    indicator: Indicator, period: Period, reading: IndicatorReading, now: datetime
) -> Figure:
    return Figure(
        indicator, period, reading.counts, now, reading.secondary, reading.base, reading.unproven
    )


def _find(site: Site, number: int, period: Period) -> Indicator:
    indicator = find_indicator(site, number)
    if period.kind is PeriodKind.NOW and number not in COUNTED_NOW:
        raise NotFound(
            "此指标没有当前值",
            message("指标 {number} 只按月和按合同年计算。", number=number),
            "请选择月份或合同年。",
        )
    return indicator
