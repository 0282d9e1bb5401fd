"""The work order as a state machine over its own chained events (pure).

A step belongs to one side: the operator of the hotline may not do what the handling unit answers
for (国办函〔2025〕66号, art. 3). An order reopened after completion runs in a new cycle, and the
cycles before it keep what happened in them. What a unit replies is under review until somebody
of the operator's, never the one who replied, lets it pass or hands it back (反馈待审 → 审核通过,
退回重办). More time (延期) is asked for by the unit and given by the purchaser; to press an order
(催办, 督办) leaves its state as it is.

A citizen is answered first when somebody of the operator's answers him, which is a step of its own
(回应) and changes no state, or when the unit's reply passes its review, whichever comes first: a
receipt that a program sends is none, nor is a reply under review.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType

from pydantic import JsonValue

from ops_core.kernel.errors import Conflict, Forbidden, Invalid
from ops_core.kernel.hash_chain import GENESIS, first_broken, link_hash
from ops_core.kernel.i18n import Message, message
from ops_core.kernel.json_values import JsonObject


class OrderState(StrEnum):
    """受理, 已派单, 已退回, 派单异议, 已签收, 延期待批, 反馈待审, 审核通过, 办结."""

    ACCEPTED = "accepted"
    DISPATCHED = "dispatched"
    RETURNED = "returned"
    DISPUTED = "disputed"
    SIGNED = "signed"
    EXTENSION = "extension"
    """Signed, and more time is asked for; the unit goes on and may reply meanwhile."""
    REPLIED = "replied"
    """The reply is under review."""
    APPROVED = "approved"
    """The reply has passed; the unit may complete the order."""
    COMPLETED = "completed"


class Step(StrEnum):
    """受理, 回应, 派单, 签收, 退回, 提出异议, 异议成立, 异议驳回, 申请延期, 同意延期,
    不同意延期, 答复, 审核通过, 退回重办, 办结, 催办, 督办, 重新受理."""

    ACCEPT = "accept"
    ANSWER = "answer"
    """A person of the operator's gives the citizen the first answer."""
    DISPATCH = "dispatch"
    SIGN = "sign"
    RETURN = "return"
    DISPUTE = "dispute"
    UPHOLD = "uphold"
    REJECT = "reject"
    EXTEND = "extend"
    GRANT = "grant"
    REFUSE = "refuse"
    REPLY = "reply"
    APPROVE = "approve"
    REWORK = "rework"
    COMPLETE = "complete"
    NUDGE = "nudge"
    SUPERVISE = "supervise"
    REOPEN = "reopen"


class OrderSide(StrEnum):
    """Whose step it is."""

    OPERATOR = "operator"
    UNIT = "unit"
    PURCHASER = "purchaser"


@dataclass(frozen=True, slots=True)
class Transition:
    side: OrderSide
    to: OrderState


def _pressed(state: OrderState) -> Mapping[Step, Transition]:
    """The operator reminds, the purchaser supervises: the order stays where it is."""
    return {
        Step.NUDGE: Transition(OrderSide.OPERATOR, state),
        Step.SUPERVISE: Transition(OrderSide.PURCHASER, state),
    }


