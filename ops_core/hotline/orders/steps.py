"""States and steps of work orders: the table of who may take which step when (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class OrderState(StrEnum):
    """受理, 已派单, 已退回, 派单异议, 已签收, 延期待批, 挂账待批, 挂账, 反馈待审, 审核通过, 办结,
    不予受理待审, 不予受理, 直接答复, 并单, 转紧急."""

    ACCEPTED = "accepted"
    DISPATCHED = "dispatched"
    RETURNED = "returned"
    DISPUTED = "disputed"
    SIGNED = "signed"
    EXTENSION = "extension"
    """Signed, and more time is asked for; the unit goes on and may reply meanwhile."""
    HOLD_ASKED = "hold_asked"
    """Signed, and the unit asks to put it on hold; it goes on and may reply meanwhile."""
    ON_HOLD = "on_hold"
    """Put on hold by the purchaser, until a day on which it is reviewed at the latest."""
    REPLIED = "replied"
    """The reply is under review."""
    APPROVED = "approved"
    """The reply has passed; the unit may complete the order."""
    COMPLETED = "completed"
    DECLINING = "declining"
    """Somebody proposes not to accept it; another person of the operator's decides."""
    DECLINED = "declined"
    ANSWERED_DIRECTLY = "answered_directly"
    """Answered out of the knowledge base, without a unit."""
    MERGED = "merged"
    """The same matter as its lead order, which is worked on instead."""
    TRANSFERRED = "transferred"
    """Handed on to an emergency service."""


class Step(StrEnum):
    """受理, 回应, 派单, 签收, 退回, 提出异议, 异议成立, 异议驳回, 申请延期, 同意延期,
    不同意延期, 答复, 审核通过, 退回重办, 办结, 催办, 督办, 重新受理, 提出不予受理, 确认不予受理,
    予以受理, 直接答复, 并单, 转紧急, 增加协办, 协办反馈, 协办缺失, 申请挂账, 同意挂账,
    不同意挂账, 恢复办理, 二次办理, 记录进展, 撤销."""

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
    DECLINE = "decline"
    CONFIRM = "confirm"
    ADMIT = "admit"
    ANSWER_DIRECTLY = "answer_directly"
    MERGE = "merge"
    TRANSFER = "transfer"
    ENLIST = "enlist"
    """Another unit is to contribute; the lead unit answers for the whole."""
    CO_REPLY = "co_reply"
    CO_MISSING = "co_missing"
    """That a co-unit's reply will not come is put on record, with the reason."""
    SUSPEND = "suspend"
    HOLD = "hold"
    DENY_HOLD = "deny_hold"
    RESUME = "resume"
    REDO = "redo"
    """Whom the callback found dissatisfied: the same unit handles it once more."""
    NOTE = "note"
    """The unit says how far it has come; neither state nor clocks change."""
    UNDO = "undo"
    """The last step is taken back by whoever took it; it belongs to that step's side."""


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


def _contributed(state: OrderState) -> Mapping[Step, Transition]:
    """Co-units reply, or do not, while the lead unit goes its own way."""
    return {
        Step.CO_REPLY: Transition(OrderSide.UNIT, state),
        Step.CO_MISSING: Transition(OrderSide.OPERATOR, state),
    }


