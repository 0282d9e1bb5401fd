"""Indicator 4's records: completed cycles of orders with their callbacks."""

from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, false, func, literal_column, or_, select
from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.hotline.callbacks.model import CallbackOutcome, CallbackState
from ops_core.hotline.callbacks.tables import CallbackTaskRow
from ops_core.hotline.orders.tables import WorkOrderRow
from ops_core.kpi.cursor import Cursor
from ops_core.kpi.judgements import Counts, Judgement
from ops_core.kpi.judging.callbacks import (
    CALLBACK_JUDGEMENTS,
    SUPERSEDED,
    Closing,
    Stretch,
    callback_deadline,
    judge_closing,
    open_stretches,
)
from ops_core.kpi.keyset import older_than, order_and_cycle
from ops_core.kpi.pages import PAGE_SIZE, Page, page_of
from ops_core.kpi.periods import Period
from ops_core.kpi.records import Cohort, IndicatorReading, Record, RecordKind, Show
from ops_core.kpi.secondary import SecondaryKind, SecondaryRatio

_TASK, _ORDER = CallbackTaskRow, WorkOrderRow
_JOINED = _ORDER.number == _TASK.order
_CONTACTED = (CallbackOutcome.REACHED, CallbackOutcome.REFUSED)
NUMBER = 4


@dataclass(frozen=True)
class CallbackSource:
    """Callback tasks by the instant at which their cycle was completed."""

    site: Site

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.site.contract.timezone)

    def read(self, session: Session, cohort: Cohort) -> IndicatorReading:
        """Counts by outcome; those not done by the stretches in which they are judged alike."""
        done = _by_outcome(session, cohort.period)
        superseded = _by_outcome(session, cohort.period, superseded=True)
        last = {outcome: done[outcome] - superseded[outcome] for outcome in done}
        stretches = self._open_stretches(session, cohort)
        counts = Counts.of(
            [
                *((CALLBACK_JUDGEMENTS[o], count) for o, count in last.items() if o is not None),
                *_open_counts(session, stretches),
                (SUPERSEDED, sum(superseded.values())),
            ]
        )
        contacted = sum(last[outcome] for outcome in _CONTACTED)
        return IndicatorReading(
            counts, (SecondaryRatio(SecondaryKind.CONTACTED, contacted, counts.denominator),)
        )

    def page(self, session: Session, cohort: Cohort, show: Show, after: Cursor | None) -> Page:
        """Completed cycles of the period, the latest first."""
        stretches = self._open_stretches(session, cohort)
        query = (
            select(_TASK.order, _TASK.cycle, _ORDER.cycle, _TASK.opened_at,
                   _ORDER.callback_within, _TASK.outcome, _TASK.assignee)
            .join(_ORDER, _JOINED)
            .where(*_within(cohort.period), _shown(show, stretches), *_before(after))
            .order_by(_TASK.opened_at.desc(), _TASK.order.desc(), _TASK.cycle.desc())
            .limit(PAGE_SIZE + 1)
        )  # fmt: skip
        return page_of(
            self._record(Closing(order, cycle, last, at, within, _outcome(outcome)), agent, cohort)
            for order, cycle, last, at, within, outcome, agent in session.execute(query)
        )

    def _open_stretches(self, session: Session, cohort: Cohort) -> list[tuple[int, Stretch]]:
        """(working days, stretch) of the limits under which callbacks of the period wait."""
        limits = session.scalars(
            select(_ORDER.callback_within)
            .join(_TASK, _JOINED)
            .where(_TASK.state == CallbackState.OPEN.value, *_within(cohort.period))
            .distinct()
        )
        calendar, zone = self.site.calendar, self._zone
        return [
            (days, stretch)
            for days in limits
            for stretch in open_stretches(cohort.period, days, calendar, zone, cohort.as_of)
        ]

    def _record(self, closing: Closing, agent: str, cohort: Cohort) -> Record:
        calendar, zone, now = self.site.calendar, self._zone, cohort.as_of
        waiting = closing.outcome is None
        limit = callback_deadline(closing.completed_at, closing.within_days, calendar, zone, now)
        return Record(
            RecordKind.CALLBACK,
            f"{closing.order}/{closing.cycle}",
            closing.completed_at,
            judge_closing(closing, cohort.period, calendar, zone, now),
            due_at=limit.due_at if waiting else None,
            agent=agent,
        )


SOURCE = CallbackSource


def _within(period: Period) -> tuple[ColumnElement[bool], ...]:
    return _TASK.opened_at >= period.start, _TASK.opened_at < period.end


def _by_outcome(
    session: Session, period: Period, *, superseded: bool = False
) -> dict[CallbackOutcome | None, int]:
    """All completed cycles of the period, or those after which their order was taken up again."""
    outcomes = list(CallbackOutcome)
    sums = (func.count().filter(_TASK.outcome == outcome.value) for outcome in outcomes)
    query = select(func.count(), *sums).where(*_within(period))
    if superseded:
        # From the few orders taken up again to their tasks, not the other way: SQLite keeps no
        # statistics to see it, and finds a partial index by the same literal only.
        again = select(_ORDER.number, _ORDER.cycle).where(_ORDER.cycle > literal_column("1"))
        few = again.cte("again").prefix_with("MATERIALIZED")
        query = query.where(few.c.number == _TASK.order, _TASK.cycle < few.c.cycle)
    total, *done = session.execute(query).one()
    return {None: total - sum(done), **dict(zip(outcomes, done, strict=True))}


def _outcome(name: str | None) -> CallbackOutcome | None:
    return None if name is None else CallbackOutcome(name)


def _open_counts(
    session: Session, stretches: Iterable[tuple[int, Stretch]]
) -> Iterable[tuple[Judgement, int]]:
    for within, stretch in stretches:
        count = session.scalar(
            select(func.count())
            .select_from(_TASK)
            .join(_ORDER, _JOINED)
            .where(_in_stretch(within, stretch))
        )
        yield stretch.judgement, count or 0


def _in_stretch(within: int, stretch: Stretch) -> ColumnElement[bool]:
    """Last cycles that wait for their callback and are judged by this stretch."""
    return and_(
        _TASK.state == CallbackState.OPEN.value,
        _TASK.opened_at >= stretch.start,
        _TASK.opened_at < stretch.end,
        _ORDER.callback_within == within,
        _ORDER.cycle == _TASK.cycle,
    )


def _shown(show: Show, stretches: Iterable[tuple[int, Stretch]]) -> ColumnElement[bool]:
    waiting = [
        _in_stretch(days, stretch)
        for days, stretch in stretches
        if show.accepts(stretch.judgement.verdict)
    ]
    done = and_(_TASK.outcome.is_not(None), _TASK.cycle == _ORDER.cycle)
    match show:
        case Show.MISSED:
            return or_(false(), *waiting)
        case Show.COUNTED:
            return or_(done, *waiting)
        case Show.LEFT_OUT:
            return or_(_TASK.cycle < _ORDER.cycle, *waiting)


def _before(after: Cursor | None) -> tuple[ColumnElement[bool], ...]:
    if after is None:
        return ()
    order, cycle = order_and_cycle(after.key)
    return older_than(_TASK.opened_at, after.at, [(_TASK.order, order), (_TASK.cycle, cycle)])
