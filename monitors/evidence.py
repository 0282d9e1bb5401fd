"""What is known about the site's elements, and who said so last.

Evidence is a register, not a stream: of all that one source said about one element only the
greatest observation counts, so neither the order nor the repetition of signals can matter.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType


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


@dataclass(frozen=True, slots=True, order=True)
class Element:
    """Something that can fail.

    Names: device ``rt-a``; link as in ``Site.links``; port ``rt-a:egov``; seat its number as
    text; neighbour ``rt-a>fwi-a``; VRRP instance ``core-a:seats-1``; condition (a rule of
    monitors.alerts.rules, and what it is about) ``cpu_busy:rt-a``.
    """

    kind: ElementKind
    name: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"

    @staticmethod
    def device(name: str) -> "Element":
        return Element(ElementKind.DEVICE, name)

    @staticmethod
    def port(device: str, port: str) -> "Element":
        return Element(ElementKind.PORT, f"{device}:{port}")

    @staticmethod
    def neighbour(device: str, peer: str) -> "Element":
        """The adjacency that ``device`` keeps with ``peer`` (OSPF, BGP)."""
        return Element(ElementKind.NEIGHBOUR, f"{device}>{peer}")

    @staticmethod
    def vrrp(device: str, instance: str) -> "Element":
        return Element(ElementKind.VRRP, f"{device}:{instance}")

    @staticmethod
    def condition(rule: str, device: str, part: str = "") -> "Element":
        """What a rule watches at a device, or at a part of it (an interface)."""
        return Element(ElementKind.CONDITION, ":".join(filter(None, (rule, device, part))))

    @staticmethod
    def seat_host(number: int) -> "Element":
        return Element(ElementKind.SEAT_HOST, str(number))

    @staticmethod
    def seat_display(number: int) -> "Element":
        return Element(ElementKind.SEAT_DISPLAY, str(number))


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

    @property
    def key(self) -> tuple[Element, str]:
        return (self.element, self.source)

    @property
    def rank(self) -> tuple[datetime, int, str]:
        """Later wins; at the same instant good over bad over unknown; detail breaks the tie."""
        certainty = 0 if self.ok is None else 1 + self.ok
        return (self.observed_at, certainty, self.detail)


def _nothing() -> Mapping[tuple[Element, str], Observation]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class EvidenceRegister:
    """The greatest observation per (element, source); merging is commutative and idempotent."""

    entries: Mapping[tuple[Element, str], Observation] = field(default_factory=_nothing)

    def merged(self, observations: Iterable[Observation]) -> "EvidenceRegister":
        """This register with the observations in it; itself when none of them is newer."""
        newer: dict[tuple[Element, str], Observation] = {}
        for observation in observations:
            known = newer.get(observation.key) or self.entries.get(observation.key)
            if known is None or known.rank < observation.rank:
                newer[observation.key] = observation
        if not newer:
            return self
        return EvidenceRegister(MappingProxyType({**self.entries, **newer}))

    def of(self, element: Element) -> tuple[Observation, ...]:
        """What each source last said about the element, by source name."""
        found = [entry for entry in self.entries.values() if entry.element == element]
        return tuple(sorted(found, key=lambda entry: entry.source))

    def get(self, element: Element, source: str) -> Observation | None:
        return self.entries.get((element, source))

    def __iter__(self) -> Iterator[Observation]:
        return iter(self.entries.values())

    def __len__(self) -> int:
        return len(self.entries)
