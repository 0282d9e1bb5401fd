"""What screens and commands read of incidents.

A list costs one statement, whatever stands on it; the time line is read for one incident's page
alone. Whoever follows all of them asks for the numbers that events have touched since a position.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy import Select, or_, select, union_all
from sqlalchemy.orm import Session

from device_configs.site.model import Contract
from incident.model import (
    ENDED,
    ClockReading,
    Incident,
    IncidentCommand,
    IncidentState,
    read_clocks,
)
from incident.store import INCIDENT, incident_of
from incident.tables import IncidentRow
from incident.undoing import STEP_UNDONE, undo_offer
from ops_core.kernel.errors import NotFound
from ops_core.kernel.events import Event, events_of, last_position
from ops_core.kernel.i18n import message
from ops_core.kernel.tables import EventRow
from ops_core.kernel.undoing import UndoOffer

log = logging.getLogger(__name__)

BY_PEOPLE = frozenset(
    {
        "IncidentAcknowledged",
        "IncidentResponded",
        "IncidentRestored",
        "IncidentNoted",
        STEP_UNDONE,
    }
)
"""What people said of an incident; it stays readable with the one it was merged into."""
RUNNING = tuple(state for state in IncidentState if state not in ENDED)


@dataclass(frozen=True)
class TimelineEntry:
    """One event of an incident; ``detail`` is the event's payload as JSON members.

    ``merged_from`` is the number of the incident it was recorded of, when that one was merged.
    """

    at: datetime
    type: str
    actor: str
    detail: dict[str, JsonValue]
    merged_from: str | None = None


@dataclass(frozen=True)
class IncidentDetail:
    """An incident with its clocks at ``as_of``, its timeline and what may be done with it."""

    incident: Incident
    clocks: tuple[ClockReading, ...]
    timeline: tuple[TimelineEntry, ...]
    allowed: tuple[IncidentCommand, ...]
    as_of: datetime
    undo: UndoOffer | None = None
    """The last step, that its taker may still take back."""


@dataclass(frozen=True, slots=True)
class SpoiltIncident:
    """An incident of which only its row can be read."""

    number: str
    state: IncidentState
    detected_at: datetime
    restored_at: datetime | None


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


def ended_incidents(session: Session, limit: int) -> list[Incident | SpoiltIncident]:
    """Restored or closed, the latest detected first."""
    return [_readable(row) for row in session.scalars(newest_ended(limit))]


def newest_ended(limit: int) -> Select[IncidentRow]:
    """The newest of each state by the index on (state, detected_at), and of these the newest.

    Asked for in one go, a database sorts every incident that ever ended.
    """
    newest = [
        select(
            select(IncidentRow.number)
            .where(IncidentRow.state == state)
            .order_by(IncidentRow.detected_at.desc(), IncidentRow.number.desc())
            .limit(limit)
            .subquery()
        )
        for state in ENDED
    ]
    return (
        select(IncidentRow)
        .where(IncidentRow.number.in_(union_all(*newest)))
        .order_by(IncidentRow.detected_at.desc(), IncidentRow.number.desc())
        .limit(limit)
    )


def running_numbers(session: Session, contract: Contract) -> list[str]:
    """Every incident that is not restored, most severe class first, then the earliest.

    Reads nothing of the faults themselves, which are the greater part of an incident by far. One
    whose class cannot be read comes first.
    """
    rank = {fault_class.name.value: n for n, fault_class in enumerate(contract.fault_classes)}
    row = IncidentRow
    found = session.execute(
        select(row.number, row.detected_at, row.classes).where(row.state.in_(RUNNING))
    )
    lines = []
    for number, detected, classes in found:
        name = str(classes[-1].get("fault_class")) if classes else ""
        lines.append((rank.get(name, -1), detected, number))
    return [number for *_, number in sorted(lines)]


def incidents_numbered(session: Session, numbers: Sequence[str]) -> list[Incident | SpoiltIncident]:
    """These incidents in this order; one that is not there is left out."""
    rows = session.scalars(select(IncidentRow).where(IncidentRow.number.in_(numbers)))
    found = {row.number: _readable(row) for row in rows}
    return [found[number] for number in numbers if number in found]


def _readable(row: IncidentRow) -> Incident | SpoiltIncident:
    """One that is spoilt ends no list."""
    try:
        return incident_of(row)
    except (ValueError, TypeError, LookupError):
        log.exception("incident %s cannot be read", row.number)
        state = IncidentState(row.state)
        return SpoiltIncident(row.number, state, row.detected_at, row.restored_at)


def seats_of_running(session: Session) -> Mapping[str, Sequence[int]]:
    """The affected seats of every incident that is not restored, by its number."""
    found = session.execute(
        select(IncidentRow.number, IncidentRow.fault["seats"]).where(IncidentRow.state.in_(RUNNING))
    )
    return {number: list(seats or ()) for number, seats in found}


@dataclass(frozen=True, slots=True)
class Changes:
    """Incidents that events have touched; ``position`` is the last event's.

    ``is_whole`` False: there was more than was asked for, or the log is not the one that the
    position belongs to; compare what is held with :func:`versions_now` instead.
    """

    numbers: tuple[str, ...]
    position: int
    is_whole: bool


def changes_since(session: Session, position: int, limit: int) -> Changes:
    """What the next ``limit`` events after the position touched, in the order of the events."""
    last = last_position(session)
    if not 0 <= last - position <= limit:
        return Changes((), last, is_whole=False)
    # By position alone: with the aggregate's type in the condition SQLite walks all of its events.
    found = session.execute(
        select(EventRow.aggregate_type, EventRow.aggregate_id)
        .where(EventRow.position > position)
        .order_by(EventRow.position)
    )
    touched = (number for kind, number in found if kind == INCIDENT)
    return Changes(tuple(dict.fromkeys(touched)), last, is_whole=True)


def versions_now(session: Session, restored_since: datetime) -> Mapping[str, int]:
    """The version of every incident that is not restored, or restored since an instant."""
    row = IncidentRow
    running = select(row.number, row.version).where(row.state.in_(RUNNING))
    found = {one.number: one.version for one in session.execute(running)}
    restored = session.execute(restored_after(restored_since))
    return found | {number: version for number, version, state in restored if state in ENDED}


def restored_after(instant: datetime) -> Select[str, int, str]:
    """Number, version and state by the time of restoration alone.

    With the state in the condition a database may go by that, through all that ever ended.
    """
    row = IncidentRow
    return select(row.number, row.version, row.state).where(row.restored_at >= instant)


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
        timeline=_timeline(session, number),
        allowed=incident.allowed,
        as_of=now,
        undo=_offered(undo_offer(events_of(session, INCIDENT, number)), now),
    )


def _offered(offer: UndoOffer | None, now: datetime) -> UndoOffer | None:
    return offer if offer is not None and offer.is_open(now) else None


def _timeline(session: Session, number: str) -> tuple[TimelineEntry, ...]:
    """Its own events in their order, and what people said of those that were merged into it."""
    own = [_entry(event) for event in events_of(session, INCIDENT, number)]
    others = [
        _entry(event, merged)
        for merged in merged_numbers(session, number)
        for event in events_of(session, INCIDENT, merged)
        if event.type in BY_PEOPLE
    ]
    return tuple(sorted([*own, *others], key=lambda entry: entry.at) if others else own)


def merged_numbers(session: Session, number: str) -> tuple[str, ...]:
    """Every incident that became part of this one, also by way of another, in order of number."""
    found: set[str] = set()
    asked = {number}
    while asked:
        of = IncidentRow.merged_into.in_(sorted(asked))
        asked = set(session.scalars(select(IncidentRow.number).where(of))) - found - {number}
        found |= asked
    return tuple(sorted(found))


def _entry(event: Event, merged_from: str | None = None) -> TimelineEntry:
    return TimelineEntry(
        event.occurred_at, event.type, event.actor, dict(event.payload), merged_from
    )
