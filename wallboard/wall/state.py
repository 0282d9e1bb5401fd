"""What the wall shows, as pure data, and the protocol of whoever provides it.

Names refer to the declared site (:class:`device_configs.site.model.Site`), which holds titles and
positions. Each part carries ``as_of``: the aware UTC instant at which its source was last known to
be alive, whether or not anything had changed. A source advances it at least every two seconds; one
that does not is dimmed with its age within five, and after twelve gives way to 数据中断. ``None``
means it has never reported.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Protocol

from device_configs.site.model import ClockKind, FaultClassName, Title
from ops_core.kernel.i18n import Message
from ops_core.kpi.figures import Figure


class Condition(StrEnum):
    """Of a device, a link or a circuit. Unknown never counts as good."""

    OK = "ok"
    SUSPECTED = "suspected"
    AGENT_SILENT = "agent_silent"
    """Reached, while its management agent does not answer."""
    DOWN = "down"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"
    MAINTENANCE = "maintenance"
    UNWATCHED = "unwatched"
    """Declared, and not polled: nothing is known of it."""


class RedundancyRole(StrEnum):
    """The part a member of a redundant pair plays at the moment: 主用, 备用."""

    NONE = "none"
    ACTIVE = "active"
    STANDBY = "standby"


class SeatCondition(StrEnum):
    OK = "ok"
    FAULT = "fault"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"


class SeatPart(StrEnum):
    """What is at fault at a seat."""

    HOST = "host"
    DISPLAY = "display"
    BOTH = "both"


class IncidentPhase(StrEnum):
    """待响应, 已确认, 处置中, 已恢复, 已关闭."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESPONDING = "responding"
    RESTORED = "restored"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class CircuitView:
    """A leased line now. ``throughput_bps`` is the greater direction, bit/s."""

    name: str
    condition: Condition
    redundancy: RedundancyRole = RedundancyRole.NONE
    since: datetime | None = None
    throughput_bps: float | None = None
    latency_ms: float | None = None


@dataclass(frozen=True, slots=True)
class NodeView:
    """A device now."""

    name: str
    condition: Condition
    redundancy: RedundancyRole = RedundancyRole.NONE
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class LinkView:
    """A declared cable now; ``active`` when it carries the seats' traffic."""

    name: str
    condition: Condition
    active: bool = False
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class ConfigurationView:
    """How many devices run otherwise than declared, violate a rule, or are unknown in either."""

    drifted: int = 0
    violating: int = 0
    unknown: int = 0
    total: int = 0
    """Devices that the declaration is brought to; 0 where nobody checks."""


@dataclass(frozen=True, slots=True)
class NetworkView:
    as_of: datetime | None
    circuits: tuple[CircuitView, ...]
    nodes: tuple[NodeView, ...]
    links: tuple[LinkView, ...]
    services_total: int = 0
    services_down: int = 0
    services_unknown: int = 0
    configuration: ConfigurationView = ConfigurationView()


@dataclass(frozen=True, slots=True)
class SeatView:
    number: int
    condition: SeatCondition
    part: SeatPart | None = None
    since: datetime | None = None
    talking: bool = False
    """In a call, as the telephone system tells; False also where it tells nothing."""


@dataclass(frozen=True, slots=True)
class SeatsView:
    """``telephony``: the telephone system is heard, so a seat that does not talk is free."""

    as_of: datetime | None
    seats: tuple[SeatView, ...]
    telephony: bool = False

    def count(self, condition: SeatCondition) -> int:
        return sum(seat.condition is condition for seat in self.seats)

    @property
    def talking(self) -> int:
        """Seats in order that are in a call."""
        return sum(seat.talking and seat.condition is SeatCondition.OK for seat in self.seats)


@dataclass(frozen=True, slots=True)
class IncidentClock:
    """One running limit of an incident: from ``started_at`` to ``due_at`` (aware UTC)."""

    kind: ClockKind
    started_at: datetime
    due_at: datetime
    scored: bool = True

    @property
    def limit(self) -> timedelta:
        return self.due_at - self.started_at


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """An incident that is not yet restored. ``clock`` is the limit that comes due next."""

    number: str
    headline: Title
    fault_class: FaultClassName
    phase: IncidentPhase
    started_at: datetime
    clock: IncidentClock | None
    seats_affected: int = 0
    services_affected: int = 0
    handler: str | None = None
    interruption: timedelta | None = None
    """The longest gap a seat saw before the other half took over, when it was measured."""
    false_alarm: bool = False
    """Two people said it is none: it stays visible and calls for nobody."""


