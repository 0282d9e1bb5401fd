"""Commands about changes: load, decide, record, in one transaction; each asks permission once.

Carrying a change out is :mod:`device_configs.changes.engine`, which records its steps itself.
"""

from zoneinfo import ZoneInfo

from device_configs.changes.decisions import (
    require_second_person,
    require_startable,
    require_state,
)
from device_configs.changes.happenings import (
    APPROVED,
    CANCEL_REQUESTED,
    CHANGE,
    ENDED,
    PLANNED,
    REHEARSED,
    STARTED,
    CancelRequested,
    ChangeEnded,
    ChangeRehearsed,
    ChangeStarted,
)
from device_configs.changes.history import NetworkChange
from device_configs.changes.model import ChangeKind, ChangeRequest
from device_configs.changes.read import read_change
from device_configs.changes.states import ChangeState
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.errors import Conflict, Invalid
from ops_core.kernel.json_values import JsonObject
from ops_core.kernel.numbering import CHANGES
from ops_core.kernel.permissions import Permission, require, require_any
from ops_core.kernel.tables import EventRow
from ops_core.kernel.written_text import written

_BEFORE_APPROVAL = (ChangeState.PLANNED, ChangeState.REHEARSED)
_BEFORE_START = (*_BEFORE_APPROVAL, ChangeState.APPROVED)


def record_plan(uow: UnitOfWork, request: ChangeRequest, zone: ZoneInfo) -> str:
    """Put a plan on record; returns its number. ``zone`` is the site's, for the number's day.

    Raises Invalid for a plan in which no device changes, or without a reason, or with a window
    that has no length. What takes a change back needs no second approval: the way back belongs to
    what was approved. A deployment is begun by its author alone, and its record says so.
    """
    require(uow.actor, Permission.DEPLOY)
    if not request.plan.stages:
        raise Invalid("没有需要变更的设备", remedy="所有设备的配置已与声明一致")
    if not written(request.reason):
        raise Invalid("变更必须写明原因", remedy="用 --reason 写明")
    if request.kind is ChangeKind.DRILL and request.window is None:
        raise Invalid("生产环境中的演练必须有变更窗口", remedy="用 --window 写明")
    if request.window is not None and request.window.opens >= request.window.closes:
        raise Invalid("变更窗口不正确", remedy="结束时间必须晚于开始时间")
    numbers = CHANGES.on_day_of(uow.clock.now(), zone)
    planned = (EventRow.aggregate_type == CHANGE, EventRow.sequence == 1)
    number = numbers.next_free(uow.session, EventRow.aggregate_id, *planned)
    payload: JsonObject = request.model_dump(mode="json")
    uow.event(CHANGE, number, PLANNED, payload)
    uow.audit(PLANNED, CHANGE, number, {
        "reason": request.reason, "ticket": request.ticket, "kind": request.kind.value,
        "of": request.of or request.revision, "devices": list(request.plan.devices),
    })  # fmt: skip
    if request.kind is ChangeKind.ROLLBACK:
        _record(uow, number, APPROVED, {"of": request.of})
    elif request.kind is ChangeKind.DEPLOYMENT:
        _record(uow, number, APPROVED, {"kind": request.kind.value})
    return number


def approve(uow: UnitOfWork, number: str) -> None:
    """The second person lets it be carried out. Raises Forbidden for its author, Conflict for a
    change that is past that."""
    require(uow.actor, Permission.APPROVE_CHANGES)
    change = read_change(uow.session, number)
    require_second_person(change, str(uow.actor))
    require_state(change, *_BEFORE_APPROVAL)
    _record(uow, number, APPROVED, {})


def cancel(uow: UnitOfWork, number: str, reason: str) -> None:
    """End it before it began; or ask whoever carries it out to stop, which takes back the stage
    under way. Raises Conflict when it is over, Invalid without a reason."""
    require_any(uow.actor, (Permission.DEPLOY, Permission.APPROVE_CHANGES))
    reason = written(reason)
    if not reason:
        raise Invalid("取消变更必须写明原因")
    change = read_change(uow.session, number)
    require_state(change, *_BEFORE_START, ChangeState.RUNNING)
    _record(uow, number, CANCEL_REQUESTED, CancelRequested(reason=reason).payload())
    if change.state is not ChangeState.RUNNING:
        ended = ChangeEnded(state=ChangeState.CANCELLED, message=reason, places=change.places)
        _record(uow, number, ENDED, ended.payload())


def record_rehearsal(uow: UnitOfWork, number: str, result: ChangeRehearsed) -> None:
    """Put on record how the plan went in a twin. Raises Conflict once it runs or is over."""
    require(uow.actor, Permission.DEPLOY)
    require_state(read_change(uow.session, number), *_BEFORE_START)
    _record(uow, number, REHEARSED, result.payload())


def begin(uow: UnitOfWork, number: str, *, hold: bool = False) -> NetworkChange:
    """Put the beginning on record: approved, in its window. Raises Conflict otherwise."""
    require(uow.actor, Permission.DEPLOY)
    change = read_change(uow.session, number)
    require_startable(change, uow.clock.now())
    _record(uow, number, STARTED, ChangeStarted(hold=hold).payload())
    return change


def begin_again(uow: UnitOfWork, number: str, *, hold: bool = False) -> NetworkChange:
    """Go on with a change whose controller is gone, or that waits for a confirmation.

    Whoever calls it holds the devices' locks, so that nobody else carries it out. Raises Conflict
    for a change that does not run.
    """
    require(uow.actor, Permission.DEPLOY)
    change = read_change(uow.session, number)
    require_state(change, ChangeState.RUNNING)
    _record(uow, number, STARTED, ChangeStarted(hold=hold, resumed=True).payload())
    return change


def require_rollback(change: NetworkChange) -> None:
    """Whether there is something to take back. Raises Conflict."""
    require_state(change, ChangeState.CONFIRMED, ChangeState.FAILED)
    if change.request.kind is ChangeKind.ROLLBACK:
        raise Conflict("回退不能再次回退", remedy="请重新制定变更计划")
    if change.request.kind is ChangeKind.DRILL:
        raise Conflict("演练没有改动配置，无可回退")
    if not all(stage.on_trial for stage in change.request.plan.stages):
        raise Conflict("首次配置之前没有配置可以恢复", remedy="请重新制定变更计划")


def _record(uow: UnitOfWork, number: str, happened: str, payload: JsonObject) -> None:
    uow.event(CHANGE, number, happened, payload)
    uow.audit(happened, CHANGE, number, payload)
