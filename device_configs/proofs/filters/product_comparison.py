"""Whether two lists of rules over products say the same (pure)."""

from collections.abc import Sequence

from device_configs.proofs.filters.agreement import Tolerances
from device_configs.proofs.filters.products import Product, ProductList, ProductRule
from device_configs.proofs.filters.spans import Interval, is_within


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
    treatment, ends = _treatment(rules[begins]), begins + 1
    while ends < len(rules) and _treatment(rules[ends]) == treatment:
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
