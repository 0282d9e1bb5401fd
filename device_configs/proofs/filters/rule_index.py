"""Which rules may meet a region, found without looking at all of them (pure)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from device_configs.proofs.filters.boxes import (
    MatchBox,
    overlap,
)
from device_configs.proofs.filters.packet_rule import Rule

_CELL_BITS = 8
_MOST_CELLS = 64
"""A box is looked up by the /24 cells of its destination, or of its source where the destination
spans more cells than this."""
_Entry = tuple[int, int, MatchBox]
"""Position of the rule, number of the box among all, the box."""


@dataclass
class _Cells:
    """Boxes by the cells of one dimension, and all of them together."""

    at: int
    """Where the low end of the dimension stands in a box."""
    by_cell: dict[int, list[_Entry]] = field(default_factory=dict)
    every: list[_Entry] = field(default_factory=list)

    def cells(self, box: MatchBox) -> range | None:
        """The cells of a box, None for too many."""
        found = range(box[self.at] >> _CELL_BITS, (box[self.at + 1] >> _CELL_BITS) + 1)
        return found if len(found) <= _MOST_CELLS else None

    def add(self, entry: _Entry, cells: range) -> None:
        self.every.append(entry)
        for cell in cells:
            self.by_cell.setdefault(cell, []).append(entry)

    def near(self, box: MatchBox) -> Iterator[list[_Entry]]:
        """Lists in which every box that meets this one is found."""
        cells = self.cells(box)
        if cells is None:
            yield self.every
        else:
            yield from (self.by_cell[cell] for cell in cells if cell in self.by_cell)


@dataclass
class _Pair:
    """The boxes of one pair of zones."""

    destinations: _Cells = field(default_factory=lambda: _Cells(7))
    sources: _Cells = field(default_factory=lambda: _Cells(5))
    wide: list[_Entry] = field(default_factory=list)

    def add(self, entry: _Entry) -> None:
        for dimension in (self.destinations, self.sources):
            cells = dimension.cells(entry[2])
            if cells is not None:
                dimension.add(entry, cells)
                return
        self.wide.append(entry)

    def near(self, box: MatchBox) -> Iterator[list[_Entry]]:
        yield from self.destinations.near(box)
        yield from self.sources.near(box)
        yield self.wide


class RuleIndex:
    """The boxes of all rules, each list in the order of the rules."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._pairs: dict[tuple[int, int], _Pair] = {}
        boxes = ((number, box) for number, rule in enumerate(rules) for box in rule.region)
        for ordinal, (number, box) in enumerate(boxes):
            for pair in _zone_pairs(box):
                self._pairs.setdefault(pair, _Pair()).add((number, ordinal, box))

    def meeting(
        self, rule: Rule, below: int = 0, above: int | None = None
    ) -> list[tuple[int, MatchBox]]:
        """Boxes of the rules before position ``below`` (or after ``above``) that meet the rule."""
        found: dict[int, tuple[int, MatchBox]] = {}
        for box in rule.region:
            low, high, first, last = box[7], box[8], box[5], box[6]
            for entry in self._near(box):
                number, ordinal, other = entry
                in_range = number < below if above is None else number > above
                if (
                    in_range
                    and other[7] <= high
                    and low <= other[8]
                    and other[5] <= last
                    and first <= other[6]
                    and overlap(box, other)
                ):
                    found[ordinal] = (number, other)
        return [found[ordinal] for ordinal in sorted(found)]

    def _near(self, box: MatchBox) -> Iterator[_Entry]:
        for pair in _zone_pairs(box):
            if pair in self._pairs:
                for entries in self._pairs[pair].near(box):
                    yield from entries


def _zone_pairs(box: MatchBox) -> Iterator[tuple[int, int]]:
    sources, destinations = box.source_zones, box.destination_zones
    while sources:
        source = sources & -sources
        sources ^= source
        left = destinations
        while left:
            destination = left & -left
            left ^= destination
            yield source, destination
