"""Where orders are counted by day, and what their steps change of that."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from ops_core.hotline.cases.model import WEB_CHANNELS
from ops_core.hotline.cases.store import NewCase
from ops_core.hotline.day_sums.model import (
    DayKey,
    Moves,
    Returned,
    callback_key,
    dispatch_keys,
    moved,
    request_key,
    web_answer_key,
)
from ops_core.hotline.day_sums.returns import keys_of_dispatched
from ops_core.hotline.orders.order import Order
from ops_core.hotline.orders.steps import OrderState
from ops_core.hotline.orders.store import (
    StoredOrder,
    answer_of,
    receipts_of_waiting_followers,
)

_FROM_WEB = frozenset(channel.value for channel in WEB_CHANNELS)


def moves_of_new(case: NewCase) -> Moves:
    """A request that came in, with its order."""
    web = (web_answer_key(case.received_at, None),) if case.channel in _FROM_WEB else ()
    return moved((), (request_key(case.received_at), *web))


def moves_of_step(session: Session, stored: StoredOrder, after: Order) -> Moves:
    """What a step changes; asked before it is stored.

    A return is put before the purchaser in the same transaction, so it is undecided.
    """
    before = stored.order
    old, new = _dispatched(session, before, after)
    if after.state is OrderState.COMPLETED and before.state is not OrderState.COMPLETED:
        new = (*new, callback_key(after.last_at, None, stored.deadlines.callback_within))
    was, now = _answers(session, stored, after)
    return moved((*old, *was), (*new, *now))


def _answers(
    session: Session, stored: StoredOrder, after: Order
) -> tuple[Sequence[DayKey], Sequence[DayKey]]:
    """Where its answer is counted, and its followers', before and after the step."""
    before, was, now = stored.order, list[DayKey](), list[DayKey]()
    if stored.channel in _FROM_WEB and _answer_differs(before, after):
        was.append(web_answer_key(stored.received_at, _answered_at(session, before)))
        now.append(web_answer_key(stored.received_at, _answered_at(session, after)))
    if stored.followers and before.answered_at != after.answered_at:
        for received in receipts_of_waiting_followers(session, before.number, _FROM_WEB):
            was.append(web_answer_key(received, before.answered_at))
            now.append(web_answer_key(received, after.answered_at))
    return was, now


def _answer_differs(before: Order, after: Order) -> bool:
    return (before.answered_at, before.merged_into) != (after.answered_at, after.merged_into)


def _answered_at(session: Session, order: Order) -> datetime | None:
    """Its own first answer, or that of the order it is merged into."""
    if order.answered_at is None and order.merged_into:
        return answer_of(session, order.merged_into)
    return order.answered_at


def _dispatched(
    session: Session, before: Order, after: Order
) -> tuple[Sequence[DayKey], Sequence[DayKey]]:
    if before.first_dispatched_at != after.first_dispatched_at:
        return (), dispatch_keys(after.first_dispatched_at, Returned.NEVER)
    if before.returns == after.returns:
        return (), ()
    old = keys_of_dispatched(session, before.number)
    at_fault = any(key.kind == Returned.AT_FAULT for key in old)
    returned = Returned.AT_FAULT if at_fault else Returned.UNDECIDED
    return old, dispatch_keys(after.first_dispatched_at, returned)
