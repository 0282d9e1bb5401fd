"""Callbacks as rows: a task with all that a command decides by in one message, and its changes.

They pass by the object mapper (see :mod:`ops_core.hotline.orders.store`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Table, bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from ops_core.hotline.callbacks.model import Attempt, AttemptResult, CallbackState
from ops_core.hotline.callbacks.tables import CallbackAttemptRow, CallbackTaskRow
from ops_core.hotline.calls.tables import CallRow
from ops_core.hotline.cases.tables import CaseRow
from ops_core.hotline.orders.tables import WorkOrderRow
from ops_core.kernel.database import connection_of, read_anew
from ops_core.kernel.errors import NotFound
from ops_core.kernel.i18n import message
from ops_core.kernel.pipelining import PIPELINED, PipelinedWrites
from ops_core.kernel.prepared_writes import PreparedWrite

_TASKS = cast(Table, CallbackTaskRow.__table__)
_ATTEMPTS = cast(Table, CallbackAttemptRow.__table__)
_CASES = cast(Table, CaseRow.__table__)
_CALLS = cast(Table, CallRow.__table__)
_ORDERS = cast(Table, WorkOrderRow.__table__)
_CHANGING = (
    "state", "assignee", "outcome", "resolved", "result_score", "attitude_score", "remark",
    "done_at", "version",
)  # fmt: skip
_THIS = (_TASKS.c.order == bindparam("of_order")) & (_TASKS.c.cycle == bindparam("of_cycle"))
_TRIED = (
    select(func.count())
    .select_from(_ATTEMPTS)
    .where(_ATTEMPTS.c.order == _TASKS.c.order, _ATTEMPTS.c.cycle == _TASKS.c.cycle)
    .scalar_subquery()
)
_LOAD = (
    select(
        *(_TASKS.c[name] for name in ("order", "cycle", *_CHANGING)),
        _CASES.c.recorded_by,
        _CALLS.c.agent,
        _TRIED.label("tried"),
        _TASKS.c.opened_at,
        _ORDERS.c.callback_within,
        _ORDERS.c.cycle.label("order_cycle"),
    )
    .select_from(
        _TASKS.join(_ORDERS, _ORDERS.c.number == _TASKS.c.order)
        .join(_CASES, _CASES.c.number == _ORDERS.c.case_number)
        .outerjoin(_CALLS, _CALLS.c.call == _CASES.c.call)
    )
    .where(_THIS)
)
_WITHDRAW = (
    update(_TASKS)
    .where(_THIS, _TASKS.c.state == CallbackState.OPEN.value)
    .values(state=CallbackState.WITHDRAWN.value, version=_TASKS.c.version + 1)
)
_OPEN = PreparedWrite(
    insert(_TASKS).execution_options(**PIPELINED),
    ("order", "cycle", "state", "opened_at", "assignee", "remark", "version"),
)
_ATTEMPT = insert(_ATTEMPTS).values(
    {c.name: bindparam(f"try_{c.name}") for c in _ATTEMPTS.c if c.name != "withdrawn_at"}
)
_STORE = update(_TASKS).where(_THIS).values({name: bindparam(f"to_{name}") for name in _CHANGING})
_STORE_ALONE, _STORE_WITH_ATTEMPT = PipelinedWrites.of(_STORE), PipelinedWrites.of(_ATTEMPT, _STORE)


@dataclass(frozen=True, slots=True)
class CallbackTask:
    """A callback of a closing cycle, by the names of its columns."""

    order: str
    cycle: int
    state: str
    assignee: str
    outcome: str | None
    resolved: str | None
    result_score: int | None
    attitude_score: int | None
    remark: str
    done_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class StoredTask:
    """A task with who took the request in, who took its call ('' for nobody), and the tries.

    It is due ``within_days`` working days after ``opened_at``, when its cycle was completed.
    """

    task: CallbackTask
    recorded_by: str
    call_agent: str
    tried: int
    opened_at: datetime
    within_days: int
    order_cycle: int
    """The cycle its order runs in by now."""


def read_answers(
    session: Session, order: str, cycle: int
) -> tuple[str | None, str | None, int | None] | None:
    """Outcome, resolved and score of the result of a cycle's callback; None without one."""
    columns = (_TASKS.c.outcome, _TASKS.c.resolved, _TASKS.c.result_score)
    found = connection_of(session).execute(
        select(*columns).where(_TASKS.c.order == order, _TASKS.c.cycle == cycle)
    )
    row = found.one_or_none()
    return None if row is None else (row.outcome, row.resolved, row.result_score)


