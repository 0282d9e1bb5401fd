"""Callbacks of completed orders: attempts, answers, and the end of the task."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from device_configs.site.model import Site
from ops_core.hotline.callbacks.model import (
    CALLBACK,
    Answers,
    AttemptResult,
    CallbackOutcome,
    CallbackState,
    check_answers,
    check_unreachable,
)
from ops_core.hotline.callbacks.store import (
    CallbackTask,
    NewAttempt,
    StoredTask,
    attempts_of,
    load_task,
    no_such_task,
    store_task,
)
from ops_core.hotline.calls.ratings import store_rating
from ops_core.hotline.day_sums.model import Moves, callback_key, callback_rating_key, moved
from ops_core.hotline.day_sums.store import move_day_sums
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.errors import Conflict, Forbidden, Invalid
from ops_core.kernel.i18n import message
from ops_core.kernel.permissions import Permission, require
from ops_core.kernel.written_text import written

RECORDING_LIMIT = 200


def record_attempt(
    uow: UnitOfWork, order: str, cycle: int, result: AttemptResult, recording: str = ""
) -> CallbackTask:
    """Note a try that reached nobody. Raises NotFound, Forbidden, Conflict, Invalid."""
    if result is AttemptResult.REACHED:
        raise Invalid("已接通的回访须填写结果", "", "请提交回访结果。")
    stored = _for_command(uow, order, cycle, None)
    attempt = _attempt(uow, stored, result, recording)
    return record_change(uow, stored.task, attempt, "CallbackAttempted", {"result": result.value})


def finish_reached(
    uow: UnitOfWork,
    site: Site,
    order: str,
    cycle: int,
    answers: Answers,
    recording: str,
    remark: str = "",
    version: int | None = None,
) -> CallbackTask:
    """The requester was reached and said this; a rated attitude counts for indicator 10.

    ``recording`` names the recording of the call and is required. Raises NotFound, Forbidden,
    Conflict, Invalid.
    """
    if not written(recording):
        raise Invalid("缺少回访录音编号", "", "请填写录音编号。")
    check_answers(answers, site.hotline.satisfaction)
    stored = _for_command(uow, order, cycle, version)
    attempt = _attempt(uow, stored, AttemptResult.REACHED, recording)
    task = replace(
        stored.task,
        resolved=answers.resolved.value,
        result_score=answers.result,
        attitude_score=answers.attitude,
    )
    if answers.attitude is not None:
        subject, rated = f"{CALLBACK}:{order}/{cycle}", stored.recorded_by
        store_rating(uow.session, subject, answers.attitude, uow.clock.now(), rated)
    detail: dict[str, JsonValue] = {
        "resolved": answers.resolved.value,
        "result_score": answers.result,
        "attitude_score": answers.attitude,
    }
    stored = replace(stored, task=task)
    return _finish(uow, stored, attempt, CallbackOutcome.REACHED, remark, detail)


def finish_refused(
    uow: UnitOfWork, order: str, cycle: int, recording: str, version: int | None = None
) -> CallbackTask:
    """The requester was reached and did not want to be asked."""
    if not written(recording):
        raise Invalid("缺少回访录音编号", "", "请填写录音编号。")
    stored = _for_command(uow, order, cycle, version)
    attempt = _attempt(uow, stored, AttemptResult.REACHED, recording)
    return _finish(uow, stored, attempt, CallbackOutcome.REFUSED, "", {})


def finish_unreachable(
    uow: UnitOfWork, site: Site, order: str, cycle: int, version: int | None = None
) -> CallbackTask:
    """Nobody could be reached, by enough attempts on enough days (contract's policy)."""
    stored = _for_command(uow, order, cycle, version)
    zone = ZoneInfo(site.contract.timezone)
    check_unreachable(attempts_of(uow.session, order, cycle), site.hotline.orders.callback, zone)
    return _finish(uow, stored, None, CallbackOutcome.UNREACHABLE, "", {})


def require_task(uow: UnitOfWork, order: str, cycle: int) -> CallbackTask:
    """The open task if the actor may work on it. Raises NotFound, Forbidden, Conflict."""
    return _for_command(uow, order, cycle, None).task


def _for_command(uow: UnitOfWork, order: str, cycle: int, version: int | None) -> StoredTask:
    """The open task; nobody calls back about what he took in himself (invariant 6)."""
    require(uow.actor, Permission.CALL_BACK)
    stored = load_task(uow.session, order, cycle)
    if stored is None:
        raise no_such_task(order, cycle)
    task = stored.task
    if version is not None and version != task.version:
        raise Conflict(
            "回访已被他人更新",
            message("您看到的是第 {seen} 版，现在是第 {now} 版。", seen=version, now=task.version),
            "请刷新后再操作。",
        )
    if task.state == CallbackState.WITHDRAWN:
        raise Conflict(
            "回访已撤回",
            message("工单 {order} 在第 {cycle} 轮回访前已重新受理。", order=order, cycle=cycle),
            "再次办结后会产生新的回访。",
        )
    if task.state != CallbackState.OPEN:
        raise Conflict(
            "回访已完成",
            message("工单 {order} 的第 {cycle} 轮已回访。", order=order, cycle=cycle),
            "每轮办结只回访一次；重新受理后再次办结会产生新的回访。",
        )
    if str(uow.actor) in (stored.recorded_by, stored.call_agent):
        raise Forbidden(
            "不能回访自己受理的诉求",
            message("工单 {order} 由您受理。", order=order),
            "请由另一名回访人员办理。",
        )
    return stored


def _attempt(
    uow: UnitOfWork, stored: StoredTask, result: AttemptResult, recording: str
) -> NewAttempt:
    if len(recording) > RECORDING_LIMIT:
        raise Invalid(
            "录音编号过长", "", message("请控制在 {limit} 字以内。", limit=RECORDING_LIMIT)
        )
    return NewAttempt(
        stored.tried + 1, uow.clock.now(), str(uow.actor), result.value, written(recording)
    )


def _finish(
    uow: UnitOfWork,
    stored: StoredTask,
    attempt: NewAttempt | None,
    outcome: CallbackOutcome,
    remark: str,
    detail: dict[str, JsonValue],
) -> CallbackTask:
    now = uow.clock.now()
    done = replace(
        stored.task,
        state=CallbackState.DONE.value,
        outcome=outcome.value,
        done_at=now,
        remark=written(remark),
    )
    move_day_sums(uow.session, done_moves(stored, outcome, done.attitude_score, now))
    return record_change(uow, done, attempt, "CallbackDone", {"outcome": outcome.value, **detail})


def done_moves(
    stored: StoredTask, outcome: CallbackOutcome, attitude: int | None, now: datetime
) -> Moves:
    """From the callbacks that wait to those that are done, and its rating."""
    waits = callback_key(stored.opened_at, None, stored.within_days)
    done = [callback_key(stored.opened_at, outcome.value, stored.within_days)]
    if outcome is CallbackOutcome.REACHED:
        done.append(callback_rating_key(now, attitude))
    return moved((waits,), done)


def record_change(
    uow: UnitOfWork,
    task: CallbackTask,
    attempt: NewAttempt | None,
    kind: str,
    detail: Mapping[str, JsonValue],
) -> CallbackTask:
    """The task as its next version, with the event and the audit entry of the change."""
    task = replace(task, version=task.version + 1, assignee=str(uow.actor))
    store_task(uow.session, task, attempt)
    identifier = f"{task.order}/{task.cycle}"
    uow.event(CALLBACK, identifier, kind, {**detail, "version": task.version})
    uow.audit(kind, CALLBACK, identifier, dict(detail))
    return task
