"""From which side of a box each cable leaves, and where along it (pure)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from device_configs.documents.topology_plan import PITCH, DrawnDevice, TopologyPlan
from device_configs.site.model import End, Link

MARGIN = 8.0


@dataclass(frozen=True, slots=True)
class Leaving:
    """An end of a cable at its box: on which side, and towards which box."""

    link: Link
    end: End
    box: DrawnDevice
    far: DrawnDevice
    side: str


def leavings(link: Link, plan: TopologyPlan) -> tuple[Leaving, Leaving]:
    a, b = plan.boxes[link.a.device], plan.boxes[link.b.device]
    near, far = _sides(a, b, plan.boxes.values())
    return (Leaving(link, link.a, a, b, near), Leaving(link, link.b, b, a, far))


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


EndKey = tuple[str, int]


def ports_along_sides(ends: Mapping[EndKey, Leaving]) -> dict[EndKey, float]:
    """Where along its side each end leaves: a height for sideways ones, else a place across."""
    sides: dict[tuple[str, str], list[EndKey]] = defaultdict(list)
    for key, leaving in ends.items():
        sides[leaving.box.name, leaving.side].append(key)
    found: dict[EndKey, float] = {}
    tall: list[list[EndKey]] = []
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


def _across(ends: Mapping[EndKey, Leaving], keys: list[EndKey]) -> dict[EndKey, float]:
    """Evenly over the narrower of the two boxes, so that stacked cables are upright."""
    groups: dict[str, list[EndKey]] = defaultdict(list)
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


def _down(ends: Mapping[EndKey, Leaving], keys: list[EndKey]) -> dict[EndKey, float]:
    """One below another, in the order of where they lead, around the middle of the box."""
    ordered = sorted(keys, key=lambda key: (ends[key].far.middle, ends[key].far.y, key))
    box = ends[keys[0]].box
    pitch = min(PITCH, box.height / len(ordered))
    first = box.middle - pitch * (len(ordered) - 1) / 2
    return {key: first + pitch * at for at, key in enumerate(ordered)}


def _down_tall(
    ends: Mapping[EndKey, Leaving], keys: list[EndKey], known: Mapping[EndKey, float]
) -> dict[EndKey, float]:
    """Level with the other end where that stands beside the box; the others at its head."""
    box = ends[keys[0]].box
    found: dict[EndKey, float] = {}
    head = []
    for key in keys:
        level = known.get((key[0], 1 - key[1]))
        if level is not None and not ends[key].far.tall and box.y < level < box.bottom:
            found[key] = level
        else:
            head.append(key)
    head.sort(key=lambda key: (ends[key].far.y, key[0]))
    return found | {key: box.y + PITCH * (at + 0.6) for at, key in enumerate(head)}