@dataclass(frozen=True, slots=True)
class NewAttempt:
    """A try to reach the requester, by the names of its columns; ``sequence`` counts from 1."""

    sequence: int
    at: datetime
    agent: str
    result: str
    recording: str


def load_task(session: Session, order: str, cycle: int) -> StoredTask | None:
    """The task as it stands in this transaction, None when there is none."""
    session.flush()
    asked = {"of_order": order, "of_cycle": cycle}
    row = connection_of(session).execute(_LOAD, asked).one_or_none()
    if row is None:
        return None
    *stored, recorded_by, call_agent, tried, opened_at, within, cycle_now = row
    task = CallbackTask(*stored)
    return StoredTask(task, recorded_by, call_agent or "", tried, opened_at, within, cycle_now)


def open_task(session: Session, order: str, cycle: int, opened_at: datetime) -> None:
    """Add the task of an order that was completed just now; its cycle has none yet."""
    opened = {
        "order": order,
        "cycle": cycle,
        "state": CallbackState.OPEN.value,
        "opened_at": opened_at,
        "assignee": "",
        "remark": "",
        "version": 0,
    }
    _OPEN.execute(connection_of(session), opened)


def withdraw_task(session: Session, order: str, cycle: int) -> bool:
    """Have nobody call back about a cycle any more; whether its callback was open."""
    session.flush()
    asked = {"of_order": order, "of_cycle": cycle}
    was_open = connection_of(session).execute(_WITHDRAW, asked).rowcount == 1
    read_anew(session, CallbackTaskRow, (order, cycle))
    return was_open


def is_untouched(session: Session, order: str, cycle: int) -> bool:
    """Whether the callback of a cycle waits, and nobody has said anything of it yet."""
    stored = load_task(session, order, cycle)
    if stored is None:
        return False
    return stored.task.state == CallbackState.OPEN and not (stored.tried or stored.task.version)


def discard_task(session: Session, order: str, cycle: int) -> None:
    """Have the callback of a cycle that was never closed not be there; nobody has touched it."""
    row = session.get(CallbackTaskRow, (order, cycle))
    if row is not None:
        session.delete(row)
        session.flush()


def store_task(session: Session, task: CallbackTask, attempt: NewAttempt | None) -> None:
    """Make the task's row what the task is, and add the try that changed it, if one did."""
    values = {f"to_{name}": getattr(task, name) for name in _CHANGING}
    values |= {"of_order": task.order, "of_cycle": task.cycle}
    if attempt is None:
        _STORE_ALONE.execute(connection_of(session), values)
    else:
        tried = {f"try_{name}": getattr(attempt, name) for name in NewAttempt.__slots__}
        values |= {"try_order": task.order, "try_cycle": task.cycle} | tried
        _STORE_WITH_ATTEMPT.execute(connection_of(session), values)
    read_anew(session, CallbackTaskRow, (task.order, task.cycle))


def withdraw_last_attempt(session: Session, order: str, cycle: int, at: datetime) -> None:
    """Mark the last try that is not withdrawn yet: it no longer counts as one."""
    session.flush()
    found = session.scalars(_ATTEMPTS_OF, {"of_order": order, "of_cycle": cycle}).all()
    found[-1].withdrawn_at = at
    session.flush()


_ATTEMPTS_OF = (
    select(CallbackAttemptRow)
    .where(
        CallbackAttemptRow.withdrawn_at.is_(None),
        CallbackAttemptRow.order == bindparam("of_order"),
        CallbackAttemptRow.cycle == bindparam("of_cycle"),
    )
    .order_by(CallbackAttemptRow.sequence)
)


def find_task(session: Session, order: str, cycle: int) -> CallbackTaskRow:
    """Raises :class:`NotFound`."""
    row = session.get(CallbackTaskRow, (order, cycle))
    if row is None:
        raise no_such_task(order, cycle)
    return row


def attempts_of(session: Session, order: str, cycle: int) -> Sequence[Attempt]:
    """Every try that was not withdrawn, the first one first."""
    rows = session.scalars(_ATTEMPTS_OF, {"of_order": order, "of_cycle": cycle})
    return [Attempt(row.at, AttemptResult(row.result)) for row in rows]


def no_such_task(order: str, cycle: int) -> NotFound:
    """The refusal of a closing cycle that has no callback."""
    return NotFound(
        "没有这项回访",
        message("工单 {order} 的第 {cycle} 轮没有回访任务。", order=order, cycle=cycle),
        "工单办结后才有回访任务。",
    )
