"""Where an end of a question stands in the graph of ways: nodes it sends from and is reached at."""

from collections.abc import Iterable, Iterator

from device_configs.proofs.failures.graph import WayGraph
from device_configs.proofs.topology import host_node, sender_node
from device_configs.site.model import Site

Place = tuple[str, str]
"""A device or a seat, and the network it is asked in."""


def start_nodes(site: Site, graph: WayGraph, places: Iterable[Place]) -> list[int]:
    """The nodes at which what stands at these places sends its packets."""
    return [node for place in places for node in _starts(site, graph, *place)]


def goal_nodes(site: Site, graph: WayGraph, places: Iterable[Place]) -> list[int]:
    """The nodes at which what stands at these places has received a packet."""
    return [node for place in places for node in _goals(site, graph, *place)]


def _starts(site: Site, graph: WayGraph, name: str, network: str) -> Iterator[int]:
    seat = site.seats.get(name)
    names = [f"{seat.switch}>{network}"] if seat else [sender_node(name, network)]
    if not seat and (site.devices[name].role.forwards or _is_transit(site, network)):
        names = [name]
    yield from (node for node in map(graph.find, names) if node is not None)


def _goals(site: Site, graph: WayGraph, name: str, network: str) -> Iterator[int]:
    seat = site.seats.get(name)
    nodes = (
        [graph.find(f"{seat.switch}{way}{network}") for way in "<>"]
        if seat
        else [graph.find(name) if _is_transit(site, network) else host_node(graph, name)]
    )
    yield from (node for node in nodes if node is not None)


def _is_transit(site: Site, network: str) -> bool:
    return site.networks[network].is_point_to_point
