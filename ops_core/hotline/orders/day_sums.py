"""Where orders are counted by day, and what their steps change of that."""

from collections.abc import Sequence

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
from ops_core.hotline.orders.store import StoredOrder

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
    if stored.channel in _FROM_WEB and before.answered_at != after.answered_at:
        old = (*old, web_answer_key(stored.received_at, before.answered_at))
        new = (*new, web_answer_key(stored.received_at, after.answered_at))
    return moved(old, new)


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
