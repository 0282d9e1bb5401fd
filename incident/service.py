"""Commands on incidents: load, decide by the rules of the model, store, record."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from pydantic import JsonValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from device_configs.site.model import Contract
from incident.absorbing import merge_into, put_away
from incident.false_alarm_terms import News
from incident.marking import void, void_after_update
from incident.model import (
    INCIDENT_COMMAND_WORDS,
    INCIDENT_STATE_WORDS,
    ClassHeld,
    Incident,
    IncidentCommand,
    IncidentState,
    classify,
    is_recurrence,
    reopened_state,
)
from incident.reach import parts_of
from incident.store import (
    CLASSES,
    check_version,
    dump_classes,
    find_row,
    incident_of,
    record_change,
)
from incident.tables import IncidentFaultRow, IncidentRow
from monitors.alerts.engine import FAULT, parse_transition
from monitors.alerts.faults import GROUP, FaultTransition, TransitionKind
from monitors.alerts.model import FaultGroup
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.consumers import consume
from ops_core.kernel.errors import Conflict, Invalid
from ops_core.kernel.events import Event
from ops_core.kernel.i18n import message
from ops_core.kernel.numbering import INCIDENTS
from ops_core.kernel.permissions import Permission, require
from ops_core.kernel.written_text import written

CONSUMER = "incident"
MONITORING = "monitoring"
TRANSITIONS = frozenset(kind.value for kind in TransitionKind)
"""The fault events that change an incident."""


@dataclass(frozen=True, slots=True)
class IncidentPolicy:
    """What the contract leaves open, as parameters.

    ``reopen_within``: a root that comes back so soon after its restoration is the same fault.
    """

    reopen_within: timedelta = timedelta(hours=24)


def consume_faults(
    uow: UnitOfWork, contract: Contract, policy: IncidentPolicy, limit: int = 100
) -> int:
    """Apply the next fault events of the outbox; returns how many events were passed."""

    def handle(event: Event) -> None:
        if event.aggregate_type == FAULT and event.type in TRANSITIONS:
            apply_transition(uow, parse_transition(event.payload), contract, policy)

    return consume(uow, CONSUMER, handle, limit)


def apply_transition(
    uow: UnitOfWork, transition: FaultTransition, contract: Contract, policy: IncidentPolicy
) -> Incident | None:
    """Open, update or restore the incident of a fault; the same one again changes nothing.

    Returns the incident, or None when the transition had been applied before.
    """
    link = uow.session.get(IncidentFaultRow, transition.key)
    if link is not None and link.sequence >= transition.sequence:
        return None
    if link is None and transition.kind in (TransitionKind.RESOLVED, TransitionKind.MERGED):
        return None  # its beginning was never taken: there is nothing to end
    if link is None:
        return _first_recorded(uow, transition, contract, policy)
    link.sequence = transition.sequence
    row = find_row(uow.session, link.number)
    if transition.kind is TransitionKind.RESOLVED:
        return _restore_by_monitoring(uow, row, transition)
    if transition.kind is TransitionKind.MERGED:
        return _merge(uow, row, transition, contract)
    return _update(uow, row, transition, contract)


def acknowledge(uow: UnitOfWork, number: str, version: int | None = None) -> Incident:
    """Somebody has seen it. Raises Forbidden, NotFound, Conflict."""
    row = _for_command(uow, number, version, IncidentCommand.ACKNOWLEDGE)
    row.acknowledged_at, row.state = uow.clock.now(), IncidentState.ACKNOWLEDGED
    row.handler = str(uow.actor)
    return record_change(uow, row, "IncidentAcknowledged", {})


def respond(uow: UnitOfWork, number: str, version: int | None = None) -> Incident:
    """Remote support has begun; stops the response clock. Acknowledges, if nobody had."""
    row = _for_command(uow, number, version, IncidentCommand.RESPOND)
    now = uow.clock.now()
    row.acknowledged_at = row.acknowledged_at or now
    row.responded_at, row.state = now, IncidentState.RESPONDING
    row.handler = str(uow.actor)
    return record_change(uow, row, "IncidentResponded", {})


def restore(uow: UnitOfWork, number: str, reason: str = "", version: int | None = None) -> Incident:
    """Service is restored by a person's word; against monitoring only with a reason."""
    row = _for_command(uow, number, version, IncidentCommand.RESTORE)
    reason = written(reason)
    if not row.cleared and not reason:
        raise Conflict(
            "监控仍判定故障存在",
            message("故障 {number} 的根因尚未恢复。", number=number),
            "可等待监控判定恢复；已用其他办法恢复业务的，请写明原因后再操作。",
        )
    row.restored_at, row.restored_by = uow.clock.now(), str(uow.actor)
    row.state = IncidentState.RESTORED
    return record_change(uow, row, "IncidentRestored", {"reason": reason, "cleared": row.cleared})


def close(uow: UnitOfWork, number: str, text: str = "", version: int | None = None) -> Incident:
    """Confirm the restoration and put the incident away."""
    row = _for_command(uow, number, version, IncidentCommand.CLOSE)
    row.closed_at, row.state = uow.clock.now(), IncidentState.CLOSED
    return record_change(uow, row, "IncidentClosed", {"text": written(text)})


def note(uow: UnitOfWork, number: str, text: str, version: int | None = None) -> Incident:
    """Write something into the timeline. Raises Invalid for an empty text."""
    row = _for_command(uow, number, version, IncidentCommand.NOTE)
    text = written(text)
    if not text:
        raise Invalid("记录不能为空", "", "请写明内容。")
    return record_change(uow, row, "IncidentNoted", {"text": text})


