"""What is known about the site's elements, and who said so last.

Evidence is a register, not a stream: of all that one source said about one element only the
greatest observation counts, so neither the order nor the repetition of signals can matter.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import TypeVar


class ElementKind(StrEnum):
    DEVICE = "device"
    LINK = "link"
    PORT = "port"
    SEAT_HOST = "seat_host"
    SEAT_DISPLAY = "seat_display"
    CIRCUIT = "circuit"
    SERVICE = "service"
    VRRP = "vrrp"
    NEIGHBOUR = "neighbour"
    CONDITION = "condition"


class Source(StrEnum):
    """Who observes. A service's checks are sources of their own: ``probe:0``, ``probe:1`` ..."""

    ICMP = "icmp"
    SNMP = "snmp"
    TRAP = "trap"
    PROBE = "probe"
    NETLINK = "netlink"
    RULE = "rule"

    @staticmethod
    def of_check(position: int) -> str:
        """The source of the check at this position of its service's declaration."""
        return f"{Source.PROBE}:{position}"

    @staticmethod
    def family(source: str) -> str:
        """The source that beats for this one: all checks of all services are probes."""
        return source.partition(":")[0]


class VrrpRole(StrEnum):
    """What a member of a VRRP group is at the moment: the ``value`` of such an observation."""

    INIT = "init"
    BACKUP = "backup"
    MASTER = "master"
    FAULT = "fault"


@dataclass(frozen=True, slots=True, order=True)
class Element:
    """Something that can fail.

    ``name`` is its one stable text, unique within its kind, by which it is stored and compared:
    a device ``rt-a``, a link as in ``Site.links``, a port ``rt-a:egov``, a seat its number, a
    neighbour ``rt-a>fwi-a``, a VRRP instance ``core-a:seats-1``, a condition (a rule of
    monitors.alerts.rules, and what it is about) ``cpu_busy:rt-a``. What stands in it is read from
    the other fields; nobody else takes the text apart.
    """

    kind: ElementKind
    name: str
    device_name: str = field(init=False, compare=False, repr=False)
    """The device it is or belongs to; empty for links, circuits, services and seats."""
    part: str = field(init=False, compare=False, repr=False)
    """What of the device: its port, its VRRP instance, the interface a condition is about."""
    peer: str = field(init=False, compare=False, repr=False)
    """The device at the other end of an adjacency."""
    rule: str = field(init=False, compare=False, repr=False)
    """The rule of a condition."""
    _hash: int = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        device, part, peer, rule = _fields(self.kind, self.name)
        object.__setattr__(self, "device_name", device)
        object.__setattr__(self, "part", part)
        object.__setattr__(self, "peer", peer)
        object.__setattr__(self, "rule", rule)
        # Registers look elements up some thousand times a tick.
        object.__setattr__(self, "_hash", hash((self.kind.value, self.name)))

    def __hash__(self) -> int:
        return self._hash

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"

    @property
    def number(self) -> int:
        """The number of a seat. Raises ValueError for what is no seat's."""
        if self.kind not in (ElementKind.SEAT_HOST, ElementKind.SEAT_DISPLAY):
            raise ValueError(f"{self} is not part of a seat")
        return int(self.name)

    def __reduce__(self) -> "tuple[type[Element], tuple[ElementKind, str]]":
        """A copy in another process has a hash of its own."""
        return Element, (self.kind, self.name)

    @staticmethod
    def device(name: str) -> "Element":
        return _device(name)

    @staticmethod
    def link(name: str) -> "Element":
        return _link(name)

    @staticmethod
    def port(device: str, port: str) -> "Element":
        return Element(ElementKind.PORT, f"{device}:{port}")

    @staticmethod
    def neighbour(device: str, peer: str) -> "Element":
        """The adjacency that ``device`` keeps with ``peer`` (OSPF, BGP)."""
        return _neighbour(device, peer)

    @staticmethod
    def vrrp(device: str, instance: str) -> "Element":
        return Element(ElementKind.VRRP, f"{device}:{instance}")

    @staticmethod
    def condition(rule: str, device: str, part: str = "") -> "Element":
        """What a rule watches at a device, or at a part of it (an interface)."""
        return _condition(rule, device, part)

    @staticmethod
    def seat_host(number: int) -> "Element":
        return _seat_host(number)

    @staticmethod
    def seat_display(number: int) -> "Element":
        return _seat_display(number)


# The judge names the same elements every tick. Bounded, for names also come from the network.
KEPT = 16_384


@lru_cache(KEPT)
def _device(name: str) -> Element:
    return Element(ElementKind.DEVICE, name)


@lru_cache(KEPT)
def _neighbour(device: str, peer: str) -> Element:
    return Element(ElementKind.NEIGHBOUR, f"{device}>{peer}")


@lru_cache(KEPT)
def _condition(rule: str, device: str, part: str) -> Element:
    return Element(ElementKind.CONDITION, ":".join(filter(None, (rule, device, part))))


@lru_cache(KEPT)
def _link(name: str) -> Element:
    return Element(ElementKind.LINK, name)


@lru_cache(KEPT)
def _seat_host(number: int) -> Element:
    return Element(ElementKind.SEAT_HOST, str(number))


@lru_cache(KEPT)
def _seat_display(number: int) -> Element:
    return Element(ElementKind.SEAT_DISPLAY, str(number))


