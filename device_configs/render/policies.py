"""The rules of a filtering device as packets meet them: ports, address sets, ports of protocols.

A zone is a set of addresses behind some of the device's ports. A zone at the far end of a circuit
holds every address that no other zone holds; beyond a public one, that somebody there can have.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Network
from itertools import product, starmap
from zlib import crc32

from device_configs.render.addressing import MANAGEMENT, layer3_interface
from device_configs.render.ipv6 import passes_ipv6
from device_configs.render.refusal import NotRenderable
from device_configs.render.rule_addresses import (
    Ipv6Set,
    NamedSet,
    PolicySide,
    Ports,
    RuleAddresses,
    SetMatch,
)
from device_configs.render.windows import Validity, validity_of
from device_configs.site.ipv6 import OF_NO_SEGMENT, numbered
from device_configs.site.model import (
    Action,
    DeclaredRule,
    Device,
    FilterPlace,
    LinkKind,
    PerAddressLimit,
    Protocol,
    RuleSet,
    Site,
)

CLASS_BASE = 0x100
"""Queueing class of the rule with number 0; the lines' own classes are below."""

LOG_GROUP = 1
"""Netlink group through which rules log."""


@dataclass(frozen=True)
class Traffic:
    """Protocol and destination ports; None matches every protocol."""

    protocol: Protocol | None = None
    ports: tuple[str, ...] = ()


@dataclass(frozen=True)
class Flow:
    """One line of a rule."""

    source: PolicySide
    destination: PolicySide
    traffic: Traffic

    @property
    def is_of_both(self) -> bool:
        """Whether the line is about packets of IPv6 as well."""
        return None not in (self.source.ipv6_sets, self.destination.ipv6_sets)


@dataclass(frozen=True)
class SessionLimits:
    """What each source address may use; rates are bytes a second."""

    up: int | None
    down: int | None
    connections: int | None
    new_per_second: int | None


@dataclass(frozen=True)
class FilterRule:
    """One rule; ``mark`` is what its sessions carry."""

    name: str
    mark: int
    allows: bool
    flows: tuple[Flow, ...]
    validity: Validity | None
    dscp: int | None
    queue: int | None
    """Minor number of its queueing class, where it has bandwidth of its own."""
    limits: SessionLimits | None
    log: bool

    @property
    def treats_packets(self) -> bool:
        """Whether packets of its sessions are marked, queued or limited."""
        rates = self.limits is not None and (self.limits.up or self.limits.down)
        return bool(self.dscp is not None or self.queue is not None or rates)


@dataclass(frozen=True)
class PublicEdge:
    """The ports of a public circuit, and the set of addresses that nobody beyond it has."""

    ports: Ports
    unknown: str


@dataclass(frozen=True)
class AddressFamily:
    """How nftables speaks of the packets of a family. ``before`` stands before the names of sets
    that hold its addresses, where a set of IPv4 has the bare name."""

    word: str
    type: str
    before: str


IPV4 = AddressFamily("ip", "ipv4_addr", "")
IPV6 = AddressFamily("ip6", "ipv6_addr", "ipv6-")


@dataclass(frozen=True)
class Filter:
    """The ordered rules of a device, and the sets that they name."""

    name: str
    allows_by_default: bool
    edges: tuple[PublicEdge, ...]
    """Dropped before any rule is asked."""
    rules: tuple[FilterRule, ...]
    sets: tuple[NamedSet, ...]
    routers: tuple[IPv4Address, ...]
    """Loopbacks between which routing sessions pass, whatever the state table says."""
    passes_ipv6: bool = False
    """Whether packets of IPv6 come to the device at all."""
    ipv6_sets: tuple[Ipv6Set, ...] = ()
    ipv6_hosts: tuple[IPv6Network, ...] = ()
    """All that packets of IPv6 may come from and go to; others are dropped before any rule or
    limit is asked, so that nobody leaves a set, or is counted anew, by another address."""

    @property
    def families(self) -> tuple[AddressFamily, ...]:
        """Those of the packets that come to the device."""
        return (IPV4, IPV6) if self.passes_ipv6 else (IPV4,)


def derive_filter(site: Site, device: Device) -> Filter | None:
    """The filter of a device; None when no rule set is for it."""
    rule_set = site.rule_set_of(device.name)
    if rule_set is None:
        return None
    _check_renderable(device, rule_set)
    sets, towards = RuleAddresses(site, passes_ipv6(site, device)), ports_towards(site, device)
    rules = tuple(
        _rule(site, towards, rule, number, sets)
        for number, rule in enumerate(rule_set.rules, start=1)
    )
    return Filter(
        name=rule_set.name,
        allows_by_default=rule_set.default is Action.ALLOW,
        edges=tuple(_edges(site, device, towards, sets)),
        rules=rules,
        sets=sets.used(),
        routers=tuple(
            found.loopback
            for found in site.devices_where(lambda role: role.routing)
            if found.loopback is not None
        ),
        passes_ipv6=passes_ipv6(site, device),
        ipv6_sets=sets.used_in_ipv6(_of_both(rules)),
        ipv6_hosts=(*starmap(numbered, site.dual_stack), *OF_NO_SEGMENT),
    )


def _of_both(rules: tuple[FilterRule, ...]) -> Iterator[PolicySide]:
    for rule in rules:
        for flow in rule.flows:
            if flow.is_of_both:
                yield from (flow.source, flow.destination)


