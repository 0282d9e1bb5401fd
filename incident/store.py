"""Incidents out of and into their tables: read one, store a change with its event and audit."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import JsonValue, TypeAdapter
from sqlalchemy.orm import Session

from incident.false_alarm import MARK, Mark
from incident.model import ClassHeld, Incident, IncidentState, TimeStamps
from incident.tables import IncidentRow
from monitors.alerts.faults import GROUP
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.errors import Conflict, NotFound
from ops_core.kernel.i18n import message
from ops_core.kernel.recorded_ends import SEAL, row_seal

INCIDENT = "incident"
"""Aggregate type of incidents' events."""
CLASSES = TypeAdapter(tuple[ClassHeld, ...])


def incident_of(row: IncidentRow) -> Incident:
    """The stored incident as a value."""
    return Incident(
        number=row.number,
        fault_key=row.fault_key,
        state=IncidentState(row.state),
        stamps=TimeStamps(
            row.detected_at,
            row.acknowledged_at,
            row.responded_at,
            row.restored_at,
            row.closed_at,
        ),
        classes=CLASSES.validate_python(row.classes),
        fault=GROUP.validate_python(row.fault),
        cleared=row.cleared,
        restored_by=row.restored_by,
        reopened=row.reopened,
        merged_into=row.merged_into,
        own_miss_at=row.missed_at or row.carried_miss_at if row.merged_into else None,
        version=row.version,
        false_alarm=mark_of(row),
        handler=row.handler,
    )


def mark_of(row: IncidentRow) -> Mark | None:
    """The stored word on whether it is a false alarm."""
    return None if row.false_alarm is None else MARK.validate_python(row.false_alarm)


def find_row(session: Session, number: str) -> IncidentRow:
    """Raises NotFound."""
    row = session.get(IncidentRow, number)
    if row is None:
        raise NotFound(
            "没有这起故障",
            message("找不到故障 {number}。", number=number),
            "故障编号形如 F-20261123-007，可先列出故障。",
        )
    return row


def check_version(row: IncidentRow, version: int | None) -> None:
    """Raises Conflict when the caller saw another version than the stored one."""
    if version is not None and version != row.version:
        raise Conflict(
            "故障已被他人更新",
            message("您看到的是第 {seen} 版，现在是第 {now} 版。", seen=version, now=row.version),
            "请刷新后再操作。",
            members={"state": row.state, "version": row.version},
        )


def store_mark(row: IncidentRow, mark: Mark) -> None:
    row.false_alarm = MARK.dump_python(mark, mode="json")
    row.false_alarm_state = mark.state


def record_change(
    uow: UnitOfWork,
    row: IncidentRow,
    kind: str,
    detail: dict[str, JsonValue],
    at: datetime | None = None,
) -> Incident:
    """A changed row as its next version, with the event and the audit entry of the change."""
    row.version += 1
    payload: dict[str, JsonValue] = {**detail, "state": row.state, "version": row.version}
    uow.session.flush()
    uow.event(INCIDENT, row.number, kind, payload, at)
    uow.audit(kind, INCIDENT, row.number, {**detail, SEAL: row_seal(row)})
    return incident_of(row)


def dump_classes(classes: Sequence[ClassHeld]) -> list[dict[str, JsonValue]]:
    dumped: list[dict[str, JsonValue]] = CLASSES.dump_python(tuple(classes), mode="json")
    return list(dumped)