_MOVES: Mapping[OrderState, Mapping[Step, Transition]] = MappingProxyType(
    {
        OrderState.ACCEPTED: {
            Step.DISPATCH: Transition(OrderSide.OPERATOR, OrderState.DISPATCHED),
        },
        OrderState.DISPATCHED: {
            Step.SIGN: Transition(OrderSide.UNIT, OrderState.SIGNED),
            Step.RETURN: Transition(OrderSide.UNIT, OrderState.RETURNED),
            Step.DISPUTE: Transition(OrderSide.UNIT, OrderState.DISPUTED),
            **_pressed(OrderState.DISPATCHED),
        },
        OrderState.RETURNED: {
            Step.DISPATCH: Transition(OrderSide.OPERATOR, OrderState.DISPATCHED),
        },
        OrderState.DISPUTED: {
            Step.UPHOLD: Transition(OrderSide.OPERATOR, OrderState.RETURNED),
            Step.REJECT: Transition(OrderSide.OPERATOR, OrderState.SIGNED),
        },
        OrderState.SIGNED: {
            Step.REPLY: Transition(OrderSide.UNIT, OrderState.REPLIED),
            Step.EXTEND: Transition(OrderSide.UNIT, OrderState.EXTENSION),
            **_pressed(OrderState.SIGNED),
        },
        OrderState.EXTENSION: {
            Step.REPLY: Transition(OrderSide.UNIT, OrderState.REPLIED),
            Step.GRANT: Transition(OrderSide.PURCHASER, OrderState.SIGNED),
            Step.REFUSE: Transition(OrderSide.PURCHASER, OrderState.SIGNED),
            **_pressed(OrderState.EXTENSION),
        },
        OrderState.REPLIED: {
            Step.APPROVE: Transition(OrderSide.OPERATOR, OrderState.APPROVED),
            Step.REWORK: Transition(OrderSide.OPERATOR, OrderState.SIGNED),
        },
        OrderState.APPROVED: {
            Step.COMPLETE: Transition(OrderSide.UNIT, OrderState.COMPLETED),
            **_pressed(OrderState.APPROVED),
        },
        OrderState.COMPLETED: {
            Step.REOPEN: Transition(OrderSide.OPERATOR, OrderState.ACCEPTED),
        },
    }
)
ANSWERED_IN = frozenset(OrderState) - {OrderState.APPROVED, OrderState.COMPLETED}
"""States in which the citizen may still be without an answer."""
TRANSITIONS: Mapping[OrderState, Mapping[Step, Transition]] = MappingProxyType(
    {
        state: {
            **moves,
            **(
                {Step.ANSWER: Transition(OrderSide.OPERATOR, state)} if state in ANSWERED_IN else {}
            ),
        }
        for state, moves in _MOVES.items()
    }
)
"""Every step that a state allows; :attr:`Step.ANSWER` leaves the state as it is."""
_FORMER = Transition(OrderSide.UNIT, OrderState.COMPLETED)
"""Out of 反馈待审 by 办结: orders completed before replies were reviewed are replayed by it. Nobody
takes this step any more."""
ADJUDICATIONS = frozenset({Step.UPHOLD, Step.REJECT})
REVIEWS = frozenset({Step.APPROVE, Step.REWORK})
SIDE_OF: Mapping[Step, OrderSide] = MappingProxyType(
    {step: t.side for allowed in TRANSITIONS.values() for step, t in allowed.items()}
    | {Step.ACCEPT: OrderSide.OPERATOR}
)
STATE_WORDS: Mapping[OrderState, Message] = MappingProxyType(
    {
        OrderState.ACCEPTED: message("已受理"),
        OrderState.DISPATCHED: message("已派单"),
        OrderState.RETURNED: message("已退回"),
        OrderState.DISPUTED: message("派单异议"),
        OrderState.SIGNED: message("已签收"),
        OrderState.EXTENSION: message("延期待批"),
        OrderState.REPLIED: message("反馈待审"),
        OrderState.APPROVED: message("审核通过"),
        OrderState.COMPLETED: message("已办结"),
    }
)
STEP_WORDS: Mapping[Step, Message] = MappingProxyType(
    {
        Step.ACCEPT: message("受理"),
        Step.ANSWER: message("回应"),
        Step.DISPATCH: message("派单"),
        Step.SIGN: message("签收"),
        Step.RETURN: message("退回"),
        Step.DISPUTE: message("提出异议"),
        Step.UPHOLD: message("异议成立"),
        Step.REJECT: message("异议驳回"),
        Step.EXTEND: message("申请延期"),
        Step.GRANT: message("同意延期"),
        Step.REFUSE: message("不同意延期"),
        Step.REPLY: message("答复"),
        Step.APPROVE: message("审核通过"),
        Step.REWORK: message("退回重办"),
        Step.COMPLETE: message("办结"),
        Step.NUDGE: message("催办"),
        Step.SUPERVISE: message("督办"),
        Step.REOPEN: message("重新受理"),
    }
)
"""As refusals and screens name them."""
_BELONGS_TO: Mapping[OrderSide, str] = MappingProxyType(
    {
        OrderSide.OPERATOR: "步骤 {step} 由热线运营方办理。",
        OrderSide.UNIT: "步骤 {step} 由承办单位办理。",
        OrderSide.PURCHASER: "步骤 {step} 由采购人一方办理。",
    }
)


