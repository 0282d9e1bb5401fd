"""More time for an order (延期): what a unit may ask for (pure).

It is asked for before the deadline has passed, as often and for as long as the policy allows
(domain/ops.md, section 3); whether it is given is the purchaser's to say.
"""

from datetime import datetime

from device_configs.site.hotline import ExtensionPolicy
from ops_core.hotline.orders.order import Order
from ops_core.kernel.errors import Conflict, Invalid
from ops_core.kernel.i18n import message
from ops_core.kernel.times import date_time


def check_extension(
    order: Order, days: int, policy: ExtensionPolicy, due_at: datetime | None, now: datetime
) -> None:
    """Raises :class:`Conflict` for a request too often or too late, :class:`Invalid` for its days.

    ``days`` are working days; ``due_at`` is the deadline of handling, None while no published
    calendar says when it is: nobody can say then that the request is late.
    """
    if order.extensions >= policy.times:
        raise Conflict(
            "不能再申请延期",
            message("本轮办理至多申请 {times} 次延期。", times=policy.times),
            "请按期答复；情况特殊的请与采购人一方商定。",
        )
    if not 1 <= days <= policy.most_working_days:
        raise Invalid(
            "延期的工作日数不正确",
            message("填写的是 {days} 个工作日。", days=days),
            message("请填写 1 至 {most} 个工作日。", most=policy.most_working_days),
        )
    if due_at is not None and now > due_at:
        raise Conflict(
            "办理期限已过",
            message("办理期限为 {due}。", due=date_time(due_at)),
            "延期须在期限届满前申请；请尽快答复。",
        )
