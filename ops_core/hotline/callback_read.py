"""What screens and programs read of callbacks; numbers, names and remarks are masked here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.hotline.callback_model import (
    Attempt,
    AttemptResult,
    CallbackOutcome,
    CallbackState,
    Resolved,
)
from ops_core.hotline.callback_service import attempts_of, find_task
from ops_core.hotline.case_read import MaskedRequester, masked_requester
from ops_core.hotline.contacts import mask_text
from ops_core.hotline.deadlines import LimitKind, LimitReading, read_limit
from ops_core.hotline.tables import CallbackTaskRow, CallRow, CaseRow, WorkOrderRow

LISTED_AT_MOST = 300


@dataclass(frozen=True, slots=True)
class CallbackRecord:
    """One callback of a closing cycle.

    ``intake`` are the people who took the request: none of them may call back (invariant 6).
    """

    order: str
    cycle: int
    state: CallbackState
    opened_at: datetime
    limit: LimitReading
    attempts: tuple[Attempt, ...]
    outcome: CallbackOutcome | None
    resolved: Resolved | None
    result_score: int | None
    attitude_score: int | None
    remark: str
    done_at: datetime | None
    done_by: str
    version: int
    title: str
    unit: str
    case: str
    requester: MaskedRequester | None
    intake: frozenset[str]


def list_callbacks(
    session: Session, site: Site, state: CallbackState, now: datetime
) -> tuple[CallbackRecord, ...]:
    """Open ones by their age, the oldest first; done ones with the latest first."""
    query = select(CallbackTaskRow).where(CallbackTaskRow.state == state)
    if state is CallbackState.OPEN:
        query = query.order_by(CallbackTaskRow.opened_at, CallbackTaskRow.order)
    else:
        query = query.order_by(CallbackTaskRow.done_at.desc(), CallbackTaskRow.order.desc())
    return _records(session, site, list(session.scalars(query.limit(LISTED_AT_MOST))), now)


def read_callback(
    session: Session, site: Site, order: str, cycle: int, now: datetime
) -> CallbackRecord:
    """One callback. Raises NotFound."""
    return _records(session, site, [find_task(session, order, cycle)], now)[0]


def callbacks_of_order(
    session: Session, site: Site, order: str, now: datetime
) -> tuple[CallbackRecord, ...]:
    """Every callback of an order, one a closing cycle."""
    query = (
        select(CallbackTaskRow)
        .where(CallbackTaskRow.order == order)
        .order_by(CallbackTaskRow.cycle)
    )
    return _records(session, site, list(session.scalars(query)), now)


def _records(
    session: Session, site: Site, tasks: Sequence[CallbackTaskRow], now: datetime
) -> tuple[CallbackRecord, ...]:
    about = _about(session, {task.order for task in tasks})
    return tuple(_record(session, site, task, *about[task.order], now) for task in tasks)


def _about(
    session: Session, orders: set[str]
) -> Mapping[str, tuple[WorkOrderRow, CaseRow, str | None]]:
    """Order, request and who took its call, by the order's number."""
    found = session.execute(
        select(WorkOrderRow, CaseRow, CallRow.agent)
        .join(CaseRow, CaseRow.number == WorkOrderRow.case_number)
        .outerjoin(CallRow, CallRow.call == CaseRow.call)
        .where(WorkOrderRow.number.in_(orders))
    )
    return {order.number: (order, case, agent) for order, case, agent in found}


def _record(
    session: Session,
    site: Site,
    task: CallbackTaskRow,
    order: WorkOrderRow,
    case: CaseRow,
    agent: str | None,
    now: datetime,
) -> CallbackRecord:
    zone = ZoneInfo(site.contract.timezone)
    return CallbackRecord(
        order=task.order,
        cycle=task.cycle,
        state=CallbackState(task.state),
        opened_at=task.opened_at,
        limit=read_limit(
            LimitKind.CALLBACK, order.callback_within, task.opened_at, task.done_at,
            site.calendar, zone, now,
        ),
        attempts=tuple(attempts_of(session, task.order, task.cycle)),
        outcome=None if task.outcome is None else CallbackOutcome(task.outcome),
        resolved=None if task.resolved is None else Resolved(task.resolved),
        result_score=task.result_score,
        attitude_score=task.attitude_score,
        remark=mask_text(task.remark),
        done_at=task.done_at,
        done_by=task.assignee if task.done_at is not None else "",
        version=task.version,
        title=mask_text(order.title),
        unit=order.unit,
        case=case.number,
        requester=masked_requester(session, case.requester_id),
        intake=frozenset(name for name in (case.recorded_by, agent) if name),
    )  # fmt: skip


def failed_attempts(attempts: Sequence[Attempt]) -> int:
    """How many tries reached nobody."""
    return sum(attempt.result is not AttemptResult.REACHED for attempt in attempts)
