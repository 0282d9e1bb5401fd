"""The algebra of boxes: sets of packets as products of intervals and small sets.

A packet is a point in eight dimensions: source zone, destination zone, protocol, minute of the
week, era, source address, destination address, port. Addresses and ports are intervals of
integers, both ends included; the others are bit masks over a small universe, so that a set of
them is one integer. An era is a stretch between two of the dates that time ranges name. A user is
known to a firewall by source addresses and an application by protocol and ports, so that neither
is a dimension of its own. A region is a tuple of boxes. Subtracting one box from another leaves at
most two pieces a dimension of intervals and one a dimension of masks.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

Region = tuple["MatchBox", ...]

ADDRESSES = (0, 2**32 - 1)
PORTS = (0, 65535)
WEEK_MIN = 7 * 24 * 60
"""Minutes of a week; minute 0 is Monday 00:00."""


class MatchBox(NamedTuple):
    """A product of sets; every mask is non-zero and every interval holds at least one integer."""

    source_zones: int
    destination_zones: int
    protocols: int
    times: int
    eras: int
    source_low: int
    source_high: int
    destination_low: int
    destination_high: int
    port_low: int
    port_high: int


MASKS = 5
"""The first fields of a box are masks, the rest pairs of interval ends."""


class TooManyPieces(Exception):
    """A subtraction fell into more pieces than allowed; nothing is decided about it."""


def overlap(one: MatchBox, other: MatchBox) -> bool:
    """Whether some packet is in both."""
    return bool(
        one[7] <= other[8]
        and other[7] <= one[8]
        and one[5] <= other[6]
        and other[5] <= one[6]
        and one[9] <= other[10]
        and other[9] <= one[10]
        and one[0] & other[0]
        and one[1] & other[1]
        and one[2] & other[2]
        and one[3] & other[3]
        and one[4] & other[4]
    )


def intersection(one: MatchBox, other: MatchBox) -> MatchBox | None:
    """The packets in both, None where there are none."""
    if not overlap(one, other):
        return None
    return MatchBox(
        one[0] & other[0],
        one[1] & other[1],
        one[2] & other[2],
        one[3] & other[3],
        one[4] & other[4],
        max(one[5], other[5]),
        min(one[6], other[6]),
        max(one[7], other[7]),
        min(one[8], other[8]),
        max(one[9], other[9]),
        min(one[10], other[10]),
    )


def contains(outer: MatchBox, inner: MatchBox) -> bool:
    """Whether every packet of ``inner`` is in ``outer``."""
    return all(inner[i] & ~outer[i] == 0 for i in range(MASKS)) and all(
        outer[i] <= inner[i] and inner[i + 1] <= outer[i + 1] for i in range(MASKS, len(outer), 2)
    )


def subtract_box(box: MatchBox, taken: MatchBox) -> Iterator[MatchBox]:
    """Disjoint boxes that hold what is in ``box`` and not in ``taken``."""
    if not overlap(box, taken):
        yield box
        return
    rest = list(box)
    for i in range(MASKS, len(box), 2):
        low, high = rest[i], rest[i + 1]
        if low < taken[i]:
            yield _with(rest, i, low, taken[i] - 1)
            rest[i] = taken[i]
        if taken[i + 1] < high:
            yield _with(rest, i, taken[i + 1] + 1, high)
            rest[i + 1] = taken[i + 1]
    for i in range(MASKS):
        outside = rest[i] & ~taken[i]
        if outside:
            piece = list(rest)
            piece[i] = outside
            yield MatchBox(*piece)
            rest[i] &= taken[i]


def _with(fields: list[int], at: int, low: int, high: int) -> MatchBox:
    piece = list(fields)
    piece[at], piece[at + 1] = low, high
    return MatchBox(*piece)


def subtract(
    region: Iterable[MatchBox], taken: Iterable[MatchBox], most: int = 100_000
) -> list[MatchBox]:
    """What is left of ``region`` without ``taken``.

    Raises :class:`TooManyPieces` when the rest falls into more than ``most`` boxes.
    """
    left = list(region)
    for hole in taken:
        left = [piece for box in left for piece in subtract_box(box, hole)]
        if len(left) > most:
            raise TooManyPieces(f"more than {most} pieces")
    return left


def meet(region: Iterable[MatchBox], other: Iterable[MatchBox]) -> list[MatchBox]:
    """The packets in both regions; a packet may be in several of the boxes."""
    second = tuple(other)
    found = (intersection(one, box) for one in region for box in second)
    return [box for box in found if box is not None]


def covers(region: Iterable[MatchBox], part: Iterable[MatchBox], most: int = 100_000) -> bool:
    """Whether every packet of ``part`` is in ``region``; raises :class:`TooManyPieces`."""
    return not subtract(part, region, most)
