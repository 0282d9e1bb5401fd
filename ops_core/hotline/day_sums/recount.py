"""The day sums as the records themselves give them, to be held against the stored ones."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Executable, delete, func, insert, select
from sqlalchemy.orm import Session, aliased

from ops_core.hotline.adjudications.kinds import AdjudicationKind
from ops_core.hotline.adjudications.model import AdjudicationState
from ops_core.hotline.adjudications.tables import AdjudicationRow
from ops_core.hotline.callbacks.model import CallbackOutcome
from ops_core.hotline.callbacks.tables import CallbackTaskRow
from ops_core.hotline.calls.tables import AttitudeRatingRow
from ops_core.hotline.cases.model import WEB_CHANNELS
from ops_core.hotline.cases.tables import CaseRow
from ops_core.hotline.day_sums.model import (
    DayKey,
    callback_key,
    callback_rating_key,
    dispatch_keys,
    rating_key,
    request_key,
    returned_of,
    web_answer_key,
)
from ops_core.hotline.day_sums.tables import DaySumRow
from ops_core.hotline.orders.tables import WorkOrderRow

_LEAD = aliased(WorkOrderRow)
_AT_ONCE = 5_000
"""Rows held at a time."""


def recount(session: Session) -> Counter[DayKey]:
    """Every sum that is not zero. Reads every request, order, callback and rating, in slices."""
    counted: Counter[DayKey] = Counter()
    for keys in (_requests(session), _dispatches(session), _callbacks(session), _ratings(session)):
        counted.update(keys)
    return counted


def store_recount(session: Session) -> None:
    """Make the stored sums what the records give: of records that no command stored."""
    session.execute(delete(DaySumRow))
    rows = [
        {"series": key.series.value, "day": key.day, "kind": key.kind, "count": count}
        for key, count in recount(session).items()
    ]
    if rows:
        session.execute(insert(DaySumRow), rows)


def _requests(session: Session) -> Iterator[DayKey]:
    case, order = CaseRow, WorkOrderRow
    web = {channel.value for channel in WEB_CHANNELS}
    answered = func.coalesce(order.answered_at, _LEAD.answered_at)
    query = (
        select(case.channel, case.received_at, order.number, answered)
        .outerjoin(order, order.case_number == case.number)
        .outerjoin(_LEAD, _LEAD.number == order.merged_into)
    )
    for channel, received_at, number, answered_at in _slices(session, query):
        yield request_key(received_at)
        if number is not None and channel in web:
            yield web_answer_key(received_at, answered_at)


def _dispatches(session: Session) -> Iterator[DayKey]:
    order, decided = WorkOrderRow, _decided(session)
    query = select(order.number, order.first_dispatched_at, order.returns)
    for number, at, returns in _slices(
        session, query.where(order.first_dispatched_at.is_not(None))
    ):
        yield from dispatch_keys(at, returned_of(returns, decided.get(number, ())))


def _decided(session: Session) -> Mapping[str, Iterable[AdjudicationState]]:
    row, found = AdjudicationRow, defaultdict[str, list[AdjudicationState]](list)
    query = select(row.order, row.state).where(row.kind == AdjudicationKind.RETURN.value)
    for order, state in session.execute(query):
        found[order].append(AdjudicationState(state))
    return found


def _callbacks(session: Session) -> Iterator[DayKey]:
    task, order = CallbackTaskRow, WorkOrderRow
    query = select(
        task.opened_at, task.outcome, order.callback_within, task.done_at, task.attitude_score
    ).join(order, order.number == task.order)
    for opened_at, outcome, within_days, done_at, score in _slices(session, query):
        yield callback_key(opened_at, outcome, within_days)
        if outcome == CallbackOutcome.REACHED.value and done_at is not None:
            yield callback_rating_key(done_at, score)


def _ratings(session: Session) -> Iterator[DayKey]:
    row = AttitudeRatingRow
    for at, score in _slices(session, select(row.at, row.score)):
        yield rating_key(at, score)


def _slices(session: Session, query: Executable) -> Iterable[Any]:
    return session.execute(query.execution_options(yield_per=_AT_ONCE))
