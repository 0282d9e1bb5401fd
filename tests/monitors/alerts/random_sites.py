"""Random sites that break and are mended, and the truth about them at every instant.

Cycles, parallel cables, unwatched devices, access switches with seats, services and circuits; all
from one seed, so that a run is named by it.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from monitors.alerts.graph import Edge, Graph
from monitors.alerts.paths import Damage, Paths
from monitors.evidence import Element, ElementKind

COLLECTOR = "n0"
PROVIDER = "isp"
WEB = "web"
SIDE = "egov"
LEG = "leg"
AGENT_LASTS_S = 56.0
"""Until an agent is held to be silent, and what its condition then waits for company."""


class Kind(StrEnum):
    """What can happen. A hung device keeps its carrier; an agent fails alone."""

    KILLED = "killed"
    HUNG = "hung"
    CUT = "cut"
    AGENT = "agent"
    SEAT = "seat"
    SERVICE = "service"


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """Something is broken in [start, end), in seconds of the run."""

    start: float
    end: float
    kind: Kind
    target: str

    def lasts_at(self, second: float) -> bool:
        return self.start <= second < self.end


def random_site(dice: random.Random) -> Graph:
    """A watched network of two to eight devices, and a data network over the same devices."""
    names = [f"n{i}" for i in range(dice.randint(3, 9))]
    management = _edges(dice, names, "m", extra=dice.randint(0, 4))
    unwatched = {n for n in names[1:] if dice.random() < 0.12}
    devices = frozenset(names[1:]) - unwatched or frozenset(names[1:])
    inner = sorted(devices)
    data: dict[str, Edge] = {LEG: (COLLECTOR, inner[0])}
    data |= _edges(dice, inner, "d", extra=dice.randint(0, 4))
    switches = dice.sample(inner, min(len(inner), dice.randint(0, 2)))
    seats = {10 * i + n: sw for i, sw in enumerate(switches, 1) for n in range(dice.randint(2, 4))}
    seat_link = {number: f"s{number}" for number in seats}
    data |= {seat_link[number]: (switch, f"seat-{number}") for number, switch in seats.items()}
    circuits: dict[str, tuple[str, ...]] = {}
    for number in range(dice.randint(0, 2)):
        circuits[f"c{number}"] = (f"w{number}",)
        data[f"w{number}"] = (dice.choice(inner), PROVIDER)
    edges = {**management, **data}
    return Graph(
        collector=COLLECTOR,
        devices=devices,
        management=management,
        data=data,
        ports={link: (f"{a}:{link}", f"{b}:{link}") for link, (a, b) in edges.items()},
        transit=devices,
        side_of=dict.fromkeys(data, SIDE),
        adjacency_paths=_adjacencies(dice, data, devices),
        seat_switch=seats,
        seat_link=seat_link,
        service_hosts={WEB: (dice.choice(inner),)},
        service_sides={WEB: frozenset({SIDE})},
        services_of_seats=frozenset({WEB} if seats else ()),
        circuit_links=circuits,
        circuit_group=dict.fromkeys(circuits, "wan"),
        providers=frozenset({PROVIDER}),
    )


def _edges(dice: random.Random, names: list[str], prefix: str, extra: int) -> dict[str, Edge]:
    """A random tree, and more edges: cycles, and cables in parallel."""
    pairs = [(dice.choice(names[:i]), names[i]) for i in range(1, len(names))]
    for _ in range(extra if len(names) > 1 else 0):
        a, b = dice.sample(names, 2)
        pairs.append((a, b))
    return {f"{prefix}{i}": pair for i, pair in enumerate(pairs)}


def _adjacencies(
    dice: random.Random, data: dict[str, Edge], devices: frozenset[str]
) -> dict[Edge, tuple[str, ...]]:
    """Some pairs joined by one data cable alone keep a routing adjacency over it."""
    found: dict[Edge, list[str]] = {}
    for link, (a, b) in data.items():
        if {a, b} <= devices:
            found.setdefault((min(a, b), max(a, b)), []).append(link)
    return {
        pair: tuple(links)
        for pair, links in found.items()
        if len(links) == 1 and dice.random() < 0.5
    }


def random_faults(dice: random.Random, graph: Graph, count: int) -> tuple[Fault, ...]:
    """Staggered faults, no two on one element, each mended after some time."""
    targets = [(Kind.KILLED, d) for d in sorted(graph.devices)]
    targets += [(Kind.HUNG, d) for d in sorted(graph.devices)]
    targets += [(Kind.CUT, link) for link in graph.links if link != LEG]
    targets += [(Kind.AGENT, d) for d in sorted(graph.devices)]
    targets += [(Kind.SEAT, str(number)) for number in graph.seat_switch]
    targets.append((Kind.SERVICE, WEB))
    found: dict[str, Fault] = {}
    for kind, target in dice.sample(targets, min(count, len(targets))):
        start = 12 + dice.uniform(0, 15)
        lasts = (
            AGENT_LASTS_S
            if kind is Kind.AGENT
            else dice.choice([2.0, 8.0, 20.0]) * dice.uniform(0.5, 1)
        )
        found.setdefault(target, Fault(start, start + lasts, kind, target))
    return tuple(sorted(found.values()))


@dataclass(frozen=True)
class Truth:
    """What is really so while nothing changes."""

    graph: Graph
    faults: frozenset[Fault] = field(default_factory=frozenset)

    def of(self, *kinds: Kind) -> frozenset[str]:
        return frozenset(fault.target for fault in self.faults if fault.kind in kinds)

    @cached_property
    def broken(self) -> frozenset[str]:
        """Devices that do no work."""
        return self.of(Kind.KILLED, Kind.HUNG)

    @cached_property
    def cut(self) -> frozenset[str]:
        return self.of(Kind.CUT)

    @cached_property
    def reached(self) -> frozenset[str]:
        """Devices whose management address the collector reaches."""
        found, queue = {COLLECTOR}, [COLLECTOR]
        while queue:
            for link, peer in self.graph.watched_by.get(queue.pop(), ()):
                if link not in self.cut and peer not in self.broken and peer not in found:
                    found.add(peer)
                    queue.append(peer)
        return frozenset(found)

    @cached_property
    def visible(self) -> frozenset[str]:
        """What the collector reaches over the data network."""
        return Paths(self.graph).from_collector(Damage(self.broken, self.cut))

    def carrier(self, link: str) -> bool:
        killed = self.of(Kind.KILLED)
        return link not in self.cut and killed.isdisjoint(self.graph.ends(link))

    def agent_answers(self, device: str) -> bool:
        return device in self.reached and device not in self.of(Kind.AGENT)

    def adjacent(self, pair: Edge) -> bool:
        links = self.graph.adjacency_paths[pair]
        return self.broken.isdisjoint(pair) and all(link not in self.cut for link in links)

    def seat_answers(self, number: int) -> bool:
        off = str(number) in self.of(Kind.SEAT)
        return not off and f"seat-{number}" in self.visible

    def service_answers(self) -> bool:
        host = self.graph.service_hosts[WEB][0]
        return host in self.visible and host not in self.broken and not self.of(Kind.SERVICE)


@dataclass(frozen=True)
class Story:
    """A site and all that happens to it."""

    graph: Graph
    faults: tuple[Fault, ...]

    @cached_property
    def changes(self) -> tuple[float, ...]:
        return tuple(sorted({s for fault in self.faults for s in (fault.start, fault.end)}))

    @cached_property
    def _held(self) -> dict[frozenset[Fault], Truth]:
        return {}

    def at(self, second: float) -> Truth:
        lasting = frozenset(fault for fault in self.faults if fault.lasts_at(second))
        return self._held.setdefault(lasting, Truth(self.graph, lasting))

    def calm_for(self, second: float) -> float:
        """How long nothing has changed at that second."""
        return second - max((s for s in self.changes if s <= second), default=-100.0)

    def broken_within(self, start: float, end: float) -> list[Fault]:
        return [fault for fault in self.faults if fault.start <= end and start < fault.end]

    @property
    def mended_at(self) -> float:
        return max((fault.end for fault in self.faults), default=0.0)


def touched_by(graph: Graph, fault: Fault) -> frozenset[Element]:
    """Elements that may rightly be named for a fault: itself, its cable or device, its service."""
    match fault.kind:
        case Kind.KILLED | Kind.HUNG:
            links = graph.links_of.get(fault.target, ())
            found = {Element.device(fault.target), *(Element.link(name) for name in links)}
            found |= _behind(graph, fault.target)
        case Kind.CUT:
            ends = graph.ends(fault.target)
            found = {Element.link(fault.target), *(Element.device(end) for end in ends)}
            found |= {Element.device(name) for name in _past_the_unwatched(graph, ends)}
            numbers = [n for n, link in graph.seat_link.items() if link == fault.target]
            found |= {Element.seat_host(number) for number in numbers}
            found |= {Element(ElementKind.SERVICE, WEB)}
        case Kind.AGENT:
            found = {Element.condition("agent_silent", fault.target)}
        case Kind.SEAT:
            number = int(fault.target)
            found = {Element.seat_host(number), Element.link(graph.seat_link[number])}
            found |= {Element.device(graph.seat_switch[number])}
        case Kind.SERVICE:
            found = {Element(ElementKind.SERVICE, WEB)}
    return frozenset(found)


def _past_the_unwatched(graph: Graph, ends: Iterable[str]) -> set[str]:
    """Watched devices next to a cable, where nobody watches what is between."""
    found, queue = set(ends), [end for end in ends if end not in graph.devices]
    while queue:
        node = queue.pop()
        for _, peer in graph.watched_by.get(node, ()) if node != COLLECTOR else ():
            if peer not in found:
                found.add(peer)
                queue += [peer] if peer not in graph.devices else []
    return found & graph.devices


def _behind(graph: Graph, device: str) -> set[Element]:
    seats: Iterable[int] = (n for n, switch in graph.seat_switch.items() if switch == device)
    return {Element.seat_host(n) for n in seats} | {Element(ElementKind.SERVICE, WEB)}
