"""Callbacks of completed orders: attempts, answers, and the end of the task."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from pydantic import JsonValue
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.hotline.callback_model import (
    Answers,
    Attempt,
    AttemptResult,
    CallbackOutcome,
    CallbackState,
    check_answers,
    check_unreachable,
)
from ops_core.hotline.rating_service import store_rating
from ops_core.hotline.tables import (
    CallbackAttemptRow,
    CallbackTaskRow,
    CallRow,
    CaseRow,
    WorkOrderRow,
)
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from ops_core.kernel.i18n import message
from ops_core.kernel.permissions import Permission, require

CALLBACK = "callback"
"""Aggregate type of callbacks' events; the id is ``<order>/<cycle>``."""
RECORDING_LIMIT = 200
_INTAKE = (
    select(CaseRow.recorded_by, CallRow.agent)
    .join(WorkOrderRow, WorkOrderRow.case_number == CaseRow.number)
    .outerjoin(CallRow, CallRow.call == CaseRow.call)
    .where(WorkOrderRow.number == bindparam("of_order"))
)
_ATTEMPTS = (
    select(CallbackAttemptRow)
    .where(
        CallbackAttemptRow.order == bindparam("of_order"),
        CallbackAttemptRow.cycle == bindparam("of_cycle"),
    )
    .order_by(CallbackAttemptRow.sequence)
)


def record_attempt(
    uow: UnitOfWork, order: str, cycle: int, result: AttemptResult, recording: str = ""
) -> CallbackTaskRow:
    """Note a try that reached nobody. Raises NotFound, Forbidden, Conflict, Invalid."""
    if result is AttemptResult.REACHED:
        raise Invalid("已接通的回访须填写结果", "", "请提交回访结果。")
    task = _for_command(uow, order, cycle, None)
    _add_attempt(uow, task, result, recording)
    return _done(uow, task, "CallbackAttempted", {"result": result.value})


def finish_reached(
    uow: UnitOfWork,
    site: Site,
    order: str,
    cycle: int,
    answers: Answers,
    recording: str,
    remark: str = "",
    version: int | None = None,
) -> CallbackTaskRow:
    """The requester was reached and said this; a rated attitude counts for indicator 10.

    ``recording`` names the recording of the call and is required. Raises NotFound, Forbidden,
    Conflict, Invalid.
    """
    if not recording.strip():
        raise Invalid("缺少回访录音编号", "", "请填写录音编号。")
    check_answers(answers, site.hotline.satisfaction)
    task = _for_command(uow, order, cycle, version)
    agent = _intake_agent(uow.session, order)
    _add_attempt(uow, task, AttemptResult.REACHED, recording)
    task.resolved = answers.resolved.value
    task.result_score, task.attitude_score = answers.result, answers.attitude
    if answers.attitude is not None:
        store_rating(
            uow.session, f"{CALLBACK}:{order}/{cycle}", answers.attitude, uow.clock.now(), agent
        )
    told: dict[str, JsonValue] = {
        "resolved": answers.resolved.value,
        "result_score": answers.result,
        "attitude_score": answers.attitude,
    }
    return _finish(uow, task, CallbackOutcome.REACHED, remark, told)


def finish_refused(
    uow: UnitOfWork, order: str, cycle: int, recording: str, version: int | None = None
) -> CallbackTaskRow:
    """The requester was reached and did not want to be asked."""
    if not recording.strip():
        raise Invalid("缺少回访录音编号", "", "请填写录音编号。")
    task = _for_command(uow, order, cycle, version)
    _add_attempt(uow, task, AttemptResult.REACHED, recording)
    return _finish(uow, task, CallbackOutcome.REFUSED, "", {})


def finish_unreachable(
    uow: UnitOfWork, site: Site, order: str, cycle: int, version: int | None = None
) -> CallbackTaskRow:
    """Nobody could be reached, by enough attempts on enough days (contract's policy)."""
    task = _for_command(uow, order, cycle, version)
    zone = ZoneInfo(site.contract.timezone)
    check_unreachable(attempts_of(uow.session, order, cycle), site.hotline.orders.callback, zone)
    return _finish(uow, task, CallbackOutcome.UNREACHABLE, "", {})


