"""What the consoles show of incidents, as pure data, and the protocol of the desk behind it.

Texts that the domain composes (headline, evidence, timeline) come as :class:`Title` in both
languages. Instants are aware UTC.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from device_configs.site.model import ClockKind, FaultClassName, Title
from incident.bulk import Answer, Item
from incident.false_alarm import Mark, MarkState, Step, Words
from ops_core.kernel.permissions import Actor
from wallboard.wall.state import IncidentClock, IncidentPhase


class Action(StrEnum):
    """What a person does with an incident, in the order in which it is done."""

    ACKNOWLEDGE = "acknowledge"
    RESPOND = "respond"
    RESTORE = "restore"
    CLOSE = "close"
    NOTE = "note"


class Confidence(StrEnum):
    """How sure the root cause is."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class IncidentSummary:
    """One line of the list. ``clock`` is the limit that comes due next, None when none runs."""

    number: str
    headline: Title
    fault_class: FaultClassName
    phase: IncidentPhase
    detected_at: datetime
    restored_at: datetime | None
    clock: IncidentClock | None
    seats_affected: int
    services_affected: int
    handler: str | None
    in_time: bool | None = None
    """Verdict of indicator 12; None while it is undecided."""
    version: int = 0
    false_alarm: Mark | None = None
    """The last word on its being a false alarm; a confirmed one leaves indicator 12."""


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
class TimelineEntry:
    at: datetime
    text: Title
    actor: str | None = None
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class ChangeRecord:
    """A change made on the affected devices in the 24 hours before."""

    number: str
    at: datetime
    author: str
    device: str
    summary: str
    diff: str


@dataclass(frozen=True, slots=True)
class NotificationRecord:
    at: datetime
    recipient: str
    channel: str
    state: Title


@dataclass(frozen=True, slots=True)
class ActionOffer:
    """Whether the incident's present state lets an action be taken; if not, why."""

    action: Action
    possible: bool
    reason: Title | None = None


@dataclass(frozen=True, slots=True)
class IncidentDetail:
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
    timeline: tuple[TimelineEntry, ...]
    changes: tuple[ChangeRecord, ...]
    notifications: tuple[NotificationRecord, ...]
    offers: tuple[ActionOffer, ...]
    merged_into: str | None = None


class IncidentDesk(Protocol):
    """The incident service as the consoles need it. Called from worker threads.

    Every command raises :class:`ops_core.kernel.errors.NotFound` for an unknown number,
    :class:`~ops_core.kernel.errors.Conflict` when ``version`` is no longer the incident's or its
    state does not allow the action, and :class:`~ops_core.kernel.errors.Invalid` for a comment
    that is missing where one is required.
    """

    def open(self, limit: int | None = None, offset: int = 0) -> Sequence[IncidentSummary]:
        """Incidents that are not restored, most urgent first; all of them without a limit."""
        ...

    def open_numbers(self) -> Sequence[str]:
        """The numbers of all of them in the same order; cheap, however many there are."""
        ...

    def recent(self, limit: int) -> Sequence[IncidentSummary]:
        """Restored or closed incidents, newest first."""
        ...

    def detail(self, number: str) -> IncidentDetail: ...

    def acknowledge(self, number: str, version: int, actor: Actor) -> None: ...

    def respond(self, number: str, version: int, actor: Actor, comment: str) -> None: ...

    def restore(self, number: str, version: int, actor: Actor, comment: str) -> None: ...

    def close(self, number: str, version: int, actor: Actor, comment: str) -> None: ...

    def note(self, number: str, actor: Actor, text: str) -> None: ...

    def waiting(self, fault_class: FaultClassName | None) -> Sequence[Item]:
        """Incidents nobody has acknowledged, of a class or of all."""
        ...

    def foresee(self, items: Sequence[Item]) -> Sequence[Answer]:
        """What :meth:`acknowledge_many` would answer now."""
        ...

    def acknowledge_many(self, items: Sequence[Item], actor: Actor) -> Sequence[Answer]:
        """Acknowledge each by itself; nothing but a missing permission is raised."""
        ...

    def marked(self, state: MarkState) -> Sequence[IncidentSummary]:
        """Incidents whose mark is in a state, newest first; ``handler`` stays empty."""
        ...

    def pending_false_alarms(self) -> int:
        """Proposals that wait for a second person."""
        ...

    def take_step(self, number: str, version: int, actor: Actor, step: Step, words: Words) -> None:
        """Propose, confirm, reject, withdraw or revoke a false alarm.

        Raises :class:`~ops_core.kernel.errors.Forbidden` for the wrong person as well.
        """
        ...
