"""Zones of interfaces, objects and ordered rules of a firewall, as boxes of zones take them.

A box tells zones by the interface, the declaration by the address: a rule therefore names the
zones of interfaces that its declared zones lie behind, and exactly the addresses that are in all
of its dimensions at once.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from device_configs.render.families.controls import PolicyRule, derive_controls, has_pair_zone
from device_configs.render.families.family import BoxModel, ZoneName, Zones
from device_configs.render.families.interfaces import Interfaces, Kind
from device_configs.render.families.objects import (
    AddressObject,
    Objects,
    ServiceObject,
    TimeObject,
    time_object,
)
from device_configs.site.model import (
    Action,
    DeclaredRule,
    Device,
    FilterPlace,
    LinkKind,
    RuleSet,
    Site,
)


class ZoneSide(StrEnum):
    """What a zone of interfaces leads to."""

    INNER = "inner"
    OUTER = "outer"
    DMZ = "dmz"
    PAIR = "pair"
    MANAGEMENT = "management"


@dataclass(frozen=True)
class PolicyZone:
    """A zone of interfaces."""

    side: ZoneSide
    name: str
    heading: str
    priority: int | None
    interfaces: tuple[str, ...]


@dataclass(frozen=True)
class Filtering:
    """The policy of a box. ``controls`` come before ``rules``: routing and management of the box
    itself, which are no policy of the site."""

    zones: tuple[PolicyZone, ...]
    addresses: tuple[AddressObject, ...]
    services: tuple[ServiceObject, ...]
    times: tuple[TimeObject, ...]
    controls: tuple[PolicyRule, ...]
    rules: tuple[PolicyRule, ...]
    transit: tuple[PolicyRule, ...]
    """What passes by default where it is inspected: a default action carries no profile."""
    allows_by_default: bool
    ips_profile: str | None


def derive_filtering(
    site: Site, device: Device, zones: Zones | None, box: BoxModel, interfaces: Interfaces
) -> Filtering | None:
    """The policy of a filtering device; None for other devices."""
    rule_set = site.rule_set_of(device.name)
    if device.role.filtering is None or zones is None or rule_set is None:
        return None
    objects = Objects(site)
    behind = Behind(site, device, zones)
    controls = derive_controls(site, device, zones, objects)
    # A rule whose conditions exclude each other has no addresses, and boxes refuse empty objects.
    live = [rule for rule in rule_set.rules if objects.match_something(rule)]
    profile = next((p for p in site.ips_profiles.values() if device.name in p.devices), None)
    rules = tuple(_rule(rule, objects, behind, profile is not None) for rule in live)
    allows = rule_set.default is Action.ALLOW
    return Filtering(
        zones=tuple(_zones(site, device, zones, box, interfaces)),
        addresses=objects.addresses(),
        services=objects.services(),
        times=tuple(_times(site, rule_set)),
        controls=controls,
        rules=rules,
        transit=(_transit(zones),) if allows and profile is not None else (),
        allows_by_default=allows,
        ips_profile=profile.name if profile else None,
    )


@dataclass(frozen=True)
class Behind:
    """Which zones of interfaces the zones of the declaration lie behind."""

    site: Site
    device: Device
    zones: Zones

    def names(self, declared: Iterable[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for zone in declared for name in self._of(zone)))

    def _of(self, zone: str) -> tuple[str, ...]:
        outside = zone in self.site.outside_zones
        if self.device.role.filtering is FilterPlace.BOUNDARY:
            return (self.zones.outer.name if outside else self.zones.dmz.name,)
        side = self.zones.outer.name if outside else self.zones.inner.name
        # The partner may stand in for either side: it forwards what reached the wrong half.
        return (side, self.zones.pair.name) if has_pair_zone(self.site, self.device) else (side,)


def _zones(
    site: Site, device: Device, names: Zones, box: BoxModel, interfaces: Interfaces
) -> Iterator[PolicyZone]:
    members: dict[str, list[str]] = {}
    for link in site.links_of[device.name]:
        if link.kind is not LinkKind.MANAGEMENT:
            end, peer = link.end_at(device.name), link.peer_of(device.name).device
            zone = _zone_towards(site, device, peer, link.kind, names)
            members.setdefault(zone.name, []).append(interfaces.by_port[end.port])
    for interface in interfaces.all:
        if interface.kind is Kind.VLAN:
            members.setdefault(names.dmz.name, []).append(interface.name)
        elif interface.kind is Kind.MANAGEMENT and box.management_vpn is None:
            members.setdefault(names.management.name, []).append(interface.name)
    sides = {
        ZoneSide.INNER: names.inner,
        ZoneSide.OUTER: names.outer,
        ZoneSide.DMZ: names.dmz,
        ZoneSide.PAIR: names.pair,
        ZoneSide.MANAGEMENT: names.management,
    }
    for side, zone in sides.items():
        found = tuple(dict.fromkeys(members.get(zone.name, ())))
        if found:
            yield PolicyZone(side, zone.name, zone.heading, zone.priority, found)


def _zone_towards(site: Site, device: Device, peer: str, kind: LinkKind, names: Zones) -> ZoneName:
    if device.role.filtering is FilterPlace.BOUNDARY:
        return names.outer if kind is LinkKind.CIRCUIT else names.dmz
    if peer == device.partner:
        return names.pair
    return names.outer if device.role.is_behind(site.devices[peer].role) else names.inner


def _transit(zones: Zones) -> PolicyRule:
    sides = (zones.inner.name, zones.outer.name)
    return PolicyRule(
        "control-inspect-rest", "Everything else is looked into", sides, sides, inspects=True
    )


def _rule(rule: DeclaredRule, objects: Objects, behind: Behind, inspected: bool) -> PolicyRule:
    return PolicyRule(
        name=rule.name,
        description=rule.purpose,
        from_zones=behind.names(rule.from_zones),
        to_zones=behind.names(rule.to_zones),
        source=objects.source(rule),
        destination=objects.destination(rule),
        services=tuple(objects.application(name) for name in rule.applications),
        time=rule.time,
        allows=rule.action is Action.ALLOW,
        log=rule.log,
        inspects=inspected and rule.action is Action.ALLOW,
    )


def _times(site: Site, rule_set: RuleSet) -> Iterator[TimeObject]:
    for name in dict.fromkeys(rule.time for rule in rule_set.rules if rule.time):
        yield time_object(site.time_ranges[name])
