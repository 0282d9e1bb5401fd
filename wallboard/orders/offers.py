"""The buttons of an order's page: what may be done now, by whom, with which key (pure)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ops_core.hotline.cases.model import WEB_CHANNELS
from ops_core.hotline.orders.final_steps import is_final_by
from ops_core.hotline.orders.order import Order, OrderWorker, names_of
from ops_core.hotline.orders.service import NEEDS_REMARK, STEP_PERMISSION
from ops_core.hotline.orders.step_words import STEP_WORDS
from ops_core.hotline.orders.steps import (
    ADJUDICATIONS,
    INTAKE_REVIEWS,
    REVIEWS,
    SIDE_OF,
    OrderSide,
    Step,
)
from ops_core.kernel.i18n import Message, message
from ops_core.kernel.permissions import Permission

KEYS: Mapping[Step, str] = MappingProxyType(
    {
        Step.DISPATCH: "d",
        Step.ANSWER: "f",
        Step.SIGN: "s",
        Step.RETURN: "b",
        Step.DISPUTE: "o",
        Step.UPHOLD: "y",
        Step.REJECT: "x",
        Step.REPLY: "r",
        Step.APPROVE: "a",
        Step.REWORK: "w",
        Step.COMPLETE: "c",
        Step.REOPEN: "p",
        Step.EXTEND: "e",
        Step.GRANT: "t",
        Step.REFUSE: "z",
        Step.NUDGE: "h",
        Step.SUPERVISE: "v",
        Step.ANSWER_DIRECTLY: "l",
        Step.MERGE: "m",
        Step.TRANSFER: "q",
        Step.DECLINE: "g",
        Step.CONFIRM: "i",
        Step.ADMIT: "1",
        Step.ENLIST: "2",
        Step.CO_REPLY: "3",
        Step.CO_MISSING: "4",
        Step.SUSPEND: "5",
        Step.HOLD: "6",
        Step.DENY_HOLD: "7",
        Step.RESUME: "8",
        Step.REDO: "9",
        Step.NOTE: "l",
    }
)
FINAL = frozenset(
    {
        Step.RETURN,
        Step.DISPUTE,
        Step.UPHOLD,
        Step.REJECT,
        Step.REWORK,
        Step.COMPLETE,
        Step.GRANT,
        Step.REFUSE,
        Step.REOPEN,
        Step.CONFIRM,
        Step.ADMIT,
        Step.ANSWER_DIRECTLY,
        Step.MERGE,
        Step.TRANSFER,
        Step.ENLIST,
        Step.CO_REPLY,
        Step.CO_MISSING,
        Step.HOLD,
        Step.DENY_HOLD,
        Step.RESUME,
        Step.REDO,
    }
)
_WAITING_FOR: Mapping[OrderSide, Message] = MappingProxyType(
    {
        OrderSide.OPERATOR: message("由热线运营方办理"),
        OrderSide.UNIT: message("由承办单位办理"),
        OrderSide.PURCHASER: message("由采购人一方办理"),
    }
)


@dataclass(frozen=True, slots=True)
class StepOffer:
    """One step that the order's state allows; ``reason`` says why this reader may not take it.

    ``first`` marks the reader's next sensible step.
    """

    step: Step
    word: Message
    key: str
    enabled: bool
    reason: Message | None
    first: bool
    needs_remark: bool
    final: bool
    """A single key is not enough for it: much follows from it, or nobody takes it back."""


def step_offers(
    order: Order,
    worker: OrderWorker,
    may: Callable[[Permission], bool],
    channel: str,
    *,
    shared: bool = False,
) -> tuple[StepOffer, ...]:
    """An offer for each step the state allows, in the order of the state machine.

    ``shared``: others have part in the order (a city hotline handles it, orders are merged into
    it), so that nobody takes back any step of it.
    A written answer is offered of requests by the web: whoever calls is answered on the telephone.
    """
    made: list[StepOffer] = []
    for step in order.allowed:
        if step is Step.ANSWER and channel not in WEB_CHANNELS:
            continue
        reason = _obstacle(order, step, worker, may)
        first = reason is None and not any(offer.first for offer in made)
        made.append(
            StepOffer(
                step, STEP_WORDS[step], KEYS[step], reason is None, reason, first,
                step in NEEDS_REMARK, shared or step in FINAL or is_final_by(step, channel),
            )
        )  # fmt: skip
    return tuple(made)


def _obstacle(
    order: Order, step: Step, worker: OrderWorker, may: Callable[[Permission], bool]
) -> Message | None:
    if SIDE_OF[step] is not worker.side:
        return _WAITING_FOR[SIDE_OF[step]]
    if not may(STEP_PERMISSION[step]):
        return message("您的角色不能办理此步骤")
    if step is Step.CO_REPLY:
        return None if worker.unit in names_of(order.co_waiting) else message("不待您的单位反馈")
    if worker.side is OrderSide.UNIT and worker.unit != order.unit:
        return message("工单不在您的单位")
    if step in ADJUDICATIONS and worker.name in (order.dispatcher, order.objector):
        return message("不能裁定自己的派单或异议")
    if step in INTAKE_REVIEWS and worker.name == order.proposer:
        return message("不能审核自己的不予受理意见")
    if step in REVIEWS and worker.name == order.replier:
        return message("不能审核自己的反馈")
    return None
