"""Failure scenarios as bits: every culprit alone, or every two of them together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class CulpritKind(StrEnum):
    DEVICE = "device"
    LINK = "link"
    GROUP = "group"


@dataclass(frozen=True, order=True)
class Culprit:
    """Something that can fail, and the devices and links that fail with it."""

    kind: CulpritKind
    name: str
    elements: frozenset[str]
    text: str = ""

    @property
    def label(self) -> str:
        """How findings call it: ``core-a``, ``rack R5``."""
        return self.text or self.name


@dataclass(frozen=True)
class Scenarios:
    """Scenarios of one kind, numbered by bit.

    ``dead`` maps a device or link to the scenarios in which it fails. ``by_culprit`` holds the
    scenarios of each culprit, in the order of ``culprits``.
    """

    culprits: tuple[Culprit, ...]
    by_culprit: tuple[int, ...]
    dead: Mapping[str, int]
    everything: int
    together: int
    """How many culprits fail in a scenario, 1 or 2."""

    def culprits_of(self, bit: int) -> tuple[Culprit, ...]:
        """Who fails in the scenario of that bit, in the order of ``culprits``."""
        first, second = divmod(bit, len(self.culprits))
        failing = (second,) if self.together == 1 else (first, second)
        return tuple(self.culprits[position] for position in failing)


def single_failures(culprits: Sequence[Culprit]) -> Scenarios:
    """One scenario a culprit; bit ``i`` is the failure of ``culprits[i]``."""
    bits = [1 << i for i in range(len(culprits))]
    return _scenarios(culprits, bits, (1 << len(culprits)) - 1, together=1)


def double_failures(culprits: Sequence[Culprit]) -> Scenarios:
    """Every two culprits together; bit ``i * n + j`` is the failure of ``i`` and ``j``, i < j.

    The bits are a square of which only the half above the diagonal counts: rows and columns are
    then two shifts each, whatever the number of pairs.
    """
    count = len(culprits)
    row = (1 << count) - 1
    column = sum(1 << (i * count) for i in range(count))
    half = sum((row >> (i + 1) << (i + 1)) << (i * count) for i in range(count))
    bits = [((row << (i * count)) | (column << i)) & half for i in range(count)]
    return _scenarios(culprits, bits, half, together=2)


def _scenarios(
    culprits: Sequence[Culprit], bits: list[int], everything: int, together: int
) -> Scenarios:
    dead: dict[str, int] = {}
    for culprit, scenarios in zip(culprits, bits, strict=True):
        for element in culprit.elements:
            dead[element] = dead.get(element, 0) | scenarios
    return Scenarios(tuple(culprits), tuple(bits), dead, everything, together)


def bits_of(number: int) -> Iterator[int]:
    """Positions of the bits that are set, in rising order."""
    for position, octet in enumerate(number.to_bytes((number.bit_length() + 7) // 8, "little")):
        while octet:
            low = octet & -octet
            yield position * 8 + low.bit_length() - 1
            octet ^= low
