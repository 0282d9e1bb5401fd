"""Acknowledging many incidents at once: each by itself, with an answer for each.

After a storm there may be hundreds. They are taken in small transactions, so that nobody who writes
waits long, and what fails of one item, expected or not, leaves all others acknowledged. Asking
again is safe: what was acknowledged before, by whomever, is answered as such and not touched.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from device_configs.site.model import FaultClassName
from incident.model import INCIDENT_STATE_WORDS, Incident, IncidentCommand, IncidentState
from incident.service import acknowledge
from incident.store import find_row, incident_of
from incident.tables import IncidentRow
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.errors import Conflict, DomainError, NotFound
from ops_core.kernel.i18n import message
from ops_core.kernel.permissions import Permission, require

log = logging.getLogger(__name__)

BATCH = 25
"""Incidents in one transaction: some tens of milliseconds on a disk that syncs."""
MOST_AT_ONCE = 2000

Work = Callable[[], AbstractContextManager[UnitOfWork]]
"""Opens a unit of work in the name of whoever acknowledges."""


class BulkOutcome(StrEnum):
    """What became of one incident."""

    ACKNOWLEDGED = "acknowledged"
    """In a preview: would be."""
    ALREADY = "already"
    """Somebody acknowledged it before; nothing was changed."""
    REFUSED = "refused"
    """Its state does not allow it."""
    NOT_FOUND = "not_found"
    STALE = "stale"
    """It has changed since the caller looked."""
    FAILED = "failed"
    """Not acknowledged for a reason of the platform's own, which is in the log."""


DONE = (BulkOutcome.ACKNOWLEDGED, BulkOutcome.ALREADY)


@dataclass(frozen=True, slots=True)
class BulkItem:
    """An incident to acknowledge, and the version the caller saw (None: whatever it is now)."""

    number: str
    version: int | None = None


@dataclass(frozen=True, slots=True)
class BulkAnswer:
    """What became of an item; ``state`` and ``version`` are those it has now, if it is there."""

    number: str
    outcome: BulkOutcome
    state: IncidentState | None = None
    version: int | None = None
    reason: str = ""


def waiting(session: Session, fault_class: FaultClassName | None = None) -> tuple[BulkItem, ...]:
    """Every incident nobody has acknowledged, of a class (its present one) or of all."""
    rows = session.scalars(
        select(IncidentRow)
        .where(IncidentRow.state == IncidentState.DETECTED, IncidentRow.merged_into.is_(None))
        .order_by(IncidentRow.detected_at, IncidentRow.number)
    )
    return tuple(
        BulkItem(row.number, row.version)
        for row in rows
        if fault_class is None or incident_of(row).fault_class is fault_class
    )


def preview(session: Session, items: Iterable[BulkItem]) -> tuple[BulkAnswer, ...]:
    """What acknowledging would answer now; it changes nothing."""
    return tuple(_foreseen(session, item) for item in _once(items))


def acknowledge_many(work: Work, items: Iterable[BulkItem]) -> tuple[BulkAnswer, ...]:
    """Acknowledge each; the answers stand in the order of the items, one a number.

    Raises Forbidden when the actor may handle no incidents at all. When the database itself gives
    up half way, its error is raised, and what was acknowledged stays so: ask again.
    """
    answers: list[BulkAnswer] = []
    chosen = _once(items)
    for start in range(0, len(chosen), BATCH):
        answers += _take(work, chosen[start : start + BATCH])
    return tuple(answers)


def _take(work: Work, batch: Sequence[BulkItem]) -> list[BulkAnswer]:
    """A batch in one transaction; when it comes to nothing as a whole, each item by itself."""
    try:
        with work() as uow:
            require(uow.actor, Permission.HANDLE_INCIDENTS)
            return [_acknowledge(uow, item) for item in batch]
    except (DomainError, OperationalError):
        raise  # the database itself, which no other item would find better
    except Exception:
        log.exception("%d incidents could not be acknowledged together", len(batch))
    if len(batch) == 1:
        return [_failed(batch[0])]
    return [answer for item in batch for answer in _take(work, [item])]


def _acknowledge(uow: UnitOfWork, item: BulkItem) -> BulkAnswer:
    foreseen = _foreseen(uow.session, item)
    if foreseen.outcome is not BulkOutcome.ACKNOWLEDGED:
        return foreseen
    done = acknowledge(uow, item.number, item.version)
    return BulkAnswer(item.number, BulkOutcome.ACKNOWLEDGED, done.state, done.version)


def _foreseen(session: Session, item: BulkItem) -> BulkAnswer:
    try:
        incident = incident_of(find_row(session, item.number))
    except NotFound as error:
        return BulkAnswer(item.number, BulkOutcome.NOT_FOUND, reason=error.title)
    except Exception:
        log.exception("incident %s cannot be read", item.number)
        return _failed(item)
    return judge(incident, item)


def judge(incident: Incident, item: BulkItem) -> BulkAnswer:
    """What acknowledging an incident comes to (pure)."""
    answer = BulkAnswer(item.number, BulkOutcome.ACKNOWLEDGED, incident.state, incident.version)
    if IncidentCommand.ACKNOWLEDGE in incident.allowed:
        if item.version in (None, incident.version):
            return answer
        stale = message(
            "您看到的是第 {seen} 版，现在是第 {now} 版。",
            seen=item.version,
            now=incident.version,
        )
        return _with(answer, BulkOutcome.STALE, stale)
    if incident.merged_into is not None:
        into = message("已并入 {into}。", into=incident.merged_into)
        return _with(answer, BulkOutcome.REFUSED, into)
    if incident.stamps.acknowledged_at is not None:
        return _with(answer, BulkOutcome.ALREADY, "")
    over = message("已处于 {state}，不再需要确认。", state=INCIDENT_STATE_WORDS[incident.state])
    return _with(answer, BulkOutcome.REFUSED, over)


def _with(answer: BulkAnswer, outcome: BulkOutcome, reason: str) -> BulkAnswer:
    return BulkAnswer(answer.number, outcome, answer.state, answer.version, reason)


def _failed(item: BulkItem) -> BulkAnswer:
    return BulkAnswer(item.number, BulkOutcome.FAILED, reason=message("平台内部错误，详见日志。"))


def _once(items: Iterable[BulkItem]) -> tuple[BulkItem, ...]:
    """Each number once, as first named. Raises Conflict for more than can be taken at once."""
    found: dict[str, BulkItem] = {}
    for item in items:
        found.setdefault(item.number, item)
    if len(found) > MOST_AT_ONCE:
        raise Conflict(
            "一次确认的故障过多",
            message("给出了 {count} 起，一次至多 {most} 起。", count=len(found), most=MOST_AT_ONCE),
            "请按等级分批确认。",
        )
    return tuple(found.values())
