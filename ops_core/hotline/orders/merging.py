"""Which order may be merged into which (并单; pure).

The lead order is worked on for both, so it is open and no merged one itself; and an order that
others were merged into stays where they find it.
"""

from ops_core.hotline.orders.order import Order
from ops_core.hotline.orders.step_words import STATE_WORDS
from ops_core.hotline.orders.steps import ENDED
from ops_core.kernel.errors import Conflict, Invalid
from ops_core.kernel.i18n import message


def check_merge(order: Order, lead: Order, followers: int) -> None:
    """Raises :class:`Invalid` for an order into itself, :class:`Conflict` for the rest.

    ``followers``: how many orders are merged into ``order``.
    """
    if order.number == lead.number:
        raise Invalid("不能并入自身", "", "请填写另一张工单的编号。")
    if lead.state in ENDED:
        raise Conflict(
            "主单不在办理中",
            message("工单 {number} 处于 {state}。", number=lead.number,
                    state=STATE_WORDS[lead.state]),
            "请并入仍在办理的工单；主单已并单的，请并入它的主单。",
        )  # fmt: skip
    if followers:
        raise Conflict(
            "此工单是其他工单的主单",
            message("已有 {count} 张工单并入 {number}。", count=followers, number=order.number),
            "请把另一张工单并入此工单。",
        )
