"""The segments of a site, and which filters stand between each two of them.

A packet gets from one segment to another when on some way every filter permits it. What matters of
a way is therefore the set of rule sets on it, and of all ways the smallest such sets. A gate and a
voice gateway end a conversation, so no way leads through one.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from device_configs.proofs.endpoints import hosts_of, places_beyond
from device_configs.proofs.failures.graph import WayGraph
from device_configs.proofs.filters.behind import addresses_of
from device_configs.proofs.filters.spans import Interval, common, complement, intervals, merged
from device_configs.proofs.places import Place, start_nodes
from device_configs.proofs.topology import build_graph, side_of
from device_configs.site.model import Network, Site

FilterNames = frozenset[str]
"""Names of the rule sets on a way."""
Choices = frozenset[FilterNames]
"""One set for each way that no other way is better than; empty where no way leads."""
UNFILTERED: Choices = frozenset([frozenset()])


@dataclass(frozen=True)
class Segment:
    """Hosts of one network, or what nobody declared beyond the circuits of a zone."""

    name: str
    zone: str
    addresses: tuple[Interval, ...]
    places: tuple[Place, ...]
    is_far: bool = False


@dataclass(frozen=True)
class SegmentPair:
    """From the hosts of some segments to those of others; each zone is that of all of them."""

    zones: tuple[str, str]
    sources: tuple[Interval, ...]
    destinations: tuple[Interval, ...]
    choices: Choices


def segments_of(site: Site) -> list[Segment]:
    """Every network with hosts, and the far end of every circuit's zone.

    Management carries no traffic of users; a network between two routers holds no host.
    """
    networks = [
        network
        for network in site.networks.values()
        if side_of(site, network) != "management" and not network.is_point_to_point
    ]
    return [*(_segment(site, network) for network in networks), *_far_ends(site, networks)]


def _segment(site: Site, network: Network) -> Segment:
    addresses = tuple(intervals([network.prefix]))
    return Segment(network.name, network.zone, addresses, hosts_of(site, network))


def _far_ends(site: Site, networks: list[Network]) -> Iterator[Segment]:
    for zone in sorted(site.outside_zones):
        near = intervals(network.prefix for network in networks if network.zone == zone)
        addresses = tuple(common(addresses_of(site, zone), complement(near)))
        yield Segment(f"beyond {zone}", zone, addresses, tuple(places_beyond(site, zone)), True)


def segment_pairs(site: Site) -> list[SegmentPair]:
    """Every two segments that a way joins, those with the same filters to all others as one."""
    segments = segments_of(site)
    between = _between(site, segments)
    groups: dict[tuple[object, ...], list[int]] = {}
    for number, segment in enumerate(segments):
        there = tuple(between[number, other] for other in range(len(segments)))
        back = tuple(between[other, number] for other in range(len(segments)))
        groups.setdefault((segment.zone, there, back), []).append(number)
    joined = [[segments[number] for number in numbers] for numbers in groups.values()]
    firsts = [numbers[0] for numbers in groups.values()]
    return [
        SegmentPair((one[0].zone, other[0].zone), _addresses(one), _addresses(other), choices)
        for one, here in zip(joined, firsts, strict=True)
        for other, there in zip(joined, firsts, strict=True)
        if (choices := between[here, there])
    ]


def _addresses(segments: list[Segment]) -> tuple[Interval, ...]:
    return tuple(merged(span for segment in segments for span in segment.addresses))


def _between(site: Site, segments: list[Segment]) -> Mapping[tuple[int, int], Choices]:
    sides = frozenset(zone.side for zone in site.zones.values() if zone.side != "management")
    senders = frozenset(name for segment in segments for name, _ in segment.places)
    graph = build_graph(site, sides, senders=senders & site.devices.keys())
    goals = [list(_goals(site, graph, segment)) for segment in segments]
    search = _Search(site, graph)
    found: dict[tuple[int, int], Choices] = {}
    for number, segment in enumerate(segments):
        reached = search.from_nodes(start_nodes(site, graph, segment.places))
        for other, nodes in enumerate(goals):
            choices: set[FilterNames] = set()
            for node in nodes:
                for names in reached.get(node, ()):
                    _improve(choices, names)
            found[number, other] = _own(segment) if number == other else frozenset(choices)
    return found


def _own(segment: Segment) -> Choices:
    """Hosts of one network reach each other; what is beyond a circuit does so elsewhere."""
    return frozenset() if segment.is_far else UNFILTERED


def _goals(site: Site, graph: WayGraph, segment: Segment) -> Iterator[int]:
    """Where hosts of the segment take packets in: by their port in it, not by another of theirs."""
    for name, network in segment.places:
        carrier = site.seats[name].switch if name in site.seats else name
        names = [f"{carrier}<{network}", f"{carrier}>{network}"]
        if site.networks[network].is_point_to_point:
            names = [name]
        yield from (node for node in map(graph.find, names) if node is not None)


class _Search:
    """From some nodes to all others, with the smallest sets of filters on the ways there."""

    def __init__(self, site: Site, graph: WayGraph) -> None:
        self._carriers = graph.elements
        self._onward: list[list[int]] = [[] for _ in graph.names]
        for tail, head, _ in graph.edges:
            self._onward[tail].append(head)
        rule_sets = {name: site.rule_set_of(name) for name in site.devices}
        self._filters = {name: found.name for name, found in rule_sets.items() if found}
        self._ends = {name for name, device in site.devices.items() if device.role.relays}

    def from_nodes(self, starts: list[int]) -> Mapping[int, set[FilterNames]]:
        begun = frozenset(starts)
        reached: dict[int, set[FilterNames]] = {node: {frozenset()} for node in begun}
        waiting = deque((node, frozenset[str]()) for node in begun)
        while waiting:
            node, names = waiting.popleft()
            if names not in reached[node]:
                continue  # a smaller set came in the meantime
            for head in self._onward[node]:
                passed = self._passed(node, head, names, begun)
                if passed is not None and _improve(reached.setdefault(head, set()), passed):
                    waiting.append((head, passed))
        return reached

    def _passed(
        self, tail: int, head: int, names: FilterNames, begun: frozenset[int]
    ) -> FilterNames | None:
        """The filters behind a packet that leaves a device; None where it does not leave it."""
        carrier = self._carriers[tail]
        if carrier is None or carrier == self._carriers[head] or tail in begun:
            return names
        if carrier in self._ends:
            return None
        return names | {self._filters[carrier]} if carrier in self._filters else names


def _improve(choices: set[FilterNames], names: FilterNames) -> bool:
    """Add a set unless one is contained in it, and drop those that contain it."""
    if any(known <= names for known in choices):
        return False
    choices -= {known for known in choices if names < known}
    choices.add(names)
    return True
