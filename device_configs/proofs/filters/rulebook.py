"""An ordered list of rules examined as a whole: which never matter, which fight, which are wide.

The first rule that matches a packet decides it; what no rule matches is denied. The anomalies
are those of Al-Shaer and Hamed ("Discovery of policy anomalies in distributed firewalls", 2004),
decided exactly over regions instead of rule by rule.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from device_configs.proofs.filters.boxes import (
    ADDRESSES,
    PORTS,
    MatchBox,
    Region,
    TooManyPieces,
    covers,
    meet,
    overlap,
    subtract,
)

MOST_PIECES = 4_000
"""Beyond so many pieces of one rule nothing is decided about it."""


class Anomaly(StrEnum):
    """What is wrong with a rule.

    ``SHADOWED``: earlier rules take all of it and treat some of it otherwise. ``REDUNDANT``:
    earlier rules take all of it and treat it alike, or later ones would. ``CONFLICTING``: it and
    an earlier rule decide the same packets differently and the earlier is no exception within
    it. ``TOO_WIDE``: permits any source to any destination by any service.
    """

    SHADOWED = "shadowed"
    REDUNDANT = "redundant"
    CONFLICTING = "conflicting"
    TOO_WIDE = "too_wide"


@dataclass(frozen=True)
class Rule:
    """One rule with its region. ``treatment`` is what else it does to what it permits (bandwidth,
    priority, limits); two rules treat a packet alike when action and treatment are equal."""

    name: str
    permits: bool
    region: Region
    treatment: str = ""

    def alike(self, other: "Rule") -> bool:
        return (self.permits, self.treatment) == (other.permits, other.treatment)


@dataclass(frozen=True)
class Found:
    """An anomaly of ``rule``, the rules that cause it, and a box of packets that shows it."""

    anomaly: Anomaly
    rule: str
    others: tuple[str, ...]
    witness: MatchBox


@dataclass(frozen=True)
class Examination:
    """What is wrong with a list of rules; ``undecided`` maps a rule to the reason."""

    found: tuple[Found, ...]
    undecided: Mapping[str, str]


def examine(rules: Sequence[Rule], most: int = MOST_PIECES) -> Examination:
    """Every anomaly of the list.

    A rule whose region falls into more than ``most`` pieces is undecided, never passed.
    """
    found: list[Found] = []
    undecided: dict[str, str] = {}
    index = _Index(rules)
    for position, rule in enumerate(rules):
        try:
            found += _anomalies(rules, position, index, most)
        except TooManyPieces as too_many:
            undecided[rule.name] = f"its region falls into {too_many}"
    return Examination(tuple(found), undecided)


def _anomalies(rules: Sequence[Rule], position: int, index: "_Index", most: int) -> Iterator[Found]:
    rule = rules[position]
    if rule.permits and any(_is_wide(box) for box in rule.region):
        yield Found(Anomaly.TOO_WIDE, rule.name, (), next(b for b in rule.region if _is_wide(b)))
    earlier = index.meeting(rule, below=position)
    left = subtract(rule.region, (box for _, box in earlier), most)
    if not left:
        yield _taken(rules, rule, [number for number, _ in earlier])
        return
    yield from _conflicts(rules, rule, earlier, most)
    yield from _needless(rules, position, left, index, most)


def _taken(rules: Sequence[Rule], rule: Rule, earlier: Iterable[int]) -> Found:
    """All of it is decided before: shadowed if any of it otherwise."""
    takers = [rules[number] for number in dict.fromkeys(sorted(earlier))]
    otherwise = [taker for taker in takers if not taker.alike(rule)]
    blamed = otherwise or takers
    witness = next(box for taker in blamed for box in meet(rule.region, taker.region))
    anomaly = Anomaly.SHADOWED if otherwise else Anomaly.REDUNDANT
    return Found(anomaly, rule.name, tuple(taker.name for taker in takers), witness)


def _conflicts(
    rules: Sequence[Rule], rule: Rule, earlier: Iterable[tuple[int, MatchBox]], most: int
) -> Iterator[Found]:
    for number in dict.fromkeys(sorted(number for number, _ in earlier)):
        other = rules[number]
        if other.permits == rule.permits or covers(rule.region, other.region, most):
            continue
        witness = meet(rule.region, other.region)[0]
        yield Found(Anomaly.CONFLICTING, rule.name, (other.name,), witness)


def _needless(
    rules: Sequence[Rule], position: int, left: Sequence[MatchBox], index: "_Index", most: int
) -> Iterator[Found]:
    """What is left of a permit would be permitted alike by the rules after it."""
    rule = rules[position]
    if not rule.permits:
        return
    remaining, takers = list(left), []
    for number, box in index.meeting(rule, above=position):
        met = meet(remaining, (box,))
        if not met:
            continue
        if not rules[number].alike(rule):
            return
        remaining = subtract(remaining, (box,), most)
        takers.append(rules[number].name)
        if not remaining:
            yield Found(Anomaly.REDUNDANT, rule.name, tuple(dict.fromkeys(takers)), met[0])
            return


def _is_wide(box: MatchBox) -> bool:
    return (
        (box.source_low, box.source_high) == ADDRESSES
        and (box.destination_low, box.destination_high) == ADDRESSES
        and (box.port_low, box.port_high) == PORTS
        and box.protocols.bit_count() > 1
    )


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


class _Index:
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
                wanted = number < below if above is None else number > above
                if (
                    wanted
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


@dataclass(frozen=True)
class Decision:
    """What the list does with part of a question: which rule decides it, None for the last deny."""

    rule: Rule | None
    region: Region

    @property
    def permits(self) -> bool:
        return self.rule is not None and self.rule.permits


def decide(
    rules: Sequence[Rule], question: Sequence[MatchBox], most: int = MOST_PIECES
) -> list[Decision]:
    """Which rule decides which part of the question, in the order of the rules.

    Raises :class:`TooManyPieces`.
    """
    left, found = list(question), []
    for rule in rules:
        taken = meet(left, rule.region)
        if taken:
            found.append(Decision(rule, tuple(taken)))
            left = subtract(left, rule.region, most)
    if left:
        found.append(Decision(None, tuple(left)))
    return found
