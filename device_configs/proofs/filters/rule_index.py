"""Which rules may meet a region, found without looking at all of them (pure)."""

from collections.abc import Iterator, Sequence

from device_configs.proofs.filters.boxes import (
    MatchBox,
    overlap,
)
from device_configs.proofs.filters.packet_rule import PacketRule
from device_configs.proofs.filters.rule_cells import BoxEntry, ZonePair


class RuleIndex:
    """The boxes of all rules, each list in the order of the rules."""

    def __init__(self, rules: Sequence[PacketRule]) -> None:
        self._pairs: dict[tuple[int, int], ZonePair] = {}
        boxes = ((number, box) for number, rule in enumerate(rules) for box in rule.region)
        for ordinal, (number, box) in enumerate(boxes):
            for pair in _zone_pairs(box):
                self._pairs.setdefault(pair, ZonePair()).add((number, ordinal, box))

    def meeting(
        self, rule: PacketRule, below: int = 0, above: int | None = None
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

    def _near(self, box: MatchBox) -> Iterator[BoxEntry]:
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
