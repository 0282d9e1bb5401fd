"""Steps of work orders: load, decide by the state machine, append the link, record."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from pydantic import JsonValue

from device_configs.site.hotline import CaseKind
from device_configs.site.model import Site
from ops_core.hotline.adjudications.kinds import AdjudicationKind
from ops_core.hotline.adjudications.model import LONGEST_TEXT, Submission
from ops_core.hotline.adjudications.service import open_matter
from ops_core.hotline.callbacks.model import CALLBACK
from ops_core.hotline.callbacks.store import open_task, withdraw_task
from ops_core.hotline.cases.store import NewCase
from ops_core.hotline.day_sums.store import move_day_sums
from ops_core.hotline.orders.access import require_sight, require_sight_of
from ops_core.hotline.orders.citations import Citation, as_detail
from ops_core.hotline.orders.day_sums import moves_of_new, moves_of_step
from ops_core.hotline.orders.deadlines import declared_deadlines
from ops_core.hotline.orders.model import BY_PERSON, apply, next_event
from ops_core.hotline.orders.order import Order, OrderEvent, OrderWorker, names_of
from ops_core.hotline.orders.particulars import (
    NO_PARTICULARS,
    Particulars,
    recorded_particulars,
)
from ops_core.hotline.orders.refusals import check_side, state_members
from ops_core.hotline.orders.step_words import STEP_WORDS
from ops_core.hotline.orders.steps import OrderSide, OrderState, Step
from ops_core.hotline.orders.store import (
    add_order,
    load_order,
    no_such_order,
    store_step,
)
from ops_core.hotline.orders.surroundings import check_surroundings, looked_up
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.errors import Conflict, Forbidden, Invalid
from ops_core.kernel.i18n import message
from ops_core.kernel.json_values import JsonObject
from ops_core.kernel.permissions import PURCHASER_ROLES, Actor, Permission, Role, require
from ops_core.kernel.shown_names import PersonName
from ops_core.kernel.undoing import nothing_to_undo
from ops_core.kernel.written_text import written

ORDER = "order"
"""Aggregate type of work orders' events."""
FORMER_UNITS = "former_units"
"""The member of an event with the units that had the order before the step and not after it."""
REMARK_LIMIT = 8000
NEEDS_REMARK = frozenset(
    {
        Step.ANSWER, Step.RETURN, Step.DISPUTE, Step.REPLY, Step.REWORK, Step.REOPEN, Step.EXTEND,
        Step.REFUSE, Step.SUPERVISE, Step.DECLINE, Step.ADMIT, Step.ANSWER_DIRECTLY, Step.TRANSFER,
        Step.ENLIST, Step.CO_REPLY, Step.CO_MISSING, Step.SUSPEND, Step.DENY_HOLD, Step.RESUME,
        Step.REDO, Step.NOTE,
    }
)  # fmt: skip
"""Steps that say why, or what was done."""
PERSONAL = frozenset({Step.ANSWER, Step.ANSWER_DIRECTLY})
"""Steps that are an answer and nothing else: no program takes them."""
ANSWERING_BY_PERSON = frozenset({Step.CONFIRM, Step.TRANSFER})
"""Steps that answer the citizen as well, where a person takes them."""
RETURNS = frozenset({Step.RETURN, Step.UPHOLD})
"""Steps by which an order comes back: whose fault that was is for the purchaser to say."""
STEP_PERMISSION: Mapping[Step, Permission] = MappingProxyType(
    {
        Step.ANSWER: Permission.ANSWER_ORDERS,
        Step.DISPATCH: Permission.DISPATCH_ORDERS,
        Step.UPHOLD: Permission.REVIEW_ORDERS,
        Step.REJECT: Permission.REVIEW_ORDERS,
        Step.APPROVE: Permission.REVIEW_ORDERS,
        Step.REWORK: Permission.REVIEW_ORDERS,
        Step.REOPEN: Permission.REVIEW_ORDERS,
        Step.SIGN: Permission.HANDLE_ORDERS,
        Step.RETURN: Permission.HANDLE_ORDERS,
        Step.DISPUTE: Permission.HANDLE_ORDERS,
        Step.REPLY: Permission.HANDLE_ORDERS,
        Step.COMPLETE: Permission.HANDLE_ORDERS,
        Step.EXTEND: Permission.HANDLE_ORDERS,
        Step.GRANT: Permission.SUPERVISE_ORDERS,
        Step.REFUSE: Permission.SUPERVISE_ORDERS,
        Step.SUPERVISE: Permission.SUPERVISE_ORDERS,
        Step.NUDGE: Permission.REVIEW_ORDERS,
        Step.DECLINE: Permission.ANSWER_ORDERS,
        Step.CONFIRM: Permission.REVIEW_ORDERS,
        Step.ADMIT: Permission.REVIEW_ORDERS,
        Step.ANSWER_DIRECTLY: Permission.ANSWER_ORDERS,
        Step.MERGE: Permission.DISPATCH_ORDERS,
        Step.TRANSFER: Permission.ANSWER_ORDERS,
        Step.ENLIST: Permission.DISPATCH_ORDERS,
        Step.CO_REPLY: Permission.HANDLE_ORDERS,
        Step.CO_MISSING: Permission.REVIEW_ORDERS,
        Step.SUSPEND: Permission.HANDLE_ORDERS,
        Step.HOLD: Permission.SUPERVISE_ORDERS,
        Step.DENY_HOLD: Permission.SUPERVISE_ORDERS,
        Step.RESUME: Permission.SUPERVISE_ORDERS,
        Step.REDO: Permission.REVIEW_ORDERS,
        Step.NOTE: Permission.HANDLE_ORDERS,
    }
)


