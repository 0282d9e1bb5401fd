"""What an incident took with it, also through those that turned out to be part of it.

Monitoring goes on with what the fault holds now. The seats of one that was merged were out as well,
and the calls they lost are the fault's: they do not leave it with the merger.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from incident.model import Incident
from incident.store import incident_of
from incident.tables import IncidentRow


def with_merged(session: Session, incidents: Sequence[Incident]) -> list[Incident]:
    """The incidents with the seats and services of all that became part of them."""
    parts = parts_of(session, [one.number for one in incidents])
    return [_joined(one, parts.get(one.number, ())) for one in incidents]


def parts_of(session: Session, numbers: Sequence[str]) -> Mapping[str, Sequence[Incident]]:
    """By number, every incident that was merged into one of these, also by way of another."""
    survivor_of = {number: number for number in numbers}
    found: dict[str, list[Incident]] = {}
    asked = list(survivor_of)
    while asked:
        rows = session.scalars(select(IncidentRow).where(IncidentRow.merged_into.in_(asked))).all()
        merged = [incident_of(row) for row in rows if row.number not in survivor_of]
        for one in merged:
            survivor_of[one.number] = survivor_of[one.merged_into or ""]
            found.setdefault(survivor_of[one.number], []).append(one)
        asked = [one.number for one in merged]
    return found


def _joined(incident: Incident, parts: Sequence[Incident]) -> Incident:
    if not parts:
        return incident
    faults = [incident.fault, *(part.fault for part in parts)]
    seats = sorted({seat for fault in faults for seat in fault.seats})
    services = dict.fromkeys(name for fault in faults for name in fault.services)
    return replace(
        incident, fault=replace(incident.fault, seats=tuple(seats), services=tuple(services))
    )
