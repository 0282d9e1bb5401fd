"""Which incidents are marked as false alarms, and whether the marks agree with the history."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from incident.false_alarm import (
    EVENT,
    Mark,
    RecordedStep,
    replayed,
)
from incident.false_alarm_terms import MarkState
from incident.model import Incident
from incident.store import INCIDENT, incident_of, mark_of
from incident.tables import IncidentRow
from ops_core.kernel.events import Event, events_of
from ops_core.kernel.tables import EventRow

MOST_LISTED = 500


def count_pending(session: Session) -> int:
    """Proposals that wait for a second person."""
    found = session.scalar(
        select(func.count())
        .select_from(IncidentRow)
        .where(IncidentRow.false_alarm_state == MarkState.PENDING)
    )
    return found or 0


def list_marked(session: Session, state: MarkState, limit: int = MOST_LISTED) -> list[Incident]:
    """Incidents whose mark is in a state, the latest detected first."""
    rows = session.scalars(
        select(IncidentRow)
        .where(IncidentRow.false_alarm_state == state)
        .order_by(IncidentRow.detected_at.desc(), IncidentRow.number.desc())
        .limit(limit)
    )
    return [incident_of(row) for row in rows]


@dataclass(frozen=True, slots=True)
class MarkDifference:
    """An incident whose stored mark is not the one its events amount to."""

    number: str
    stored: Mark | None
    recorded: Mark | None


def mark_differences(session: Session) -> list[MarkDifference]:
    """Hold every mark against the events it came from; empty when all agree.

    Looks at the incidents that have a mark or any event about one, whichever was tampered with.
    """
    of_marks = (
        select(EventRow.aggregate_id)
        .where(EventRow.aggregate_type == INCIDENT, EventRow.type.in_(EVENT.values()))
        .distinct()
    )
    rows = session.scalars(
        select(IncidentRow)
        .where(
            or_(
                IncidentRow.false_alarm_state.is_not(None),
                IncidentRow.false_alarm.is_not(None),
                IncidentRow.number.in_(of_marks),
            )
        )
        .order_by(IncidentRow.number)
    )
    return list(_different(session, rows))


def _different(session: Session, rows: Iterable[IncidentRow]) -> Iterator[MarkDifference]:
    for row in rows:
        stored = mark_of(row)
        recorded = replayed(
            _recorded_step(event) for event in events_of(session, INCIDENT, row.number)
        )
        state = None if stored is None else stored.state
        if stored != recorded or row.false_alarm_state != state:
            yield MarkDifference(row.number, stored, recorded)


def _recorded_step(event: Event) -> RecordedStep:
    return RecordedStep(event.type, event.payload, event.actor, event.occurred_at)
