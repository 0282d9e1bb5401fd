"""Taking back one's own last word on a callback, within a minute: a try, or its outcome.

The callback waits again as if nothing had been said: its sums, its rating and its deadline are what
they were before. The try stays in the list, marked as withdrawn.
"""

from collections.abc import Sequence
from dataclasses import replace

from pydantic import JsonValue

from ops_core.hotline.callbacks.model import CALLBACK, CallbackOutcome, CallbackState
from ops_core.hotline.callbacks.service import done_moves, record_change
from ops_core.hotline.callbacks.store import (
    CallbackTask,
    StoredTask,
    load_task,
    no_such_task,
    withdraw_last_attempt,
)
from ops_core.hotline.calls.ratings import withdraw_rating
from ops_core.hotline.day_sums.store import move_day_sums
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.errors import Conflict
from ops_core.kernel.events import events_of
from ops_core.kernel.i18n import message
from ops_core.kernel.permissions import Permission, require
from ops_core.kernel.undoing import (
    UNDONE_VERSION,
    RecordedAct,
    UndoOffer,
    check_undo,
    effective,
    offer_of,
)

UNDONE, DONE, ATTEMPTED = "CallbackUndone", "CallbackDone", "CallbackAttempted"
UNDOABLE = frozenset({DONE, ATTEMPTED})


def undo_offer(events: Sequence[RecordedAct]) -> UndoOffer | None:
    """The last try or outcome of a callback's history that may be taken back (pure)."""
    acts = effective(events)
    return offer_of(acts[-1] if acts else None, UNDOABLE)


def undo(uow: UnitOfWork, order: str, cycle: int, version: int | None = None) -> CallbackTask:
    """Withdraw the actor's own last try, or the outcome with its answers and its rating.

    Raises Forbidden, NotFound, Conflict (nothing to take back, the minute is over, the order was
    taken up again meanwhile).
    """
    require(uow.actor, Permission.CALL_BACK)
    stored = load_task(uow.session, order, cycle)
    if stored is None:
        raise no_such_task(order, cycle)
    _check_present(stored, version)
    events = events_of(uow.session, CALLBACK, f"{order}/{cycle}")
    offer = check_undo(undo_offer(events), uow.actor, uow.clock.now())
    if offer.type == ATTEMPTED or stored.task.outcome != CallbackOutcome.UNREACHABLE:
        withdraw_last_attempt(uow.session, order, cycle, uow.clock.now())
    task = _reopened(uow, stored) if offer.type == DONE else stored.task
    detail: dict[str, JsonValue] = {"undone": offer.type, UNDONE_VERSION: offer.version}
    return record_change(uow, task, None, UNDONE, detail)


def _check_present(stored: StoredTask, version: int | None) -> None:
    task = stored.task
    if version is not None and version != task.version:
        raise Conflict(
            "回访已被他人更新",
            message("您看到的是第 {seen} 版，现在是第 {now} 版。", seen=version, now=task.version),
            "请刷新后再操作。",
        )
    if stored.order_cycle != task.cycle or task.state == CallbackState.WITHDRAWN:
        raise Conflict(
            "工单已重新受理，不能撤销回访",
            message(
                "工单 {order} 已进入第 {cycle} 轮。", order=task.order, cycle=stored.order_cycle
            ),
            "再次办结后会产生新的回访。",
        )


def _reopened(uow: UnitOfWork, stored: StoredTask) -> CallbackTask:
    """The task as it waited, without what its outcome added to the figures."""
    task = stored.task
    if task.outcome is not None and task.done_at is not None:
        outcome = CallbackOutcome(task.outcome)
        moves = done_moves(stored, outcome, task.attitude_score, task.done_at)
        move_day_sums(uow.session, {key: -count for key, count in moves.items()})
    if task.attitude_score is not None:
        withdraw_rating(uow.session, f"{CALLBACK}:{task.order}/{task.cycle}")
    return replace(
        task,
        state=CallbackState.OPEN.value,
        outcome=None,
        resolved=None,
        result_score=None,
        attitude_score=None,
        remark="",
        done_at=None,
    )
