"""Words of the judge: states, fault groups, timing and the verdict that carries them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from monitors.evidence import Element, Observation, Source

AGENT_SILENT = "agent_silent"
"""The condition of a device that is reached while its management agent does not answer."""


class State(StrEnum):
    """What the judge holds of an element; ``unknown`` is neither good nor bad."""

    UP = "up"
    DOWN = "down"
    CUT = "cut"
    """Silent, and every watched path to it is dead: its power or its cable."""
    UNREACHABLE = "unreachable"
    AGENT_SILENT = "agent_silent"
    """Reached, but its management agent does not answer: what only that knows is unknown."""
    SUSPECTED = "suspected"
    RECHECKING = "rechecking"
    UNKNOWN = "unknown"

    @property
    def works(self) -> bool:
        """True of what is known to do its work, whatever else is wrong with it."""
        return self in (State.UP, State.AGENT_SILENT)


class Confidence(StrEnum):
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class LossKind(StrEnum):
    PAIR = "pair"
    CIRCUIT = "circuit"
    PATHS = "paths"


@dataclass(frozen=True, slots=True, order=True)
class RedundancyLoss:
    """What now has no second one: a pair, a circuit group, or the paths to a service."""

    kind: LossKind
    name: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ClassInputs:
    """What the contract's fault-class criteria ask about a fault."""

    all_services_down: bool = False
    seats_out: int = 0
    seats_total: int = 0
    core_redundancy_lost: bool = False
    any_redundancy_lost: bool = False
    seat_equipment: bool = False


@dataclass(frozen=True, slots=True)
class FaultGroup:
    """One fault: its root, what proves it, what it explains, whom it hurts.

    Several ``roots`` stand for elements the evidence cannot tell apart, or for a common cause
    (both cables of a circuit group). ``since`` is the earliest evidence.
    """

    roots: tuple[Element, ...]
    state: State
    confidence: Confidence
    since: datetime
    evidence: tuple[Observation, ...] = ()
    suppressed: tuple[Element, ...] = ()
    common_cause: tuple[Element, ...] = ()
    """Circuits or the provider's device named above the roots."""
    seats: tuple[int, ...] = ()
    services: tuple[str, ...] = ()
    redundancy_lost: tuple[RedundancyLoss, ...] = ()
    class_inputs: ClassInputs = ClassInputs()
    dead_devices: frozenset[str] = frozenset()
    dead_links: frozenset[str] = frozenset()

    @property
    def elements(self) -> frozenset[Element]:
        """Everything by which a later verdict recognises this fault."""
        return frozenset((*self.roots, *self.common_cause))


@dataclass(frozen=True, slots=True)
class Timing:
    """What one verdict hands to the next: since when things are bad, since when paths stand."""

    bad_since: Mapping[Element, datetime] = field(default_factory=lambda: MappingProxyType({}))
    path_since: Mapping[str, datetime] = field(default_factory=lambda: MappingProxyType({}))
    """Device -> when it last became adjacent to the reached part again."""
    out_of_reach: frozenset[str] = frozenset()
    unheard: Mapping[str, datetime] = field(default_factory=lambda: MappingProxyType({}))
    """Devices that were silent, and were not heard by the verdict before -> since when."""
    returned: Mapping[str, datetime] = field(default_factory=lambda: MappingProxyType({}))
    """Device -> when it was last heard again after a silence."""
    dead_alone: frozenset[str] = frozenset()
    """Dead links whose devices went on answering: they did not go with a device."""
    explained: Mapping[Element, datetime] = field(default_factory=lambda: MappingProxyType({}))
    """Seat or service that is bad -> when it last stood behind a fault."""
    agent_silent_since: Mapping[str, datetime] = field(default_factory=lambda: MappingProxyType({}))
    """Device that is reached -> since when its agent does not answer."""
    named: frozenset[Element] = frozenset()
    """Roots of the faults that are open: what is named needs no fresh word to stay so."""
    roots: frozenset[Element] = frozenset()
    """Roots of the verdict before, open or held back by our own lateness."""
    living: frozenset[str] = frozenset()
    """Silent devices that were seen to live on their data side."""
    awake_since: datetime | None = None
    """When the judge last went on after a sleep of its own: older words name nothing new."""

    def not_after(self, now: datetime) -> "Timing":
        """The same, with no instant later than now: the clock was set back."""
        return replace(
            self,
            bad_since={element: min(at, now) for element, at in self.bad_since.items()},
            path_since={name: min(at, now) for name, at in self.path_since.items()},
            returned={name: min(at, now) for name, at in self.returned.items()},
            explained={element: min(at, now) for element, at in self.explained.items()},
            agent_silent_since={name: min(at, now) for name, at in self.agent_silent_since.items()},
            awake_since=min(self.awake_since, now) if self.awake_since else None,
        )


