"""Who may see an order and take its steps, from a page or from the API."""

from ops_core.hotline.contacts.requesters import Contact
from ops_core.hotline.orders.model import SIDE_OF, Step
from ops_core.hotline.orders.service import STEP_PERMISSION, worker_of
from ops_core.kernel.errors import Forbidden
from ops_core.kernel.i18n import message
from ops_core.kernel.identity import User
from ops_core.kernel.permissions import Permission
from wallboard.web import Reader, in_thread


async def admit(reader: Reader, number: str) -> User:
    """The user, if he may see this order: one of the operator's, or of the unit that has it.

    Raises Forbidden (audited) and NotFound.
    """
    seeing = (Permission.SEE_ORDERS, Permission.HANDLE_ORDERS)
    user = await reader.require_any(seeing, "order", number)
    if reader.may(Permission.SEE_ORDERS):
        return user
    unit = await in_thread(lambda: reader.web.dependencies.orders.unit_of(number))
    _require_unit(user, unit)
    return user


async def admit_to_list(reader: Reader, unit: str, subject: str) -> str:
    """The unit whose orders the reader may list: the asked one (empty: all), or only his own.

    Raises Forbidden (audited).
    """
    seeing = (Permission.SEE_ORDERS, Permission.HANDLE_ORDERS)
    user = await reader.require_any(seeing, subject, "orders")
    if reader.may(Permission.SEE_ORDERS):
        return unit
    if unit:
        _require_unit(user, unit)
    return user.unit


async def take_step(
    reader: Reader, number: str, step: Step, unit: str, remark: str, version: int | None
) -> None:
    """Take a step in the reader's name. Raises Forbidden (audited) and what the desk raises.

    A missing permission is told before the order's state; the other side's step by the order.
    """
    user = await admit(reader, number)
    if step in STEP_PERMISSION and SIDE_OF[step] is worker_of(user.actor).side:
        await reader.require(STEP_PERMISSION[step], "order", number)
    desk = reader.web.dependencies.orders
    await in_thread(lambda: desk.take_step(number, step, unit, remark, version, user.actor))


async def unmask(reader: Reader, number: str) -> Contact:
    """The requester's number and name, on record. Raises Forbidden (audited) and NotFound."""
    await admit(reader, number)
    user = await reader.require(Permission.UNMASK_CONTACTS, "order", number)
    return await in_thread(lambda: reader.web.dependencies.orders.contact(number, user.actor))


def _require_unit(user: User, unit: str) -> None:
    if user.unit == unit:
        return
    raise Forbidden(
        "工单不在您的单位",
        message("{unit} 的人员只能查看本单位的工单。", unit=user.unit),
        "请由承办单位的人员办理。",
    )
