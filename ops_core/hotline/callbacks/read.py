"""What screens and programs read of callbacks; numbers, names and remarks are masked here."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.hotline.callbacks.model import (
    Attempt,
    AttemptResult,
    CallbackOutcome,
    CallbackState,
    Resolved,
)
from ops_core.hotline.callbacks.store import find_task
from ops_core.hotline.callbacks.tables import CallbackAttemptRow, CallbackTaskRow
from ops_core.hotline.calls.days import bounds_of
from ops_core.hotline.calls.people import is_channel
from ops_core.hotline.calls.tables import CallRow
from ops_core.hotline.cases.read import MaskedRequester, masked
from ops_core.hotline.cases.tables import CaseRow
from ops_core.hotline.contacts.tables import RequesterRow
from ops_core.hotline.deadline_policies.time_limits import TimeLimit
from ops_core.hotline.orders.deadlines import DeadlineKind, DeadlineReading, read_deadline
from ops_core.hotline.orders.tables import WorkOrderRow
from ops_core.kernel.masking import mask_text

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
    deadline: DeadlineReading
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
    is_taker_known: bool
    """False where nobody was signed in at the seat that took the call: nobody can tell whether the
    person who calls back is the one who spoke."""


def list_callbacks(
    session: Session,
    site: Site,
    state: CallbackState,
    now: datetime,
    limit: int = LISTED_AT_MOST,
    day: date | None = None,
) -> tuple[CallbackRecord, ...]:
    """Open ones by their age, the oldest first; done ones with the latest first, those of a
    ``day`` (of the site's time) if there is one."""
    query = select(CallbackTaskRow).where(CallbackTaskRow.state == state)
    if state is CallbackState.OPEN:
        query = query.order_by(CallbackTaskRow.opened_at, CallbackTaskRow.order)
    else:
        query = query.order_by(CallbackTaskRow.done_at.desc(), CallbackTaskRow.order.desc())
        if day is not None:
            start, end = bounds_of(day, site)
            query = query.where(CallbackTaskRow.done_at >= start, CallbackTaskRow.done_at < end)
    return _records(session, site, list(session.scalars(query.limit(limit))), now)


def count_waiting(session: Session) -> int:
    """How many callbacks are open."""
    is_open = CallbackTaskRow.state == CallbackState.OPEN
    return session.scalar(select(func.count()).select_from(CallbackTaskRow).where(is_open)) or 0


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
    orders = {task.order for task in tasks}
    about, tried = _about(session, orders), _attempts(session, orders)
    return tuple(
        _record(site, task, about[task.order], tuple(tried[task.order, task.cycle]), now)
        for task in tasks
    )


@dataclass(frozen=True, slots=True)
class _Matter:
    """What a callback is about: order, request, who took its call, and who asked."""

    order: WorkOrderRow
    case: CaseRow
    agent: str | None
    requester: RequesterRow | None


def _about(session: Session, orders: set[str]) -> Mapping[str, _Matter]:
    found = session.execute(
        select(WorkOrderRow, CaseRow, CallRow.agent, RequesterRow)
        .join(CaseRow, CaseRow.number == WorkOrderRow.case_number)
        .outerjoin(CallRow, CallRow.call == CaseRow.call)
        .outerjoin(RequesterRow, RequesterRow.id == CaseRow.requester_id)
        .where(WorkOrderRow.number.in_(orders))
    )
    return {row[0].number: _Matter(*row) for row in found}


def _attempts(session: Session, orders: set[str]) -> Mapping[tuple[str, int], list[Attempt]]:
    """The tries of each callback, the first one first."""
    tried: dict[tuple[str, int], list[Attempt]] = defaultdict(list)
    for row in session.scalars(
        select(CallbackAttemptRow)
        .where(CallbackAttemptRow.order.in_(orders))
        .order_by(CallbackAttemptRow.sequence)
    ):
        withdrawn = row.withdrawn_at is not None
        attempt = Attempt(row.at, AttemptResult(row.result), withdrawn)
        tried[row.order, row.cycle].append(attempt)
    return tried


def _record(
    site: Site, task: CallbackTaskRow, matter: _Matter, attempts: tuple[Attempt, ...], now: datetime
) -> CallbackRecord:
    zone, requester = ZoneInfo(site.contract.timezone), matter.requester
    return CallbackRecord(
        order=task.order,
        cycle=task.cycle,
        state=CallbackState(task.state),
        opened_at=task.opened_at,
        deadline=read_deadline(
            DeadlineKind.CALLBACK, TimeLimit(matter.order.callback_within), task.opened_at,
            task.done_at, site.calendar, zone, now,
        ),
        attempts=attempts,
        outcome=None if task.outcome is None else CallbackOutcome(task.outcome),
        resolved=None if task.resolved is None else Resolved(task.resolved),
        result_score=task.result_score,
        attitude_score=task.attitude_score,
        remark=mask_text(task.remark),
        done_at=task.done_at,
        done_by=task.assignee if task.done_at is not None else "",
        version=task.version,
        title=mask_text(matter.order.title),
        unit=matter.order.unit,
        case=matter.case.number,
        requester=None if requester is None else masked(requester),
        intake=frozenset(name for name in (matter.case.recorded_by, matter.agent) if name),
        is_taker_known=not is_channel(matter.agent or ""),
    )  # fmt: skip
