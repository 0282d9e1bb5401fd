"""Every declared rule matters, none fights another, none is too wide; a pair filters alike (A5)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from device_configs.proofs.regions import Universe, common, intervals
from device_configs.proofs.rulebook import MOST_PIECES, Anomaly, Examination, Found, Rule, examine
from device_configs.proofs.verdict import Finding, Proof, in_order
from device_configs.site.model import Role, RuleSet, Site
from device_configs.site.model import Rule as DeclaredRule

NAME = "policies"
TITLE = "No rule is shadowed, needless, in conflict, unused or too wide; pairs filter alike"

FILTERING = (Role.FIREWALL, Role.INTERNET_FIREWALL, Role.INTRUSION_PREVENTION)
"""Roles whose devices decide by rules."""


def prove_policies(site: Site, most: int = MOST_PIECES) -> Proof:
    """Name every anomaly of every rule set, objects nothing uses, and pairs that differ.

    Rule sets with the same normalised rules are examined once.
    """
    universe = Universe(site)
    normalised = {name: universe.rules_of(found) for name, found in site.rule_sets.items()}
    examined: dict[tuple[Rule, ...], Examination] = {}
    found: list[Finding] = []
    undecided: list[Finding] = []
    for name, rules in normalised.items():
        if rules not in examined:
            examined[rules] = examine([rule for rule in rules if rule.region], most)
        found += (_told(name, anomaly, universe) for anomaly in examined[rules].found)
        undecided += (_undecided(name, *item) for item in examined[rules].undecided.items())
        found += _unused(site, universe, site.rule_sets[name])
    return Proof(
        NAME,
        TITLE,
        findings=in_order([*found, *_unused_objects(site), *_pairs(site, normalised)]),
        undecided=(*in_order(undecided), *_without_rules(site)),
        counts={
            "rule_sets": len(normalised),
            "rules": sum(len(rules) for rules in normalised.values()),
            "examined": sum(len(rules) for rules in examined),
        },
    )


_WHAT = {
    Anomaly.SHADOWED: "never decides anything: {others} take all of its packets before it",
    Anomaly.REDUNDANT: "changes nothing: {others} treat all of its packets alike",
    Anomaly.CONFLICTING: "and {others} decide the same packets differently",
    Anomaly.TOO_WIDE: "permits any source to any destination by any application",
}
_WHY = {
    Anomaly.SHADOWED: "the first rule that matches decides",
    Anomaly.REDUNDANT: "a rule without effect hides what the policy means",
    Anomaly.CONFLICTING: "neither is an exception within the other, only their order decides",
    Anomaly.TOO_WIDE: "a policy by zone, address and application says who needs what (A5)",
}
_REMEDY = {
    Anomaly.SHADOWED: "move it above them, or remove it",
    Anomaly.REDUNDANT: "remove it",
    Anomaly.CONFLICTING: "narrow one of the two until they no longer meet",
    Anomaly.TOO_WIDE: "name its sources, destinations or applications",
}


def _told(rule_set: str, found: Found, universe: Universe) -> Finding:
    return Finding(
        (f"{rule_set}/{found.rule}", *(f"{rule_set}/{other}" for other in found.others)),
        f"the rule {_WHAT[found.anomaly].format(others=', '.join(found.others))}",
        _WHY[found.anomaly],
        _REMEDY[found.anomaly],
        witness=universe.tell(found.witness),
    )


def _undecided(rule_set: str, rule: str, reason: str) -> Finding:
    return Finding(
        (f"{rule_set}/{rule}",),
        "whether the rule matters is not decided",
        reason,
        "name its sources and destinations by fewer, wider sets",
    )


def _unused(site: Site, universe: Universe, rule_set: RuleSet) -> Iterator[Finding]:
    """Rules that no packet of this site can match: nobody has the address in the zone."""
    for rule in rule_set.rules:
        for word, zones, held in (
            ("source", rule.from_zones, universe.sources_of(rule)),
            ("destination", rule.to_zones, universe.destinations_of(rule)),
        ):
            if not any(_stands_in(site, zone, held) for zone in zones):
                yield Finding(
                    (f"{rule_set.name}/{rule.name}",),
                    f"the rule matches no packet: no {word} of it stands in {', '.join(zones)}",
                    "what a zone does not hold cannot send from it or be reached in it",
                    "correct the zone or the address sets, or remove the rule",
                )
        if not all(universe.time_of(rule.time)):
            yield Finding(
                (f"{rule_set.name}/{rule.name}",),
                "the rule matches no packet: its time never comes",
                f"{rule.time} holds no minute",
                "correct the time range, or remove the rule",
            )


def _stands_in(site: Site, zone: str, held: Sequence[tuple[int, int]]) -> bool:
    if common(held, intervals(site.zone_prefixes[zone])):
        return True
    if zone not in site.outside_zones:
        return False
    elsewhere = [
        span for name in site.zones if name != zone for span in intervals(site.zone_prefixes[name])
    ]
    return any(common([span], elsewhere) != [span] for span in held)


def _unused_objects(site: Site) -> Iterator[Finding]:
    rules = [rule for rule_set in site.rule_sets.values() for rule in rule_set.rules]
    clients = {name for gate in site.gates.values() for ch in gate.channels for name in ch.clients}
    people = _named(rules, "users")
    people |= {user for name in people if name in site.user_groups
               for user in site.user_groups[name].users}  # fmt: skip
    named = [rule.time for rule in rules] + [a.expected_use.time for a in site.accounts]
    times = {time for time in named if time is not None}
    for kind, known, used in (
        ("address set", site.address_sets, _named(rules, "sources", "destinations") | clients),
        ("application", site.applications, _named(rules, "applications")),
        ("region", site.regions, _named(rules, "from_regions")),
        ("user", site.users, people),
        ("user group", site.user_groups, people),
        ("time range", site.time_ranges, times),
    ):
        for name in sorted(known.keys() - used):
            yield Finding(
                (name,),
                f"no rule uses the {kind}",
                "an object without a use is a rule that was forgotten or removed by halves",
                "use it in policies.yml, or remove it from objects.yml",
            )


def _named(rules: Iterable[DeclaredRule], *fields: str) -> set[str]:
    return {name for rule in rules for field in fields for name in getattr(rule, field)}


def _pairs(site: Site, normalised: Mapping[str, tuple[Rule, ...]]) -> Iterator[Finding]:
    """The two of a pair filter alike: the same rules in the same order, the same default."""
    for device in site.devices_with_role(*FILTERING):
        if device.partner is None or device.partner < device.name:
            continue
        one, other = site.rule_set_of(device.name), site.rule_set_of(device.partner)
        if one is other or one is None or other is None:
            continue
        difference = _difference(one, other, normalised)
        if difference:
            yield Finding(
                (device.name, device.partner),
                f"{one.name} and {other.name} filter differently: {difference}",
                "after a failover the other half decides by other rules",
                "name both devices in one rule set",
            )


def _difference(one: RuleSet, other: RuleSet, normalised: Mapping[str, tuple[Rule, ...]]) -> str:
    if one.default is not other.default:
        return f"the default is {one.default} in one and {other.default} in the other"
    for mine, theirs in zip(normalised[one.name], normalised[other.name], strict=False):
        if not mine.alike(theirs) or set(mine.region) != set(theirs.region):
            return f"{mine.name} against {theirs.name}"
    lengths = (len(one.rules), len(other.rules))
    return f"{lengths[0]} rules against {lengths[1]}" if lengths[0] != lengths[1] else ""


def _without_rules(site: Site) -> Iterator[Finding]:
    if not site.rule_sets:
        yield Finding(
            ("site",), "no rule set is declared", "there is nothing to judge",
            "declare policies.yml",
        )  # fmt: skip
    for device in site.devices_with_role(*FILTERING):
        if device.managed and site.rule_set_of(device.name) is None:
            yield Finding(
                (device.name,),
                "filters by no declared rule set",
                "what it lets through is not known from the declaration",
                "name it in `devices` of a rule set",
            )
