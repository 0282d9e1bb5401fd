"""What screens and commands read of incidents."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from device_configs.site.model import Contract
from incident.model import ClockReading, Command, Incident, IncidentState, read_clocks
from incident.store import INCIDENT, incident_of
from incident.tables import IncidentRow
from ops_core.kernel.errors import NotFound
from ops_core.kernel.events import Event, events_of
from ops_core.kernel.i18n import message


@dataclass(frozen=True)
class TimelineEntry:
    """One event of an incident; ``detail`` is the event's payload as JSON members."""

    at: datetime
    type: str
    actor: str
    detail: dict[str, JsonValue]


@dataclass(frozen=True)
class IncidentDetail:
    """An incident with its clocks at ``as_of``, its timeline and what may be done with it."""

    incident: Incident
    clocks: tuple[ClockReading, ...]
    timeline: tuple[TimelineEntry, ...]
    allowed: tuple[Command, ...]
    as_of: datetime


def list_incidents(session: Session, limit: int = 200) -> list[Incident]:
    """The newest incidents, the latest detected first."""
    rows = session.scalars(
        select(IncidentRow)
        .order_by(IncidentRow.detected_at.desc(), IncidentRow.number.desc())
        .limit(limit)
    )
    return [incident_of(row) for row in rows]


def open_incidents(session: Session) -> list[Incident]:
    """Everything not closed, the latest detected first."""
    rows = session.scalars(
        select(IncidentRow)
        .where(IncidentRow.state != IncidentState.CLOSED)
        .order_by(IncidentRow.detected_at.desc(), IncidentRow.number.desc())
    )
    return [incident_of(row) for row in rows]


def incidents_during(session: Session, start: datetime, end: datetime) -> list[Incident]:
    """Every incident of its own that lasted at any time in [start, end], the latest first."""
    rows = session.scalars(
        select(IncidentRow)
        .where(
            IncidentRow.detected_at <= end,
            or_(IncidentRow.restored_at.is_(None), IncidentRow.restored_at >= start),
            IncidentRow.merged_into.is_(None),
        )
        .order_by(IncidentRow.detected_at.desc(), IncidentRow.number.desc())
    )
    return [incident_of(row) for row in rows]


def find_incident(session: Session, number: str) -> Incident:
    """One incident as it stands. Raises NotFound."""
    row = session.get(IncidentRow, number)
    if row is None:
        raise NotFound("没有这起故障", message("找不到故障 {number}。", number=number))
    return incident_of(row)


def read_incident(
    session: Session, contract: Contract, number: str, now: datetime
) -> IncidentDetail:
    """One incident whole. Raises NotFound."""
    incident = find_incident(session, number)
    return IncidentDetail(
        incident=incident,
        clocks=read_clocks(contract, incident.classes, incident.stamps, now),
        timeline=tuple(_entry(event) for event in events_of(session, INCIDENT, number)),
        allowed=incident.allowed,
        as_of=now,
    )


def _entry(event: Event) -> TimelineEntry:
    return TimelineEntry(event.occurred_at, event.type, event.actor, dict(event.payload))