@dataclass(frozen=True, slots=True)
class OrderWorker:
    """Who takes a step: a person of the operator or the purchaser, or a handler of one unit."""

    name: str
    side: OrderSide
    unit: str = ""


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """One link of an order's chain.

    ``at`` is when it happened, ``recorded_at`` when we learnt of it (both aware UTC); ``unit`` is
    the unit that has the order from this step on, empty before the first dispatch.
    """

    order: str
    sequence: int
    step: Step
    at: datetime
    recorded_at: datetime
    actor: str
    unit: str
    detail: JsonObject
    previous_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class Order:
    """What the events of an order say; the instants are those of its running cycle."""

    number: str
    state: OrderState
    cycle: int
    version: int
    """How many events it rests on."""
    accepted_at: datetime
    last_at: datetime
    last_hash: str
    unit: str = ""
    dispatched_at: datetime | None = None
    """The cycle's first dispatch: the clocks run from here, signed for or not."""
    signed_at: datetime | None = None
    replied_at: datetime | None = None
    approved_at: datetime | None = None
    """When the reply passed its review."""
    completed_at: datetime | None = None
    dispatcher: str = ""
    objector: str = ""
    replier: str = ""
    """Who gave the reply that is under review, or has passed it."""
    returns: int = 0
    """Over all cycles."""
    answered_at: datetime | None = None
    """When the citizen got the first answer, in whichever cycle."""
    answered_by: str = ""
    first_dispatched_at: datetime | None = None
    """The first dispatch of all cycles."""
    extension_asked: int = 0
    """Working days that the unit asks for and nobody has decided on."""
    extended_by: int = 0
    """Working days that the running cycle was given on top of its own."""
    extensions: int = 0
    """How often the running cycle asked for more time."""
    nudges: int = 0
    """How often the running cycle was pressed by the operator."""
    supervised_at: datetime | None = None
    """When the purchaser first put the running cycle under supervision."""

    @property
    def allowed(self) -> tuple[Step, ...]:
        """The steps that the order allows now, to whichever side they belong.

        A first answer is given once.
        """
        steps = TRANSITIONS[self.state]
        return tuple(s for s in steps if s is not Step.ANSWER or self.answered_at is None)


def check_side(step: Step, worker: OrderWorker) -> None:
    """Raises :class:`Forbidden` for a step of the other side, whatever the order's state."""
    if SIDE_OF[step] is worker.side:
        return
    raise Forbidden(
        "此步骤不属于您这一方",
        message(_BELONGS_TO[SIDE_OF[step]], step=STEP_WORDS[step]),
        "热线运营方、承办单位与采购人各办各的步骤，不得互相代替。",
    )


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
    _check_state(order, step, at)
    if order is not None:
        _check_person(order, step, worker)
    if step is Step.DISPATCH and not unit:
        raise Invalid("派单缺少承办单位", "", "请指明承办单位。")
    held = order.unit if order is not None else ""
    event = OrderEvent(
        order=number,
        sequence=1 if order is None else order.version + 1,
        step=step,
        at=at.astimezone(UTC),
        recorded_at=recorded_at.astimezone(UTC),
        actor=worker.name,
        unit=unit if step is Step.DISPATCH else held,
        detail=detail or {},
        previous_hash=GENESIS if order is None else order.last_hash,
        hash="",
    )
    return replace(event, hash=hash_of(event))


def apply(order: Order | None, event: OrderEvent) -> Order:
    """The order after an event. Raises Conflict for one that the state does not allow."""
    if order is None:
        _check_state(order, event.step, event.at)
        return Order(
            number=event.order,
            state=OrderState.ACCEPTED,
            cycle=1,
            version=1,
            accepted_at=event.at,
            last_at=event.at,
            last_hash=event.hash,
        )
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
    for event in events:
        order = apply(order, event)
    return order