@dataclass(frozen=True, slots=True)
class IncidentsView:
    """``restored_today`` counts incidents restored since midnight in Asia/Shanghai."""

    as_of: datetime | None
    open: tuple[OpenIncident, ...]
    restored_today: int = 0
    restored_today_in_time: int = 0


@dataclass(frozen=True, slots=True)
class Uptime:
    """How long an element was up in a period; what is unknown counts as observed but not up.

    ``unknown`` is that part, which is no downtime: nobody knew.
    """

    up: timedelta
    observed: timedelta
    unknown: timedelta = timedelta(0)

    @property
    def ratio(self) -> Fraction | None:
        """Exact share of the observed time, None when nothing was observed."""
        if self.observed <= timedelta(0):
            return None
        microsecond = timedelta(microseconds=1)
        return Fraction(self.up // microsecond, self.observed // microsecond)

    @property
    def down(self) -> timedelta:
        """The time in which it was known to be out."""
        return self.observed - self.up - self.unknown

    @property
    def unknown_ratio(self) -> Fraction:
        """Exact share of the observed time in which nobody knew; 0 when nothing was observed."""
        if self.observed <= timedelta(0):
            return Fraction(0)
        microsecond = timedelta(microseconds=1)
        return Fraction(self.unknown // microsecond, self.observed // microsecond)


@dataclass(frozen=True, slots=True)
class Disturbance:
    """A stretch of today during which an element was not OK; ``end`` None while it lasts."""

    condition: Condition
    start: datetime
    end: datetime | None


@dataclass(frozen=True, slots=True)
class CircuitAvailability:
    name: str
    today: Uptime
    month: Uptime
    disturbances: tuple[Disturbance, ...] = ()


@dataclass(frozen=True, slots=True)
class AvailabilityView:
    """Uptime by record. ``devices_today`` and ``devices_month`` sum over all watched devices."""

    as_of: datetime | None
    circuits: tuple[CircuitAvailability, ...]
    devices_up: int
    devices_total: int
    devices_unknown: int
    devices_today: Uptime
    devices_month: Uptime


@dataclass(frozen=True, slots=True)
class IndicatorsView:
    """The assessed indicators, each in the period the wall shows it for."""

    as_of: datetime | None
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class CallsView:
    """Calls, requests, orders and callbacks, today and now.

    ``is_silent``: the telephone system has told nothing for so long (since ``heard_at``, None:
    ever) that nobody knows who waits and who talks. ``abnormal`` calls wait too long, or no end of
    them was heard. Quarters are calls of each quarter hour from midnight on: today's whole ones
    so far, yesterday's 96; none where no call of yesterday is recorded.
    """

    as_of: datetime | None
    heard_at: datetime | None = None
    is_silent: bool = True
    today: int = 0
    waiting: int = 0
    longest_since: datetime | None = None
    waiting_too_long: int = 0
    talking: int = 0
    abandoned: int = 0
    abnormal: int = 0
    web_today: int = 0
    orders_open: int = 0
    orders_overdue: int = 0
    orders_due_soon: int = 0
    callbacks_open: int = 0
    callbacks_overdue: int = 0
    quarters_today: tuple[int, ...] = ()
    quarters_yesterday: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class MonitoringImpairment:
    """The monitoring itself is late or deaf since then: states show as unknown, for ``reasons``."""

    since: datetime
    reasons: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class OwnHealth:
    """What of the platform itself does not work: how many things, and the gravest in words."""

    concerns: int = 0
    first: Message | None = None


@dataclass(frozen=True, slots=True)
class WallState:
    network: NetworkView
    seats: SeatsView
    incidents: IncidentsView
    availability: AvailabilityView
    indicators: IndicatorsView
    calls: CallsView = CallsView(None)
    impairment: MonitoringImpairment | None = None
    health: OwnHealth = OwnHealth()
    prepared_percent: int | None = None
    """How much of the demonstration's past is on record; None once all of it is."""


class WallSource(Protocol):
    """Whoever knows the present state of everything the wall shows."""

    def state(self) -> WallState:
        """The state now. Called from any thread, several times a second; must be quick."""
        ...

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call ``callback`` (any thread, returns at once) when the state may have changed.

        Returns the function that ends it.
        """
        ...