def worker_of(actor: Actor) -> OrderWorker:
    """The side an actor works for: his unit's, the purchaser's, or the operator's."""
    if Role.UNIT_HANDLER in actor.roles:
        return OrderWorker(str(actor), OrderSide.UNIT, actor.unit)
    if not actor.roles.isdisjoint(PURCHASER_ROLES):
        return OrderWorker(str(actor), OrderSide.PURCHASER)
    return OrderWorker(str(actor), OrderSide.OPERATOR)


def open_order(
    uow: UnitOfWork, site: Site, number: str, case: NewCase, cited: tuple[Citation, ...] = ()
) -> None:
    """Store a new request with its order, accepted under the day's next number.

    ``cited`` are the versions of the knowledge base that it was taken with: they stand in its first
    link.
    """
    now = uow.clock.now()
    deadlines = declared_deadlines(site.hotline, CaseKind(case.kind))
    worker = OrderWorker(str(uow.actor), OrderSide.OPERATOR)
    detail: JsonObject = {**deadlines.as_detail(), "case": case.number, **as_detail(cited)}
    event = next_event(None, number, Step.ACCEPT, worker, now, now, detail=detail)
    order = apply(None, event)
    add_order(uow.session, case, order, event, deadlines)
    move_day_sums(uow.session, moves_of_new(case))
    _record(uow, event, None, order)


