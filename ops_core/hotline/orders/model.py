"""The work order as a state machine over its own chained events (pure).

A step belongs to one side: the operator of the hotline may not do what the handling unit answers
for (国办函〔2025〕66号, art. 3). An order reopened after completion runs in a new cycle, and the
cycles before it keep what happened in them. What a unit replies is under review until somebody
of the operator's, never the one who replied, lets it pass or hands it back (反馈待审 → 审核通过,
退回重办). More time (延期) is asked for by the unit and given by the purchaser; to press an order
(催办, 督办) leaves its state as it is, and so does what is asked of co-units (协办). A long hold
(挂账) is asked for by the unit and decided by the purchaser as well. How far it has come (进展) the
unit notes without a change of state or clocks.

A citizen is answered first when somebody of the operator's answers him, which is a step of its own
(回应) and changes no state, or when the unit's reply passes its review, whichever comes first: a
receipt that a program sends is none, nor is a reply under review. An order that reaches no unit is
answered by what ends it: the article that is read out (直接答复), the emergency service that a
person connects the citizen with, the reviewed notice that it is not accepted (不予受理). One that
is merged into another (并单) has the answer of its lead order: whoever judges it reads both.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from ops_core.hotline.orders.contributing import after_contribution, without_lead
from ops_core.hotline.orders.deadlines import with_pinned
from ops_core.hotline.orders.order import Order, OrderEvent, OrderWorker, hash_of
from ops_core.hotline.orders.refusals import check_person, check_side, check_state, check_time
from ops_core.hotline.orders.steps import TRANSITIONS, OrderSide, OrderState, Step, Transition
from ops_core.hotline.orders.withdrawn import taken_back
from ops_core.kernel.errors import Invalid
from ops_core.kernel.hash_chain import GENESIS
from ops_core.kernel.json_values import JsonObject

BY_PERSON = "by_person"
"""The member of an event that says whether a person, and no program, took the step."""
_FORMER = Transition(OrderSide.UNIT, OrderState.COMPLETED)
"""Out of 反馈待审 by 办结: orders completed before replies were reviewed are replayed by it. Nobody
takes this step any more."""


def next_event(
    order: Order | None,
    number: str,
    step: Step,
    worker: OrderWorker,
    at: datetime,
    recorded_at: datetime,
    unit: str = "",
    detail: JsonObject | None = None,
) -> OrderEvent:
    """The event by which a worker takes a step now; ``order`` is None for a new one.

    Raises :class:`Forbidden` for a step of the other side, of another unit, or of somebody who
    would judge an own act; :class:`Conflict` for one that the state does not allow now;
    :class:`Invalid` for a dispatch to nobody. ``unit`` is whom it is dispatched to.
    """
    check_side(step, worker)
    check_state(order, step, at)
    if order is not None:
        check_person(order, step, worker)
    if step is Step.DISPATCH and not unit:
        raise Invalid("派单缺少承办单位", "", "请指明承办单位。")
    held = order.unit if order is not None else ""
    holder = unit if step is Step.DISPATCH else held
    return link(order, number, step, worker.name, at, recorded_at, holder, detail or {})


def link(
    order: Order | None,
    number: str,
    step: Step,
    actor: str,
    at: datetime,
    recorded_at: datetime,
    unit: str,
    detail: JsonObject,
) -> OrderEvent:
    """The next link of an order's chain; ``unit`` has the order from it on."""
    event = OrderEvent(
        order=number,
        sequence=1 if order is None else order.version + 1,
        step=step,
        at=at.astimezone(UTC),
        recorded_at=recorded_at.astimezone(UTC),
        actor=actor,
        unit=unit,
        detail=detail,
        previous_hash=GENESIS if order is None else order.last_hash,
        hash="",
    )
    return replace(event, hash=hash_of(event))


def apply(order: Order | None, event: OrderEvent) -> Order:
    """The order after an event. Raises Conflict for one that the state does not allow."""
    if order is None:
        check_state(order, event.step, event.at)
        opened = Order(
            number=event.order,
            state=OrderState.ACCEPTED,
            cycle=1,
            version=1,
            accepted_at=event.at,
            last_at=event.at,
            last_hash=event.hash,
        )
        return with_pinned(opened, event.detail)
    after = replace(
        order,
        state=_transition(order, event).to,
        version=event.sequence,
        last_at=event.at,
        last_hash=event.hash,
    )
    return _with_effect(after, event)


def replay(events: Iterable[OrderEvent]) -> Order | None:
    """The order that events, in their sequence, amount to; None without any."""
    order: Order | None = None
    before: Order | None = None
    for event in events:
        if event.step is Step.UNDO:
            before, order = None, taken_back(order, before, event)
        else:
            before, order = order, apply(order, event)
    return order