def require_task(uow: UnitOfWork, order: str, cycle: int) -> CallbackTaskRow:
    """The open task if the actor may work on it. Raises NotFound, Forbidden, Conflict."""
    return _for_command(uow, order, cycle, None)


def find_task(session: Session, order: str, cycle: int) -> CallbackTaskRow:
    """Raises :class:`NotFound`."""
    row = session.get(CallbackTaskRow, (order, cycle))
    if row is None:
        raise NotFound(
            "没有这项回访",
            message("工单 {order} 的第 {cycle} 轮没有回访任务。", order=order, cycle=cycle),
            "工单办结后才有回访任务。",
        )
    return row


def attempts_of(session: Session, order: str, cycle: int) -> Sequence[Attempt]:
    """Every try, the first one first."""
    return [Attempt(row.at, AttemptResult(row.result)) for row in _attempts(session, order, cycle)]


def _attempts(session: Session, order: str, cycle: int) -> Sequence[CallbackAttemptRow]:
    return list(session.scalars(_ATTEMPTS, {"of_order": order, "of_cycle": cycle}))


def _for_command(uow: UnitOfWork, order: str, cycle: int, version: int | None) -> CallbackTaskRow:
    require(uow.actor, Permission.CALL_BACK)
    task = find_task(uow.session, order, cycle)
    if version is not None and version != task.version:
        raise Conflict(
            "回访已被他人更新",
            message("您看到的是第 {seen} 版，现在是第 {now} 版。", seen=version, now=task.version),
            "请刷新后再操作。",
        )
    if task.state != CallbackState.OPEN:
        raise Conflict(
            "回访已完成",
            message("工单 {order} 的第 {cycle} 轮已回访。", order=order, cycle=cycle),
            "每轮办结只回访一次；重新受理后再次办结会产生新的回访。",
        )
    if str(uow.actor) in _intake_people(uow.session, order):
        raise Forbidden(
            "不能回访自己受理的诉求",
            message("工单 {order} 由您受理。", order=order),
            "请由另一名回访人员办理。",
        )
    return task


def _intake_people(session: Session, order: str) -> set[str]:
    """Who recorded the request, and who took the call it came by (invariant 6)."""
    found = session.execute(_INTAKE, {"of_order": order}).one()
    return {name for name in found if name}


def _intake_agent(session: Session, order: str) -> str:
    recorded_by: str = session.execute(_INTAKE, {"of_order": order}).one().recorded_by
    return recorded_by


def _add_attempt(
    uow: UnitOfWork, task: CallbackTaskRow, result: AttemptResult, recording: str
) -> None:
    if len(recording) > RECORDING_LIMIT:
        raise Invalid(
            "录音编号过长", "", message("请控制在 {limit} 字以内。", limit=RECORDING_LIMIT)
        )
    made = len(_attempts(uow.session, task.order, task.cycle))
    uow.session.add(
        CallbackAttemptRow(
            order=task.order,
            cycle=task.cycle,
            sequence=made + 1,
            at=uow.clock.now(),
            agent=str(uow.actor),
            result=result.value,
            recording=recording.strip(),
        )
    )


def _finish(
    uow: UnitOfWork,
    task: CallbackTaskRow,
    outcome: CallbackOutcome,
    remark: str,
    told: dict[str, JsonValue],
) -> CallbackTaskRow:
    task.state, task.outcome = CallbackState.DONE.value, outcome.value
    task.done_at, task.remark = uow.clock.now(), remark.strip()
    return _done(uow, task, "CallbackDone", {"outcome": outcome.value, **told})


def _done(
    uow: UnitOfWork, task: CallbackTaskRow, kind: str, told: dict[str, JsonValue]
) -> CallbackTaskRow:
    task.version += 1
    task.assignee = str(uow.actor)
    uow.session.flush()
    identifier = f"{task.order}/{task.cycle}"
    uow.event(CALLBACK, identifier, kind, {**told, "version": task.version})
    uow.audit(kind, CALLBACK, identifier, told)
    return task
