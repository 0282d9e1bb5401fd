"""Rules as products of what they match, before these are multiplied out to boxes.

A rule says "from these ports and addresses, to those, by these services, then": one product where
its region may be hundreds of boxes. Two lists that say the same are recognised by their products;
the boxes are made for those only that have to be compared packet by packet.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from device_configs.proofs.filters.agreement import RuleList, Tolerances
from device_configs.proofs.filters.boxes import ADDRESSES, MatchBox
from device_configs.proofs.filters.packet_rule import Rule
from device_configs.proofs.filters.regions import EVERY_MINUTE, EVERY_SERVICE, Service
from device_configs.proofs.filters.spans import Interval, is_within


class Product(NamedTuple):
    """Packets that every one of the fields holds; masks as in a box, none of it empty."""

    entering: int
    leaving: int
    sources: tuple[Interval, ...]
    destinations: tuple[Interval, ...]
    services: tuple[Service, ...]
    times: int
    eras: int

    def boxes(self) -> Iterator[MatchBox]:
        """The same packets."""
        for source in self.sources:
            for destination in self.destinations:
                for protocols, ports in self.services:
                    yield MatchBox(self.entering, self.leaving, protocols, self.times, self.eras,
                              *source, *destination, *ports)  # fmt: skip


class ProductRule(NamedTuple):
    """A rule whose region is that of its products, of which there is one at least."""

    name: str
    permits: bool
    treatment: str
    products: tuple[Product, ...]

    def rule(self) -> Rule:
        """The same rule over boxes."""
        region = tuple(box for product in self.products for box in product.boxes())
        return Rule(self.name, self.permits, region, self.treatment)


@dataclass(frozen=True)
class ProductList:
    """Rules in their order; the first that matches decides, then the default."""

    rules: tuple[ProductRule, ...]
    permits_by_default: bool

    def rule_list(self) -> RuleList:
        """The same list over boxes."""
        return RuleList(tuple(rule.rule() for rule in self.rules), self.permits_by_default)


def say_the_same(
    declared: ProductList, rendered: ProductList, everywhere: Product, tolerances: Tolerances
) -> bool:
    """Whether two lists are the same, rule by rule, but for what is tolerated of the rendered one.

    ``everywhere`` is every packet there is. True only where no packet is treated differently;
    False says nothing.
    """
    rules, permits_by_default = list(rendered.rules), rendered.permits_by_default
    if rules and rules[-1].products == (everywhere,):
        permits_by_default = rules.pop().permits
    if permits_by_default is not declared.permits_by_default:
        return False
    essential = [rule for rule in rules if rule.treatment or not _is_tolerated(rule, tolerances)]
    return _same_rules(declared.rules, essential, (permits_by_default, ""))


def _is_tolerated(rule: ProductRule, tolerances: Tolerances) -> bool:
    if rule.permits:
        between = tolerances.between
        return all(
            _are_within(product.sources, between) and _are_within(product.destinations, between)
            for product in rule.products
        )
    if not (tolerances.towards or tolerances.denied):
        return False
    return all(tolerances.denies(box) for product in rule.products for box in product.boxes())


def _are_within(spans: Sequence[Interval], held: Sequence[Interval]) -> bool:
    return is_within(spans[0], held) and all(is_within(span, held) for span in spans[1:])


_Treatment = tuple[bool, str]


def _same_rules(
    mine: Sequence[ProductRule], theirs: Sequence[ProductRule], default: _Treatment
) -> bool:
    """Whether two lists are the same, or the same once rules that follow each other and treat
    packets alike are one; but for the last, where they treat them as the default does."""
    at = other = 0
    while at < len(mine) and other < len(theirs):
        one, two = mine[at], theirs[other]
        if _treatment(one) != _treatment(two):
            return False
        if one.products == two.products:
            at, other = at + 1, other + 1
            continue
        run, others = _run(mine, at), _run(theirs, other)
        if _minutes(run) != _minutes(others):
            return False
        at, other = at + len(run), other + len(others)
    return all(_treatment(rule) == default for rule in (*mine[at:], *theirs[other:]))


def _run(rules: Sequence[ProductRule], begins: int) -> Sequence[ProductRule]:
    """The rules from one on that treat packets as it does."""
    wanted, ends = _treatment(rules[begins]), begins + 1
    while ends < len(rules) and _treatment(rules[ends]) == wanted:
        ends += 1
    return rules[begins:ends]


def _minutes(rules: Sequence[ProductRule]) -> dict[tuple[object, ...], int]:
    """When which packets are matched by any of the rules."""
    found: dict[tuple[object, ...], int] = {}
    for rule in rules:
        for entering, leaving, sources, destinations, services, times, eras in rule.products:
            for service in services:
                key = (entering, leaving, sources, destinations, service, eras)
                found[key] = found.get(key, 0) | times
    return found


def _treatment(rule: ProductRule) -> _Treatment:
    return rule.permits, rule.treatment


def every_packet(places: int, eras: int) -> Product:
    """All packets, as the masks of all places and eras say them."""
    return Product(places, places, (ADDRESSES,), (ADDRESSES,), EVERY_SERVICE, EVERY_MINUTE, eras)
