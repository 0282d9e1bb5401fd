"""Every cell of the table of an order's steps: taken by its side, refused to the other two.

What no state allows is refused with what it does allow, and changes nothing.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from ops_core.hotline.orders.model import apply, next_event, replay
from ops_core.hotline.orders.order import Order, OrderWorker
from ops_core.hotline.orders.steps import (
    CONTRIBUTED_IN,
    NOTED_IN,
    TRANSITIONS,
    OrderSide,
    OrderState,
    Step,
)
from ops_core.kernel.errors import Conflict, DomainError, Forbidden
from tests.ops_core.hotline.test_order_model import (
    AGENT,
    DISPATCHER,
    HANDLER,
    NUMBER,
    PURCHASER,
    REVIEWER,
    START,
    course,
)

ACCEPTED = ((Step.ACCEPT, AGENT),)
DISPATCHED = (*ACCEPTED, (Step.DISPATCH, DISPATCHER))
SIGNED = (*DISPATCHED, (Step.SIGN, HANDLER))
REPLIED = (*SIGNED, (Step.REPLY, HANDLER))
APPROVED = (*REPLIED, (Step.APPROVE, REVIEWER))
WAYS = {
    OrderState.ACCEPTED: ACCEPTED,
    OrderState.DISPATCHED: DISPATCHED,
    OrderState.RETURNED: (*DISPATCHED, (Step.RETURN, HANDLER)),
    OrderState.DISPUTED: (*DISPATCHED, (Step.DISPUTE, HANDLER)),
    OrderState.SIGNED: SIGNED,
    OrderState.EXTENSION: (*SIGNED, (Step.EXTEND, HANDLER)),
    OrderState.HOLD_ASKED: (*SIGNED, (Step.SUSPEND, HANDLER)),
    OrderState.ON_HOLD: (*SIGNED, (Step.SUSPEND, HANDLER), (Step.HOLD, PURCHASER)),
    OrderState.REPLIED: REPLIED,
    OrderState.APPROVED: APPROVED,
    OrderState.COMPLETED: (*APPROVED, (Step.COMPLETE, HANDLER)),
    OrderState.DECLINING: (*ACCEPTED, (Step.DECLINE, AGENT)),
    OrderState.DECLINED: (*ACCEPTED, (Step.DECLINE, AGENT), (Step.CONFIRM, REVIEWER)),
    OrderState.ANSWERED_DIRECTLY: (*ACCEPTED, (Step.ANSWER_DIRECTLY, AGENT)),
    OrderState.MERGED: (*ACCEPTED, (Step.MERGE, DISPATCHER)),
    OrderState.TRANSFERRED: (*ACCEPTED, (Step.TRANSFER, AGENT)),
}
"""How an order comes into each state."""
WORKERS = {
    OrderSide.OPERATOR: OrderWorker("somebody else", OrderSide.OPERATOR),
    OrderSide.UNIT: HANDLER,
    OrderSide.PURCHASER: PURCHASER,
}
CONTRIBUTED = frozenset({Step.CO_REPLY, Step.CO_MISSING})
CO_HANDLER = OrderWorker("water.bai", OrderSide.UNIT, "water")
LATER = START + timedelta(days=1)


def order_in(state: OrderState) -> Order:
    order = replay(course(*WAYS[state]))
    assert order is not None
    assert order.state is state
    return order


def test_there_is_a_way_into_every_state() -> None:
    assert WAYS.keys() == {*OrderState} == TRANSITIONS.keys()


@pytest.mark.parametrize("side", OrderSide)
@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize("state", OrderState)
def test_a_step_is_taken_where_and_by_whom_the_table_says(
    state: OrderState, step: Step, side: OrderSide
) -> None:
    order, worker = order_in(state), WORKERS[side]
    if step in CONTRIBUTED and state in CONTRIBUTED_IN:
        order = replace(order, co_units=",water,", co_waiting=",water,")
        worker = CO_HANDLER if side is OrderSide.UNIT else worker
    unit = "housing" if step is Step.DISPATCH else ""
    move = TRANSITIONS[state].get(step)
    if move is not None and move.side is side:
        detail = {"co_unit": "water"} if step in CONTRIBUTED else {}
        event = next_event(order, NUMBER, step, worker, LATER, LATER, unit, detail)
        assert apply(order, event).state is move.to
        return
    with pytest.raises(DomainError) as refused:
        next_event(order, NUMBER, step, worker, LATER, LATER, unit)
    assert refused.value.title
    if move is not None:
        assert isinstance(refused.value, Forbidden)
    else:
        assert isinstance(refused.value, Conflict | Forbidden)
    if isinstance(refused.value, Conflict):
        allowed = [one.value for one in order.allowed]
        assert refused.value.members == {"state": state.value, "allowed": allowed}


@pytest.mark.parametrize("state", sorted(NOTED_IN))
def test_a_note_of_progress_changes_neither_state_nor_clocks(state: OrderState) -> None:
    order = order_in(state)
    event = next_event(order, NUMBER, Step.NOTE, HANDLER, LATER, LATER, "", {"remark": "正在办理"})
    after = apply(order, event)
    chained = {"version": event.sequence, "last_at": event.at, "last_hash": event.hash}
    assert after == replace(order, **chained)
