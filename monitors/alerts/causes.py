"""Faults with one cause above them: a circuit group, or a device nobody watches."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from monitors.alerts.graph import Graph
from monitors.alerts.model import FaultGroup
from monitors.evidence import Element, ElementKind


def join_common_causes(
    graph: Graph, groups: Sequence[FaultGroup], window: timedelta
) -> list[FaultGroup]:
    """Cables of one circuit group, or to one unwatched device, lost together are one fault."""
    joined: list[tuple[frozenset[Element], FaultGroup]] = []
    for group in sorted(groups, key=lambda g: (g.since, g.roots)):
        causes = _causes(graph, group)
        for position, (others, earlier) in enumerate(joined):
            shared = causes & others
            if shared and group.since - earlier.since <= window:
                joined[position] = (others | causes, _merged(earlier, group, causes | others))
                break
        else:
            joined.append((causes, group))
    return [group for _, group in joined]


def _causes(graph: Graph, group: FaultGroup) -> frozenset[Element]:
    if any(root.kind is not ElementKind.LINK for root in group.roots):
        return frozenset()
    found: set[Element] = set()
    for root in group.roots:
        found |= {
            Element.device(end)
            for end in graph.ends(root.name)
            if end not in graph.devices and end != graph.collector
        }
        found |= {
            Element(ElementKind.CIRCUIT, graph.circuit_group.get(circuit, circuit))
            for circuit, links in graph.circuit_links.items()
            if root.name in links
        }
    return frozenset(found)


def _merged(a: FaultGroup, b: FaultGroup, causes: frozenset[Element]) -> FaultGroup:
    return replace(
        a,
        roots=tuple(dict.fromkeys((*a.roots, *b.roots))),
        since=min(a.since, b.since),
        evidence=(*a.evidence, *b.evidence),
        suppressed=tuple(dict.fromkeys((*a.suppressed, *b.suppressed))),
        common_cause=tuple(sorted(causes)),
        dead_devices=a.dead_devices | b.dead_devices,
        dead_links=a.dead_links | b.dead_links,
    )
