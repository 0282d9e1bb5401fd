"""One device's filter against its rule set: the packets that the two treat differently.

Both become lists of rules over the same packets: by the ports a packet enters and leaves by,
addresses, protocol, port and time.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Network
from itertools import groupby

from device_configs.proofs.filters.agreement import (
    Difference,
    RuleList,
    Tolerances,
    closed,
    differences,
    same_list,
    without_tolerated,
)
from device_configs.proofs.filters.behind import addresses_of, behind, data_ports
from device_configs.proofs.filters.boxes import ADDRESSES, PORTS, MatchBox, subtract
from device_configs.proofs.filters.packet_filter import FilterLine, Matched, PacketFilter, Ports
from device_configs.proofs.filters.packet_rule import PacketRule
from device_configs.proofs.filters.product_comparison import say_the_same
from device_configs.proofs.filters.products import Product, ProductList, ProductRule, every_packet
from device_configs.proofs.filters.regions import (
    EVERY_MINUTE,
    EVERY_SERVICE,
    Service,
    Universe,
    port_of,
)
from device_configs.proofs.filters.spans import Interval, common, complement, intervals, merged
from device_configs.proofs.verdict import Finding, claim
from device_configs.render.protection import SCADA_PORTS
from device_configs.site.model import (
    Action,
    DeclaredRule,
    Device,
    FilterPlace,
    IpsProfile,
    Protocol,
    RuleSet,
    Site,
)

_EVERYTHING: Service = (EVERY_SERVICE[0][0] | EVERY_SERVICE[1][0], PORTS)
"""Roles between whose loopbacks routing sessions pass."""


@dataclass(frozen=True)
class Ground:
    """What is the same for all devices of a site."""

    site: Site

    @cached_property
    def addresses(self) -> Mapping[str, Sequence[Interval]]:
        """The addresses of each zone."""
        return {zone: addresses_of(self.site, zone) for zone in self.site.zones}

    @cached_property
    def loopbacks(self) -> tuple[Interval, ...]:
        """Between which sessions of routing pass."""
        routers = self.site.devices_where(lambda role: role.routing)
        return tuple(intervals(IPv4Network(r.loopback) for r in routers if r.loopback is not None))

    @cached_property
    def broadcasts(self) -> tuple[Interval, ...]:
        """The targets of smurfs."""
        segments = (n for n in self.site.networks.values() if not n.is_point_to_point)
        return tuple(intervals(IPv4Network(n.prefix.broadcast_address) for n in segments))


class Comparison:
    """One device: its rule set and its rendering as lists over the same packets.

    ``within``: only packets between these addresses are compared, in a family without broadcasts.
    """

    def __init__(
        self, ground: Ground, device: Device, rule_set: RuleSet, rendered: PacketFilter, most: int,
        within: Sequence[Interval] | None = None,
    ) -> None:  # fmt: skip
        self._within = within
        self._ground, self._device, self._most = ground, device, most
        self._site = ground.site
        self._rendered = rendered
        # What passes the management port is for the proof of isolation to name.
        self._places = frozenset(data_ports(self._site, device))
        dates = {line.matched.when[1:] for line in (*rendered.lines, *rendered.replies)}
        bounds = {bound for span in dates for bound in span if bound is not None}
        self._universe = Universe(self._site, sorted(self._places), bounds)
        self._rule_set = rule_set
        self._declared_names = {rule.name for rule in rule_set.rules}
        self._masks: dict[Ports | None, int] = {}
        self._everywhen = self._universe.time_of(None)[1]

    def findings(self) -> Iterator[Finding]:
        declared = self._declared()
        tolerances = Tolerances(self._routing(), self._broadcasts(), tuple(self._protection()))
        listed = (rule for line in self._rendered.lines if (rule := self._rule(line)))
        rendered = ProductList(
            (*self._not_compared(), *listed),
            self._rendered.permits_by_default,
        )
        everywhere = every_packet(self._mask(None), self._everywhen)
        if not say_the_same(declared, rendered, everywhere, tolerances):
            yield from self._differences(declared.rule_list(), rendered.rule_list(), tolerances)
        for line in self._rendered.replies:
            yield from self._reply(line, declared, tolerances)

    def _differences(
        self, declared: RuleList, listed: RuleList, tolerances: Tolerances
    ) -> Iterator[Finding]:
        rendered = closed(listed, self._whole())
        essential = without_tolerated(rendered, tolerances)
        if not same_list(_grouped(declared), _grouped(essential)):
            whole = self._whole()
            for found in differences(declared, rendered, whole, tolerances, self._most):
                yield self._finding(found)

    def _reply(
        self, line: FilterLine, declared: ProductList, tolerances: Tolerances
    ) -> Iterator[Finding]:
        """A reply that passes answers a session that some rule permits."""
        rule = self._rule(line)
        left = [
            piece
            for box in (rule.rule().region if rule else ())
            if not tolerances.permits(box)
            for piece in subtract((box,), tolerances.may_permit(box), self._most)
        ]
        if rule is None or not left:
            return
        listed = declared.rule_list()
        permitted = [r.region for r in listed.rules if r.permits]
        whole = (self._whole(),) if listed.permits_by_default else ()
        left = subtract(left, (box for region in (whole, *permitted) for box in region), self._most)
        if left:
            yield self._finding(Difference(listed.default, rule.rule(), left[0]))

    def _declared(self) -> ProductList:
        zones = _Zones(self._ground.addresses, behind(self._site, self._device))
        rules = [
            self._named(rule.name, rule.action is Action.ALLOW, self._products(rule, zones))
            for rule in self._rule_set.rules
        ]
        # A rule that no packet matches decides nothing.
        kept = (*self._not_compared(), *[rule for rule in rules if rule is not None])
        return ProductList(kept, self._rule_set.default is Action.ALLOW)

    def _not_compared(self) -> Iterator[ProductRule]:
        """Packets from or to addresses that are not asked about: alike in both lists."""
        elsewhere = tuple(complement(self._within)) if self._within is not None else ()
        if elsewhere:
            everything = every_packet(self._mask(None), self._everywhen)
            products = (
                everything._replace(sources=elsewhere),
                everything._replace(destinations=elsewhere),
            )
            yield ProductRule("elsewhere", False, "", products)

    def _products(self, rule: DeclaredRule, zones: "_Zones") -> tuple[Product, ...]:
        universe, mask = self._universe, self._mask
        times, eras = universe.time_of(rule.time)
        if not times or not eras:
            return ()
        services = universe.services_of(rule.applications)
        destinations = zones.sides(rule.to_zones, universe.destinations_of(rule))
        return tuple([
            Product(mask(entering), mask(leaving), source, destination, services, times, eras)
            for entering, source in zones.sides(rule.from_zones, universe.sources_of(rule))
            for leaving, destination in destinations
        ])  # fmt: skip

    def _rule(self, line: FilterLine) -> ProductRule | None:
        product = self._matched(line.matched)
        return self._named(line.name, line.permits, () if product is None else (product,))

    def _named(self, name: str, permits: bool, products: tuple[Product, ...]) -> ProductRule | None:
        """A rule that matches something. Which declared rule permits a packet matters: its
        bandwidth and limits hang on it."""
        if not products:
            return None
        treatment = name if permits and name in self._declared_names else ""
        return ProductRule(name, permits, treatment, products)

    def _matched(self, matched: Matched) -> Product | None:
        entering, leaving = self._mask(matched.entering), self._mask(matched.leaving)
        when = matched.when
        times, eras = EVERY_MINUTE if when.minutes is None else when.minutes, self._everywhen
        if when.starts_at is not None or when.ends_at is not None:
            eras &= self._universe.eras(when.starts_at, when.ends_at)
        found = Product(entering, leaving, matched.sources, matched.destinations,
                        matched.services, times, eras)  # fmt: skip
        return found if all(found) else None

    def _mask(self, ports: Ports | None) -> int:
        """The ports of these that packets of others pass; all of them for None."""
        if ports not in self._masks:
            passed = self._places if ports is None else ports & self._places
            self._masks[ports] = self._universe.mask(passed)
        return self._masks[ports]

    def _everywhere(
        self, service: Service, source: Interval = ADDRESSES, destination: Interval = ADDRESSES
    ) -> MatchBox:
        mask = self._mask(None)
        protocols, ports = service
        return MatchBox(mask, mask, protocols, EVERY_MINUTE, self._everywhen,
                   *source, *destination, *ports)  # fmt: skip

    def _whole(self) -> MatchBox:
        return self._everywhere(_EVERYTHING)

    def _routing(self) -> tuple[Interval, ...]:
        """Sessions between routers pass a firewall on their way, whatever the site's policy: the
        loopbacks that they are between."""
        boundary = self._device.role.filtering is FilterPlace.BOUNDARY
        return () if boundary else self._ground.loopbacks

    def _protection(self) -> Iterator[MatchBox]:
        """What an inline device drops by its profile before any rule is asked."""
        profile = profile_of(self._site, self._device)
        if profile is None or self._device.role.filtering is not FilterPlace.INLINE:
            return
        if profile.scada_action == "block":
            for protocol in (Protocol.TCP, Protocol.UDP):
                for name in profile.scada:
                    for port in SCADA_PORTS[name]:
                        yield self._everywhere(port_of(protocol, port))
        whole = self._whole()
        for spoofed in intervals([_LOOPBACK_NET]):
            yield whole._replace(source_low=spoofed[0], source_high=spoofed[1])
            yield whole._replace(destination_low=spoofed[0], destination_high=spoofed[1])

    def _broadcasts(self) -> tuple[Interval, ...]:
        """What an inline device keeps everything from."""
        inline = self._device.role.filtering is FilterPlace.INLINE
        return self._ground.broadcasts if inline and self._within is None else ()

    def _finding(self, found: Difference) -> Finding:
        rule_set = self._rule_set.name
        declared = found.declared.name
        named = (f"{rule_set}/{declared}",) if declared in self._declared_names else ()
        return Finding(
            (self._device.name, *named),
            claim(
                "its configuration {rendered} by {name} what {rule_set} {decides} by {declared}",
                rendered=_does(found.rendered),
                name=found.rendered.name,
                rule_set=rule_set,
                decides=_does(found.declared),
                declared=declared,
            ),
            "what is proved and answered about the rules is not what the device does",
            "mend the template or the text; never the rule set to match it",
            witness=self._universe.describe(found.witness),
        )


class _Zones:
    """Ports and addresses of zones together, those behind the same ports as one."""

    def __init__(
        self, addresses: Mapping[str, Sequence[Interval]], ports: Mapping[str, Ports]
    ) -> None:
        self._ports, self._addresses = ports, addresses
        self._by_zones: dict[tuple[str, ...], list[tuple[Ports, list[Interval]]]] = {}
        self._sides: dict[tuple[object, ...], list[tuple[Ports, tuple[Interval, ...]]]] = {}

    def sides(
        self, zones: tuple[str, ...], sought: tuple[Interval, ...]
    ) -> list[tuple[Ports, tuple[Interval, ...]]]:
        """The wanted addresses that stand in the zones, by the ports that they stand behind."""
        key = (zones, sought)
        if key not in self._sides:
            met = ((ports, tuple(common(sought, held))) for ports, held in self._joined(zones))
            self._sides[key] = [(ports, spans) for ports, spans in met if spans]
        return self._sides[key]

    def _joined(self, zones: tuple[str, ...]) -> list[tuple[Ports, list[Interval]]]:
        if zones not in self._by_zones:
            found: dict[Ports, list[Interval]] = {}
            for zone in zones:
                if self._ports[zone]:
                    found.setdefault(self._ports[zone], []).extend(self._addresses[zone])
            self._by_zones[zones] = [(ports, merged(spans)) for ports, spans in found.items()]
        return self._by_zones[zones]


def _grouped(listed: RuleList) -> RuleList:
    """Lines that follow each other and treat packets alike as one rule."""
    groups = groupby(listed.rules, key=lambda rule: (rule.permits, rule.treatment))
    return RuleList(tuple(_joined(list(rules)) for _, rules in groups), listed.permits_by_default)


def _joined(rules: list[PacketRule]) -> PacketRule:
    region = tuple(box for rule in rules for box in rule.region)
    if len({box.times for box in region}) == 1:
        return PacketRule(rules[0].name, rules[0].permits, region, rules[0].treatment)
    times: dict[MatchBox, int] = {}
    for rule in rules:
        for box in rule.region:
            key = box._replace(times=0)
            times[key] = times.get(key, 0) | box.times
    region = tuple(box._replace(times=minutes) for box, minutes in times.items())
    return PacketRule(rules[0].name, rules[0].permits, region, rules[0].treatment)


def profile_of(site: Site, device: Device) -> IpsProfile | None:
    """The profile by which an inline device protects."""
    return next((p for p in site.ips_profiles.values() if device.name in p.devices), None)


def _does(rule: PacketRule) -> str:
    return claim("permits" if rule.permits else "denies")


_LOOPBACK_NET = IPv4Network("127.0.0.0/8")
