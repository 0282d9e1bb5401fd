"""Sets of numbers as sorted spans, both ends included: joined, met, complemented (pure)."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network

from device_configs.proofs.filters.boxes import ADDRESSES

Interval = tuple[int, int]


def intervals(prefixes: Iterable[IPv4Network]) -> list[Interval]:
    """Prefixes as sorted intervals that do not touch."""
    lows = ((int(p.network_address), p.prefixlen) for p in prefixes)
    return merged((low, low | ADDRESSES[1] >> length) for low, length in lows)


def merged(spans: Iterable[Interval]) -> list[Interval]:
    """The same integers in as few intervals as possible, sorted."""
    found: list[Interval] = []
    for low, high in sorted(spans):
        if found and low <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return found


def meets(spans: Iterable[Interval], held: Sequence[Interval]) -> bool:
    """Whether any span shares an integer with ``held``, which is sorted and does not touch."""
    for low, high in spans:
        after = bisect_right(held, (high, _BEYOND))
        if after and held[after - 1][1] >= low:
            return True
    return False


def is_within(span: Interval, held: Sequence[Interval]) -> bool:
    """Whether all of the span is in ``held``, which is sorted and does not touch."""
    after = bisect_right(held, (span[0], _BEYOND))
    return after > 0 and held[after - 1][1] >= span[1]


_BEYOND = 2**32


def complement(held: Iterable[Interval]) -> list[Interval]:
    """Every address that is not in ``held``, which is sorted and does not touch."""
    found, free = [], ADDRESSES[0]
    for low, high in held:
        if free < low:
            found.append((free, low - 1))
        free = high + 1
    return [*found, (free, ADDRESSES[1])] if free <= ADDRESSES[1] else found


def common(one: Sequence[Interval], other: Sequence[Interval]) -> list[Interval]:
    """The integers in both lists of intervals; each is sorted and does not touch."""
    found: list[Interval] = []
    if not one or not other:
        return found
    mine, theirs = _first_near(one, other[0][0]), _first_near(other, one[0][0])
    while mine < len(one) and theirs < len(other):
        low, high = one[mine]
        other_low, other_high = other[theirs]
        first, last = max(low, other_low), min(high, other_high)
        if first <= last:
            found.append((first, last))
        if high < other_high:
            mine += 1
        else:
            theirs += 1
    return found


def _first_near(held: Sequence[Interval], address: int) -> int:
    """Where the first interval stands that may reach the address; those before end below it."""
    return max(0, bisect_right(held, (address, _BEYOND)) - 1)
