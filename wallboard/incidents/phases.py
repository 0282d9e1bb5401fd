"""How screens call the states of an incident."""

from incident.model import IncidentState
from wallboard.wall.state import IncidentPhase

PHASES = {
    IncidentState.DETECTED: IncidentPhase.OPEN,
    IncidentState.ACKNOWLEDGED: IncidentPhase.ACKNOWLEDGED,
    IncidentState.RESPONDING: IncidentPhase.RESPONDING,
    IncidentState.RESTORED: IncidentPhase.RESTORED,
    IncidentState.CLOSED: IncidentPhase.CLOSED,
}
