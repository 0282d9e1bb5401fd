"""Why a step is refused: its side, the order's state, the time, the person (pure)."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from pydantic import JsonValue

from ops_core.hotline.orders.contributing import check_all_in, check_contributor
from ops_core.hotline.orders.order import Order, OrderWorker
from ops_core.hotline.orders.step_words import STATE_WORDS, STEP_WORDS
from ops_core.hotline.orders.steps import (
    ADJUDICATIONS,
    INTAKE_REVIEWS,
    REVIEWS,
    SIDE_OF,
    OrderSide,
    OrderState,
    Step,
)
from ops_core.kernel.errors import Conflict, Forbidden
from ops_core.kernel.i18n import message
from ops_core.kernel.shown_names import PersonName

_BELONGS_TO: Mapping[OrderSide, str] = MappingProxyType(
    {
        OrderSide.OPERATOR: "步骤 {step} 由热线运营方办理。",
        OrderSide.UNIT: "步骤 {step} 由承办单位办理。",
        OrderSide.PURCHASER: "步骤 {step} 由采购人一方办理。",
    }
)


def check_side(step: Step, worker: OrderWorker) -> None:
    """Raises :class:`Forbidden` for a step of the other side, whatever the order's state."""
    if SIDE_OF[step] is worker.side:
        return
    raise Forbidden(
        "此步骤不属于您这一方",
        message(_BELONGS_TO[SIDE_OF[step]], step=STEP_WORDS[step]),
        "热线运营方、承办单位与采购人各办各的步骤，不得互相代替。",
    )


def check_state(order: Order | None, step: Step, at: datetime) -> None:
    if order is not None and step is Step.COMPLETE and order.state is OrderState.APPROVED:
        check_all_in(order)
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
        check_time(order, at)


def check_time(order: Order, at: datetime) -> None:
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


def check_person(order: Order, step: Step, worker: OrderWorker) -> None:
    if step is Step.CO_REPLY:
        check_contributor(order, worker)
    elif worker.side is OrderSide.UNIT and worker.unit != order.unit:
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
    if step in INTAKE_REVIEWS and worker.name == order.proposer:
        raise Forbidden(
            "不能审核自己的不予受理意见",
            message("工单 {number} 的不予受理由 {name} 提出。", number=order.number,
                    name=PersonName(worker.name)),
            "请由另一名审核人员审核。",
        )  # fmt: skip
    if step in REVIEWS and worker.name == order.replier:
        raise Forbidden(
            "不能审核自己的反馈",
            message(
                "工单 {number} 的反馈由 {name} 提交。",
                number=order.number,
                name=PersonName(worker.name),
            ),
            "请由另一名审核人员审核。",
        )
