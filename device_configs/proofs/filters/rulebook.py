"""An ordered list of rules examined as a whole: which never matter, which fight, which are wide.

The first rule that matches a packet decides it; what no rule matches is denied. The anomalies
are those of Al-Shaer and Hamed ("Discovery of policy anomalies in distributed firewalls", 2004),
decided exactly over regions instead of rule by rule.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from device_configs.proofs.filters.boxes import (
    ADDRESSES,
    PORTS,
    MatchBox,
    Region,
    TooManyPieces,
    covers,
    meet,
    subtract,
)
from device_configs.proofs.filters.packet_rule import PacketRule
from device_configs.proofs.filters.rule_index import (
    RuleIndex,
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


def examine(rules: Sequence[PacketRule], most: int = MOST_PIECES) -> Examination:
    """Every anomaly of the list.

    A rule whose region falls into more than ``most`` pieces is undecided, never passed.
    """
    found: list[Found] = []
    undecided: dict[str, str] = {}
    index = RuleIndex(rules)
    for position, rule in enumerate(rules):
        try:
            found += _anomalies(rules, position, index, most)
        except TooManyPieces as too_many:
            undecided[rule.name] = f"its region falls into {too_many}"
    return Examination(tuple(found), undecided)


def _anomalies(
    rules: Sequence[PacketRule], position: int, index: "RuleIndex", most: int
) -> Iterator[Found]:
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


def _taken(rules: Sequence[PacketRule], rule: PacketRule, earlier: Iterable[int]) -> Found:
    """All of it is decided before: shadowed if any of it otherwise."""
    takers = [rules[number] for number in dict.fromkeys(sorted(earlier))]
    otherwise = [taker for taker in takers if not taker.alike(rule)]
    blamed = otherwise or takers
    witness = next(box for taker in blamed for box in meet(rule.region, taker.region))
    anomaly = Anomaly.SHADOWED if otherwise else Anomaly.REDUNDANT
    return Found(anomaly, rule.name, tuple(taker.name for taker in takers), witness)


def _conflicts(
    rules: Sequence[PacketRule],
    rule: PacketRule,
    earlier: Iterable[tuple[int, MatchBox]],
    most: int,
) -> Iterator[Found]:
    for number in dict.fromkeys(sorted(number for number, _ in earlier)):
        other = rules[number]
        if other.permits == rule.permits or covers(rule.region, other.region, most):
            continue
        witness = meet(rule.region, other.region)[0]
        yield Found(Anomaly.CONFLICTING, rule.name, (other.name,), witness)


def _needless(
    rules: Sequence[PacketRule],
    position: int,
    left: Sequence[MatchBox],
    index: "RuleIndex",
    most: int,
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


@dataclass(frozen=True)
class Decision:
    """What the list does with part of a question: which rule decides it, None for the last deny."""

    rule: PacketRule | None
    region: Region

    @property
    def permits(self) -> bool:
        return self.rule is not None and self.rule.permits


def decide(
    rules: Sequence[PacketRule], question: Sequence[MatchBox], most: int = MOST_PIECES
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
