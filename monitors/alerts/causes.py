"""Faults with one cause above them: a circuit group, a device nobody watches, a condition."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from monitors.alerts.graph import Graph
from monitors.alerts.model import FaultGroup
from monitors.evidence import Element, ElementKind


def join_common_causes(
    graph: Graph, groups: Sequence[FaultGroup], window: timedelta
) -> list[FaultGroup]:
    """Cables of one circuit group, or to one unwatched device, lost together are one fault; and
    so are devices that are watched through one unwatched device alone."""
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
    if all(root.kind is ElementKind.DEVICE for root in group.roots):
        return _behind(graph, group)
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


def _behind(graph: Graph, group: FaultGroup) -> frozenset[Element]:
    """The unwatched device through which alone the collector watches all of the roots."""
    peers = {peer for root in group.roots for _, peer in graph.watched_by.get(root.name, ())}
    unwatched = peers - graph.asked
    return (
        frozenset(map(Element.device, peers)) if len(unwatched) == len(peers) == 1 else frozenset()
    )


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


def is_of_conditions(group: FaultGroup) -> bool:
    return all(root.kind is ElementKind.CONDITION for root in group.roots)


def join_common_conditions(
    groups: Sequence[FaultGroup],
    window: timedelta,
    at_least: int = 3,
    common: Iterable[frozenset[Element]] = (),
) -> list[FaultGroup]:
    """One rule on ``at_least`` elements that begins within ``window`` is one fault.

    What an open fault names ``together`` stays together while any of it lasts, and takes in
    what begins within the window of it.
    """
    clusters: list[list[FaultGroup]] = []
    for group in sorted(groups, key=lambda g: (_rule(g), g.since, g.roots)):
        fits = clusters and _rule(clusters[-1][0]) == _rule(group)
        if fits and group.since - clusters[-1][0].since <= window:
            clusters[-1].append(group)
        else:
            clusters.append([group])
    found: list[list[FaultGroup]] = []
    for cluster in clusters:
        found += [cluster] if len(cluster) >= at_least else [[group] for group in cluster]
    for roots in common:
        mine = [c for c in found if len(roots) > 1 and any(_names(group, roots) for group in c)]
        if len(mine) > 1:
            found = [c for c in found if c not in mine]
            found.append([group for cluster in mine for group in cluster])
    return [_as_one(sorted(cluster, key=lambda g: (g.since, g.roots))) for cluster in found]


def _rule(group: FaultGroup) -> str:
    return group.roots[0].rule


def _names(group: FaultGroup, roots: frozenset[Element]) -> bool:
    return not roots.isdisjoint(group.roots)


def _as_one(groups: Sequence[FaultGroup]) -> FaultGroup:
    first, *others = groups
    for other in others:
        first = _merged(first, other, frozenset())
    return first