def _transition(order: Order, event: OrderEvent) -> Transition:
    if (order.state, event.step) == (OrderState.REPLIED, Step.COMPLETE):
        check_time(order, event.at)
        return _FORMER
    check_state(order, event.step, event.at)
    return TRANSITIONS[order.state][event.step]


def _with_effect(order: Order, event: OrderEvent) -> Order:
    match event.step:
        case Step.DISPATCH:
            return _dispatched(order, event)
        case Step.ANSWER:
            return _answered(order, event.actor, event.at)
        case Step.ANSWER_DIRECTLY:
            return _answered(order, event.actor, event.at)
        case Step.CONFIRM | Step.TRANSFER:
            is_answer = event.detail.get(BY_PERSON) is True
            return _answered(order, event.actor, event.at) if is_answer else order
        case Step.ENLIST | Step.CO_REPLY | Step.CO_MISSING:
            return after_contribution(order, event)
        case Step.SUSPEND:
            return replace(order, hold_until=str(event.detail.get("until", "")))
        case Step.HOLD:
            return replace(order, held_at=event.at)
        case Step.DENY_HOLD | Step.RESUME:
            return _released(order, event)
        case Step.DECLINE:
            return replace(order, proposer=event.actor)
        case Step.ADMIT:
            return replace(order, proposer="")
        case Step.MERGE:
            return replace(order, merged_into=str(event.detail.get("lead", "")))
        case Step.SIGN | Step.REJECT:
            return replace(order, signed_at=event.at)
        case Step.RETURN:
            return replace(order, objector=event.actor, returns=order.returns + 1)
        case Step.DISPUTE:
            return replace(order, objector=event.actor)
        case Step.UPHOLD:
            return replace(order, returns=order.returns + 1)
        case Step.EXTEND:
            asked = event.detail.get("days")
            return replace(
                order,
                extension_asked=asked if isinstance(asked, int) else 0,
                extensions=order.extensions + 1,
            )
        case Step.GRANT:
            given = order.extended_by + order.extension_asked
            return replace(order, extended_by=given, extension_asked=0)
        case Step.REFUSE:
            return replace(order, extension_asked=0)
        case Step.NUDGE:
            return replace(order, nudges=order.nudges + 1)
        case Step.SUPERVISE:
            return replace(order, supervised_at=order.supervised_at or event.at)
        case Step.REPLY:
            # What was asked for and not decided on lapses with the reply.
            replied = replace(order, replied_at=event.at, replier=event.actor, extension_asked=0)
            return _released(replied, event)
        case Step.APPROVE:
            released = replace(order, approved_at=event.at)
            return _answered(released, order.replier, event.at)
        case Step.REWORK:
            return replace(order, replied_at=None, replier="")
        case Step.COMPLETE:
            completed = replace(order, completed_at=event.at)
            return _answered(completed, order.replier, event.at)
        case Step.REOPEN:
            return _next_cycle(order, event)
        case Step.REDO:
            return _dispatched(_next_cycle(order, event), event)
        case Step.ACCEPT | Step.NOTE | Step.UNDO:
            return order


def _next_cycle(order: Order, event: OrderEvent) -> Order:
    return replace(
        order,
        cycle=order.cycle + 1,
        accepted_at=event.at,
        dispatched_at=None,
        signed_at=None,
        replied_at=None,
        approved_at=None,
        completed_at=None,
        unit="",
        dispatcher="",
        objector="",
        replier="",
        extension_asked=0,
        extended_by=0,
        extensions=0,
        nudges=0,
        supervised_at=None,
        proposer="",
        merged_into="",
        urgency="",
        co_units="",
        co_waiting="",
        hold_until="",
        held_at=None,
        held_days=0,
    )


def _released(order: Order, event: OrderEvent) -> Order:
    """Neither on hold nor asked to be: the working days that the hold took stay."""
    taken = event.detail.get("held_days")
    days = taken if isinstance(taken, int) else 0
    return replace(order, hold_until="", held_at=None, held_days=order.held_days + days)


def _dispatched(order: Order, event: OrderEvent) -> Order:
    """Deadlines begin with the first dispatch of a cycle, by what was in force then; a second one
    moves nothing."""
    if order.dispatched_at is None:
        urgency = str(event.detail.get("urgency", ""))
        order = replace(with_pinned(order, event.detail), urgency=urgency)
    dispatched = replace(
        order,
        unit=event.unit,
        dispatcher=event.actor,
        objector="",
        dispatched_at=order.dispatched_at or event.at,
        first_dispatched_at=order.first_dispatched_at or event.at,
    )
    return without_lead(dispatched)


def _answered(order: Order, by: str, at: datetime) -> Order:
    """The order with its first answer, unless it has one."""
    return order if order.answered_at else replace(order, answered_at=at, answered_by=by)
