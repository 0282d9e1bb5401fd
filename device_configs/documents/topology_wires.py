"""The cables of the topology picture: where each leaves its box, and what is written there (pure).

A cable leaves sideways, with a level stretch that carries its label, or up and down to the box
right above or below. Labels are level everywhere, and each has room of its own.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Interface

from device_configs.documents.lettering import text_width
from device_configs.documents.sockets import Sockets, sockets_of
from device_configs.documents.svg import Point
from device_configs.documents.topology_plan import DrawnDevice, TopologyPlan, drawn_links
from device_configs.documents.wire_sides import (
    MARGIN,
    EndKey,
    Leaving,
    leavings,
    ports_along_sides,
)
from device_configs.site.model import End, Link, Site

LABEL = 13.5
LINE = 16.0


@dataclass(frozen=True, slots=True)
class Label:
    """One or two lines at an end of a cable: port and socket, then the address.

    ``level`` labels sit on their line, the first text above it and the second below; others stand
    beside a line that goes up and down. ``x`` is where the text starts, or ends for anchor ``end``.
    """

    x: float
    y: float
    anchor: str
    port: str
    address: str
    level: bool

    @property
    def width(self) -> float:
        return max(text_width(text, LABEL) for text in (self.port, self.address))


@dataclass(frozen=True, slots=True)
class Wire:
    """A drawn cable. ``plate`` is the middle of its plate, where it is a circuit's."""

    link: Link
    points: tuple[Point, ...]
    labels: tuple[Label, Label]
    plate: Point


def wires(site: Site, plan: TopologyPlan) -> tuple[Wire, ...]:
    """Every drawn cable exactly once, in the order of the declaration."""
    links = drawn_links(site)
    ends = {
        (link.name, at): leaving
        for link in links
        for at, leaving in enumerate(leavings(link, plan))
    }
    ports = ports_along_sides(ends)
    sockets, beside = sockets_of(site), _parallel(links)
    return tuple(_wire(site, sockets, link, beside[link.name], ends, ports) for link in links)


def _wire(
    site: Site,
    sockets: Sockets,
    link: Link,
    beside: str,
    ends: Mapping[EndKey, Leaving],
    ports: Mapping[EndKey, float],
) -> Wire:
    keys = ((link.name, 0), (link.name, 1))
    texts = [_texts(site, sockets, link, ends[key].end) for key in keys]
    labels = [
        _label(ends[key], ports[key], port, address, beside)
        for key, (port, address) in zip(keys, texts, strict=True)
    ]
    stubs = [_stub(ends[key], ports[key], label) for key, label in zip(keys, labels, strict=True)]
    points = (*stubs[0], *reversed(stubs[1]))
    return Wire(link, points, (labels[0], labels[1]), _middle(points))


def _texts(site: Site, sockets: Sockets, link: Link, end: End) -> tuple[str, str]:
    """What stands at an end: ``egov 1G-1`` and ``10.253.1.0/31``, where it has an address."""
    network = site.networks[link.network]
    port = f"{end.port} {sockets.get((end.device, end.port), '')}".strip()
    if end.device not in network.members:
        return (port, "")
    address: IPv4Interface = network.interface_of(end.device)
    return (port, str(address))


def _parallel(links: Iterable[Link]) -> dict[str, str]:
    """On which side of an upright cable its labels stand: of two, the left one's to the left."""
    pairs: dict[frozenset[str], list[str]] = defaultdict(list)
    for link in links:
        pairs[frozenset((link.a.device, link.b.device))].append(link.name)
    return {
        name: "end" if at < len(names) // 2 else "start"
        for names in pairs.values()
        for at, name in enumerate(sorted(names))
    }


def _label(leaving: Leaving, at: float, port: str, address: str, beside: str) -> Label:
    box = leaving.box
    if leaving.side == "right":
        return Label(box.right + MARGIN, at, "start", port, address, level=True)
    if leaving.side in ("left", "outer"):
        return Label(box.x - MARGIN, at, "end", port, address, level=True)
    x = at + (MARGIN if beside == "start" else -MARGIN)
    lines = 2 if address else 1
    y = box.bottom + LINE if leaving.side == "bottom" else box.y - 6 - LINE * (lines - 1)
    return Label(x, y, beside, port, address, level=False)


def _stub(leaving: Leaving, at: float, label: Label) -> tuple[Point, ...]:
    """From the box past the label."""
    past = MARGIN + label.width + MARGIN
    leave: Mapping[str, Callable[[DrawnDevice], tuple[Point, ...]]] = {
        "right": lambda box: ((box.right, at), (box.right + past, at)),
        "left": lambda box: ((box.x, at), (box.x - past, at)),
        "outer": lambda box: ((box.x, at), (box.x - past, at)),
        "top": lambda box: ((at, box.y),),
        "bottom": lambda box: ((at, box.bottom),),
    }
    return leave[leaving.side](leaving.box)


def _middle(points: tuple[Point, ...]) -> Point:
    """Halfway along the middle stretch."""
    at = len(points) // 2 - 1
    (ax, ay), (bx, by) = points[at], points[at + 1]
    return ((ax + bx) / 2, (ay + by) / 2)