def hash_of(event: OrderEvent) -> str:
    """The hash the event ought to bear, from the one before it and all its fields."""
    return link_hash(
        event.previous_hash,
        {
            "order": event.order,
            "sequence": event.sequence,
            "step": event.step.value,
            "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "recorded_at": event.recorded_at.astimezone(UTC).isoformat(timespec="microseconds"),
            "actor": event.actor,
            "unit": event.unit,
            "detail": dict(event.detail),
        },
    )


def first_break(events: Sequence[OrderEvent]) -> int | None:
    """The sequence at which an order's chain is broken, None when every link holds."""
    return first_broken(events, hash_of)


def _transition(order: Order, event: OrderEvent) -> Transition:
    if (order.state, event.step) == (OrderState.REPLIED, Step.COMPLETE):
        _check_time(order, event.at)
        return _FORMER
    _check_state(order, event.step, event.at)
    return TRANSITIONS[order.state][event.step]


def _with_effect(order: Order, event: OrderEvent) -> Order:
    match event.step:
        case Step.DISPATCH:
            return replace(
                order,
                unit=event.unit,
                dispatcher=event.actor,
                objector="",
                dispatched_at=order.dispatched_at or event.at,
                first_dispatched_at=order.first_dispatched_at or event.at,
            )
        case Step.ANSWER:
            return _answered(order, event.actor, event.at)
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
            return replace(order, replied_at=event.at, replier=event.actor, extension_asked=0)
        case Step.APPROVE:
            released = replace(order, approved_at=event.at)
            return _answered(released, order.replier, event.at)
        case Step.REWORK:
            return replace(order, replied_at=None, replier="")
        case Step.COMPLETE:
            completed = replace(order, completed_at=event.at)
            return _answered(completed, order.replier, event.at)
        case Step.REOPEN:
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
            )
        case Step.ACCEPT:
            return order


def _answered(order: Order, by: str, at: datetime) -> Order:
    """The order with its first answer, unless it has one."""
    return order if order.answered_at else replace(order, answered_at=at, answered_by=by)


def _check_state(order: Order | None, step: Step, at: datetime) -> None:
    allowed = (Step.ACCEPT,) if order is None else order.allowed
    if step not in allowed:
        raise Conflict(
            "当前状态不允许此步骤",
            message(
                "工单处于 {state}，不能 {step}。",
                state="—" if order is None else STATE_WORDS[order.state],
                step=STEP_WORDS[step],
            ),
            message("现在可以：{allowed}。", allowed=tuple(STEP_WORDS[one] for one in allowed)),
            members=state_members(order),
        )
    if order is not None:
        _check_time(order, at)


def _check_time(order: Order, at: datetime) -> None:
    if at < order.last_at:
        raise Conflict(
            "时间早于上一步",
            message("上一步发生在 {at}。", at=order.last_at.isoformat()),
            "请核对发生时间。",
        )


def state_members(order: Order | None) -> dict[str, JsonValue]:
    """For programs: where the order is, and what may be done with it now."""
    allowed = (Step.ACCEPT,) if order is None else order.allowed
    state = None if order is None else order.state.value
    return {"state": state, "allowed": [step.value for step in allowed]}


def _check_person(order: Order, step: Step, worker: OrderWorker) -> None:
    if worker.side is OrderSide.UNIT and worker.unit != order.unit:
        raise Forbidden(
            "工单不在您的单位",
            message("工单 {number} 现由其他单位承办。", number=order.number),
            "请由承办单位的人员办理。",
        )
    if step in ADJUDICATIONS and worker.name in (order.dispatcher, order.objector):
        raise Forbidden(
            "不能裁定自己的派单或异议",
            message("工单 {number} 的派单人或异议人不能作出裁定。", number=order.number),
            "请由另一名派单审核人员裁定。",
        )
    if step in REVIEWS and worker.name == order.replier:
        raise Forbidden(
            "不能审核自己的反馈",
            message("工单 {number} 的反馈由 {name} 提交。", number=order.number, name=worker.name),
            "请由另一名审核人员审核。",
        )
