"""Indicator 3's records: orders dispatched to units, with what was decided of their returns."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.hotline.adjudications.kinds import AdjudicationKind
from ops_core.hotline.adjudications.model import AdjudicationState
from ops_core.hotline.adjudications.tables import AdjudicationRow
from ops_core.hotline.day_sums.model import DaySeries, Returned
from ops_core.hotline.day_sums.store import sums_by_kind
from ops_core.hotline.orders.tables import CAME_BACK, WorkOrderRow
from ops_core.kpi.cursor import Cursor
from ops_core.kpi.judgements import GOOD, Counts, tally
from ops_core.kpi.judging.returns import JUDGEMENT_OF, DispatchedOrder, judge_dispatched
from ops_core.kpi.keyset import older_than
from ops_core.kpi.pages import Page, page_of
from ops_core.kpi.periods import Period
from ops_core.kpi.records import Cohort, IndicatorReading, Record, RecordKind, Show
from ops_core.kpi.whole_days import parts_of, summed_days

NUMBER = 3
_ORDER, _MATTER = WorkOrderRow, AdjudicationRow
_AT_ONCE = 200
"""Orders read at a time: twice a page."""
Decided = Mapping[str, Sequence[tuple[AdjudicationState, str]]]
"""States and numbers of the matters about each order's returns."""


@dataclass(frozen=True)
class ReturnSource:
    """Orders by the instant of their first dispatch; few come back, and those are judged."""

    site: Site

    def read(self, session: Session, cohort: Cohort) -> IndicatorReading:
        """From the sums of whole days, and the orders of days that are not whole."""
        days = summed_days(cohort.period, ZoneInfo(self.site.contract.timezone))
        summed = sums_by_kind(session, DaySeries.DISPATCHES, days.first, days.end)
        judged = ((JUDGEMENT_OF[Returned(kind)], count) for kind, count in summed.items())
        edges = (_counted(session, part) for part in parts_of(cohort.period, days))
        return IndicatorReading(sum(edges, Counts.of(judged)))

    def page(self, session: Session, cohort: Cohort, show: Show, after: Cursor | None) -> Page:
        """Orders of the period, the latest dispatched first; none is ever left out."""
        within = _of_period(cohort.period)
        if show is Show.LEFT_OUT:
            return Page(())
        some = () if show is Show.COUNTED else (CAME_BACK,)
        records = (_record(order, cohort) for order in _latest_first(session, after, within, some))
        return page_of(r for r in records if show.accepts(r.judgement.verdict))


SOURCE = ReturnSource


def _counted(session: Session, period: Period) -> Counts:
    """Every order that was returned, judged; the others by a count."""
    within = _of_period(period)
    straight = session.scalar(
        select(func.count()).select_from(_ORDER).where(*within, _ORDER.returns == 0)
    )
    returned = _latest_first(session, None, within, (CAME_BACK,))
    judged = tally(judge_dispatched(order, period) for order in returned)
    return Counts.of([(GOOD, straight or 0)]) + judged


def _record(order: DispatchedOrder, cohort: Cohort) -> Record:
    judgement = judge_dispatched(order, cohort.period)
    at = order.first_dispatched_at
    return Record(RecordKind.ORDER, order.number, at, judgement, matter=order.matter)


def _of_period(period: Period) -> tuple[ColumnElement[bool], ...]:
    dispatched_at = _ORDER.first_dispatched_at
    return dispatched_at >= period.start, dispatched_at < period.end


def _latest_first(
    session: Session, after: Cursor | None, *conditions: tuple[ColumnElement[bool], ...]
) -> Iterator[DispatchedOrder]:
    """Orders, the latest dispatched first, some at a time: a page wants few of a year."""
    seen = None if after is None else (after.at, after.key)
    while True:
        before = () if seen is None else older_than(
            _ORDER.first_dispatched_at, seen[0], [(_ORDER.number, seen[1])]
        )  # fmt: skip
        orders = _read(session, (*before, *chain(*conditions)))
        yield from orders
        if len(orders) < _AT_ONCE:
            return
        seen = orders[-1].first_dispatched_at, orders[-1].number


def _read(
    session: Session, conditions: tuple[ColumnElement[bool], ...]
) -> Sequence[DispatchedOrder]:
    rows = session.execute(
        select(_ORDER.number, _ORDER.first_dispatched_at, _ORDER.returns)
        .where(_ORDER.first_dispatched_at.is_not(None), *conditions)
        .order_by(_ORDER.first_dispatched_at.desc(), _ORDER.number.desc())
        .limit(_AT_ONCE)
    ).all()
    decided = _decided(session, [number for number, _, returns in rows if returns])
    return [
        DispatchedOrder(number, at, returns, *_decision(decided.get(number, ())))
        for number, at, returns in rows
        if at is not None
    ]


def _decision(
    matters: Sequence[tuple[AdjudicationState, str]],
) -> tuple[tuple[AdjudicationState, ...], str]:
    return tuple(state for state, _ in matters), _deciding(matters)


def _decided(session: Session, orders: Sequence[str]) -> Decided:
    found: dict[str, list[tuple[AdjudicationState, str]]] = defaultdict(list)
    if not orders:
        return found
    rows = session.execute(
        select(_MATTER.order, _MATTER.kind, _MATTER.state, _MATTER.number)
        .where(_MATTER.order.in_(orders))
        .order_by(_MATTER.number)
    )
    for order, kind, state, number in rows:
        if kind == AdjudicationKind.RETURN.value:
            found[order].append((AdjudicationState(state), number))
    return found


def _deciding(matters: Sequence[tuple[AdjudicationState, str]]) -> str:
    """The matter by which the order is judged: one that was upheld, else one that is open."""
    ranks = (AdjudicationState.UPHELD, AdjudicationState.PENDING, AdjudicationState.REJECTED)
    ranked = sorted(matters, key=lambda one: (ranks.index(one[0]), one[1]))
    return ranked[0][1] if ranked else ""
