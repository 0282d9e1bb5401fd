"""Where every device stands on the topology picture (pure).

The two halves are two columns. What joins them stands between: boxes in rows, each cable to a half
a horizontal line, so that ports and addresses are written along it and nothing crosses. The last
tier of the halves (the core switches) is drawn as tall as its rows. What the first tier alone is
connected to (the government cloud) lies on top, the Internet side at the bottom.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from device_configs.site.model import Device, Half, Link, LinkKind, Site

LEFT, TOP = 90.0, 112.0
COLUMN = 236.0
SLOT = 200.0
CENTRE = 580.0
GAP = 232.0
PITCH = 46.0
BOX_HEIGHT = 104.0
ROW_HEIGHT = 54.0
ROW_GAP = 12.0
TIER_GAP = 80.0
CIRCUIT_GAP = 146.0
PLATE_ROOM = 36.0
BAND_HEIGHT = 54.0
SECTION_GAP = 2 * LEFT

APART = (LinkKind.MANAGEMENT, LinkKind.SEAT)
"""Kinds of cables that are listed instead of drawn: one to every device, one to every seat."""


@dataclass(frozen=True, slots=True)
class DrawnDevice:
    """A drawn device. ``column`` orders columns from the left; equal columns stand above another.

    ``tall`` boxes put a port wherever the other end of its cable is.
    """

    name: str
    column: int
    x: float
    y: float
    width: float
    height: float
    tall: bool = False

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def middle(self) -> float:
        return self.y + self.height / 2

    @property
    def centre(self) -> float:
        return self.x + self.width / 2


@dataclass(frozen=True, slots=True)
class TopologyPlan:
    """All boxes by name, and how much room they take."""

    boxes: Mapping[str, DrawnDevice]
    width: float
    height: float
    halves: tuple[tuple[Half, DrawnDevice], ...]
    """The ground of each half's column."""


def drawn_links(site: Site) -> tuple[Link, ...]:
    """The cables that are drawn as lines."""
    return tuple(link for link in site.links.values() if link.kind not in APART)


def plan(site: Site) -> TopologyPlan:
    """Boxes of every device that has a drawn cable."""
    neighbours = _neighbours(drawn_links(site))
    spine = {name for name in neighbours if _is_on_spine(site.devices[name])}
    others = _components(neighbours, [name for name in neighbours if name not in spine])
    on_top = [part for part in others if _hangs_above(site, neighbours, spine, part)]
    boxes: dict[str, DrawnDevice] = {}
    halves: list[tuple[Half, DrawnDevice]] = []
    top = TOP + len(on_top) * (BAND_HEIGHT + CIRCUIT_GAP)
    x, bottom = LEFT, top
    sections = _components(neighbours, [name for name in neighbours if name in spine]) or [()]
    rest = [part for part in others if part not in on_top]
    for number, section in enumerate(sections):
        mine = [part for part in rest if _nearest(neighbours, sections, part) == number]
        made, low = _section(site, neighbours, section, mine, x, top, column=5 * number)
        boxes |= made
        halves += _grounds(site, section, made, low)
        x, bottom = max(box.right for box in made.values()) + SECTION_GAP, max(bottom, low)
    width = x - SECTION_GAP + LEFT
    for row, part in enumerate(on_top):
        y = TOP + row * (BAND_HEIGHT + CIRCUIT_GAP)
        boxes |= _band(part, y, width)
    return TopologyPlan(boxes, width, bottom, tuple(halves))


