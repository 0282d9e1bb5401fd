"""Steps of work orders: load, decide by the state machine, append the link, tell."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from pydantic import JsonValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from device_configs.site.hotline import CaseKind
from device_configs.site.model import Site
from ops_core.hotline.callbacks.store import open_task
from ops_core.hotline.cases.store import NewCase
from ops_core.hotline.orders.access import require_sight, require_sight_of
from ops_core.hotline.orders.deadlines import Limits, limits_for
from ops_core.hotline.orders.model import (
    Order,
    OrderEvent,
    OrderState,
    Side,
    Step,
    Worker,
    apply,
    check_side,
    next_event,
    standing,
)
from ops_core.hotline.orders.store import add_order, load_order, store_step
from ops_core.hotline.orders.tables import OrderEventRow, WorkOrderRow
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.errors import Conflict, Invalid, NotFound
from ops_core.kernel.i18n import message
from ops_core.kernel.json_values import JsonObject
from ops_core.kernel.permissions import Actor, Permission, Role, require

ORDER = "order"
"""Aggregate type of work orders' events."""
REMARK_LIMIT = 8000
NEEDS_REMARK = frozenset({Step.RETURN, Step.DISPUTE, Step.REPLY, Step.REWORK, Step.REOPEN})
"""Steps that say why, or what was done."""
STEP_PERMISSION: Mapping[Step, Permission] = MappingProxyType(
    {
        Step.DISPATCH: Permission.DISPATCH_ORDERS,
        Step.UPHOLD: Permission.REVIEW_ORDERS,
        Step.REJECT: Permission.REVIEW_ORDERS,
        Step.REWORK: Permission.REVIEW_ORDERS,
        Step.REOPEN: Permission.REVIEW_ORDERS,
        Step.SIGN: Permission.HANDLE_ORDERS,
        Step.RETURN: Permission.HANDLE_ORDERS,
        Step.DISPUTE: Permission.HANDLE_ORDERS,
        Step.REPLY: Permission.HANDLE_ORDERS,
        Step.COMPLETE: Permission.HANDLE_ORDERS,
    }
)


def worker_of(actor: Actor) -> Worker:
    """The side an actor works for: his unit's, or the operator's."""
    if Role.UNIT_HANDLER in actor.roles:
        return Worker(str(actor), Side.UNIT, actor.unit)
    return Worker(str(actor), Side.OPERATOR)


def open_order(uow: UnitOfWork, site: Site, number: str, case: NewCase) -> None:
    """Store a new request with its order, accepted under the day's next number."""
    now = uow.clock.now()
    limits = limits_for(site.hotline, CaseKind(case.kind))
    worker = Worker(str(uow.actor), Side.OPERATOR)
    detail: JsonObject = {**limits.as_detail(), "case": case.number}
    event = next_event(None, number, Step.ACCEPT, worker, now, now, detail=detail)
    order = apply(None, event)
    add_order(uow.session, case, order, event, limits)
    _tell(uow, event, order)


def take_step(
    uow: UnitOfWork,
    site: Site,
    number: str,
    step: Step,
    unit: str = "",
    remark: str = "",
    version: int | None = None,
) -> Order:
    """Let the actor take a step of an order now; completing it opens its callback.

    ``unit`` is whom it is dispatched to; ``version`` what the actor saw. Raises NotFound,
    Forbidden (the other side's step, another unit's order, a missing permission, an own act),
    Conflict (not in this state, or changed by somebody meanwhile) and Invalid.
    """
    require_sight(uow.actor)
    stored = load_order(uow.session, number)
    if stored is None:
        raise _no_order(number)
    order = stored.order
    require_sight_of(uow.actor, order.unit)
    if step is Step.ACCEPT:
        told = standing(order)
        raise Conflict("工单已受理", "", "此步骤由登记诉求完成。", members=told)
    worker = worker_of(uow.actor)
    check_side(step, worker)  # before anything else is said of the step
    require(uow.actor, STEP_PERMISSION[step])
    remark = _checked_remark(step, remark)
    detail: dict[str, JsonValue] = {"remark": remark} if remark else {}
    if step is Step.DISPATCH:
        _check_unit(site, unit)
        detail |= {
            "catalogue_version": site.hotline.catalogue_version,
            "proposed_unit": site.hotline.proposed_unit(stored.category, stored.region),
            "calendar_version": site.calendar.version,
        }
    now = uow.clock.now()
    event = next_event(order, number, step, worker, max(now, order.last_at), now, unit, detail)
    _check_version(order, version)
    after = apply(order, event)
    store_step(uow.session, order, after, event)
    _tell(uow, event, after)
    if after.state is OrderState.COMPLETED:
        open_task(uow.session, after.number, after.cycle, event.at)
    return after


