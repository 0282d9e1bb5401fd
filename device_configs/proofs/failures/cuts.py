"""Which failures cut which seats from which services: the search behind the single points."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from device_configs.proofs.failures.graph import WayGraph, reach
from device_configs.proofs.failures.scenarios import FailedElement, Scenarios, bits_of
from device_configs.proofs.topology import (
    Attachment,
    Sides,
    build_graph,
    host_node,
    service_sides,
    start_node,
)
from device_configs.site.model import Service, Site


@dataclass(frozen=True)
class Ways:
    """The graph towards a service, the nodes that answer for it, and who uses it."""

    graph: WayGraph
    hosts: tuple[int, ...]
    used_by_seats: bool = True


@dataclass(frozen=True)
class Cut:
    """What fails in one scenario, and what it cuts: service -> names of seats.

    A service that seats do not use is cut, with no seats, when nobody reaches it any more.
    """

    failed_elements: tuple[FailedElement, ...]
    seats: Mapping[str, frozenset[str]]

    @property
    def all_seats(self) -> frozenset[str]:
        return frozenset().union(*self.seats.values())


def ways_to(site: Site, services: Iterable[Service], least_mbps: int = 0) -> Mapping[str, Ways]:
    """The ways to each service by its name; services that share sides share a graph."""
    graphs: dict[Sides, WayGraph] = {}
    found = {}
    for service in services:
        sides = service_sides(site, service)
        graph = graphs.get(sides)
        if graph is None:
            graph = graphs[sides] = build_graph(site, sides, least_mbps)
        hosts = (host_node(graph, name) for name in service.hosts)
        answering = tuple(node for node in hosts if node is not None)
        found[service.name] = Ways(graph, answering, service.used_by_seats)
    return found


def cuts(
    ways: Mapping[str, Ways], seats: Mapping[Attachment, Sequence[str]], scenarios: Scenarios
) -> list[Cut]:
    """Every scenario that cuts something, in the order of the scenarios."""
    return cuts_of(cut_bits(ways, seats, scenarios), seats, scenarios)


def cuts_of(
    bits_of_each: Mapping[tuple[str, Attachment | None], Iterable[int]],
    seats: Mapping[Attachment, Sequence[str]],
    scenarios: Scenarios,
) -> list[Cut]:
    """The scenarios of these bits, (service, attachment) -> bits, as cuts in their order."""
    lost: dict[int, dict[str, set[str]]] = {}
    for (service, at), bits in bits_of_each.items():
        for bit in bits:
            found = lost.setdefault(bit, {}).setdefault(service, set())
            if at is not None:
                found.update(seats[at])
    return [
        Cut(
            scenarios.failed_elements_of(bit),
            {service: frozenset(names) for service, names in sorted(lost[bit].items())},
        )
        for bit in sorted(lost)
    ]


def cut_bits(
    ways: Mapping[str, Ways],
    seats: Iterable[Attachment],
    scenarios: Scenarios,
    ignored: Callable[[str, Attachment | None], int] = lambda _, __: 0,
) -> dict[tuple[str, Attachment | None], tuple[int, ...]]:
    """(service, attachment) -> the scenarios that cut the two, where there are any.

    The attachment is None for a service that seats do not use: cut from all attachments at once.
    ``ignored`` are the scenarios that are not asked about.
    """
    reached: dict[tuple[int, tuple[int, ...]], list[int]] = {}
    listed: dict[int, tuple[int, ...]] = {}
    places = list(seats)
    found: dict[tuple[str, Attachment | None], tuple[int, ...]] = {}
    for service, way in ways.items():
        key = (id(way.graph), way.hosts)
        if key not in reached:
            reached[key] = reach(
                way.graph, way.hosts, scenarios.dead, scenarios.everything, backward=True
            )
        lost = _lost(way, places, reached[key], scenarios.everything)
        for at, cut in lost.items():
            cut &= ~ignored(service, at)
            if cut not in listed:
                listed[cut] = tuple(bits_of(cut))
            if cut:
                found[service, at] = listed[cut]
    return found


def _lost(
    way: Ways, places: Sequence[Attachment], reached: Sequence[int], everything: int
) -> dict[Attachment | None, int]:
    nodes = {at: start_node(way.graph, at) for at in places}
    lost: dict[Attachment | None, int] = {
        at: everything & ~(0 if node is None else reached[node]) for at, node in nodes.items()
    }
    if way.used_by_seats:
        return lost
    for cut in lost.values():
        everything &= cut
    return {None: everything}
