"""Taking back one's own last step on an incident, within a minute.

The stamps become what they were before it: every clock runs on as if the step had not been taken.
A step that something followed, by monitoring or by anybody, is not taken back: what followed rests
on it. Notes and renewed verdicts rest on no step.
"""

from collections.abc import Sequence
from dataclasses import replace

from pydantic import JsonValue

from incident.model import Incident, IncidentState, TimeStamps, reopened_state
from incident.store import INCIDENT, check_version, find_row, incident_of, record_change
from incident.tables import IncidentRow
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.events import events_of
from ops_core.kernel.permissions import Permission, require
from ops_core.kernel.undoing import (
    UNDONE_VERSION,
    RecordedAct,
    UndoOffer,
    check_undo,
    effective,
    offer_of,
)

STEP_UNDONE = "IncidentStepUndone"
ACKNOWLEDGED, RESPONDED = "IncidentAcknowledged", "IncidentResponded"
RESTORED, CLOSED = "IncidentRestored", "IncidentClosed"
UNDOABLE = frozenset({ACKNOWLEDGED, RESPONDED, RESTORED, CLOSED})
_RESTS_ON_NO_STEP = frozenset({"IncidentNoted", "IncidentUpdated"})


def undo_offer(events: Sequence[RecordedAct]) -> UndoOffer | None:
    """The last step of an incident's history that its taker may take back (pure)."""
    steps = [one for one in effective(events) if one.type not in _RESTS_ON_NO_STEP]
    return offer_of(steps[-1] if steps else None, UNDOABLE)


def stamps_before(stamps: TimeStamps, step: str) -> TimeStamps:
    """The stamps without those that the step set (pure).

    A response to what nobody had acknowledged acknowledged it at the same instant.
    """
    match step:
        case "IncidentAcknowledged":
            return replace(stamps, acknowledged_at=None)
        case "IncidentResponded":
            both = stamps.acknowledged_at == stamps.responded_at
            acknowledged = None if both else stamps.acknowledged_at
            return replace(stamps, acknowledged_at=acknowledged, responded_at=None)
        case "IncidentRestored":
            return replace(stamps, restored_at=None)
        case _:
            return replace(stamps, closed_at=None)


def undo(uow: UnitOfWork, number: str, version: int | None = None) -> Incident:
    """Withdraw the actor's own last step. Raises Forbidden, NotFound, Conflict."""
    require(uow.actor, Permission.HANDLE_INCIDENTS)
    row = find_row(uow.session, number)
    check_version(row, version)
    events = events_of(uow.session, INCIDENT, number)
    offer = check_undo(undo_offer(events), uow.actor, uow.clock.now())
    _take_back(row, offer.type, _handler_before(events, offer))
    detail: dict[str, JsonValue] = {"undone": offer.type, UNDONE_VERSION: offer.version}
    return record_change(uow, row, STEP_UNDONE, detail)


def _take_back(row: IncidentRow, step: str, handler: str | None) -> None:
    before = stamps_before(incident_of(row).stamps, step)
    row.acknowledged_at, row.responded_at = before.acknowledged_at, before.responded_at
    row.restored_at, row.closed_at = before.restored_at, before.closed_at
    if before.restored_at is None:
        row.restored_by, row.state = None, reopened_state(before)
    else:
        row.state = IncidentState.RESTORED
    if step in (ACKNOWLEDGED, RESPONDED):
        row.handler = handler if before.acknowledged_at else None


def _handler_before(events: Sequence[RecordedAct], offer: UndoOffer) -> str | None:
    """Who had acknowledged or responded before the step that is withdrawn."""
    taken = [
        one.actor
        for one in effective(events)
        if one.type in (ACKNOWLEDGED, RESPONDED) and one.payload.get("version") != offer.version
    ]
    return taken[-1] if taken else None
