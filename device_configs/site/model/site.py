"""The whole declaration under one name, and what follows from it by looking up."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, collapse_addresses

from device_configs.site.bogons import bogons_without
from device_configs.site.hotline import Hotline
from device_configs.site.model.access import Access
from device_configs.site.model.contract import Contract
from device_configs.site.model.equipment import Account, Device, TagKind
from device_configs.site.model.gate import Gate
from device_configs.site.model.lines import BandwidthClass, Circuit, Provider, TrafficClass
from device_configs.site.model.network import Link, Network, Zone, bridge_name
from device_configs.site.model.policy import (
    AddressSet,
    Application,
    PolicyRegion,
    PolicyUser,
    RuleSet,
    TimeRange,
    UserGroup,
)
from device_configs.site.model.protection import (
    ComplianceException,
    HttpFloodLimit,
    IpsProfile,
    LoginGuard,
    SynProxy,
)
from device_configs.site.model.protocols import Protocols
from device_configs.site.model.risk import (
    AcceptedRisk,
    Duct,
    Feed,
    Rack,
    RiskKind,
    SharedRiskGroup,
)
from device_configs.site.model.role import DeviceRole
from device_configs.site.model.services import Seat, Service
from device_configs.site.model.values import Frozen, Title
from device_configs.site.reporting import ReportChapter, ReportDuty
from ops_core.kernel.working_days import WorkCalendar


class Site(Frozen):
    """The whole declaration; every other artefact is derived from it or measured against it."""

    name: str
    title: Title
    demonstration: bool
    roles: Mapping[str, DeviceRole]
    devices: Mapping[str, Device]
    zones: Mapping[str, Zone]
    networks: Mapping[str, Network]
    links: Mapping[str, Link]
    circuits: Mapping[str, Circuit]
    services: Mapping[str, Service]
    seats: Mapping[str, Seat]
    contract: Contract
    calendar: WorkCalendar
    hotline: Hotline
    protocols: Protocols = Protocols()
    access: Access = Access()
    report_duties: Mapping[str, ReportDuty] = {}
    report_chapters: Mapping[str, ReportChapter] = {}
    tag_kinds: Mapping[str, TagKind]
    providers: Mapping[str, Provider]
    traffic_classes: Mapping[str, TrafficClass]
    bandwidth_classes: Mapping[str, BandwidthClass]
    feeds: Mapping[str, Feed]
    racks: Mapping[str, Rack]
    ducts: Mapping[str, Duct]
    accepted_risks: Mapping[str, AcceptedRisk]
    address_sets: Mapping[str, AddressSet]
    regions: Mapping[str, PolicyRegion]
    applications: Mapping[str, Application]
    time_ranges: Mapping[str, TimeRange]
    users: Mapping[str, PolicyUser]
    user_groups: Mapping[str, UserGroup]
    rule_sets: Mapping[str, RuleSet]
    ips_profiles: Mapping[str, IpsProfile]
    http_flood_limits: Mapping[str, HttpFloodLimit]
    compliance_exceptions: Mapping[str, ComplianceException]
    syn_proxies: Mapping[str, SynProxy]
    login_guards: Mapping[str, LoginGuard]
    gates: Mapping[str, Gate]
    accounts: tuple[Account, ...]

    @cached_property
    def secret_names(self) -> tuple[str, ...]:
        """Every key that the declaration names, each once: ``keys`` of the secrets hold them."""
        circuits = (c.bgp_secret for c in self.circuits.values() if c.bgp_secret is not None)
        accounts = (a.password_secret for a in self.accounts if a.password_secret is not None)
        named = (*self.protocols.secret_names(), *self.access.secret_names())
        return tuple(dict.fromkeys((*named, *circuits, *accounts)))

    @cached_property
    def monitoring_host(self) -> Device:
        """The one device from which collectors and Ansible work."""
        return next(d for d in self.devices.values() if d.role.collects_measurements)

    @cached_property
    def links_of(self) -> Mapping[str, tuple[Link, ...]]:
        """Links by device or seat name, in declaration order."""
        found: dict[str, list[Link]] = {name: [] for name in (*self.devices, *self.seats)}
        for link in self.links.values():
            for end in link.ends:
                found[end.device].append(link)
        return {name: tuple(links) for name, links in found.items()}

    @cached_property
    def networks_of(self) -> Mapping[str, tuple[Network, ...]]:
        """Networks by device or seat name: member, bridge, or both."""
        found: dict[str, list[Network]] = {name: [] for name in (*self.devices, *self.seats)}
        for network in self.networks.values():
            for name in dict.fromkeys((*network.members, *network.bridges)):
                found[name].append(network)
        return {name: tuple(networks) for name, networks in found.items()}

    def devices_with_role(self, *roles: str) -> Iterator[Device]:
        """Devices of any of the named roles, in declaration order."""
        return (device for device in self.devices.values() if device.role.name in roles)

    def devices_where(self, has: Callable[[DeviceRole], object]) -> Iterator[Device]:
        """Devices whose role has a property, in declaration order."""
        return (device for device in self.devices.values() if has(device.role))

    @cached_property
    def deployed(self) -> tuple[Device, ...]:
        """Devices that the declaration is brought to."""
        return tuple(device for device in self.devices.values() if device.deployed)

    @cached_property
    def watched(self) -> tuple[Device, ...]:
        """Devices that are polled."""
        return tuple(device for device in self.devices.values() if device.polled)

    def ports_of(self, device: str, network: str) -> tuple[str, ...]:
        """The ports of ``device`` that stand in ``network``."""
        return tuple(
            link.end_at(device).port for link in self.links_of[device] if link.network == network
        )

    def layer3_port(self, device: str, network: str) -> str:
        """The interface that carries the member's address in the network.

        It is the bridge (named like the network) where the device bridges the network, and
        otherwise its only port in it.
        """
        if device in self.networks[network].bridges:
            return bridge_name(network)
        return self.ports_of(device, network)[0]

    @cached_property
    def shared_risk_groups(self) -> Mapping[str, SharedRiskGroup]:
        """Racks, feeds, ducts and providers by ``kind:name``, in declaration order.

        What stands outside the contract belongs to no rack and no feed of ours.
        """
        return {group.name: group for group in self._groups()}

    def _groups(self) -> Iterator[SharedRiskGroup]:
        ours = [device for device in self.devices.values() if device.is_ours]
        for rack in self.racks.values():
            yield _group(RiskKind.RACK, rack.name, rack.title,
                         devices=(d.name for d in ours if d.rack == rack.name))  # fmt: skip
        for feed in self.feeds.values():
            yield _group(RiskKind.FEED, feed.name, feed.title,
                         devices=(d.name for d in ours if d.feeds == (feed.name,)))  # fmt: skip
        for duct in self.ducts.values():
            yield _group(RiskKind.DUCT, duct.name, duct.title,
                         links=(link.name for link in self.links.values()
                                if duct.name in link.ducts),
                         cables=(c.name for link in self.links.values()
                                 for c in link.members if duct.name in c.ducts))  # fmt: skip
        for provider in self.providers.values():
            yield _group(RiskKind.PROVIDER, provider.name, provider.title,
                         links=(name for circuit in self.circuits.values()
                                if circuit.provider == provider.name
                                for name in circuit.links))  # fmt: skip

    def accepted_risks_of(self, element: str) -> tuple[AcceptedRisk, ...]:
        """The accepted risks that name a device, a link or a shared-risk group."""
        return tuple(risk for risk in self.accepted_risks.values() if element in risk.elements)

    def rule_set_of(self, device: str) -> RuleSet | None:
        """The ordered rules of a device; None when it filters nothing."""
        return self._rule_set_by_device.get(device)

    @cached_property
    def _rule_set_by_device(self) -> Mapping[str, RuleSet]:
        return {name: found for found in self.rule_sets.values() for name in found.devices}

    def gate_of(self, device: str) -> Gate | None:
        """The gate a device is a part of."""
        return next((gate for gate in self.gates.values() if device in gate.devices), None)

    @cached_property
    def outside_zones(self) -> frozenset[str]:
        """Zones at the far end of a circuit: they hold, beside what is declared in them, every
        address that no declared zone holds."""
        return frozenset(circuit.zone for circuit in self.circuits.values())

    @cached_property
    def zone_prefixes(self) -> Mapping[str, tuple[IPv4Network, ...]]:
        """Prefixes of the networks of each zone, and the addresses of the services in it that
        stand in no declared network (as /32)."""
        found: dict[str, list[IPv4Network]] = {name: [] for name in self.zones}
        for network in self.networks.values():
            found[network.zone].append(network.prefix)
        for service in self.services.values():
            for check in service.checks:
                if not any(check.address in n.prefix for n in self.networks.values()):
                    found[service.zone].append(IPv4Network(check.address))
        return {name: tuple(dict.fromkeys(prefixes)) for name, prefixes in found.items()}

    @cached_property
    def dual_stack(self) -> tuple[tuple[IPv4Network, IPv6Network], ...]:
        """Both prefixes of each segment and cable that has two."""
        return tuple(
            (network.prefix, network.ipv6_prefix)
            for network in self.networks.values()
            if network.ipv6_prefix is not None
        )

    @cached_property
    def public_zones(self) -> frozenset[str]:
        """Zones at the far end of a public circuit."""
        return frozenset(circuit.zone for circuit in self.circuits.values() if circuit.public)

    @cached_property
    def prefixes_outside(self) -> Mapping[str, tuple[IPv4Network, ...]]:
        """For each outside zone what all other zones hold, and beyond a public circuit what nobody
        on the Internet has, collapsed: addresses that are not in it belong to the outside zone."""
        return {
            zone: tuple(collapse_addresses((*self._held_by_others(zone), *self._bogons(zone))))
            for zone in self.outside_zones
        }

    def _held_by_others(self, zone: str) -> Iterator[IPv4Network]:
        for name, prefixes in self.zone_prefixes.items():
            if name != zone:
                yield from prefixes

    def _bogons(self, zone: str) -> tuple[IPv4Network, ...]:
        if zone not in self.public_zones:
            return ()
        regions = (prefix for region in self.regions.values() for prefix in region.prefixes)
        return bogons_without((*self.zone_prefixes[zone], *regions))


def _group(
    kind: RiskKind,
    name: str,
    title: Title,
    devices: Iterable[str] = (),
    links: Iterable[str] = (),
    cables: Iterable[str] = (),
) -> SharedRiskGroup:
    return SharedRiskGroup(
        name=f"{kind}:{name}",
        kind=kind,
        title=title,
        devices=tuple(devices),
        links=tuple(links),
        cables=tuple(cables),
    )
