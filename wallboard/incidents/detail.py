"""Everything the page of an incident shows, as pure data, composed in both languages.

Instants are aware UTC.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from device_configs.site.model import ClockKind, Title
from incident.model import IncidentCommand
from monitors.alerts.model import Confidence
from ops_core.kernel.undoing import UndoOffer
from wallboard.incidents.changes import ChangeRecord
from wallboard.incidents.summary import IncidentSummary


@dataclass(frozen=True, slots=True)
class Evidence:
    """One observation the root cause rests on."""

    at: datetime
    source: str
    text: Title


@dataclass(frozen=True, slots=True)
class Suppressed:
    """An alert that follows from the root cause and was therefore not raised by itself."""

    element: str
    text: Title


@dataclass(frozen=True, slots=True)
class Redundancy:
    """What the other half did. ``backup_left`` False: the next fault cuts the service."""

    taken_over_by: Title | None
    interruption: timedelta | None
    backup_left: bool


class ClockVerdict(StrEnum):
    RUNNING = "running"
    MET = "met"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class ClockRecord:
    """One limit with its outcome; ``strict`` is the text's 小于 as opposed to 内."""

    kind: ClockKind
    started_at: datetime
    due_at: datetime
    strict: bool
    scored: bool
    met_at: datetime | None
    verdict: ClockVerdict


@dataclass(frozen=True, slots=True)
class TimelineLine:
    at: datetime
    text: Title
    actor: str | None = None
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class NotificationRecord:
    at: datetime
    recipient: str
    channel: str
    state: Title


@dataclass(frozen=True, slots=True)
class ActionOffer:
    """Whether the incident's present state lets an action be taken; if not, why."""

    action: IncidentCommand
    possible: bool
    reason: Title | None = None


@dataclass(frozen=True, slots=True)
class ShownIncident:
    """Everything the page shows. ``version`` goes back with each action (optimistic lock)."""

    summary: IncidentSummary
    version: int
    cause: Title
    confidence: Confidence
    evidence: tuple[Evidence, ...]
    suppressed: tuple[Suppressed, ...]
    redundancy: Redundancy | None
    seats: tuple[int, ...]
    services: tuple[str, ...]
    """Names of the site's services that do not answer because of this."""
    devices: tuple[str, ...]
    clocks: tuple[ClockRecord, ...]
    timeline: tuple[TimelineLine, ...]
    changes: tuple[ChangeRecord, ...]
    notifications: tuple[NotificationRecord, ...]
    offers: tuple[ActionOffer, ...]
    undo: UndoOffer | None
    """The last step, that its taker may still take back."""
    merged_into: str | None = None
    is_only_a_part: bool = False
    """Merged, with no miss of its own: nothing is to be said of it alone."""
