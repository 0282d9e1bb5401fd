"""Failure scenarios as bits: every culprit alone, or every two of them together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class CulpritKind(StrEnum):
    DEVICE = "device"
    LINK = "link"
    GROUP = "group"


MOST_BITS = 1 << 18
"""Scenarios decided at once: a number of 32 KiB for each node."""


@dataclass(frozen=True, order=True)
class Culprit:
    """Something that can fail, and the devices and links that fail with it."""

    kind: CulpritKind
    name: str
    elements: frozenset[str]


@dataclass(frozen=True)
class Scenarios:
    """Scenarios of one kind, numbered by bit.

    ``dead`` maps a device or link to the scenarios in which it fails.
    """

    culprits: tuple[Culprit, ...]
    dead: Mapping[str, int]
    everything: int
    first_row: int | None = None
    """For pairs the first culprit that is paired with the others; None for single failures."""

    def culprits_of(self, bit: int) -> tuple[Culprit, ...]:
        """Who fails in the scenario of that bit, in the order of ``culprits``."""
        row, column = divmod(bit, len(self.culprits))
        if self.first_row is None:
            return (self.culprits[column],)
        return (self.culprits[self.first_row + row], self.culprits[column])


def single_failures(culprits: Sequence[Culprit]) -> Scenarios:
    """One scenario a culprit; bit ``i`` is the failure of ``culprits[i]``."""
    bits = [1 << i for i in range(len(culprits))]
    return Scenarios(tuple(culprits), _dead(culprits, bits), (1 << len(culprits)) - 1)


def double_failures(culprits: Sequence[Culprit], most_bits: int = MOST_BITS) -> Iterator[Scenarios]:
    """Every two culprits together, in parts of at most ``most_bits`` bits (or one row).

    Bit ``(i - first_row) * n + j`` is the failure of ``i`` and ``j``, i < j: a rectangle of which
    only what is above the diagonal counts. Rows and columns are then two shifts each, whatever
    the number of pairs.
    """
    count = len(culprits)
    rows = max(1, most_bits // max(1, count))
    for first in range(0, count, rows):
        yield _rectangle(culprits, first, min(first + rows, count))


def _rectangle(culprits: Sequence[Culprit], first: int, last: int) -> Scenarios:
    count = len(culprits)
    row = (1 << count) - 1
    column = sum(1 << (i * count) for i in range(last - first))
    above = sum((row >> (i + 1) << (i + 1)) << ((i - first) * count) for i in range(first, last))
    bits = []
    for i in range(count):
        own = row << ((i - first) * count) if first <= i < last else 0
        bits.append((own | column << i) & above)
    return Scenarios(tuple(culprits), _dead(culprits, bits), above, first)


def _dead(culprits: Sequence[Culprit], bits: Sequence[int]) -> dict[str, int]:
    dead: dict[str, int] = {}
    for culprit, scenarios in zip(culprits, bits, strict=True):
        for element in culprit.elements:
            dead[element] = dead.get(element, 0) | scenarios
    return dead


def bits_of(number: int) -> Iterator[int]:
    """Positions of the bits that are set, in rising order."""
    for position, octet in enumerate(number.to_bytes((number.bit_length() + 7) // 8, "little")):
        while octet:
            low = octet & -octet
            yield position * 8 + low.bit_length() - 1
            octet ^= low
