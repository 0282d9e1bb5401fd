"""What the consoles show of calls, as pure data, and the protocol of the desk behind it.

Instants are aware UTC. Who called is masked; the clear text is a command of its own, on record.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from pydantic import JsonValue

from device_configs.site.model import Title
from ops_core.kernel.permissions import Actor
from wallboard.wall.state import IncidentPhase, SeatCondition, SeatPart


class CallOutcome(StrEnum):
    """What became of a call; UNKNOWN: no end was heard for hours."""

    WAITING = "waiting"
    TALKING = "talking"
    ANSWERED = "answered"
    ABANDONED = "abandoned"
    TIMED_OUT = "timed_out"
    OVERFLOWED = "overflowed"
    LEFT_BY_KEY = "left_by_key"
    UNKNOWN = "unknown"


ABNORMAL = (
    CallOutcome.ABANDONED,
    CallOutcome.TIMED_OUT,
    CallOutcome.OVERFLOWED,
    CallOutcome.UNKNOWN,
)
"""Abnormal as such; a call that waits is so once it waited too long."""


@dataclass(frozen=True, slots=True)
class CallSummary:
    """One line of the list. ``waited`` is None while it waits; ``caller`` is masked."""

    call: str
    entered_at: datetime
    queue: str
    outcome: CallOutcome
    is_abnormal: bool
    waited: timedelta | None
    answered_at: datetime | None
    left_at: datetime | None
    agent: str
    seat: int | None
    rung: int
    transfers: int
    caller: str
    orders: tuple[str, ...] = ()
    """Numbers of the orders that came of it."""


@dataclass(frozen=True, slots=True)
class CallsNow:
    """What goes on. ``heard_at``: when the telephone system last told anything, None never."""

    as_of: datetime
    heard_at: datetime | None
    waiting: tuple[CallSummary, ...]
    talking: tuple[CallSummary, ...]
    today: Mapping[CallOutcome, int]
    """The day's calls by outcome; those that go on count as WAITING or ANSWERED."""

    @property
    def total(self) -> int:
        return sum(self.today.values())


@dataclass(frozen=True, slots=True)
class CallFilter:
    """Which calls are wanted. Without a day or an incident it is today's."""

    day: date | None = None
    outcome: CallOutcome | None = None
    queue: str | None = None
    seat: int | None = None
    agent: str | None = None
    abnormal: bool = False
    incident: str | None = None


@dataclass(frozen=True, slots=True)
class CallPage:
    """A page of the list; ``next`` is where the following one begins, None for the last."""

    calls: tuple[CallSummary, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class CallEventView:
    at: datetime
    kind: str
    queue: str
    agent: str
    seat: int | None
    source: str
    sequence: int


@dataclass(frozen=True, slots=True)
class TerminalView:
    """The terminal of a seat at an instant."""

    at: datetime
    condition: SeatCondition
    part: SeatPart | None = None


@dataclass(frozen=True, slots=True)
class CaseReference:
    """The request a call became; numbers in its title are masked."""

    number: str
    title: str
    order: str | None
    order_state: str | None


@dataclass(frozen=True, slots=True)
class IncidentReference:
    """An incident that held the call's seat, or all service, while the call went on."""

    number: str
    headline: Title
    phase: IncidentPhase
    detected_at: datetime
    restored_at: datetime | None


@dataclass(frozen=True, slots=True)
class CallDetail:
    """Everything the page shows. Terminals are None where no seat took the call."""

    summary: CallSummary
    events: tuple[CallEventView, ...]
    terminal_then: TerminalView | None
    terminal_now: TerminalView | None
    rating: int | None
    cases: tuple[CaseReference, ...]
    incidents: tuple[IncidentReference, ...]
    has_contact: bool


@dataclass(frozen=True, slots=True)
class ClearContact:
    """Number and name in the clear, for the one screen that asked for them."""

    number: str
    name: str


@dataclass(frozen=True, slots=True)
class TouchedCalls:
    """What an incident did to the telephone: calls at its seats, lost ones, orders of them."""

    calls: int
    lost: int
    orders: int


@dataclass(frozen=True, slots=True)
class SeatTraffic:
    """A seat today: calls it took, the call it is in, the incidents that hold it."""

    calls: int = 0
    talking: str | None = None
    incidents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EventsTaken:
    """What became of a batch."""

    new: int
    known: int
    calls: int


@dataclass(frozen=True, slots=True)
class SeatsTraffic:
    """Every seat's traffic; a seat that is not in it took no call and is in no incident."""

    by_seat: Mapping[int, SeatTraffic] = field(default_factory=dict)

    def of(self, seat: int) -> SeatTraffic:
        return self.by_seat.get(seat, SeatTraffic())


class CallDesk(Protocol):
    """The calls as the consoles need them. Called from worker threads."""

    def now(self) -> CallsNow: ...

    def page(self, wanted: CallFilter, after: str | None, limit: int) -> CallPage:
        """A page of calls, the latest first.

        Raises :class:`ops_core.kernel.errors.NotFound` for an unknown incident and
        :class:`~ops_core.kernel.errors.Invalid` for a place in the list that is none.
        """
        ...

    def detail(self, call: str) -> CallDetail:
        """Raises :class:`ops_core.kernel.errors.NotFound`."""
        ...

    def touched_by(self, incident: str) -> TouchedCalls:
        """Raises :class:`ops_core.kernel.errors.NotFound`."""
        ...

    def seats(self) -> SeatsTraffic: ...

    def unmask(self, call: str, actor: Actor) -> ClearContact:
        """Raises Forbidden, and NotFound for an unknown call or one without a number."""
        ...

    def take(self, source: str, events: list[JsonValue], actor: Actor) -> EventsTaken:
        """Take a batch in, whole or not at all.

        Raises Forbidden, :class:`ops_core.kernel.errors.InvalidItems` naming every fault, and
        :class:`~ops_core.kernel.errors.Conflict` for a number that said something else before.
        """
        ...