ENDED = frozenset(
    {
        OrderState.COMPLETED,
        OrderState.DECLINED,
        OrderState.ANSWERED_DIRECTLY,
        OrderState.MERGED,
        OrderState.TRANSFERRED,
    }
)
"""States in which nobody works on the order any more: it can only be taken up again."""
_MOVES: Mapping[OrderState, Mapping[Step, Transition]] = MappingProxyType(
    {
        OrderState.ACCEPTED: {
            Step.DISPATCH: Transition(OrderSide.OPERATOR, OrderState.DISPATCHED),
            Step.ANSWER_DIRECTLY: Transition(OrderSide.OPERATOR, OrderState.ANSWERED_DIRECTLY),
            Step.MERGE: Transition(OrderSide.OPERATOR, OrderState.MERGED),
            Step.TRANSFER: Transition(OrderSide.OPERATOR, OrderState.TRANSFERRED),
            Step.DECLINE: Transition(OrderSide.OPERATOR, OrderState.DECLINING),
        },
        OrderState.DECLINING: {
            Step.CONFIRM: Transition(OrderSide.OPERATOR, OrderState.DECLINED),
            Step.ADMIT: Transition(OrderSide.OPERATOR, OrderState.ACCEPTED),
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
            Step.SUSPEND: Transition(OrderSide.UNIT, OrderState.HOLD_ASKED),
            **_pressed(OrderState.SIGNED),
        },
        OrderState.EXTENSION: {
            Step.REPLY: Transition(OrderSide.UNIT, OrderState.REPLIED),
            Step.GRANT: Transition(OrderSide.PURCHASER, OrderState.SIGNED),
            Step.REFUSE: Transition(OrderSide.PURCHASER, OrderState.SIGNED),
            **_pressed(OrderState.EXTENSION),
        },
        OrderState.HOLD_ASKED: {
            Step.REPLY: Transition(OrderSide.UNIT, OrderState.REPLIED),
            Step.HOLD: Transition(OrderSide.PURCHASER, OrderState.ON_HOLD),
            Step.DENY_HOLD: Transition(OrderSide.PURCHASER, OrderState.SIGNED),
            **_pressed(OrderState.HOLD_ASKED),
        },
        OrderState.ON_HOLD: {
            Step.REPLY: Transition(OrderSide.UNIT, OrderState.REPLIED),
            Step.RESUME: Transition(OrderSide.PURCHASER, OrderState.SIGNED),
        },
        OrderState.REPLIED: {
            Step.APPROVE: Transition(OrderSide.OPERATOR, OrderState.APPROVED),
            Step.REWORK: Transition(OrderSide.OPERATOR, OrderState.SIGNED),
        },
        OrderState.APPROVED: {
            Step.COMPLETE: Transition(OrderSide.UNIT, OrderState.COMPLETED),
            **_pressed(OrderState.APPROVED),
        },
        **{
            ended: {Step.REOPEN: Transition(OrderSide.OPERATOR, OrderState.ACCEPTED)}
            for ended in ENDED
        },
        OrderState.COMPLETED: {
            Step.REOPEN: Transition(OrderSide.OPERATOR, OrderState.ACCEPTED),
            Step.REDO: Transition(OrderSide.OPERATOR, OrderState.DISPATCHED),
        },
    }
)
ENLISTED_IN = frozenset(
    {
        OrderState.DISPATCHED,
        OrderState.SIGNED,
        OrderState.EXTENSION,
        OrderState.HOLD_ASKED,
        OrderState.ON_HOLD,
    }
)
"""States in which another unit may be asked to contribute."""
NOTED_IN = frozenset(
    {
        OrderState.SIGNED,
        OrderState.EXTENSION,
        OrderState.HOLD_ASKED,
        OrderState.ON_HOLD,
        OrderState.REPLIED,
        OrderState.APPROVED,
    }
)
"""States in which the unit has signed for the order and may say how far it has come."""
CONTRIBUTED_IN = ENLISTED_IN | {
    OrderState.RETURNED,
    OrderState.DISPUTED,
    OrderState.REPLIED,
    OrderState.APPROVED,
}
"""States in which co-units may still reply."""
ANSWERED_IN = frozenset(OrderState) - ENDED - {OrderState.APPROVED}
"""States in which the citizen may still be without an answer."""
TRANSITIONS: Mapping[OrderState, Mapping[Step, Transition]] = MappingProxyType(
    {
        state: {
            **moves,
            **(
                {Step.ANSWER: Transition(OrderSide.OPERATOR, state)} if state in ANSWERED_IN else {}
            ),
            **(
                {Step.ENLIST: Transition(OrderSide.OPERATOR, state)} if state in ENLISTED_IN else {}
            ),
            **(_contributed(state) if state in CONTRIBUTED_IN else {}),
            **({Step.NOTE: Transition(OrderSide.UNIT, state)} if state in NOTED_IN else {}),
        }
        for state, moves in _MOVES.items()
    }
)
"""Every step that a state allows; what is asked of others beside it leaves the state as it is."""
NEW_CYCLES = frozenset({Step.REOPEN, Step.REDO})
"""Steps with which another cycle begins."""
ADJUDICATIONS = frozenset({Step.UPHOLD, Step.REJECT})
REVIEWS = frozenset({Step.APPROVE, Step.REWORK})
INTAKE_REVIEWS = frozenset({Step.CONFIRM, Step.ADMIT})
"""What is decided of a proposal not to accept the order."""
SIDE_OF: Mapping[Step, OrderSide] = MappingProxyType(
    {step: t.side for allowed in TRANSITIONS.values() for step, t in allowed.items()}
    | {Step.ACCEPT: OrderSide.OPERATOR, Step.UNDO: OrderSide.OPERATOR}
)