@dataclass(frozen=True, slots=True)
class EvidenceAges:
    """How long a word counts, by its source, where the observation itself does not say.

    Echo requests go out twice a second and checks of services once; a poll's word counts three
    of its cycles (five seconds each, unless the target's own interval says otherwise). A trap is
    sent once: its word counts as long as a poll's, in which a poll must have confirmed it. A
    rule's word counts as long as its samples may take to come again.
    """

    icmp: timedelta = timedelta(seconds=5)
    probe: timedelta = timedelta(seconds=5)
    snmp: timedelta = timedelta(seconds=15)
    pushed: timedelta = timedelta(seconds=15)
    rule: timedelta = timedelta(seconds=60)

    def of(self, observation: Observation) -> timedelta:
        """The bound of this word."""
        if observation.lifetime is not None:
            return observation.lifetime
        match Source.family(observation.source):
            case Source.ICMP:
                return self.icmp
            case Source.PROBE:
                return self.probe
            case Source.TRAP | Source.NETLINK:
                return self.pushed
            case Source.RULE:
                return self.rule
            case _:
                return self.snmp

    def allow(self, observation: Observation, now: datetime) -> bool:
        """True while the word is not older than its bound."""
        return now - observation.observed_at <= self.of(observation)


@dataclass(frozen=True, slots=True)
class JudgeSettings:
    """Durations of the judge.

    ``settle``: a root may be named only this long after its own silence was known.
    ``undecided``: after it a suspect end counts as if reached (fail open).
    ``poll_lag``: how stale a polled port or neighbour may be (snmpd's interface cache: 3 s).
    ``convergence``: failures of services younger than this beside a fault may be fail-over.
    ``common_cause``: members lost within it are one fault.
    ``boot_grace``: negatives from before the path came back are void this long.
    ``vrrp_settle``: two masters must last longer than a poll takes to correct a trap.
    ``adjacency_grace``: a device that came back has this long to find its neighbours again,
    ``cable_grace``: and this long to bring up its ports, word of which may come late.
    ``agent_silence``: how long, at least, the agent of a device that is reached may not answer.
    ``ages``: how long each source's word counts.
    ``fresh``: a fault is named only by a word of at most this age, for what is older may have
    been mended since; ``last_resort``: after it a word that was repeated may be a cycle older.
    ``answer``: how long a round of echo requests waits. A silence is known so long after the first
    of them was sent: who answers anything in between is alive; ``last_try``: and so long after the
    last one was (monitors.collect.liveness).
    """

    settle: timedelta = timedelta(milliseconds=400)
    undecided: timedelta = timedelta(seconds=3)
    poll_lag: timedelta = timedelta(seconds=4)
    convergence: timedelta = timedelta(milliseconds=1500)
    common_cause: timedelta = timedelta(seconds=30)
    boot_grace: timedelta = timedelta(seconds=5)
    vrrp_settle: timedelta = timedelta(seconds=6.5)
    adjacency_grace: timedelta = timedelta(seconds=30)
    cable_grace: timedelta = timedelta(seconds=8)
    agent_silence: timedelta = timedelta(seconds=15)
    fresh: timedelta = timedelta(seconds=2)
    last_resort: timedelta = timedelta(seconds=10)
    answer: timedelta = timedelta(seconds=0.45)
    last_try: timedelta = timedelta(seconds=0.15)
    ages: EvidenceAges = EvidenceAges()


@dataclass(frozen=True, slots=True)
class Verdict:
    """States of all elements and the faults that explain them, at one instant."""

    at: datetime
    states: Mapping[Element, State]
    groups: tuple[FaultGroup, ...]
    timing: Timing
    recheck: frozenset[Element] = frozenset()
    """Devices to be probed at once, because a verdict waits for them."""
    pending: bool = False
    """True when time alone may change the verdict (something is suspected or settling)."""
    findings: Mapping[Element, bool | None] = field(default_factory=lambda: MappingProxyType({}))
    """What the evidence that still counts says of each element; unknown where it is missing."""

    def state(self, element: Element) -> State:
        return self.states.get(element, State.UNKNOWN)
