"""The command by which one incident takes in another: both change on record."""

from dataclasses import replace
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy.orm import Session

from device_configs.site.model import Contract
from incident.false_alarm_terms import News
from incident.marking import void
from incident.merging import Knowledge, absorbed_miss, merge
from incident.model import Incident, IncidentState
from incident.store import dump_classes, find_row, incident_of, record_change
from incident.tables import IncidentRow
from monitors.alerts.faults import GROUP
from ops_core.kernel.commands import UnitOfWork

MERGED, ABSORBED = "IncidentMerged", "IncidentAbsorbed"


def merge_into(
    uow: UnitOfWork, contract: Contract, row: IncidentRow, number: str, at: datetime
) -> Incident:
    """Two faults turned out to be one: this incident is put away, the other knows what it knew.

    An incident that was merged itself hands on to the one it is part of now. Whether this one was a
    false alarm is no longer to be said of it alone, and the other may not stay one that took it in:
    both marks are void. Where both had missed a clock, both misses count on: finding them to be one
    fault makes nothing better; and where the survivor turns out to be a false alarm, what this one
    had missed itself counts again until people say the same of it. Raises NotFound when there is no
    incident of that number.
    """
    survivor = _surviving(uow.session, number)
    if survivor.number == row.number:
        return incident_of(row)
    _absorb(uow, contract, survivor, row, at)
    return put_away(uow, row, survivor.number, at)


def put_away(uow: UnitOfWork, row: IncidentRow, into: str, at: datetime) -> Incident:
    """Close an incident as part of another one, whose number, or else whose fault, is named."""
    row.merged_into = into
    row.state, row.closed_at, row.cleared = IncidentState.CLOSED, row.closed_at or at, True
    record_change(uow, row, MERGED, {"into": into}, at)
    return void(uow, row, News.MERGED, into, at)


def _surviving(session: Session, number: str) -> IncidentRow:
    row = find_row(session, number)
    while row.merged_into is not None:
        row = find_row(session, row.merged_into)
    return row


def _absorb(
    uow: UnitOfWork,
    contract: Contract,
    survivor: IncidentRow,
    absorbed: IncidentRow,
    at: datetime,
) -> None:
    one, other = _knowledge(survivor), _knowledge(absorbed)
    miss = absorbed_miss(contract, one, other, at)
    absorbed.missed_at, absorbed.carried_miss_at = miss.second, miss.carried
    known = merge(contract, one, other, at)
    _store(survivor, known)
    record_change(uow, survivor, ABSORBED, {"number": absorbed.number, **_detail(known)}, at)
    void(uow, survivor, News.ABSORBED, absorbed.number, at)


def _knowledge(row: IncidentRow) -> Knowledge:
    incident = incident_of(row)
    return Knowledge(
        incident.stamps,
        incident.classes,
        incident.handler,
        incident.restored_by,
        row.missed_at,
    )


def _store(row: IncidentRow, known: Knowledge) -> None:
    stamps = known.stamps
    row.detected_at, row.acknowledged_at = stamps.detected_at, stamps.acknowledged_at
    row.responded_at = stamps.responded_at
    row.restored_at, row.restored_by = stamps.restored_at, known.restored_by
    row.closed_at, row.state = stamps.closed_at, known.state
    row.handler, row.classes = known.handler, dump_classes(known.classes)
    row.missed_at = known.missed_at
    group = GROUP.validate_python(row.fault)
    if group.since != stamps.detected_at:
        row.fault = GROUP.dump_python(replace(group, since=stamps.detected_at), mode="json")


def _detail(known: Knowledge) -> dict[str, JsonValue]:
    """The stamps and the class that the survivor has now."""
    stamps = known.stamps
    named = {
        "detected_at": stamps.detected_at,
        "acknowledged_at": stamps.acknowledged_at,
        "responded_at": stamps.responded_at,
        "restored_at": stamps.restored_at,
        "missed_at": known.missed_at,
    }
    found: dict[str, JsonValue] = {
        name: None if at is None else at.isoformat() for name, at in named.items()
    }
    return found | {"fault_class": known.fault_class.value}
