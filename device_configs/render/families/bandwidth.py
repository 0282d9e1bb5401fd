"""Bandwidth, limits and marks of rules as traffic policies of a firewall."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network

from device_configs.render.families.controls import PolicyRule
from device_configs.render.families.filtering import Filtering
from device_configs.render.families.objects import AddressObject
from device_configs.render.families.spans import Spans
from device_configs.site.model import DeclaredRule, Device, HttpFloodLimit, Rate, Site

KBPS = 1000
"""Boxes count bandwidth in kbit/s."""


@dataclass(frozen=True)
class Limit:
    """kbit/s from the rule's source to its destination, and back."""

    up: int
    down: int


@dataclass(frozen=True)
class BandwidthProfile:
    """What traffic of a rule gets. ``urgency`` 7 is served first, 1 last."""

    name: str
    maximum: Limit | None = None
    guaranteed: Limit | None = None
    urgency: int | None = None
    address_maximum: Limit | None = None
    address_connections: int | None = None
    address_new_per_second: int | None = None
    dscp: int | None = None


@dataclass(frozen=True)
class BandwidthRule:
    """Traffic of ``match`` is treated by ``profile``; None leaves it alone, so that no later rule
    treats it. ``parent`` limits all its children together."""

    match: PolicyRule
    profile: BandwidthProfile | None
    parent: str | None = None


@dataclass(frozen=True)
class FloodParent:
    """What one source may open on a web address, whatever rule lets it in."""

    name: str
    destination: AddressObject
    profile: BandwidthProfile


@dataclass(frozen=True)
class BandwidthPolicy:
    parents: tuple[FloodParent, ...]
    rules: tuple[BandwidthRule, ...]

    @property
    def profiles(self) -> tuple[BandwidthProfile, ...]:
        own = [rule.profile for rule in self.rules if rule.profile is not None]
        return (*(parent.profile for parent in self.parents), *own)


def derive_bandwidth(
    site: Site, device: Device, filtering: Filtering | None
) -> BandwidthPolicy | None:
    """Traffic policy of a filtering device; None when none of its rules asks for treatment."""
    rule_set = site.rule_set_of(device.name)
    if filtering is None or rule_set is None:
        return None
    declared = {rule.name: rule for rule in rule_set.rules}
    limits = [limit for limit in site.http_flood_limits.values() if device.name in limit.devices]
    rules = list(_rules(site, filtering, declared, limits))
    while rules and rules[-1].profile is None and rules[-1].parent is None:
        rules.pop()
    if not rules:
        return None
    return BandwidthPolicy(tuple(_parent(limit) for limit in limits), tuple(rules))


def _rules(
    site: Site,
    filtering: Filtering,
    declared: dict[str, DeclaredRule],
    limits: list[HttpFloodLimit],
) -> Iterator[BandwidthRule]:
    """One for each rule that lets something in: the first that matches decides here as well."""
    for match in filtering.rules:
        if match.allows:
            rule = declared[match.name]
            yield BandwidthRule(match, _profile(site, rule), _parent_of(site, rule, match, limits))


def _profile(site: Site, rule: DeclaredRule) -> BandwidthProfile | None:
    whole, each = rule.bandwidth, rule.per_address
    if whole is None and each is None and rule.traffic_class is None:
        return None
    return BandwidthProfile(
        name=rule.name,
        maximum=_limit(whole.maximum_mbps) if whole else None,
        guaranteed=_limit(whole.guaranteed_mbps) if whole else None,
        urgency=max(7 - whole.priority, 1) if whole else None,
        address_maximum=_limit(each.maximum_mbps) if each else None,
        address_connections=each.connections if each else None,
        address_new_per_second=each.new_per_second if each else None,
        dscp=site.traffic_classes[rule.traffic_class].dscp if rule.traffic_class else None,
    )


def _limit(rate: Rate | None) -> Limit | None:
    return Limit(rate.up * KBPS, rate.down * KBPS) if rate else None


def _parent_of(
    site: Site, rule: DeclaredRule, match: PolicyRule, limits: list[HttpFloodLimit]
) -> str | None:
    """The flood limit of the address that a rule leads to."""
    ports = {
        (found.first, found.last)
        for name in rule.applications
        for application in site.applications[name].matches
        for found in application.ports
    }
    for limit in limits:
        reached = match.destination is not None and any(
            piece.first <= limit.address <= piece.last for piece in match.destination.pieces
        )
        if reached and any(first <= port <= last for first, last in ports for port in limit.ports):
            return _parent_name(limit)
    return None


def _parent(limit: HttpFloodLimit) -> FloodParent:
    name = _parent_name(limit)
    return FloodParent(
        name,
        AddressObject(name, Spans.of([IPv4Network(limit.address)]).pieces()),
        BandwidthProfile(
            name,
            address_connections=limit.connections,
            address_new_per_second=limit.new_connections_per_second,
        ),
    )


def _parent_name(limit: HttpFloodLimit) -> str:
    return f"http-flood-{limit.name}"
