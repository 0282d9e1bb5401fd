"""Everything a template may use of one device, derived once for all families."""

from dataclasses import dataclass, field

from device_configs.render.families.bandwidth import BandwidthPolicy, derive_bandwidth
from device_configs.render.families.family import BoxModel, Family
from device_configs.render.families.filtering import Filtering, derive_filtering
from device_configs.render.families.hardening import Hardening, derive_hardening
from device_configs.render.families.interfaces import Interfaces, derive_interfaces
from device_configs.render.families.management import Management, derive_management
from device_configs.render.families.ports import derive_sockets
from device_configs.render.families.protection import (
    BoxSynProxy,
    Ips,
    Pair,
    Publishing,
    derive_box_syn_proxies,
    derive_http_flood_limits,
    derive_ips,
    derive_pair,
    derive_publishing,
)
from device_configs.render.families.queues import QueueLine, derive_lines
from device_configs.render.families.redundancy import (
    Group,
    Probe,
    TrackedPort,
    derive_groups,
    probes,
)
from device_configs.render.families.routing import (
    BFD_INTERVAL_MS,
    FamilyRouting,
    derive_vendor_routing,
)
from device_configs.render.protocol_keys import check_protocol_keys
from device_configs.render.secrets import Secrets
from device_configs.render.telephony import SIP_PORT, SipResponder, derive_sip
from device_configs.site.model import Device, HttpFloodLimit, Protocols, Site


@dataclass(frozen=True)
class BfdTimers:
    interval_ms: int
    multiplier: int


@dataclass(frozen=True)
class Configuration:
    """One device on its box: derived values only, so that templates hold no decisions."""

    device: Device
    box: BoxModel
    management: Management | None
    interfaces: Interfaces
    routing: FamilyRouting
    groups: tuple[Group, ...]
    probes: tuple[Probe, ...]
    bfd: BfdTimers
    lines: tuple[QueueLine, ...]
    filtering: Filtering | None
    bandwidth: BandwidthPolicy | None
    pair: Pair | None
    ips: Ips | None
    http_floods: tuple[HttpFloodLimit, ...]
    syn_proxies: tuple[BoxSynProxy, ...]
    publishing: Publishing | None
    sip: SipResponder | None
    hardening: Hardening
    protocols: Protocols
    secrets: Secrets = field(repr=False)
    sip_port: int = SIP_PORT

    def key(self, name: str) -> str:
        """The key of that name; raises SecretsMissing."""
        return self.secrets.key(name)

    def groups_on(self, interface: str) -> tuple[Group, ...]:
        """VRRP groups of an interface."""
        return tuple(group for group in self.groups if group.interface == interface)

    @property
    def tracked_ports(self) -> tuple[TrackedPort, ...]:
        """Ports that any group tracks, each once."""
        return tuple(dict.fromkeys(port for group in self.groups for port in group.ports))

    @property
    def bfd_interfaces(self) -> tuple[str, ...]:
        """Interfaces with an external neighbour or a VRRP peer that BFD watches."""
        external = self.routing.bgp.external if self.routing.bgp else ()
        neighbours = [
            interface.name
            for interface in self.interfaces.all
            if interface.address is not None
            and any(peer.address in interface.address.network for peer in external)
        ]
        peers = [group.peer.interface for group in self.groups if group.peer is not None]
        return tuple(dict.fromkeys((*neighbours, *peers)))

    def line(self, name: str) -> QueueLine:
        """The sharing of a bandwidth class; KeyError for one that no interface has."""
        return {line.name: line for line in self.lines}[name]


def derive_configuration(
    site: Site, secrets: Secrets, device: Device, family: Family, box: BoxModel, family_name: str
) -> Configuration:
    """Derive all parts; ``family_name`` is that of its templates."""
    check_protocol_keys(site, secrets)
    sockets = derive_sockets(site, device, box)
    interfaces = derive_interfaces(site, device, family, box, sockets)
    keys = {port: socket.key for port, socket in sockets.items()}
    groups = derive_groups(site, device, interfaces, keys)
    filtering = derive_filtering(site, device, family.zones, box, interfaces)
    return Configuration(
        device=device,
        box=box,
        management=derive_management(site, device, family, secrets),
        interfaces=interfaces,
        routing=derive_vendor_routing(site, device, interfaces),
        groups=groups,
        probes=tuple(probes(groups)),
        bfd=BfdTimers(
            site.protocols.bfd.interval_ms or BFD_INTERVAL_MS, site.protocols.bfd.multiplier
        ),
        lines=derive_lines(site, interfaces),
        filtering=filtering,
        bandwidth=derive_bandwidth(site, device, filtering),
        pair=derive_pair(site, device, interfaces),
        ips=derive_ips(site, device),
        http_floods=derive_http_flood_limits(site, device),
        syn_proxies=derive_box_syn_proxies(site, device),
        publishing=derive_publishing(site, device, interfaces),
        sip=derive_sip(site, device),
        hardening=derive_hardening(family_name, device),
        protocols=site.protocols,
        secrets=secrets,
    )
