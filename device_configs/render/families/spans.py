"""Sets of IPv4 addresses as spans of integers: union, intersection, complement."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

_LAST = 2**32 - 1

Span = tuple[int, int]
"""First and last address, both included."""


@dataclass(frozen=True)
class Piece:
    """A part of an address set as boxes take it: a prefix, or a range where it is none."""

    prefix: IPv4Network | None
    first: IPv4Address
    last: IPv4Address


@dataclass(frozen=True)
class Spans:
    """A set of addresses: spans in order, none of which touch."""

    spans: tuple[Span, ...]

    @classmethod
    def of(cls, prefixes: Iterable[IPv4Network]) -> "Spans":
        """The addresses of the prefixes together."""
        found = [(int(p.network_address), p.num_addresses - 1) for p in prefixes]
        return cls(_joined(sorted((first, first + more) for first, more in found)))

    @property
    def is_everything(self) -> bool:
        return self.spans == ((0, _LAST),)

    def complement(self) -> "Spans":
        """Every other address."""
        found: list[Span] = []
        free = 0
        for first, last in self.spans:
            if first > free:
                found.append((free, first - 1))
            free = last + 1
        if free <= _LAST:
            found.append((free, _LAST))
        return Spans(tuple(found))

    def __and__(self, other: "Spans") -> "Spans":
        found: list[Span] = []
        mine, theirs = iter(self.spans), iter(other.spans)
        a, b = next(mine, None), next(theirs, None)
        while a is not None and b is not None:
            first, last = max(a[0], b[0]), min(a[1], b[1])
            if first <= last:
                found.append((first, last))
            if a[1] < b[1]:
                a = next(mine, None)
            else:
                b = next(theirs, None)
        return Spans(tuple(found))

    def __or__(self, other: "Spans") -> "Spans":
        return Spans(_joined(sorted((*self.spans, *other.spans))))

    def pieces(self) -> tuple[Piece, ...]:
        """Each span as one prefix where it is one, and as a range otherwise."""
        return tuple(_piece(first, last) for first, last in self.spans)


EVERYTHING = Spans(((0, _LAST),))


def _joined(spans: list[Span]) -> tuple[Span, ...]:
    found: list[Span] = []
    for first, last in spans:
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return tuple(found)


def _piece(first: int, last: int) -> Piece:
    low, high = IPv4Address(first), IPv4Address(last)
    size = last - first + 1
    if size & (size - 1) == 0 and first % size == 0:
        return Piece(IPv4Network((first, 33 - size.bit_length())), low, high)
    return Piece(None, low, high)
