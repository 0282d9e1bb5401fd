"""A work order over its events: what is allowed, to whom, and what replay gives."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ops_core.hotline.orders.model import apply, next_event, replay
from ops_core.hotline.orders.order import Order, OrderEvent, OrderWorker, first_break, hash_of
from ops_core.hotline.orders.steps import (
    ADJUDICATIONS,
    ENDED,
    INTAKE_REVIEWS,
    NEW_CYCLES,
    REVIEWS,
    SIDE_OF,
    TRANSITIONS,
    OrderSide,
    OrderState,
    Step,
)
from ops_core.kernel.errors import Conflict, Forbidden, Invalid

NUMBER = "W-20260302-0001"
START = datetime(2026, 3, 2, 1, tzinfo=UTC)
OPERATORS = [OrderWorker(name, OrderSide.OPERATOR) for name in ("agent", "dispatcher", "reviewer")]
PURCHASER = OrderWorker("purchaser", OrderSide.PURCHASER)
HANDLERS = [
    OrderWorker(f"{unit}-{n}", OrderSide.UNIT, unit)
    for unit in ("housing", "water")
    for n in (1, 2)
]
AGENT, DISPATCHER, REVIEWER = OPERATORS
HANDLER = HANDLERS[0]


def course(*steps: tuple[Step, OrderWorker]) -> list[OrderEvent]:
    """The events of an order whose steps, an hour apart, these workers took."""
    order: Order | None = None
    told: list[OrderEvent] = []
    for hour, (step, worker) in enumerate(steps):
        at = START + timedelta(hours=hour)
        unit = "housing" if step is Step.DISPATCH else ""
        event = next_event(order, NUMBER, step, worker, at, at, unit)
        order = apply(order, event)
        told.append(event)
    return told


TO_COMPLETION = (
    (Step.ACCEPT, AGENT),
    (Step.DISPATCH, DISPATCHER),
    (Step.RETURN, HANDLER),
    (Step.DISPATCH, DISPATCHER),
    (Step.SIGN, HANDLER),
    (Step.REPLY, HANDLER),
    (Step.APPROVE, REVIEWER),
    (Step.COMPLETE, HANDLER),
)


def test_returned_dispatched_again_and_completed() -> None:
    order = replay(course(*TO_COMPLETION))
    assert order is not None
    assert (order.state, order.cycle, order.returns) == (OrderState.COMPLETED, 1, 1)
    assert order.dispatched_at == START + timedelta(hours=1), "clocks run from the first dispatch"
    assert order.completed_at == START + timedelta(hours=7)


REPLIED = TO_COMPLETION[:6]


def test_a_unit_cannot_complete_its_own_reply() -> None:
    order = replay(course(*REPLIED))
    assert order is not None
    assert (order.state, order.replier) == (OrderState.REPLIED, HANDLER.name)
    with pytest.raises(Conflict) as refusal:
        next_event(order, NUMBER, Step.COMPLETE, HANDLER, START + timedelta(days=1), START)
    allowed = ["approve", "rework", "answer", "note"]
    assert refusal.value.members == {"state": "replied", "allowed": allowed}
    with pytest.raises(Forbidden):
        next_event(order, NUMBER, Step.APPROVE, HANDLER, START + timedelta(days=1), START)


@pytest.mark.parametrize("step", [Step.APPROVE, Step.REWORK])
def test_whoever_replied_does_not_review_it_on_the_other_side_either(step: Step) -> None:
    order = replay(course(*REPLIED))
    changed_sides = OrderWorker(HANDLER.name, OrderSide.OPERATOR)
    with pytest.raises(Forbidden, match="自己的反馈"):
        next_event(order, NUMBER, step, changed_sides, START + timedelta(days=1), START)


def test_a_reply_handed_back_is_no_reply_and_the_next_one_is_reviewed_again() -> None:
    reworked = replay(course(*REPLIED, (Step.REWORK, REVIEWER)))
    assert reworked is not None
    assert (reworked.state, reworked.replied_at) == (OrderState.SIGNED, None)
    again = replay(course(*REPLIED, (Step.REWORK, REVIEWER), (Step.REPLY, HANDLERS[1])))
    assert again is not None
    assert (again.state, again.replier) == (OrderState.REPLIED, HANDLERS[1].name)
    assert again.approved_at is None


def test_an_order_completed_before_replies_were_reviewed_is_replayed() -> None:
    replied = course(*REPLIED)
    last = replied[-1]
    unlinked = replace(last, sequence=7, step=Step.COMPLETE, previous_hash=last.hash)
    order = replay([*replied, replace(unlinked, hash=hash_of(unlinked))])
    assert order is not None
    assert (order.state, order.approved_at) == (OrderState.COMPLETED, None)


def test_reopening_starts_a_new_cycle_with_nothing_dispatched() -> None:
    order = replay(course(*TO_COMPLETION, (Step.REOPEN, REVIEWER)))
    assert order is not None
    assert (order.state, order.cycle, order.unit) == (OrderState.ACCEPTED, 2, "")
    assert (order.dispatched_at, order.completed_at) == (None, None)
    assert order.returns == 1


def test_a_rejected_dispute_counts_as_signed_for() -> None:
    events = course(
        (Step.ACCEPT, AGENT),
        (Step.DISPATCH, DISPATCHER),
        (Step.DISPUTE, HANDLER),
        (Step.REJECT, REVIEWER),
    )
    order = replay(events)
    assert order is not None
    assert (order.state, order.signed_at) == (OrderState.SIGNED, START + timedelta(hours=3))


def test_nobody_judges_the_own_dispatch() -> None:
    disputed = replay(
        course((Step.ACCEPT, AGENT), (Step.DISPATCH, DISPATCHER), (Step.DISPUTE, HANDLER))
    )
    with pytest.raises(Forbidden, match="裁定"):
        next_event(disputed, NUMBER, Step.UPHOLD, DISPATCHER, START + timedelta(days=1), START)


@pytest.mark.parametrize("step", [Step.SIGN, Step.RETURN, Step.REPLY, Step.COMPLETE])
def test_the_operator_may_not_do_what_the_unit_answers_for(step: Step) -> None:
    order = replay(course((Step.ACCEPT, AGENT), (Step.DISPATCH, DISPATCHER)))
    with pytest.raises(Forbidden) as refusal:
        next_event(order, NUMBER, step, DISPATCHER, START + timedelta(days=1), START)
    assert refusal.value.status == 403


def test_another_unit_may_not_sign() -> None:
    order = replay(course((Step.ACCEPT, AGENT), (Step.DISPATCH, DISPATCHER)))
    with pytest.raises(Forbidden, match="单位"):
        next_event(order, NUMBER, Step.SIGN, HANDLERS[2], START + timedelta(days=1), START)


def test_a_forbidden_step_says_what_is_allowed_now() -> None:
    order = replay(course((Step.ACCEPT, AGENT)))
    with pytest.raises(Conflict) as refusal:
        next_event(order, NUMBER, Step.REOPEN, REVIEWER, START + timedelta(days=1), START)
    assert refusal.value.status == 409
    assert refusal.value.remedy == (
        "现在可以：派单、直接答复、并单、转紧急服务、提出不予受理、回应。"
    )
    assert refusal.value.members == {
        "state": "accepted",
        "allowed": ["dispatch", "answer_directly", "merge", "transfer", "decline", "answer"],
    }


def test_a_dispatch_names_its_unit_and_no_other_step_changes_it() -> None:
    order = replay(course((Step.ACCEPT, AGENT)))
    at = START + timedelta(days=1)
    with pytest.raises(Invalid, match="承办单位"):
        next_event(order, NUMBER, Step.DISPATCH, DISPATCHER, at, at)
    disputed = replay(
        course((Step.ACCEPT, AGENT), (Step.DISPATCH, DISPATCHER), (Step.DISPUTE, HANDLER))
    )
    assert next_event(disputed, NUMBER, Step.REJECT, REVIEWER, at, at, "water").unit == "housing"


def test_time_does_not_run_backwards() -> None:
    order = replay(course((Step.ACCEPT, AGENT)))
    with pytest.raises(Conflict, match="早于"):
        next_event(
            order, NUMBER, Step.DISPATCH, DISPATCHER, START - timedelta(seconds=1), START, "water"
        )


@given(st.integers(0, 7), st.sampled_from(["actor", "at", "unit", "detail", "step", "removed"]))
def test_any_change_of_a_stored_event_is_found(position: int, field: str) -> None:
    events = course(*TO_COMPLETION)
    assert first_break(events) is None
    event = events[position]
    if field == "removed":
        del events[position]
        assert first_break(events) == (position + 1 if position < 7 else None)
        return
    changed = {
        "actor": replace(event, actor="somebody"),
        "at": replace(event, at=event.at + timedelta(microseconds=1)),
        "unit": replace(event, unit="elsewhere"),
        "detail": replace(event, detail={"reason": "another"}),
        "step": replace(event, step=Step.REWORK),
    }
    events[position] = changed[field]
    assert first_break(events) == position + 1


class OrderMachine(RuleBasedStateMachine):
    """Anybody tries anything; only the table's transitions happen, each by its own side."""

    def __init__(self) -> None:
        super().__init__()
        self.order: Order | None = None
        self.events: list[OrderEvent] = []
        self.at = START
        self.completions = self.endings = 0

    @rule(
        step=st.sampled_from(Step),
        worker=st.sampled_from([*OPERATORS, *HANDLERS, PURCHASER]),
        unit=st.sampled_from(["housing", "water"]),
        minutes=st.integers(-1, 600),
    )
    def somebody_tries(self, step: Step, worker: OrderWorker, unit: str, minutes: int) -> None:
        before = self.order
        at = self.at + timedelta(minutes=minutes)
        try:
            event = next_event(before, NUMBER, step, worker, at, at, unit)
        except (Conflict, Forbidden):
            assert self.order is before
            return
        self.take(event, worker)

    @precondition(lambda self: self.order is not None)
    @rule(data=st.data())
    def the_right_one_goes_on(self, data: st.DataObject) -> None:
        assert self.order is not None
        step = data.draw(st.sampled_from(self.order.allowed))
        worker = next(
            worker
            for worker in (*OPERATORS, *HANDLERS, PURCHASER)
            if worker.side is SIDE_OF[step]
            if worker.side is not OrderSide.UNIT or worker.unit == self.order.unit
            if step not in ADJUDICATIONS
            or worker.name not in (self.order.dispatcher, self.order.objector)
            if step not in REVIEWS or worker.name != self.order.replier
            if step not in INTAKE_REVIEWS or worker.name != self.order.proposer
        )
        unit = data.draw(st.sampled_from(["housing", "water"])) if step is Step.DISPATCH else ""
        at = self.at + timedelta(minutes=5)
        self.take(next_event(self.order, NUMBER, step, worker, at, at, unit), worker)

    def take(self, event: OrderEvent, worker: OrderWorker) -> None:
        before, after = self.order, apply(self.order, event)
        assert SIDE_OF[event.step] is worker.side
        if before is not None:
            assert TRANSITIONS[before.state][event.step].to is after.state
            assert after.cycle == before.cycle + (event.step in NEW_CYCLES)
            if event.step in ADJUDICATIONS:
                assert worker.name not in (before.dispatcher, before.objector)
            if event.step in INTAKE_REVIEWS:
                assert worker.name != before.proposer
            if event.step in REVIEWS:
                assert worker.name != before.replier
            if event.step is Step.COMPLETE:
                assert before.state is OrderState.APPROVED
                assert self.approver() not in (None, before.replier)
        self.completions += event.step is Step.COMPLETE
        self.endings += after.state in ENDED
        self.order, self.at = after, event.at
        self.events.append(event)

    def approver(self) -> str | None:
        """Who let the last reply pass; None while nobody has."""
        reviewed = [e for e in self.events if e.step in (Step.REPLY, Step.APPROVE)]
        return reviewed[-1].actor if reviewed and reviewed[-1].step is Step.APPROVE else None

    @invariant()
    def replay_gives_the_stored_order(self) -> None:
        assert replay(self.events) == self.order
        assert first_break(self.events) is None

    @invariant()
    def times_never_decrease(self) -> None:
        times = [event.at for event in self.events]
        assert times == sorted(times)

    @invariant()
    def each_cycle_ends_at_most_once(self) -> None:
        if self.order is not None:
            assert self.endings == self.order.cycle - 1 + (self.order.state in ENDED)
            assert self.order.first_dispatched_at or not self.completions


TestOrderMachine = OrderMachine.TestCase
