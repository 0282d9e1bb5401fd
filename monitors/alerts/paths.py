"""Whom the faults hurt: paths of seats to services over the data graph."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from monitors.alerts.graph import Graph

Pair = tuple[str, str]
"""(access switch, service)."""

Vertex = tuple[str, int]
IN, OUT = 0, 1
SINK: Vertex = ("", IN)


@dataclass(frozen=True, slots=True)
class Damage:
    """Elements that carry nothing."""

    devices: frozenset[str] = frozenset()
    links: frozenset[str] = frozenset()

    def __or__(self, other: "Damage") -> "Damage":
        return Damage(self.devices | other.devices, self.links | other.links)


class Paths:
    """Answers about one graph, remembered per damage (the same few are asked every tick)."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._edges = _edges_by_node(graph)
        self._switches = tuple(sorted(set(graph.seat_switch.values())))
        self.from_collector = lru_cache(maxsize=256)(self._from_collector)
        self.disjoint = lru_cache(maxsize=256)(self._disjoint)

    def _from_collector(self, damage: Damage) -> frozenset[str]:
        """Nodes the collector reaches over the data graph, the end points among them."""
        sides = frozenset(self._graph.side_of.values())
        return self._closure(self._graph.collector, damage, sides)

    def lost_pairs(self, damage: Damage) -> frozenset[Pair]:
        """Switch and service without any path between them."""
        return frozenset(pair for pair, count in self.disjoint(damage).items() if count == 0)

    def _disjoint(self, damage: Damage) -> Mapping[Pair, int]:
        """Number of paths without a common device between switch and service, 0, 1 or 2."""
        return {
            (switch, service): self._flow(switch, service, damage)
            for switch in self._switches
            for service in self._graph.service_hosts
        }

    def _open(self, damage: Damage, sides: frozenset[str], node: str) -> Iterable[str]:
        for link, peer in self._edges.get(node, ()):
            if (
                link not in damage.links
                and self._graph.side_of[link] in sides
                and self._graph.device_of(peer) not in damage.devices
            ):
                yield peer

    def _closure(self, start: str, damage: Damage, sides: frozenset[str]) -> frozenset[str]:
        found, queue = {start}, [(start, 0)]
        while queue:
            node, depth = queue.pop(0)
            if depth > 1 and node not in self._graph.transit:
                continue
            for peer in self._open(damage, sides, node):
                if peer not in found:
                    found.add(peer)
                    queue.append((peer, depth + 1))
        return frozenset(found)

    def _flow(self, switch: str, service: str, damage: Damage) -> int:
        """Paths to any host of the service that share no device, counted up to two."""
        hosts = frozenset(self._graph.service_hosts[service]) - damage.devices
        if switch in damage.devices or not hosts:
            return 0
        arcs = self._arcs(switch, hosts, damage, self._graph.service_sides[service])
        count = 0
        while count < 2 and (walk := _walk(arcs, (switch, OUT), SINK)):
            for a, b in pairwise(walk):
                arcs[a].discard(b)
                arcs.setdefault(b, set()).add(a)
            count += 1
        return count

    def _arcs(
        self, switch: str, hosts: frozenset[str], damage: Damage, sides: frozenset[str]
    ) -> dict[Vertex, set[Vertex]]:
        """Unit arcs with every transit node split in two, so that one path may use it."""
        arcs: dict[Vertex, set[Vertex]] = {}
        for node in (switch, *self._graph.transit):
            if self._graph.device_of(node) in damage.devices:
                continue
            arcs.setdefault((node, IN), set()).add((node, OUT))
            onward = arcs.setdefault((node, OUT), set())
            for peer in self._open(damage, sides, node):
                if peer in hosts:
                    onward.add(SINK)
                elif peer in self._graph.transit:
                    onward.add((peer, IN))
        return arcs


def _walk(arcs: Mapping[Vertex, set[Vertex]], start: Vertex, goal: Vertex) -> list[Vertex]:
    """A shortest walk over the arcs left; empty when there is none."""
    came: dict[Vertex, Vertex] = {start: start}
    queue = [start]
    for vertex in queue:
        if vertex == goal:
            walk = [vertex]
            while walk[-1] != start:
                walk.append(came[walk[-1]])
            return walk[::-1]
        for following in sorted(arcs.get(vertex, ())):
            if following not in came:
                came[following] = vertex
                queue.append(following)
    return []


def _edges_by_node(graph: Graph) -> dict[str, tuple[tuple[str, str], ...]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for link, (a, b) in graph.data.items():
        found.setdefault(a, []).append((link, b))
        found.setdefault(b, []).append((link, a))
    return {node: tuple(edges) for node, edges in found.items()}
