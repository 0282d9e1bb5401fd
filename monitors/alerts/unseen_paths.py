"""What may hide a switch whose seats are all silent, where management does not reach it. Pure."""

from collections.abc import Collection, Iterator

from monitors.alerts.graph import Graph
from monitors.alerts.paths import Damage, Paths
from monitors.alerts.reading import EvidenceReading
from monitors.evidence import Element


def may_hide(
    graph: Graph,
    paths: Paths,
    reading: EvidenceReading,
    reached: Collection[str],
    known: Damage,
    switch: str,
) -> tuple[Element, ...]:
    """Devices and data cables each of which alone would cut the switch off beside ``known``.

    ``reached``: devices whose management is reached. What is seen to work is none of them: a
    device that is reached or has a seat that answers, a cable whose port is reported up. A switch
    that is reached itself is the only one: that its seats are silent is its own matter.
    """
    if switch in reached:
        return (Element.device(switch),)
    named = [
        element
        for element, damage in _unseen(graph, reading, reached, switch)
        if switch in damage.devices or switch not in paths.from_collector(known | damage)
    ]
    return tuple(sorted(named))


def _unseen(
    graph: Graph, reading: EvidenceReading, reached: Collection[str], switch: str
) -> Iterator[tuple[Element, Damage]]:
    """The switch, which nobody may watch, and whatever of the data network nobody sees work."""
    alive = {
        other
        for number, other in graph.seat_switch.items()
        if reading.of(Element.seat_host(number)).ok
    }
    for device in (graph.devices | {switch}).difference(reached, alive):
        yield Element.device(device), Damage(devices=frozenset({device}))
    for link in graph.data.keys() - frozenset(graph.seat_link.values()):
        if not _is_reported_up(graph, reading, reached, link):
            yield Element.link(link), Damage(links=frozenset({link}))


def _is_reported_up(
    graph: Graph, reading: EvidenceReading, reached: Collection[str], link: str
) -> bool:
    return any(end in reached and reading.of(port).ok for end, port in graph.ports_of.get(link, ()))
