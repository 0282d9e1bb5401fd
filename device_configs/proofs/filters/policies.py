"""Every declared rule matters, none fights another, none is too wide; a pair filters alike (A5)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from device_configs.proofs.filters.packet_rule import PacketRule
from device_configs.proofs.filters.regions import Universe
from device_configs.proofs.filters.rulebook import MOST_PIECES, Anomaly, Examination, Found, examine
from device_configs.proofs.filters.spans import Interval, intervals, is_within, meets
from device_configs.proofs.verdict import Finding, Proof, claim, in_order
from device_configs.site.model import DeclaredRule, RuleSet, Site

NAME = "policies"
TITLE = "No rule is shadowed, needless, in conflict, unused or too wide; pairs filter alike"


def prove_policies(site: Site, most: int = MOST_PIECES) -> Proof:
    """Name every anomaly of every rule set, objects nothing uses, and pairs that differ.

    Rule sets with the same normalised rules are examined once.
    """
    universe = Universe(site)
    normalised = {name: universe.rules_of(found) for name, found in site.rule_sets.items()}
    examined: list[tuple[tuple[PacketRule, ...], Examination]] = []
    found: list[Finding] = []
    undecided: list[Finding] = []
    places = _Places(site, universe)
    for name, rules in normalised.items():
        unused = {rule.name: why for rule in site.rule_sets[name].rules
                  if (why := places.why_unused(rule))}  # fmt: skip
        used = tuple(rule for rule in rules if rule.name not in unused)
        examination = _known(examined, used)
        if examination is None:
            examination = examine(used, most)
            examined.append((used, examination))
        found += (_finding(name, anomaly, universe) for anomaly in examination.found)
        found += (_unused(name, rule, why) for rule, why in unused.items())
        undecided += (_undecided(name, *item) for item in examination.undecided.items())
    return Proof(
        NAME,
        TITLE,
        findings=in_order([*found, *_unused_objects(site), *_pairs(site, normalised)]),
        undecided=(*in_order(undecided), *_without_rules(site)),
        counts={
            "rule_sets": len(normalised),
            "rules": sum(len(rules) for rules in normalised.values()),
            "examined": sum(len(rules) for rules, _ in examined),
        },
    )


def _known(
    examined: Sequence[tuple[tuple[PacketRule, ...], Examination]], rules: tuple[PacketRule, ...]
) -> Examination | None:
    """What was found about the same normalised rules; unlike ones differ early."""
    return next((examination for other, examination in examined if other == rules), None)


_WHAT = {
    Anomaly.SHADOWED: "the rule never decides anything: "
    "all of its packets are taken before it by {others}",
    Anomaly.REDUNDANT: "the rule changes nothing: all of its packets are treated alike by {others}",
    Anomaly.CONFLICTING: "the rule and {others} decide the same packets differently",
    Anomaly.TOO_WIDE: "the rule permits any source to any destination by any application",
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


def _finding(rule_set: str, found: Found, universe: Universe) -> Finding:
    return Finding(
        (f"{rule_set}/{found.rule}", *(f"{rule_set}/{other}" for other in found.others)),
        claim(_WHAT[found.anomaly], others=", ".join(found.others)),
        _WHY[found.anomaly],
        _REMEDY[found.anomaly],
        witness=universe.describe(found.witness),
    )


def _undecided(rule_set: str, rule: str, reason: str) -> Finding:
    return Finding(
        (f"{rule_set}/{rule}",),
        "whether the rule matters is not decided",
        reason,
        "name its sources and destinations by fewer, wider sets",
    )


def _unused(rule_set: str, rule: str, why: str) -> Finding:
    return Finding(
        (f"{rule_set}/{rule}",),
        claim("the rule matches no packet: {why}", why=why),
        "what a zone does not hold cannot send from it or be reached in it",
        "correct the zone, the address sets or the time, or remove the rule",
    )


class _Places:
    """Which addresses a zone can hold, to find rules that no packet of this site can match."""

    def __init__(self, site: Site, universe: Universe) -> None:
        self._site, self._universe = site, universe
        self._held = {name: intervals(site.zone_prefixes[name]) for name in site.zones}
        self._elsewhere = {
            name: intervals(site.prefixes_outside[name]) for name in site.outside_zones
        }

    def why_unused(self, rule: DeclaredRule) -> str:
        """The reason why nothing matches; empty where something may."""
        for word, zones, sought in (
            ("source", rule.from_zones, self._universe.sources_of(rule)),
            ("destination", rule.to_zones, self._universe.destinations_of(rule)),
        ):
            if not any(self._stands_in(zone, sought) for zone in zones):
                return claim(
                    "no {word} of it stands in {zones}", word=claim(word), zones=", ".join(zones)
                )
        return (
            ""
            if all(self._universe.time_of(rule.time))
            else claim("{time} never comes", time=rule.time)
        )

    def _stands_in(self, zone: str, sought: Sequence[Interval]) -> bool:
        if meets(sought, self._held[zone]):
            return True
        elsewhere = self._elsewhere.get(zone)
        if elsewhere is None:
            return False
        return not all(is_within(span, elsewhere) for span in sought)


def _unused_objects(site: Site) -> Iterator[Finding]:
    rules = [rule for rule_set in site.rule_sets.values() for rule in rule_set.rules]
    clients = {name for gate in site.gates.values() for ch in gate.channels for name in ch.clients}
    addressed = _named(rules, "sources", "destinations") | clients
    addressed |= {name for proxy in site.syn_proxies.values() for name in proxy.destinations}
    people = _named(rules, "users")
    people |= {user for name in people if name in site.user_groups
               for user in site.user_groups[name].users}  # fmt: skip
    named = [rule.time for rule in rules] + [a.expected_use.time for a in site.accounts]
    times = {time for time in named if time is not None}
    for kind, known, used in (
        ("address set", site.address_sets, addressed),
        ("application", site.applications, _named(rules, "applications")),
        ("region", site.regions, _named(rules, "from_regions")),
        ("user", site.users, people),
        ("user group", site.user_groups, people),
        ("time range", site.time_ranges, times),
    ):
        for name in sorted(known.keys() - used):
            yield Finding(
                (name,),
                claim("no rule uses the {kind}", kind=claim(kind)),
                "an object without a use is a rule that was forgotten or removed by halves",
                "use it in policies.yml, or remove it from objects.yml",
            )


def _named(rules: Iterable[DeclaredRule], *fields: str) -> set[str]:
    return {name for rule in rules for field in fields for name in getattr(rule, field)}


def _pairs(site: Site, normalised: Mapping[str, tuple[PacketRule, ...]]) -> Iterator[Finding]:
    """The two of a pair filter alike: the same rules in the same order, the same default."""
    for device in site.devices_where(lambda role: role.filtering):
        if device.partner is None or device.partner < device.name:
            continue
        one, other = site.rule_set_of(device.name), site.rule_set_of(device.partner)
        if one is other or one is None or other is None:
            continue
        difference = _difference(one, other, normalised)
        if difference:
            yield Finding(
                (device.name, device.partner),
                claim(
                    "{name} and {name_2} filter differently: {difference}",
                    name=one.name,
                    name_2=other.name,
                    difference=difference,
                ),
                "after a failover the other half decides by other rules",
                "name both devices in one rule set",
            )


def _difference(
    one: RuleSet, other: RuleSet, normalised: Mapping[str, tuple[PacketRule, ...]]
) -> str:
    if one.default is not other.default:
        return claim(
            "the default is {one} in one and {other} in the other",
            one=one.default,
            other=other.default,
        )
    for mine, theirs in zip(normalised[one.name], normalised[other.name], strict=False):
        if not mine.alike(theirs) or set(mine.region) != set(theirs.region):
            return claim("{one} against {other}", one=mine.name, other=theirs.name)
    lengths = (len(one.rules), len(other.rules))
    if lengths[0] == lengths[1]:
        return ""
    return claim("{one} rules against {other}", one=lengths[0], other=lengths[1])


def _without_rules(site: Site) -> Iterator[Finding]:
    if not site.rule_sets:
        yield Finding(
            ("site",), "no rule set is declared", "there is nothing to judge",
            "declare policies.yml",
        )  # fmt: skip
    for device in site.devices_where(lambda role: role.filtering):
        if device.deployed and site.rule_set_of(device.name) is None:
            yield Finding(
                (device.name,),
                "filters by no declared rule set",
                "what it lets through is not known from the declaration",
                "name it in `devices` of a rule set",
            )
