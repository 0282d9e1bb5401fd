"""Co-units (协办): who is asked, who has replied, whom the lead unit still waits for (pure).

The lead unit answers for the order; each co-unit owes a reply of its own, by the same deadline. The
order is completed when these are in, or on record as missing with a reason (domain/ops.md,
section 8, invariant 5).
"""

from dataclasses import replace

from ops_core.hotline.orders.order import Order, OrderEvent, OrderWorker, joined, names_of
from ops_core.hotline.orders.steps import Step
from ops_core.kernel.errors import Conflict, Forbidden
from ops_core.kernel.i18n import message
from ops_core.kernel.shown_names import UnitName


def after_contribution(order: Order, event: OrderEvent) -> Order:
    """The order after a unit was enlisted, replied, or is on record as missing."""
    unit = str(event.detail.get("co_unit", ""))
    units, waiting = names_of(order.co_units), names_of(order.co_waiting)
    if event.step is Step.ENLIST:
        return replace(order, co_units=joined((*units, unit)), co_waiting=joined((*waiting, unit)))
    return replace(order, co_waiting=joined(one for one in waiting if one != unit))


def without_lead(order: Order) -> Order:
    """A co-unit that becomes the lead unit owes the whole, and no part."""
    return replace(
        order,
        co_units=joined(one for one in names_of(order.co_units) if one != order.unit),
        co_waiting=joined(one for one in names_of(order.co_waiting) if one != order.unit),
    )


def check_enlisted(order: Order, unit: str) -> None:
    """Raises :class:`Conflict` for the lead unit, and for one that is asked already."""
    if unit == order.unit:
        raise Conflict(
            "主办单位不能兼作协办",
            message("工单 {number} 由 {unit} 主办。", number=order.number, unit=UnitName(unit)),
            "请另选协办单位。",
        )
    if unit in names_of(order.co_units):
        raise Conflict(
            "已是协办单位",
            message("{unit} 已协办工单 {number}。", unit=UnitName(unit), number=order.number),
            "请查看其协办反馈。",
        )


def check_waited_for(order: Order, unit: str) -> None:
    """Raises :class:`Conflict` for a unit from which no reply is owed."""
    if unit not in names_of(order.co_waiting):
        raise Conflict(
            "不待该单位反馈",
            message(
                "待反馈的协办单位：{units}。",
                units=tuple(map(UnitName, names_of(order.co_waiting))),
            ),
            "请核对协办单位。",
        )


def check_contributor(order: Order, worker: OrderWorker) -> None:
    """Raises :class:`Forbidden` for a unit that was not enlisted, :class:`Conflict` for one that
    owes no reply any more."""
    if worker.unit not in names_of(order.co_units):
        raise Forbidden(
            "您的单位不是协办单位",
            message("工单 {number} 未请您的单位协办。", number=order.number),
            "请由协办单位的人员反馈。",
        )
    check_waited_for(order, worker.unit)


def check_all_in(order: Order) -> None:
    """Raises :class:`Conflict` while a co-unit owes its reply."""
    if order.co_waiting:
        waiting = names_of(order.co_waiting)
        raise Conflict(
            "协办单位尚未反馈",
            message("待反馈的协办单位：{units}。", units=tuple(map(UnitName, waiting))),
            "待协办单位反馈，或由运营方记录缺失并写明理由后再办结。",
            members={
                "state": order.state.value,
                "allowed": [step.value for step in order.allowed],
                "co_waiting": [*waiting],
            },
        )