def _edges(
    site: Site, device: Device, towards: Mapping[str, Ports], sets: RuleAddresses
) -> Iterator[PublicEdge]:
    if device.role.filtering is not FilterPlace.BOUNDARY:
        return  # It stands behind others, and its outer ports lead to other circuits as well.
    for zone in sorted(site.public_zones):
        if towards[zone]:
            yield PublicEdge(towards[zone], sets.beyond(zone).name)


def session_mark(name: str) -> int:
    """Mark of the sessions that a rule let in: it follows the name, so that running sessions keep
    their treatment when rules are added or moved."""
    return crc32(name.encode()) or 1


def _check_renderable(device: Device, rule_set: RuleSet) -> None:
    """Marks must differ; and a bridge of Linux has no session table here to count sessions in."""
    names: dict[int, str] = {}
    for rule in rule_set.rules:
        other = names.setdefault(session_mark(rule.name), rule.name)
        if other != rule.name:
            raise NotRenderable(
                f"policies.yml: rule_sets[{rule_set.name}].rules[{rule.name}].name: has the same "
                f"checksum as {other!r}; choose another name"
            )
    if device.role.filtering is not FilterPlace.INLINE:
        return
    for rule in rule_set.rules:
        if rule.per_address is not None and rule.per_address.connections is not None:
            raise NotRenderable(
                f"policies.yml: rule_sets[{rule_set.name}].rules[{rule.name}].per_address."
                f"connections: platform {device.platform} cannot count sessions on a transparent "
                "device; give new_per_second"
            )


def _rule(
    site: Site, towards: Mapping[str, Ports], rule: DeclaredRule, number: int, sets: RuleAddresses
) -> FilterRule:
    sources = _sides(site, towards, rule.from_zones, sets.sources(rule), sets)
    destinations = _sides(site, towards, rule.to_zones, sets.destinations(rule), sets)
    return FilterRule(
        name=rule.name,
        mark=session_mark(rule.name),
        allows=rule.action is Action.ALLOW,
        flows=tuple(
            Flow(source, destination, traffic)
            for source, destination, traffic in product(sources, destinations, _traffic(site, rule))
        ),
        validity=_validity(site, rule),
        dscp=site.traffic_classes[rule.traffic_class].dscp if rule.traffic_class else None,
        queue=CLASS_BASE + number if rule.bandwidth else None,
        limits=_limits(rule.per_address) if rule.per_address else None,
        log=rule.log,
    )


def _validity(site: Site, rule: DeclaredRule) -> Validity | None:
    if rule.time is None:
        return None
    return validity_of(site.time_ranges[rule.time], site.contract.timezone)


def _limits(limit: PerAddressLimit) -> SessionLimits:
    rate = limit.maximum_mbps
    return SessionLimits(
        up=bytes_per_second(rate.up) if rate else None,
        down=bytes_per_second(rate.down) if rate else None,
        connections=limit.connections,
        new_per_second=limit.new_per_second,
    )


def bytes_per_second(mbps: int) -> int:
    """Mbit/s (10^6 bits) as bytes a second."""
    return mbps * 125_000


def _traffic(site: Site, rule: DeclaredRule) -> tuple[Traffic, ...]:
    """One item a protocol, the ports of all applications together."""
    if not rule.applications:
        return (Traffic(),)
    ports: dict[Protocol, list[str]] = {}
    for name in rule.applications:
        for match in site.applications[name].matches:
            ports.setdefault(match.protocol, []).extend(map(str, match.ports))
    return tuple(Traffic(p, tuple(dict.fromkeys(found))) for p, found in ports.items())


def _sides(
    site: Site,
    towards: Mapping[str, Ports],
    zones: tuple[str, ...],
    named: tuple[SetMatch, ...],
    sets: RuleAddresses,
) -> Iterator[PolicySide]:
    """One side for all inner zones together, and one for each zone beyond a circuit."""
    inner = tuple(zone for zone in zones if zone not in site.outside_zones)
    if inner:
        ports = tuple(dict.fromkeys(port for zone in inner for port in towards[zone]))
        yield sets.side(ports, (sets.of_zones(inner), *named))
    for zone in zones:
        if zone in site.outside_zones:
            yield sets.side(towards[zone], (sets.beyond(zone), *named))


def ports_towards(site: Site, device: Device) -> Mapping[str, Ports]:
    """The interfaces behind which each zone lies, seen from a filtering device.

    An Internet firewall has a port in each of its zones. The inner firewalls and the intrusion
    prevention stand between the routers' side, where the zones beyond circuits lie, and the
    inner side; the partner of a firewall may stand in for either.
    """
    if device.role.filtering is FilterPlace.BOUNDARY:
        own: dict[str, list[str]] = {zone: [] for zone in site.zones}
        for network in site.networks_of[device.name]:
            if network.name != MANAGEMENT:
                own[network.zone].append(layer3_interface(site, device, network))
        return {zone: tuple(ports) for zone, ports in own.items()}
    outer, inner = _outer_and_inner(site, device)
    return {zone: outer if zone in site.outside_zones else inner for zone in site.zones}


def _outer_and_inner(site: Site, device: Device) -> tuple[Ports, Ports]:
    outer, inner = [], []
    for link in site.links_of[device.name]:
        if link.kind is LinkKind.MANAGEMENT:
            continue
        port, peer = link.end_at(device.name).port, link.peer_of(device.name).device
        is_beyond = device.role.is_behind(site.devices[peer].role)
        if is_beyond or peer == device.partner:
            outer.append(port)
        if not is_beyond:
            inner.append(port)
    return tuple(outer), tuple(inner)
