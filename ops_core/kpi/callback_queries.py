"""Which callback tasks a period holds, by outcome and by what is not done yet."""

from collections import Counter
from collections.abc import Iterable

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.orm import Session

from ops_core.hotline.callbacks.model import CallbackOutcome, CallbackState
from ops_core.hotline.callbacks.tables import CallbackTaskRow
from ops_core.hotline.orders.tables import WorkOrderRow
from ops_core.kpi.cursor import Cursor
from ops_core.kpi.judgements import Judgement
from ops_core.kpi.judging.stretches import Stretch
from ops_core.kpi.keyset import older_than, order_and_cycle
from ops_core.kpi.periods import Period
from ops_core.kpi.records import Show

TASK, ORDER = CallbackTaskRow, WorkOrderRow
JOINED = ORDER.number == TASK.order
NOT_DONE = (CallbackState.OPEN.value, CallbackState.WITHDRAWN.value)


def within_period(period: Period) -> tuple[ColumnElement[bool], ...]:
    return TASK.opened_at >= period.start, TASK.opened_at < period.end


def by_outcome(session: Session, period: Period) -> Counter[CallbackOutcome]:
    """The completed cycles of the period whose callback is done, by what came of it."""
    found = session.execute(
        select(TASK.outcome, func.count())
        .where(TASK.outcome.is_not(None), *within_period(period))
        .group_by(TASK.outcome)
    )
    return Counter({CallbackOutcome(outcome): count for outcome, count in found if outcome})


def outcome_named(name: str | None) -> CallbackOutcome | None:
    return None if name is None else CallbackOutcome(name)


def deadlines_of_open(session: Session, period: Period) -> Iterable[int]:
    """Within how many working days callbacks of the period that are not done must be; each once."""
    return session.scalars(
        select(ORDER.callback_within)
        .join(TASK, JOINED)
        .where(TASK.state.in_(NOT_DONE), *within_period(period))
        .distinct()
    )


def open_counts(
    session: Session, stretches: Iterable[tuple[int, Stretch]]
) -> Iterable[tuple[Judgement, int]]:
    for within, stretch in stretches:
        count = session.scalar(
            select(func.count())
            .select_from(TASK)
            .join(ORDER, JOINED)
            .where(_in_stretch(within, stretch))
        )
        yield stretch.judgement, count or 0


def _in_stretch(within: int, stretch: Stretch) -> ColumnElement[bool]:
    """Cycles whose callback is not done and that are judged by this stretch."""
    return and_(
        TASK.state.in_(NOT_DONE),
        TASK.opened_at >= stretch.start,
        TASK.opened_at < stretch.end,
        ORDER.callback_within == within,
    )


def shown_tasks(show: Show, stretches: Iterable[tuple[int, Stretch]]) -> ColumnElement[bool]:
    waiting = [
        _in_stretch(days, stretch)
        for days, stretch in stretches
        if show.accepts(stretch.judgement.verdict)
    ]
    done = TASK.outcome.is_not(None) if show is Show.COUNTED else false()
    return or_(done, *waiting)


def before_cursor(after: Cursor | None) -> tuple[ColumnElement[bool], ...]:
    if after is None:
        return ()
    order, cycle = order_and_cycle(after.key)
    return older_than(TASK.opened_at, after.at, [(TASK.order, order), (TASK.cycle, cycle)])
