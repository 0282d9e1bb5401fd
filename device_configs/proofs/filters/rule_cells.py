"""Boxes of rules by the cells of an address dimension (pure)."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from device_configs.proofs.filters.boxes import (
    MatchBox,
)

_CELL_BITS = 8
_MOST_CELLS = 64
"""A box is looked up by the /24 cells of its destination, or of its source where the destination
spans more cells than this."""
BoxEntry = tuple[int, int, MatchBox]
"""Position of the rule, number of the box among all, the box."""


@dataclass
class _Cells:
    """Boxes by the cells of one dimension, and all of them together."""

    at: int
    """Where the low end of the dimension stands in a box."""
    by_cell: dict[int, list[BoxEntry]] = field(default_factory=dict)
    every: list[BoxEntry] = field(default_factory=list)

    def cells(self, box: MatchBox) -> range | None:
        """The cells of a box, None for too many."""
        found = range(box[self.at] >> _CELL_BITS, (box[self.at + 1] >> _CELL_BITS) + 1)
        return found if len(found) <= _MOST_CELLS else None

    def add(self, entry: BoxEntry, cells: range) -> None:
        self.every.append(entry)
        for cell in cells:
            self.by_cell.setdefault(cell, []).append(entry)

    def near(self, box: MatchBox) -> Iterator[list[BoxEntry]]:
        """Lists in which every box that meets this one is found."""
        cells = self.cells(box)
        if cells is None:
            yield self.every
        else:
            yield from (self.by_cell[cell] for cell in cells if cell in self.by_cell)


@dataclass
class ZonePair:
    """The boxes of one pair of zones."""

    destinations: _Cells = field(default_factory=lambda: _Cells(7))
    sources: _Cells = field(default_factory=lambda: _Cells(5))
    wide: list[BoxEntry] = field(default_factory=list)

    def add(self, entry: BoxEntry) -> None:
        for dimension in (self.destinations, self.sources):
            cells = dimension.cells(entry[2])
            if cells is not None:
                dimension.add(entry, cells)
                return
        self.wide.append(entry)

    def near(self, box: MatchBox) -> Iterator[list[BoxEntry]]:
        yield from self.destinations.near(box)
        yield from self.sources.near(box)
        yield self.wide
