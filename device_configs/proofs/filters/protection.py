"""What passes is inspected, what is limited is limited, floods are cut, as declared (A6, A10).

Read back from the finished texts. A default action carries no profile, and a rule without one lets
its packets through uninspected; both are named with a packet. A rule's limits hold for every packet
that the security policy permits by it, or a packet shows which rule of the traffic policy takes it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import reduce

from device_configs.proofs.facts import Unreadable
from device_configs.proofs.filters.agreement import RuleList
from device_configs.proofs.filters.behind import behind, filtering_devices
from device_configs.proofs.filters.boxes import MatchBox, TooManyPieces, subtract
from device_configs.proofs.filters.comparison import Ground, profile_of
from device_configs.proofs.filters.line_regions import LineRegions
from device_configs.proofs.filters.packet_filter import Ports
from device_configs.proofs.filters.rulebook import MOST_PIECES, decide
from device_configs.proofs.readers.protection_text import Figures, FloodGuard, ProtectionText
from device_configs.proofs.renderings import Filters
from device_configs.proofs.verdict import Finding, Proof, claim, in_order
from device_configs.site.model import (
    DeclaredRule,
    Device,
    FilterPlace,
    FloodThreshold,
    IpsProfile,
    Rate,
    RuleSet,
    Site,
)

NAME = "protection"
TITLE = "What passes is inspected, limited and defended as declared"
_KBPS = 1000


def prove_protection(site: Site, filters: Filters, most: int = MOST_PIECES) -> Proof:
    """Name what passes uninspected, the limits that do not hold and the floods that nobody cuts."""
    proving = _Proving(Ground(site), filters, most)
    for device, rule_set in filtering_devices(site):
        proving.add(device, rule_set)
    if not proving.asked:
        proving.undecided.append(_nothing())
    return Proof(NAME, TITLE, in_order(proving.found), in_order(proving.undecided),
                 in_order(proving.notes), proving.counts)  # fmt: skip


@dataclass
class _Proving:
    ground: Ground
    filters: Filters
    most: int
    found: list[Finding] = field(default_factory=list)
    undecided: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)
    asked: bool = False
    counts: dict[str, int] = field(
        default_factory=lambda: {"inspecting": 0, "limited_rules": 0, "floods": 0}
    )

    def add(self, device: Device, rule_set: RuleSet) -> None:
        profile = profile_of(self.ground.site, device)
        limited = [rule for rule in rule_set.rules if declared_figures(rule)]
        if profile is None and not limited:
            return
        self.asked = True
        try:
            self._protection(device, rule_set, profile, limited)
        except (Unreadable, TooManyPieces, ValueError) as reason:
            self.undecided.append(_undecided(device.name, reason))

    def _protection(
        self,
        device: Device,
        rule_set: RuleSet,
        profile: IpsProfile | None,
        limited: list[DeclaredRule],
    ) -> None:
        inline = device.role.filtering is FilterPlace.INLINE
        text = self._text(device, needed=inline or device.platform != "frr")
        if text is None:
            return
        if profile is not None:
            self.found += _floods(self.ground.site, device, profile, text)
            self.counts["floods"] += len(profile.floods)
        if text.looked_into is None:
            if profile is not None:
                self.notes.append(_no_signatures(device, profile))
            return
        traffic = _Traffic(self.ground, device, rule_set, self.filters, text, self.most)
        if profile is not None:
            self.counts["inspecting"] += 1
            self.found += traffic.uninspected(profile)
        self.counts["limited_rules"] += len(limited)
        for rule in limited:
            self.found += traffic.unlimited(rule)

    def _text(self, device: Device, *, needed: bool) -> ProtectionText | None:
        """A Linux firewall's limits are lines of its filter and measured in the twin."""
        return self.filters.protection_of(device) if needed else None


