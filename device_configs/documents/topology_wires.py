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
from device_configs.documents.topology_plan import PITCH, DrawnDevice, Plan, drawn_links
from device_configs.site.model import End, Link, Site

LABEL = 13.5
MARGIN = 8.0
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


@dataclass(frozen=True, slots=True)
class _Leaving:
    """An end of a cable at its box: on which side, and towards which box."""

    link: Link
    end: End
    box: DrawnDevice
    far: DrawnDevice
    side: str


def wires(site: Site, plan: Plan) -> tuple[Wire, ...]:
    """Every drawn cable exactly once, in the order of the declaration."""
    links = drawn_links(site)
    ends = {
        (link.name, at): leaving
        for link in links
        for at, leaving in enumerate(_leavings(link, plan))
    }
    ports = _ports(ends)
    sockets, beside = sockets_of(site), _beside(links)
    return tuple(_wire(site, sockets, link, beside[link.name], ends, ports) for link in links)


def _leavings(link: Link, plan: Plan) -> tuple[_Leaving, _Leaving]:
    a, b = plan.boxes[link.a.device], plan.boxes[link.b.device]
    near, far = _sides(a, b, plan.boxes.values())
    return (_Leaving(link, link.a, a, b, near), _Leaving(link, link.b, b, a, far))


def _sides(a: DrawnDevice, b: DrawnDevice, boxes: Iterable[DrawnDevice]) -> tuple[str, str]:
    if _stacked(a, b, boxes):
        return ("bottom", "top") if a.y < b.y else ("top", "bottom")
    if a.column == b.column:
        return ("outer", "outer")
    return ("right", "left") if a.column < b.column else ("left", "right")


def _stacked(a: DrawnDevice, b: DrawnDevice, boxes: Iterable[DrawnDevice]) -> bool:
    """Whether one is above the other with nothing in between; bands lie above every column."""
    upper, lower = sorted((a, b), key=lambda box: box.y)
    if upper.column >= 0 and upper.column != lower.column:
        return False
    x = lower.centre
    if not (upper.x < x < upper.right and upper.bottom < lower.y):
        return False
    return not any(
        box.x < x < box.right and upper.bottom <= box.y < lower.y
        for box in boxes
        if box not in (upper, lower)
    )


_Key = tuple[str, int]


def _ports(ends: Mapping[_Key, _Leaving]) -> dict[_Key, float]:
    """Where along its side each end leaves: a height for sideways ones, else a place across."""
    sides: dict[tuple[str, str], list[_Key]] = defaultdict(list)
    for key, leaving in ends.items():
        sides[leaving.box.name, leaving.side].append(key)
    found: dict[_Key, float] = {}
    tall: list[list[_Key]] = []
    for (_, side), keys in sides.items():
        if side in ("top", "bottom"):
            found |= _across(ends, keys)
        elif ends[keys[0]].box.tall:
            tall.append(keys)
        else:
            found |= _down(ends, keys)
    for keys in tall:
        found |= _down_tall(ends, keys, found)
    return found


def _across(ends: Mapping[_Key, _Leaving], keys: list[_Key]) -> dict[_Key, float]:
    """Evenly over the narrower of the two boxes, so that stacked cables are upright."""
    groups: dict[str, list[_Key]] = defaultdict(list)
    for key in keys:
        groups[ends[key].far.name].append(key)
    found = {}
    for group in groups.values():
        one = ends[group[0]]
        narrow = min(one.box, one.far, key=lambda box: box.width)
        ordered = sorted(group, key=lambda key: key[0])
        for at, key in enumerate(ordered, 1):
            found[key] = narrow.x + narrow.width * at / (len(ordered) + 1)
    return found


def _down(ends: Mapping[_Key, _Leaving], keys: list[_Key]) -> dict[_Key, float]:
    """One below another, in the order of where they lead, around the middle of the box."""
    ordered = sorted(keys, key=lambda key: (ends[key].far.middle, ends[key].far.y, key))
    box = ends[keys[0]].box
    pitch = min(PITCH, box.height / len(ordered))
    first = box.middle - pitch * (len(ordered) - 1) / 2
    return {key: first + pitch * at for at, key in enumerate(ordered)}


def _down_tall(
    ends: Mapping[_Key, _Leaving], keys: list[_Key], known: Mapping[_Key, float]
) -> dict[_Key, float]:
    """Level with the other end where that stands beside the box; the others at its head."""
    box = ends[keys[0]].box
    found: dict[_Key, float] = {}
    head = []
    for key in keys:
        level = known.get((key[0], 1 - key[1]))
        if level is not None and not ends[key].far.tall and box.y < level < box.bottom:
            found[key] = level
        else:
            head.append(key)
    head.sort(key=lambda key: (ends[key].far.y, key[0]))
    return found | {key: box.y + PITCH * (at + 0.6) for at, key in enumerate(head)}


def _wire(
    site: Site,
    sockets: Sockets,
    link: Link,
    beside: str,
    ends: Mapping[_Key, _Leaving],
    ports: Mapping[_Key, float],
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


def _beside(links: Iterable[Link]) -> dict[str, str]:
    """On which side of an upright cable its labels stand: of two, the left one's to the left."""
    pairs: dict[frozenset[str], list[str]] = defaultdict(list)
    for link in links:
        pairs[frozenset((link.a.device, link.b.device))].append(link.name)
    return {
        name: "end" if at < len(names) // 2 else "start"
        for names in pairs.values()
        for at, name in enumerate(sorted(names))
    }


def _label(leaving: _Leaving, at: float, port: str, address: str, beside: str) -> Label:
    box = leaving.box
    if leaving.side == "right":
        return Label(box.right + MARGIN, at, "start", port, address, level=True)
    if leaving.side in ("left", "outer"):
        return Label(box.x - MARGIN, at, "end", port, address, level=True)
    x = at + (MARGIN if beside == "start" else -MARGIN)
    lines = 2 if address else 1
    y = box.bottom + LINE if leaving.side == "bottom" else box.y - 6 - LINE * (lines - 1)
    return Label(x, y, beside, port, address, level=False)


def _stub(leaving: _Leaving, at: float, label: Label) -> tuple[Point, ...]:
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