def _neighbours(links: Iterable[Link]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for link in links:
        found[link.a.device].append(link.b.device)
        found[link.b.device].append(link.a.device)
    return dict(found)


def _components(
    neighbours: Mapping[str, Sequence[str]], names: Sequence[str]
) -> list[tuple[str, ...]]:
    """The names in groups that hang together through each other."""
    left = dict.fromkeys(names)
    found = []
    while left:
        first = next(iter(left))
        part, waiting = [first], [first]
        del left[first]
        while waiting:
            for name in neighbours[waiting.pop(0)]:
                if name in left:
                    del left[name]
                    part.append(name)
                    waiting.append(name)
        found.append(tuple(part))
    return found


def _hangs_above(
    site: Site, neighbours: Mapping[str, Sequence[str]], spine: set[str], part: tuple[str, ...]
) -> bool:
    """A single device of somebody else that only the uppermost tier is connected to."""
    if len(part) > 1 or site.devices[part[0]].is_ours:
        return False
    first = min((_tier(site.devices[name]) for name in spine), default=-1)
    return all(n in spine and _tier(site.devices[n]) == first for n in neighbours[part[0]])


def _is_on_spine(device: Device) -> bool:
    """Whether it stands in the row that the picture is drawn along."""
    return bool(device.role.tier)


def _tier(device: Device) -> int:
    return device.role.tier or 0


def _nearest(
    neighbours: Mapping[str, Sequence[str]],
    sections: Sequence[tuple[str, ...]],
    part: tuple[str, ...],
) -> int:
    around = {neighbour for name in part for neighbour in neighbours[name]}
    return next((i for i, section in enumerate(sections) if around & set(section)), 0)


def _band(part: tuple[str, ...], y: float, width: float) -> dict[str, DrawnDevice]:
    each = (width - 2 * LEFT) / len(part)
    return {
        name: DrawnDevice(name, -1, LEFT + at * each, y, each, BAND_HEIGHT)
        for at, name in enumerate(part)
    }


def _section(
    site: Site,
    neighbours: Mapping[str, Sequence[str]],
    section: tuple[str, ...],
    parts: list[tuple[str, ...]],
    x: float,
    y: float,
    column: int,
) -> tuple[dict[str, DrawnDevice], float]:
    """One pair of halves with all that stands between them; the boxes and their lowest edge."""
    boxes: dict[str, DrawnDevice] = {}
    rows = _spine_rows(site, section)
    open_parts = sorted(parts, key=lambda part: _outwardness(site, part))
    for number, row in enumerate(rows):
        last = number == len(rows) - 1
        mine = [
            part
            for part in open_parts
            if last or {n for name in part for n in neighbours[name]} & set(row)
        ]
        mine = mine if last or _is_core(site, row) else []
        open_parts = [part for part in open_parts if part not in mine]
        made = _tier_boxes(site, row, x, y, column)
        head = _head_room(site, neighbours, section, row)
        centred = any(box.column == column + 2 for box in made.values())
        start = y + head + (TIER_GAP - ROW_GAP if centred and mine else 0)
        below, low = _between(site, neighbours, mine, row, x, start, column)
        tall = bool(mine) and not centred
        height = max(head, low - y) if tall else head
        boxes |= {name: replace(box, height=height, tall=tall) for name, box in made.items()}
        boxes |= below
        y = max(y + height, low) + TIER_GAP
    if not rows:
        boxes, low = _between(site, neighbours, open_parts, (), x, y, column)
        return boxes, low
    return boxes, y - TIER_GAP


def _outwardness(site: Site, part: tuple[str, ...]) -> tuple[bool, bool]:
    """What only seats and our own people use comes first, what faces the Internet last."""
    sides = {site.zones[n.zone].side for name in part for n in site.networks_of[name]}
    return ("internet" in sides, any(_has_circuit(site, name) for name in part))


def _is_core(site: Site, row: tuple[str, ...]) -> bool:
    return any(site.devices[name].role.access_gateway for name in row)


def _spine_rows(site: Site, section: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Tier by tier, pairs beside each other."""
    rows: list[tuple[str, ...]] = []
    tiers = sorted({_tier(site.devices[name]) for name in section})
    for tier in tiers:
        members = [
            device
            for device in site.devices.values()
            if device.name in section and _tier(device) == tier
        ]
        by_half = {half: [d.name for d in members if d.half is half] for half in Half}
        longest = max(map(len, by_half.values()), default=0)
        rows += [
            tuple(names[at] for names in by_half.values() if at < len(names))
            for at in range(longest)
        ]
    return rows


def _tier_boxes(
    site: Site, row: tuple[str, ...], x: float, y: float, column: int
) -> dict[str, DrawnDevice]:
    return {name: _half_box(site.devices[name], x, y, column) for name in row}


def _half_box(device: Device, x: float, y: float, column: int) -> DrawnDevice:
    if device.half is Half.A:
        return DrawnDevice(device.name, column, x, y, COLUMN, BOX_HEIGHT)
    if device.half is Half.B:
        return DrawnDevice(device.name, column + 4, _right_column(x), y, COLUMN, BOX_HEIGHT)
    return DrawnDevice(device.name, column + 2, _centre(x) - CENTRE / 2, y, CENTRE, BOX_HEIGHT)


def _right_column(x: float) -> float:
    return x + COLUMN + 3 * SLOT + 4 * GAP


def _centre(x: float) -> float:
    return (x + _right_column(x) + COLUMN) / 2


def _head_room(
    site: Site,
    neighbours: Mapping[str, Sequence[str]],
    section: tuple[str, ...],
    row: tuple[str, ...],
) -> float:
    """Height of a box that its cables to the other half leave sideways, a port below another."""
    across = [
        sum(n in section and site.devices[n].half is not site.devices[name].half
            for n in neighbours[name])
        for name in row
    ]  # fmt: skip
    return max(BOX_HEIGHT, PITCH * max(across) + 12)


def _between(
    site: Site,
    neighbours: Mapping[str, Sequence[str]],
    parts: list[tuple[str, ...]],
    row: tuple[str, ...],
    x: float,
    y: float,
    column: int,
) -> tuple[dict[str, DrawnDevice], float]:
    """Rows of boxes between the columns, and the lowest edge."""
    boxes: dict[str, DrawnDevice] = {}
    for part in parts:
        made, y = _part(site, neighbours, part, row, x, y + ROW_GAP, column)
        boxes |= made
    return boxes, y + (ROW_GAP if parts else 0)


def _part(
    site: Site,
    neighbours: Mapping[str, Sequence[str]],
    part: tuple[str, ...],
    row: tuple[str, ...],
    x: float,
    y: float,
    column: int,
) -> tuple[dict[str, DrawnDevice], float]:
    distance = _distances(neighbours, part, row)
    ordered = sorted(part, key=lambda name: distance[name])
    by_half = {half: [n for n in ordered if site.devices[n].half is half] for half in Half}
    beside = bool(by_half[Half.A] or by_half[Half.B])
    boxes: dict[str, DrawnDevice] = {}
    for at in range(max(map(len, by_half.values()))):
        names = [found[at] for found in by_half.values() if at < len(found)]
        plates = any(_has_circuit(site, name) for name in names)
        y += PLATE_ROOM if beside and plates and at == 0 else 0
        y += CIRCUIT_GAP if at and plates else TIER_GAP if at else 0
        height = BOX_HEIGHT if beside else ROW_HEIGHT
        for name in names:
            boxes[name] = _slot_box(site.devices[name], x, y, height, beside, column)
        y += height
    return boxes, y


def _has_circuit(site: Site, name: str) -> bool:
    return any(link.circuit is not None for link in site.links_of[name])


def _distances(
    neighbours: Mapping[str, Sequence[str]], part: tuple[str, ...], row: tuple[str, ...]
) -> dict[str, int]:
    """Steps from the row, within the part; what the row is not connected to counts from its end."""
    found = {name: 1 for name in part if set(neighbours[name]) & set(row)} or {part[0]: 1}
    waiting = list(found)
    while waiting:
        name = waiting.pop(0)
        for neighbour in neighbours[name]:
            if neighbour in part and neighbour not in found:
                found[neighbour] = found[name] + 1
                waiting.append(neighbour)
    return found


def _slot_box(
    device: Device, x: float, y: float, height: float, beside: bool, column: int
) -> DrawnDevice:
    centre = _centre(x)
    if device.half is Half.SHARED:
        width = SLOT if beside else CENTRE
        return DrawnDevice(device.name, column + 2, centre - width / 2, y, width, height)
    step = SLOT + GAP
    middle = centre - step if device.half is Half.A else centre + step
    at = column + (1 if device.half is Half.A else 3)
    return DrawnDevice(device.name, at, middle - SLOT / 2, y, SLOT, height)


def _grounds(
    site: Site, section: tuple[str, ...], boxes: Mapping[str, DrawnDevice], low: float
) -> list[tuple[Half, DrawnDevice]]:
    """The ground under each half's column."""
    found = []
    for half in (Half.A, Half.B):
        mine = [boxes[name] for name in section if site.devices[name].half is half]
        if mine:
            y = min(box.y for box in mine) - 36
            x = min(box.x for box in mine) - 14
            found.append((half, DrawnDevice(half, mine[0].column, x, y, COLUMN + 28, low - y + 14)))
    return found