def find_row(session: Session, number: str) -> WorkOrderRow:
    """Raises :class:`NotFound`."""
    row = session.get(WorkOrderRow, number)
    if row is None:
        raise _no_order(number)
    return row


def order_of(row: WorkOrderRow) -> Order:
    """The stored order as a value: what replaying its events gives (invariant 1)."""
    return Order(
        number=row.number,
        state=OrderState(row.state),
        cycle=row.cycle,
        version=row.version,
        accepted_at=row.accepted_at,
        last_at=row.last_at,
        last_hash=row.last_hash,
        unit=row.unit,
        dispatched_at=row.dispatched_at,
        signed_at=row.signed_at,
        replied_at=row.replied_at,
        completed_at=row.completed_at,
        dispatcher=row.dispatcher,
        objector=row.objector,
        returns=row.returns,
    )


def limits_of(row: WorkOrderRow) -> Limits:
    """The limits the order was accepted under."""
    return Limits(row.policy_version, row.sign_within, row.handle_within, row.callback_within)


def events_of_order(session: Session, number: str) -> Sequence[OrderEvent]:
    """The order's chain from its first link."""
    rows = session.scalars(
        select(OrderEventRow).where(OrderEventRow.order == number).order_by(OrderEventRow.sequence)
    )
    return [event_of(row) for row in rows]


def event_of(row: OrderEventRow) -> OrderEvent:
    """The stored link as a value."""
    return OrderEvent(
        row.order, row.sequence, Step(row.step), row.at, row.recorded_at, row.actor, row.unit,
        row.detail, row.previous_hash, row.hash,
    )  # fmt: skip


def _no_order(number: str) -> NotFound:
    return NotFound(
        "没有这张工单",
        message("找不到工单 {number}。", number=number),
        "工单编号形如 W-20261124-00001。",
    )


def _tell(uow: UnitOfWork, event: OrderEvent, after: Order) -> None:
    """Events and audit tell the step without its free text."""
    told: JsonObject = {
        "step": event.step.value,
        "state": after.state.value,
        "cycle": after.cycle,
        "version": after.version,
        "unit": event.unit,
    }
    uow.event(ORDER, event.order, "OrderStepTaken", told, event.at)
    uow.audit(f"order.{event.step.value}", ORDER, event.order, {**told, "hash": event.hash})


def _checked_remark(step: Step, remark: str) -> str:
    text = remark.strip()
    if step in NEEDS_REMARK and not text:
        raise Invalid("此步骤须写明内容", "", "请填写理由或办理情况。")
    if len(text) > REMARK_LIMIT:
        raise Invalid("内容过长", "", message("请控制在 {limit} 字以内。", limit=REMARK_LIMIT))
    return text


def _check_unit(site: Site, unit: str) -> None:
    if unit and unit not in site.hotline.unit_of:
        raise Invalid(
            "没有这个承办单位",
            message("派单目录中没有 {unit}。", unit=unit),
            message("可选：{units}。", units="、".join(site.hotline.unit_of)),
        )


def _check_version(order: Order, version: int | None) -> None:
    if version is not None and version != order.version:
        raise Conflict(
            "工单已被他人更新",
            message("您看到的是第 {seen} 版，现在是第 {now} 版。", seen=version, now=order.version),
            "请刷新后再操作。",
            members=standing(order),
        )