def take_step(
    uow: UnitOfWork,
    site: Site,
    number: str,
    step: Step,
    unit: str = "",
    remark: str = "",
    version: int | None = None,
    particulars: Particulars = NO_PARTICULARS,
) -> Order:
    """Let the actor take a step of an order now; completing it opens its callback, and taking it
    up again withdraws one that nobody has made.

    ``unit`` is whom it is dispatched to; ``particulars`` what else the step needs to be taken;
    ``version`` what the actor saw. Raises NotFound (for a lead order, too), Forbidden (the other
    side's step, another unit's order, a missing permission, an own act), Conflict (not in this
    state, or changed by somebody meanwhile) and Invalid.
    """
    require_sight(uow.actor)
    stored = load_order(uow.session, number)
    if stored is None:
        raise no_such_order(number)
    order = stored.order
    require_sight_of(uow.actor, order.unit, *names_of(order.co_units))
    if step is Step.ACCEPT:
        members = state_members(order)
        raise Conflict("工单已受理", "", "此步骤由登记诉求完成。", members=members)
    if step is Step.UNDO:
        raise nothing_to_undo()  # by a command of its own
    worker = worker_of(uow.actor)
    check_side(step, worker)  # before anything else is said of the step
    require(uow.actor, STEP_PERMISSION[step])
    if step in PERSONAL and not uow.actor.is_person:
        raise Forbidden(
            "自动回执不算回应",
            message("{actor} 是程序或令牌，不能回应来件人。", actor=PersonName(uow.actor)),
            "请由话务或派单人员本人登录后回应。",
        )
    remark = _checked_remark(step, remark, particulars)
    detail: dict[str, JsonValue] = {"remark": remark} if remark else {}
    detail |= recorded_particulars(step, particulars)
    if step in ANSWERING_BY_PERSON:
        detail[BY_PERSON] = uow.actor.is_person
    now = uow.clock.now()
    detail |= looked_up(uow, site, stored, step, unit, particulars, now)
    event = next_event(order, number, step, worker, max(now, order.last_at), now, unit, detail)
    check_version(order, version)
    check_surroundings(uow, site, stored, step, particulars, now)
    after = apply(order, event)
    moves = moves_of_step(uow.session, stored, after)
    store_step(uow.session, order, after, event)
    move_day_sums(uow.session, moves)
    _record(uow, event, order, after)
    if step in RETURNS:
        _put_before_purchaser(uow, order, after, event, remark)
    if after.state is OrderState.COMPLETED:
        open_task(uow.session, after.number, after.cycle, event.at)
    if step is Step.REOPEN and withdraw_task(uow.session, number, order.cycle):
        # What is asked of the requester would be of an answer that no longer stands.
        subject = f"{number}/{order.cycle}"
        uow.event(CALLBACK, subject, "CallbackWithdrawn", {}, event.at)
        uow.audit("CallbackWithdrawn", CALLBACK, subject, {})
    return after


def _put_before_purchaser(
    uow: UnitOfWork, before: Order, after: Order, event: OrderEvent, remark: str
) -> None:
    """Submit a return; dispatcher and returning user do not decide its cause (invariant 6)."""
    objector = after.objector or before.objector
    submission = Submission(
        kind=AdjudicationKind.RETURN,
        subject=f"{after.number}/{after.returns}",
        occurred_at=event.at,
        text=(remark or STEP_WORDS[event.step])[:LONGEST_TEXT],
        order=after.number,
        parties=(before.dispatcher, objector),
    )
    open_matter(uow, submission)


def _record(uow: UnitOfWork, event: OrderEvent, before: Order | None, after: Order) -> None:
    """Events and audit have the step without its free text, and the units that have the order no
    more: they, too, learn that it changed."""
    detail: dict[str, JsonValue] = {
        "step": event.step.value,
        "state": after.state.value,
        "cycle": after.cycle,
        "version": after.version,
        "unit": event.unit,
    }
    left = _units_of(before) - _units_of(after) - {event.unit} if before is not None else ()
    if left:
        detail[FORMER_UNITS] = [*sorted(left)]
    uow.event(ORDER, event.order, "OrderStepTaken", detail, event.at)
    uow.audit(f"order.{event.step.value}", ORDER, event.order, {**detail, "hash": event.hash})


def record_undo(uow: UnitOfWork, event: OrderEvent, before: Order, after: Order) -> None:
    """The same of an undo, to those who had the order until now."""
    _record(uow, replace(event, unit=before.unit), before, after)


def _units_of(order: Order) -> frozenset[str]:
    """The lead unit and those that contribute."""
    return frozenset({order.unit, *names_of(order.co_units)}) - {""}


def _checked_remark(step: Step, remark: str, given: Particulars) -> str:
    """What another system says without words is noted by the state that it names."""
    text = written(remark)
    says_a_state = step is Step.NOTE and given.update is not None
    if step in NEEDS_REMARK and not text and not says_a_state:
        raise Invalid("此步骤须写明内容", "", "请填写理由或办理情况。")
    if len(text) > REMARK_LIMIT:
        raise Invalid("内容过长", "", message("请控制在 {limit} 字以内。", limit=REMARK_LIMIT))
    return text


def check_version(order: Order, version: int | None) -> None:
    """Raises Conflict where somebody changed the order meanwhile."""
    if version is not None and version != order.version:
        raise Conflict(
            "工单已被他人更新",
            message("您看到的是第 {seen} 版，现在是第 {now} 版。", seen=version, now=order.version),
            "请刷新后再操作。",
            members=state_members(order),
        )