class _Traffic:
    """One box: what its policy permits by which rule, and how its traffic policy treats it."""

    def __init__(
        self,
        ground: Ground,
        device: Device,
        rule_set: RuleSet,
        filters: Filters,
        text: ProtectionText,
        most: int,
    ) -> None:
        self._ground, self._device, self._rule_set, self._text = ground, device, rule_set, text
        policy = filters.of(device)
        lists = [policy] if text.treatments is None else [policy, text.treatments]
        self._regions = LineRegions(ground.site, device, lists)
        self._most = most
        self._permitted: dict[str, list[MatchBox]] = {}
        listed = self._regions.rule_list(policy)
        for decision in decide(listed.rules, self._regions.everything, most):
            rule = listed.default if decision.rule is None else decision.rule
            if rule.permits:
                self._permitted.setdefault(rule.name, []).extend(decision.region)
        self._treatments = (
            RuleList((), False)
            if text.treatments is None
            else self._regions.rule_list(text.treatments)
        )

    def uninspected(self, profile: IpsProfile) -> Iterator[Finding]:
        looked_into = self._text.looked_into or frozenset()
        for name, region in self._permitted.items():
            left = [] if name in looked_into else self._without_routing(region)
            if left:
                yield Finding(
                    (self._device.name, *self._declared(name)),
                    claim(
                        "what {name} permits is not inspected by {name_2}",
                        name=name,
                        name_2=profile.name,
                    ),
                    "an intrusion prevention profile hangs on a rule; a default action has none",
                    "give the rule a profile with signatures, or a last rule with it to the rest",
                    witness=self._regions.universe.describe(left[0]),
                )

    def _without_routing(self, region: list[MatchBox]) -> list[MatchBox]:
        """Without sessions between routers, which no policy of the site is about."""
        loopbacks = self._ground.loopbacks
        if self._device.role.filtering is FilterPlace.BOUNDARY or not loopbacks:
            return region
        routing = [
            box._replace(source_low=low, source_high=high, destination_low=first,
                         destination_high=last)
            for box in self._regions.everything
            for low, high in loopbacks
            for first, last in loopbacks
        ]  # fmt: skip
        return subtract(region, routing, self._most)

    def unlimited(self, rule: DeclaredRule) -> Iterator[Finding]:
        expected = declared_figures(rule)
        region = self._permitted.get(rule.name, [])
        for decision in decide(self._treatments.rules, region, self._most):
            taker = None if decision.rule is None else decision.rule.name
            figures = self._text.figures.get(taker or "", {})
            if figures != expected:
                yield Finding(
                    (self._device.name, f"{self._rule_set.name}/{rule.name}"),
                    claim(
                        "its traffic gets {words} by {taker}, declared is {words_2}",
                        words=_words(figures),
                        taker=taker or claim("no traffic rule"),
                        words_2=_words(expected),
                    ),
                    "bandwidth that is guaranteed or capped holds only where a rule applies it",
                    "give the rule's packets its profile, before any rule that takes them",
                    witness=self._regions.universe.describe(decision.region[0]),
                )
                return

    def _declared(self, name: str) -> tuple[str, ...]:
        known = any(rule.name == name for rule in self._rule_set.rules)
        return (f"{self._rule_set.name}/{name}",) if known else ()


def declared_figures(rule: DeclaredRule) -> Figures:
    """What a rule grants and caps, in the words of :data:`Figures`; empty where it does neither."""
    whole, each = rule.bandwidth, rule.per_address
    found: dict[str, int | None] = {}
    if whole is not None:
        found |= {
            **_rates("maximum", whole.maximum_mbps),
            **_rates("guaranteed", whole.guaranteed_mbps),
        }
    if each is not None:
        found |= _rates("address maximum", each.maximum_mbps)
        found |= {"connections": each.connections, "new per second": each.new_per_second}
    return {name: figure for name, figure in found.items() if figure is not None}


def _rates(name: str, rate: Rate | None) -> Mapping[str, int]:
    return {f"{name} up": rate.up * _KBPS, f"{name} down": rate.down * _KBPS} if rate else {}


def _words(figures: Figures) -> str:
    if not figures:
        return claim("no limit")
    parts = (claim(f"{name} {{figure}}", figure=f) for name, f in sorted(figures.items()))
    return reduce(lambda first, rest: claim("{first}, {rest}", first=first, rest=rest), parts)


def _floods(
    site: Site, device: Device, profile: IpsProfile, text: ProtectionText
) -> Iterator[Finding]:
    zones = behind(site, device)
    outer = frozenset[str]().union(*(zones[zone] for zone in site.outside_zones if zone in zones))
    inner = frozenset[str]().union(*(zones[z] for z in zones if z not in site.outside_zones))
    for flood in profile.floods:
        for way, rate, entering, leaving in (
            ("inward", flood.inward, outer, inner), ("outward", flood.outward, inner, outer),
        ):  # fmt: skip
            rates = [g.per_second for g in text.guards if _guards(g, flood, entering, leaving)]
            if not rates or min(rates) != rate:
                yield _flood_finding(device, profile, flood, way, rate, rates)


def _guards(guard: FloodGuard, flood: FloodThreshold, entering: Ports, leaving: Ports) -> bool:
    return (
        guard.kind is flood.kind
        and (guard.entering is None or entering <= guard.entering)
        and (guard.leaving is None or leaving <= guard.leaving)
    )


def _flood_finding(
    device: Device,
    profile: IpsProfile,
    flood: FloodThreshold,
    way: str,
    rate: int,
    rates: list[int],
) -> Finding:
    dropped = claim("above {rate} a second", rate=min(rates)) if rates else claim("at no rate")
    return Finding(
        (device.name, profile.name),
        claim(
            "{kind} {way} is dropped {dropped}, declared is {rate}",
            kind=flood.kind,
            way=claim(way),
            dropped=dropped,
            rate=rate,
        ),
        "a flood that nobody cuts reaches what stands behind the device",
        "mend the template or the text, or declare the threshold that is meant",
    )


def _no_signatures(device: Device, profile: IpsProfile) -> Finding:
    return Finding(
        (device.name, profile.name),
        "it matches no signatures: a packet filter stands for the product here",
        "what it drops of floods and industrial protocols is all that it looks into",
        "the product's own rendering is proved where the device is of its platform",
    )


def _undecided(device: str, reason: Exception) -> Finding:
    return Finding(
        (device,),
        "what it inspects, limits and defends is not known",
        str(reason),
        "render what is understood, or teach proofs/readers the words",
    )


def _nothing() -> Finding:
    return Finding(
        ("site",),
        "no device protects by a declared profile, and no limit is read back",
        "a claim about nothing is not shown to hold",
        "declare protection.yml",
    )