def _for_command(
    uow: UnitOfWork, number: str, version: int | None, command: IncidentCommand
) -> IncidentRow:
    require(uow.actor, Permission.HANDLE_INCIDENTS)
    row = find_row(uow.session, number)
    incident = incident_of(row)
    check_version(row, version)
    if command not in incident.allowed:
        raise Conflict(
            "当前状态不允许此操作",
            message(
                "故障 {number} 处于 {state}，不能 {command}。",
                number=number,
                state=INCIDENT_STATE_WORDS[incident.state],
                command=INCIDENT_COMMAND_WORDS[command],
            ),
            message(
                "现在可以：{allowed}。",
                allowed=tuple(INCIDENT_COMMAND_WORDS[one] for one in incident.allowed) or "—",
            ),
            members={"state": row.state, "allowed": list(incident.allowed)},
        )
    return row


def _first_recorded(
    uow: UnitOfWork, transition: FaultTransition, contract: Contract, policy: IncidentPolicy
) -> Incident:
    row = _recurring(uow.session, transition, policy)
    if row is not None:
        incident = _reopen(uow, row, transition, contract)
    else:
        row = _open(uow, transition, contract)
        incident = incident_of(row)
    uow.session.add(
        IncidentFaultRow(fault_key=transition.key, number=row.number, sequence=transition.sequence)
    )
    uow.session.flush()
    return incident


def _recurring(
    session: Session, transition: FaultTransition, policy: IncidentPolicy
) -> IncidentRow | None:
    rows = session.scalars(
        select(IncidentRow)
        .where(
            IncidentRow.restored_at >= transition.group.since - policy.reopen_within,
            IncidentRow.cleared,
            IncidentRow.merged_into.is_(None),
        )
        .order_by(IncidentRow.restored_at.desc())
    )
    for row in rows:
        if any(
            is_recurrence(earlier, row.restored_at, transition.group, policy.reopen_within)
            for earlier in _faults_of(session, row)
        ):
            return row
    return None


def _faults_of(session: Session, row: IncidentRow) -> Iterator[FaultGroup]:
    """What monitoring said of an incident, and of every one that was merged into it."""
    yield GROUP.validate_python(row.fault)
    for part in parts_of(session, [row.number]).get(row.number, ()):
        yield part.fault


def _open(uow: UnitOfWork, transition: FaultTransition, contract: Contract) -> IncidentRow:
    group = transition.group
    numbers = INCIDENTS.on_day_of(group.since, ZoneInfo(contract.timezone))
    held = (ClassHeld(classify(contract, group.class_inputs), group.since, contract.version),)
    row = IncidentRow(
        number=numbers.next_free(uow.session, IncidentRow.number),
        day=numbers.day,
        state=IncidentState.DETECTED,
        detected_at=group.since,
        cleared=False,
        fault_key=transition.key,
        classes=dump_classes(held),
        fault=GROUP.dump_python(group, mode="json"),
        reopened=0,
        version=0,
    )
    uow.session.add(row)
    record_change(uow, row, "IncidentOpened", _payload(row, transition), group.since)
    return row


def _reopen(
    uow: UnitOfWork, row: IncidentRow, transition: FaultTransition, contract: Contract
) -> Incident:
    """The same fault again: it keeps its first start, so the clocks never stood still."""
    stamps = incident_of(row).stamps
    group = replace(transition.group, since=min(row.detected_at, transition.group.since))
    row.state = reopened_state(stamps)
    row.restored_at = row.restored_by = row.closed_at = None
    row.cleared, row.reopened, row.fault_key = False, row.reopened + 1, transition.key
    row.fault = GROUP.dump_python(group, mode="json")
    _hold_class(row, transition, contract)
    record_change(uow, row, "IncidentReopened", _payload(row, transition), transition.at)
    return void(uow, row, News.REOPENED, "", transition.at)


def _update(
    uow: UnitOfWork, row: IncidentRow, transition: FaultTransition, contract: Contract
) -> Incident:
    before = incident_of(row)
    row.detected_at = min(row.detected_at, transition.group.since)
    group = replace(transition.group, since=row.detected_at)
    row.fault = GROUP.dump_python(group, mode="json")
    _hold_class(row, transition, contract)
    record_change(uow, row, "IncidentUpdated", _payload(row, transition), transition.at)
    return void_after_update(uow, row, before, transition.at)


def _hold_class(row: IncidentRow, transition: FaultTransition, contract: Contract) -> None:
    """Note a class it did not have; the history keeps what it held before."""
    held = CLASSES.validate_python(row.classes)
    name = classify(contract, transition.group.class_inputs)
    if held[-1].fault_class is not name:
        row.classes = dump_classes((*held, ClassHeld(name, transition.at, contract.version)))


def _restore_by_monitoring(
    uow: UnitOfWork, row: IncidentRow, transition: FaultTransition
) -> Incident:
    row.cleared = True
    if row.state not in (IncidentState.RESTORED, IncidentState.CLOSED):
        row.state, row.restored_at = IncidentState.RESTORED, transition.at
        row.restored_by = MONITORING
    return record_change(uow, row, "IncidentCleared", {"by": MONITORING}, transition.at)


def _merge(
    uow: UnitOfWork, row: IncidentRow, transition: FaultTransition, contract: Contract
) -> Incident:
    into = uow.session.get(IncidentFaultRow, transition.merged_into or "")
    if into is None:  # a fault whose beginning was never taken
        return put_away(uow, row, transition.merged_into or "", transition.at)
    return merge_into(uow, contract, row, into.number, transition.at)


def _payload(row: IncidentRow, transition: FaultTransition) -> dict[str, JsonValue]:
    roots: list[JsonValue] = [str(root) for root in transition.group.roots]
    return {
        "roots": roots,
        "fault_class": CLASSES.validate_python(row.classes)[-1].fault_class.value,
        "seats": len(transition.group.seats),
        "services": list(transition.group.services),
    }
