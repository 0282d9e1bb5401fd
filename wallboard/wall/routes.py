"""How links are drawn between the boxes (pure): straight where possible, else on rails.

Links that leave one device towards one row share a rail in the gap between rows; each has its own
last stretch (``own``), on which a cut is marked. No line crosses a box.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from device_configs.site.model import Link, LinkKind, Site
from wallboard.wall.topology import ROW_CENTRES, TALL_BOX_HEIGHT, Box, WallPlan

Point = tuple[float, float]

_DRAWN = (LinkKind.ROUTED, LinkKind.INLINE, LinkKind.ACCESS, LinkKind.TRUNK)
_LANE = 25.0


@dataclass(frozen=True, slots=True)
class Route:
    """A drawn line. Parallel cables between two devices are one route with several links."""

    links: tuple[str, ...]
    points: tuple[Point, ...]
    own: tuple[Point, ...]
    management: bool = False

    @property
    def mark(self) -> Point:
        """The middle of the longest stretch of its own part."""
        pairs = list(zip(self.own, self.own[1:], strict=False))
        (ax, ay), (bx, by) = max(
            pairs, key=lambda p: abs(p[0][0] - p[1][0]) + abs(p[0][1] - p[1][1])
        )
        return ((ax + bx) / 2, (ay + by) / 2)


def path_data(points: tuple[Point, ...]) -> str:
    """The ``d`` of an SVG path."""
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points)


def routes(site: Site, plan: WallPlan) -> tuple[Route, ...]:
    """Every drawn link of the site, each exactly once."""
    return (*_circuit_routes(site, plan), *_device_routes(site, plan))


def _circuit_routes(site: Site, plan: WallPlan) -> list[Route]:
    drawn = []
    for circuit in site.circuits.values():
        box = plan.circuits[circuit.name]
        for name in circuit.links:
            ours = [e.device for e in site.links[name].ends if e.device in plan.devices]
            for device in ours:
                target = plan.devices[device]
                x = target.centre
                points: tuple[Point, ...] = ((x, box.bottom), (x, target.y))
                if not box.spans(x, 10):
                    y = box.bottom + _LANE
                    points = ((box.centre, box.bottom), (box.centre, y), (x, y), (x, target.y))
                drawn.append(Route((name,), points, points))
    return drawn


def _pairs(site: Site, plan: WallPlan) -> dict[tuple[str, str], list[Link]]:
    """Drawn links by pair of devices, the upper (then left) one first.

    Management cables are drawn only to devices that have no other line.
    """
    pairs: dict[tuple[str, str], list[Link]] = defaultdict(list)
    connected: set[str] = set()
    for link in site.links.values():
        names = (link.a.device, link.b.device)
        if link.kind in _DRAWN and all(name in plan.devices for name in names):
            pairs[_ordered(plan, *names)].append(link)
            connected.update(names)
    for link in site.links.values():
        far = link.b.device if _is_hub(site, link.a.device) else link.a.device
        both = all(end.device in plan.devices for end in link.ends)
        if link.kind is LinkKind.MANAGEMENT and both and far not in connected:
            pairs[_ordered(plan, link.a.device, link.b.device)].append(link)
    return pairs


def _is_hub(site: Site, device: str) -> bool:
    kinds = [link.kind for link in site.links_of[device]]
    return kinds.count(LinkKind.MANAGEMENT) > 1


def _ordered(plan: WallPlan, one: str, other: str) -> tuple[str, str]:
    boxes = (plan.devices[one], plan.devices[other])
    first, second = sorted(boxes, key=lambda box: (box.row, box.x))
    return first.name, second.name


def _device_routes(site: Site, plan: WallPlan) -> list[Route]:
    pairs = _pairs(site, plan)
    rails: dict[tuple[str, int], list[tuple[str, str]]] = defaultdict(list)
    drawn = []
    for (upper, lower), links in pairs.items():
        points = _straight(plan, plan.devices[upper], plan.devices[lower], links[0].kind)
        if points is not None:
            names = tuple(link.name for link in links)
            drawn.append(Route(names, points, points, links[0].kind is LinkKind.MANAGEMENT))
            continue
        source = _rail_source(pairs, upper, lower)
        target = lower if source == upper else upper
        rails[source, plan.devices[target].row].append((upper, lower))
    return drawn + _rail_routes(site, plan, pairs, rails)


def _rail_source(pairs: Mapping[tuple[str, str], list[Link]], upper: str, lower: str) -> str:
    """The end with more drawn neighbours carries the rail."""
    return max((upper, lower), key=lambda name: sum(name in pair for pair in pairs))


def _straight(plan: WallPlan, upper: Box, lower: Box, kind: LinkKind) -> tuple[Point, ...] | None:
    if upper.row == lower.row:
        y = upper.middle
        between = any(
            b.row == upper.row and upper.right < b.centre < lower.x for b in plan.devices.values()
        )
        return None if between else ((upper.right, y), (lower.x, y))
    if kind in (LinkKind.ROUTED, LinkKind.INLINE):
        if upper.centre == lower.centre:
            return ((upper.centre, upper.bottom), (lower.centre, lower.y))
        step = 100 if lower.centre > upper.centre else -100
        return ((upper.centre + step, upper.bottom), (lower.centre - step, lower.y))
    x = lower.centre
    blocked = any(
        upper.row < b.row < lower.row and b.x < x < b.right for b in plan.devices.values()
    )
    many = kind in (LinkKind.ACCESS, LinkKind.MANAGEMENT) and lower.row - upper.row == 1
    if upper.spans(x) and not blocked and not many:
        return ((x, upper.bottom), (x, lower.y))
    return None


def _rail_routes(
    site: Site,
    plan: WallPlan,
    pairs: Mapping[tuple[str, str], list[Link]],
    rails: Mapping[tuple[str, int], list[tuple[str, str]]],
) -> list[Route]:
    drawn = []
    lanes = _Lanes()
    for (source_name, row), ends in sorted(rails.items(), key=lambda item: item[0]):
        source = plan.devices[source_name]
        targets = {pair: _other(plan, pair, source_name) for pair in ends}
        climbing = row < source.row
        xs = [source.centre, *(target.centre for target in targets.values())]
        gap = row if climbing else row - 1
        lane = lanes.take(gap, min(xs), max(xs), first=0 if climbing else 1)
        y = _lane_y(gap, lane) + (15 if climbing else 0)
        for pair, target in targets.items():
            partner = plan.devices.get(site.devices[source_name].partner or "")
            trunk = _climb(source, partner, target, y) if climbing else _descend(source, y)
            x = target.centre + (0 if climbing else _port_offset(lane, target))
            corner, end = (x, y), (x, target.bottom if climbing else target.y)
            management = pairs[pair][0].kind is LinkKind.MANAGEMENT
            links = tuple(link.name for link in pairs[pair])
            drawn.append(Route(links, (*trunk, corner, end), (corner, end), management))
    return drawn


def _other(plan: WallPlan, pair: tuple[str, str], source: str) -> Box:
    return plan.devices[pair[0] if pair[1] == source else pair[1]]


class _Lanes:
    """Which stretches of each gap between rows are taken; lane 0 is nearest the upper row."""

    def __init__(self) -> None:
        self._taken: dict[tuple[int, int], list[tuple[float, float]]] = defaultdict(list)

    def take(self, gap: int, left: float, right: float, first: int) -> int:
        lane = first
        while any(left < r and x < right for x, r in self._taken[gap, lane]):
            lane += 1
        self._taken[gap, lane].append((left, right))
        return lane


def _port_offset(lane: int, target: Box) -> float:
    """Where on the target's edge the lane ends: two lanes must not draw one line."""
    return (-1, 1)[lane % 2] * min(34.0, target.width / 5)


def _lane_y(gap: int, lane: int) -> float:
    """Height of a lane in the gap below row ``gap``."""
    return ROW_CENTRES[gap] + TALL_BOX_HEIGHT / 2 + 10 + lane * _LANE


def _descend(source: Box, y: float) -> tuple[Point, ...]:
    return ((source.centre, source.bottom), (source.centre, y))


def _climb(source: Box, partner: Box | None, target: Box, y: float) -> tuple[Point, ...]:
    """From a device up to a rail above its row, round the partner that stands in between."""
    if partner is None and source.row - target.row == 1:
        return ((source.centre, source.y), (source.centre, y))
    if partner is None or not source.right < partner.centre < target.centre:
        column = source.right + 96
        return ((source.right, source.middle), (column, source.middle), (column, y))
    column = partner.right + 140
    below = _lane_y(source.row, 0)
    x = source.centre + source.width / 3
    return ((x, source.bottom), (x, below), (column, below), (column, y))