def _fields(kind: ElementKind, name: str) -> tuple[str, str, str, str]:
    """Device, part, peer and rule in an element's text. Only a part's own name may have a colon."""
    match kind:
        case ElementKind.DEVICE:
            return name, "", "", ""
        case ElementKind.PORT | ElementKind.VRRP:
            device, _, part = name.partition(":")
            return device, part, "", ""
        case ElementKind.NEIGHBOUR:
            device, _, peer = name.partition(">")
            return device, "", peer, ""
        case ElementKind.CONDITION:
            rule, _, rest = name.partition(":")
            device, _, part = rest.partition(":")
            return device, part, "", rule
        case _:
            return "", "", "", ""


@dataclass(frozen=True, slots=True)
class Observation:
    """One source's finding about one element, its own tries already inside it.

    ``ok`` None means unknown and never counts as good. ``observed_at`` is aware UTC.
    """

    element: Element
    source: str
    ok: bool | None
    observed_at: datetime
    detail: str = ""
    """For people only; nothing is decided by it."""
    value: str | None = None
    """The role or state itself, where ``ok`` does not say all: a :class:`VrrpRole`."""
    since: datetime | None = None
    """Since when it is so, where the source knows: a rule's first bad sample."""
    lifetime: timedelta | None = field(default=None, compare=False)
    """How long the word counts: some turns of its source. None: the judge's bound of the source."""

    @property
    def key(self) -> tuple[Element, str]:
        return (self.element, self.source)

    @property
    def witness(self) -> str:
        """Who says so: an agent's trap and its answer to a poll are one and the same word."""
        return Source.SNMP if self.source == Source.TRAP else self.source

    @property
    def begins_at(self) -> datetime:
        """Since when it is so, as far as this one observation knows."""
        return self.observed_at if self.since is None else min(self.since, self.observed_at)

    @property
    def rank(self) -> tuple[datetime, int, str, str, datetime]:
        """Later wins; at the same instant good over bad over unknown; the texts break the tie."""
        certainty = 0 if self.ok is None else 1 + self.ok
        return (self.observed_at, certainty, self.detail, self.value or "", self.begins_at)


Key = tuple[Element, str]
K = TypeVar("K")
V = TypeVar("V")


def _nothing() -> Mapping[Key, Observation]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class EvidenceRegister:
    """The greatest observation per (element, source); merging is commutative and idempotent."""

    entries: Mapping[Key, Observation] = field(default_factory=_nothing)
    _by_element: Mapping[Element, tuple[Observation, ...]] = field(
        default_factory=lambda: MappingProxyType({}), compare=False, repr=False
    )

    def __post_init__(self) -> None:
        if self.entries and not self._by_element:
            found: dict[Element, list[Observation]] = {}
            for entry in self.entries.values():
                found.setdefault(entry.element, []).append(entry)
            index = {element: _by_source(seen) for element, seen in found.items()}
            object.__setattr__(self, "_by_element", MappingProxyType(index))

    def merged(self, observations: Iterable[Observation]) -> "EvidenceRegister":
        """This register with the observations in it; itself when none of them is newer."""
        newer: dict[Key, Observation] = {}
        for observation in observations:
            key = observation.key
            known = newer.get(key) or self.entries.get(key)
            if known is None or _follows(observation, known):
                newer[key] = observation
        if not newer:
            return self
        return self.overruled_by(newer)

    def overruled_by(self, others: Mapping[Key, Observation]) -> "EvidenceRegister":
        """This register with those entries in the place of its own, whichever are newer."""
        entries, index = _copied(self.entries), _copied(self._by_element)
        for (element, source), entry in others.items():
            entries[element, source] = entry
            kept = [o for o in index.get(element, ()) if o.source != source]
            index[element] = _by_source([*kept, entry]) if kept else (entry,)
        return EvidenceRegister(MappingProxyType(entries), MappingProxyType(index))

    def without(self, keys: Iterable[Key]) -> "EvidenceRegister":
        """This register without those entries; itself when it has none of them."""
        gone = self.entries.keys() & set(keys)
        if not gone:
            return self
        return EvidenceRegister(
            MappingProxyType({key: e for key, e in self.entries.items() if key not in gone})
        )

    def of(self, element: Element) -> tuple[Observation, ...]:
        """What each source last said about the element, by source name."""
        return self._by_element.get(element, ())

    def get(self, element: Element, source: str) -> Observation | None:
        return self.entries.get((element, source))

    def by_element(self) -> Mapping[Element, tuple[Observation, ...]]:
        """All of it, as :meth:`of` gives it."""
        return self._by_element

    def __iter__(self) -> Iterator[Observation]:
        return iter(self.entries.values())

    def __len__(self) -> int:
        return len(self.entries)


def _copied(mapping: Mapping[K, V]) -> dict[K, V]:
    """A copy that hashes no key anew, as a proxy's items would be: registers are large."""
    return mapping.copy() if isinstance(mapping, MappingProxyType) else dict(mapping)


def _by_source(entries: Iterable[Observation]) -> tuple[Observation, ...]:
    return tuple(sorted(entries, key=lambda entry: entry.source))


def _follows(observation: Observation, known: Observation) -> bool:
    """Whether it outranks the other; most of the time the stamps decide."""
    if observation.observed_at != known.observed_at:
        return observation.observed_at > known.observed_at
    return observation.rank > known.rank
