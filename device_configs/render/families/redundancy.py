"""VRRP groups with what they watch, in the numbers that boxes need."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address

from device_configs.render.addressing import MANAGEMENT, has_switched_interface
from device_configs.render.families.interfaces import Interfaces
from device_configs.render.redundancy import derive_redundancy
from device_configs.site.model import Device, LinkKind, Network, Site

_FIRST_PRIORITY, _STEP = 200, 20
REDUCED_BY = 30
"""More than the step between two members, so that the next one leads; and so little that a member
may add it to its own priority, too (254 is the most, RFC 5798 section 5.2.4)."""

_PROBE_TRACKS, _PEER_TRACKS, _PORT_TRACKS = 0, 256, 512
"""Bases of track numbers; router ids (1-255) and socket keys are added."""


@dataclass(frozen=True)
class Probe:
    """Echo requests to an address: a silently cut cable or circuit shows by nothing else."""

    name: str
    target: IPv4Address
    source: IPv4Address
    track: int


@dataclass(frozen=True)
class PeerSession:
    """A BFD session with the other member of a group: it tells a dead master at once."""

    name: str
    interface: str
    local: IPv4Address
    remote: IPv4Address
    track: int
    decides: bool
    """Whether this member takes over when the session is lost."""


@dataclass(frozen=True)
class TrackedPort:
    interface: str
    track: int


@dataclass(frozen=True)
class Group:
    """One VRRP group of the device."""

    interface: str
    router_id: int
    priority: int
    address: IPv4Address
    ports: tuple[TrackedPort, ...]
    probe: Probe | None
    peer: PeerSession | None
    preempt_delay_s: int
    reduced_by: int = REDUCED_BY

    @property
    def leads(self) -> bool:
        """Whether the device is the first member."""
        return self.priority == _FIRST_PRIORITY


def derive_groups(
    site: Site, device: Device, interfaces: Interfaces, keys: dict[str, int]
) -> tuple[Group, ...]:
    """The VRRP groups of a device; ``keys`` are the socket keys by declared port."""
    found = []
    for group in derive_redundancy(site, device):
        network = next(n for n in site.networks_of[device.name] if group.address.ip in n.prefix)
        virtual = next(v for v in network.virtual_addresses if v.router_id == group.router_id)
        found.append(
            Group(
                interface=interfaces.by_network[network.name],
                router_id=group.router_id,
                priority=_FIRST_PRIORITY - _STEP * virtual.members.index(device.name),
                address=group.address.ip,
                ports=tuple(
                    TrackedPort(interfaces.by_port[port], _PORT_TRACKS + keys[port])
                    for port in group.tracked
                    if interfaces.by_port[port] != interfaces.by_network[network.name]
                ),
                probe=_probe(site, device, network, group.router_id),
                peer=_peer(device, network, group.router_id, interfaces),
                preempt_delay_s=site.protocols.vrrp.preempt_delay_s,
            )
        )
    return tuple(found)


def _probe(site: Site, device: Device, network: Network, router_id: int) -> Probe | None:
    """A core switch asks the access switch, a voice gateway the exchange behind its circuit."""
    target, source = None, network.members[device.name]
    if has_switched_interface(site, device, network):
        target = network.members.get(network.bridges[0])
    elif device.role.telephony:
        trunk = _trunk(site, device)
        target = next(a for name, a in trunk.members.items() if name != device.name)
        source = trunk.members[device.name]
    if target is None:
        return None
    return Probe(network.name, target, source, _PROBE_TRACKS + router_id)


def _trunk(site: Site, device: Device) -> Network:
    return next(
        site.networks[link.network]
        for link in site.links_of[device.name]
        if link.kind is LinkKind.CIRCUIT
    )


def _peer(
    device: Device, network: Network, router_id: int, interfaces: Interfaces
) -> PeerSession | None:
    if not device.role.access_gateway or network.name == MANAGEMENT:
        return None
    virtual = next(v for v in network.virtual_addresses if v.router_id == router_id)
    other = next((name for name in virtual.members if name != device.name), None)
    if other is None:
        return None
    return PeerSession(
        name=f"{network.name}-{virtual.name}",
        interface=interfaces.by_network[network.name],
        local=network.members[device.name],
        remote=network.members[other],
        track=_PEER_TRACKS + router_id,
        decides=virtual.members[0] != device.name,
    )


def probes(groups: tuple[Group, ...]) -> Iterator[Probe]:
    """Each probe once, though several groups may watch it."""
    yield from dict.fromkeys(group.probe for group in groups if group.probe is not None)
