"""Failure scenarios as bits: every failed element alone, or every two of them together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class FailedElementKind(StrEnum):
    DEVICE = "device"
    LINK = "link"
    GROUP = "group"


MOST_BITS = 1 << 18
"""Scenarios decided at once: a number of 32 KiB for each node."""


@dataclass(frozen=True, order=True)
class FailedElement:
    """Something that can fail, and the devices and links that fail with it."""

    kind: FailedElementKind
    name: str
    elements: frozenset[str]


@dataclass(frozen=True)
class Scenarios:
    """Scenarios of one kind, numbered by bit.

    ``dead`` maps a device or link to the scenarios in which it fails.
    """

    failed_elements: tuple[FailedElement, ...]
    dead: Mapping[str, int]
    everything: int
    first_row: int | None = None
    """For pairs the first one that is paired with the others; None for single failures."""

    def failed_elements_of(self, bit: int) -> tuple[FailedElement, ...]:
        """Who fails in the scenario of that bit, in the order of ``failed_elements``."""
        row, column = divmod(bit, len(self.failed_elements))
        if self.first_row is None:
            return (self.failed_elements[column],)
        return (self.failed_elements[self.first_row + row], self.failed_elements[column])


def single_failures(failed_elements: Sequence[FailedElement]) -> Scenarios:
    """One scenario a failed element; bit ``i`` is the failure of ``failed_elements[i]``."""
    bits = [1 << i for i in range(len(failed_elements))]
    return Scenarios(
        tuple(failed_elements), _dead(failed_elements, bits), (1 << len(failed_elements)) - 1
    )


def double_failures(
    failed_elements: Sequence[FailedElement], most_bits: int = MOST_BITS
) -> Iterator[Scenarios]:
    """Every two failed elements together, in parts of at most ``most_bits`` bits (or one row).

    Bit ``(i - first_row) * n + j`` is the failure of ``i`` and ``j``, i < j: a rectangle of which
    only what is above the diagonal counts. Rows and columns are then two shifts each, whatever
    the number of pairs.
    """
    count = len(failed_elements)
    rows = max(1, most_bits // max(1, count))
    for first in range(0, count, rows):
        yield _rectangle(failed_elements, first, min(first + rows, count))


def _rectangle(failed_elements: Sequence[FailedElement], first: int, last: int) -> Scenarios:
    count = len(failed_elements)
    row = (1 << count) - 1
    column = sum(1 << (i * count) for i in range(last - first))
    above = sum((row >> (i + 1) << (i + 1)) << ((i - first) * count) for i in range(first, last))
    bits = []
    for i in range(count):
        own = row << ((i - first) * count) if first <= i < last else 0
        bits.append((own | column << i) & above)
    return Scenarios(tuple(failed_elements), _dead(failed_elements, bits), above, first)


def _dead(failed_elements: Sequence[FailedElement], bits: Sequence[int]) -> dict[str, int]:
    dead: dict[str, int] = {}
    for failed_element, scenarios in zip(failed_elements, bits, strict=True):
        for element in failed_element.elements:
            dead[element] = dead.get(element, 0) | scenarios
    return dead


def bits_of(number: int) -> Iterator[int]:
    """Positions of the bits that are set, in rising order."""
    for position, octet in enumerate(number.to_bytes((number.bit_length() + 7) // 8, "little")):
        while octet:
            low = octet & -octet
            yield position * 8 + low.bit_length() - 1
            octet ^= low
