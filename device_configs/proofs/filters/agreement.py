"""Whether two ordered lists of rules decide alike, and a packet that they decide differently.

Exact over regions: what a rule decides is its region without those of the rules before it, and the
other list is asked about that. Rules that are the same in both, from the first on, decide the same
packets the same way, so that two equal lists are compared by comparing them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from device_configs.proofs.filters.boxes import MatchBox, contains, covers, overlap, subtract
from device_configs.proofs.filters.packet_rule import PacketRule
from device_configs.proofs.filters.rulebook import MOST_PIECES, decide
from device_configs.proofs.filters.spans import Interval, common, is_within


@dataclass(frozen=True)
class RuleList:
    """Rules in their order; the first that matches decides, then the default."""

    rules: tuple[PacketRule, ...]
    permits_by_default: bool

    @property
    def default(self) -> PacketRule:
        """What no rule matches, as a rule of its own."""
        return PacketRule(DEFAULT, self.permits_by_default, ())


@dataclass(frozen=True)
class Tolerances:
    """Packets that the rendering may treat otherwise than declared.

    It may permit those from an address of ``between`` to another, and deny those to an address of
    ``towards`` and those in ``denied``. Intervals are sorted and do not touch.
    """

    between: tuple[Interval, ...] = ()
    towards: tuple[Interval, ...] = ()
    denied: tuple[MatchBox, ...] = ()

    def permits(self, box: MatchBox) -> bool:
        """Whether all of the box may be permitted."""
        return is_within((box.source_low, box.source_high), self.between) and is_within(
            (box.destination_low, box.destination_high), self.between
        )

    def denies(self, box: MatchBox) -> bool:
        """Whether all of the box may be denied."""
        return is_within((box.destination_low, box.destination_high), self.towards) or any(
            contains(outer, box) for outer in self.denied
        )

    def may_permit(self, box: MatchBox) -> Iterator[MatchBox]:
        """What of the box may be permitted."""
        sources = common([(box.source_low, box.source_high)], self.between)
        destinations = common([(box.destination_low, box.destination_high)], self.between)
        for source_low, source_high in sources:
            for low, high in destinations:
                yield box._replace(source_low=source_low, source_high=source_high,
                                   destination_low=low, destination_high=high)  # fmt: skip

    def may_deny(self, box: MatchBox) -> Iterator[MatchBox]:
        """What of the box may be denied, and more."""
        for low, high in common([(box.destination_low, box.destination_high)], self.towards):
            yield box._replace(destination_low=low, destination_high=high)
        yield from self.denied


@dataclass(frozen=True)
class Difference:
    """A packet that two lists do not treat alike (:meth:`Rule.alike`), and the rules that decide
    it; :data:`DEFAULT` is what no rule matches."""

    declared: PacketRule
    rendered: PacketRule
    witness: MatchBox


DEFAULT = "the default"
"""Name of what decides a packet that no rule matches."""


def differences(
    declared: RuleList,
    rendered: RuleList,
    everything: MatchBox,
    tolerances: Tolerances,
    most: int = MOST_PIECES,
) -> Iterator[Difference]:
    """Pairs of rules (or defaults) that treat some packet differently, each pair once.

    ``everything`` holds all packets there are.
    Raises :class:`~device_configs.proofs.filters.boxes.TooManyPieces`.
    """
    same = _same_rules(declared.rules, rendered.rules)
    seen: set[tuple[str, str]] = set()
    for found in _differing(declared, rendered, everything, same, most):
        pair = (found.declared.name, found.rendered.name)
        if pair in seen:
            continue
        permits = found.rendered.permits
        witness = found.witness
        tolerated = (tolerances.may_permit if permits else tolerances.may_deny)(witness)
        left = subtract((witness,), tolerated, most)
        if left:
            seen.add(pair)
            yield Difference(found.declared, found.rendered, left[0])


def closed(listed: RuleList, everything: MatchBox) -> RuleList:
    """The same list; a last rule that matches everything is written as its default."""
    if not listed.rules or not covers(listed.rules[-1].region, (everything,)):
        return listed
    return RuleList(listed.rules[:-1], listed.rules[-1].permits)


def same_list(one: RuleList, other: RuleList) -> bool:
    """Whether two lists are the same but for rules at the end that decide as the default does."""
    rules = [_without_tail(listed) for listed in (one, other)]
    same = _same_rules(*rules)
    return (
        one.permits_by_default is other.permits_by_default
        and same == len(rules[0]) == len(rules[1])
    )  # fmt: skip


def without_tolerated(rendered: RuleList, tolerances: Tolerances) -> RuleList:
    """Without the rules that match tolerated packets only: the others are what must be the same."""
    kept = tuple(
        rule
        for rule in rendered.rules
        if not all(map(tolerances.permits if rule.permits else tolerances.denies, rule.region))
    )
    return RuleList(kept, rendered.permits_by_default)


def _without_tail(listed: RuleList) -> Sequence[PacketRule]:
    rules = list(listed.rules)
    while rules and rules[-1].alike(listed.default):
        rules.pop()
    return rules


def _same_rules(one: Sequence[PacketRule], other: Sequence[PacketRule]) -> int:
    """How many rules from the first on are the same."""
    for number, (mine, theirs) in enumerate(zip(one, other, strict=False)):
        if not mine.alike(theirs) or set(mine.region) != set(theirs.region):
            return number
    return min(len(one), len(other))


def _differing(
    declared: RuleList, rendered: RuleList, everything: MatchBox, same: int, most: int
) -> Iterator[Difference]:
    for rule, effective in _effective(declared.rules, same, most):
        for other, region in _decided(rendered, effective, most):
            if not other.alike(rule):
                yield from (Difference(rule, other, box) for box in region)
    for rule, effective in _effective(rendered.rules, same, most):
        for other, region in _decided(declared, effective, most):
            if not other.alike(rule):
                yield from (Difference(other, rule, box) for box in region)
    defaults = declared.default, rendered.default
    if not defaults[0].alike(defaults[1]):
        taken = [box for listed in (declared, rendered) for r in listed.rules for box in r.region]
        for box in subtract((everything,), taken, most):
            yield Difference(*defaults, box)


def _decided(
    listed: RuleList, question: Sequence[MatchBox], most: int
) -> Iterator[tuple[PacketRule, Sequence[MatchBox]]]:
    for found in decide(listed.rules, question, most):
        yield listed.default if found.rule is None else found.rule, found.region


def _effective(
    rules: Sequence[PacketRule], first: int, most: int
) -> Iterator[tuple[PacketRule, list[MatchBox]]]:
    """What each rule from ``first`` on decides itself."""
    earlier = [box for rule in rules[:first] for box in rule.region]
    for rule in rules[first:]:
        near = (box for box in earlier if any(overlap(box, own) for own in rule.region))
        left = subtract(rule.region, near, most)
        if left:
            yield rule, left
        earlier += rule.region
