"""Intended OSPF, BGP and BFD of the routing devices."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from device_configs.render.addressing import MANAGEMENT, layer3_interface, provided_addresses
from device_configs.site.model import Device, Half, Network, RoutingPlace, Site

PROVIDER_AS = 65_100
"""Of a device outside that declares none (RFC 6996: for private use, as our own default)."""

# The preferred half carries the traffic while both stand. Stateful firewalls allow no load
# sharing, so every choice between two ways is made by cost and never left to chance.
_COST = {Half.A: 10, Half.B: 20, Half.SHARED: 10}
_LOCAL_PREFERENCE = {Half.A: 200, Half.B: 100, Half.SHARED: 100}
_MED = {Half.A: 50, Half.B: 200, Half.SHARED: 100}


@dataclass(frozen=True)
class OspfInterface:
    """``fast`` interfaces have a neighbour, watched by BFD; the others are passive."""

    name: str
    cost: int
    fast: bool


@dataclass(frozen=True)
class ExternalNeighbour:
    """The other side of an eBGP session over a circuit."""

    address: IPv4Address
    remote_as: int
    description: str
    secret: str | None = None
    """Name of the key that the session is signed with."""


@dataclass(frozen=True)
class Routing:
    """What ``frr.conf`` of one device says."""

    router_id: IPv4Address
    own_as: int
    ospf_interfaces: tuple[OspfInterface, ...]
    ospfv3_interfaces: tuple[OspfInterface, ...]
    """Those of them that carry IPv6, at the same cost."""
    internal_neighbours: tuple[IPv4Address, ...]
    external_neighbours: tuple[ExternalNeighbour, ...]
    announced: tuple[IPv4Network, ...]
    local_preference: int
    med: int


def derive_routing(site: Site, device: Device) -> Routing | None:
    """Routing of a device with a loopback; None for those that route statically."""
    if device.loopback is None:
        return None
    inside = device.role.routing is not None
    return Routing(
        router_id=device.loopback,
        own_as=_as_number(site, device),
        ospf_interfaces=tuple(_ospf_interfaces(site, device)) if inside else (),
        ospfv3_interfaces=tuple(_ospf_interfaces(site, device, ipv6=True)) if inside else (),
        internal_neighbours=tuple(_internal_neighbours(site, device)) if inside else (),
        external_neighbours=tuple(_external_neighbours(site, device)),
        announced=_announced(site, device),
        local_preference=_LOCAL_PREFERENCE[device.half],
        med=_MED[device.half],
    )


def _ospf_interfaces(site: Site, device: Device, *, ipv6: bool = False) -> Iterator[OspfInterface]:
    for network in site.networks_of[device.name]:
        if device.name not in network.members or network.name == MANAGEMENT:
            continue
        if _is_circuit(site, device, network) or (ipv6 and device.name not in network.ipv6_members):
            continue
        name = layer3_interface(site, device, network)
        if network.is_point_to_point:
            yield OspfInterface(name, _link_cost(site, network), fast=True)
        else:
            yield OspfInterface(name, _COST[device.half], fast=False)


def _link_cost(site: Site, network: Network) -> int:
    """Links inside the preferred half are cheapest, then those across, then the other half's."""
    halves = [site.devices[name].half for name in network.members]
    return sum(_COST[half] for half in halves) // 2


def _is_circuit(site: Site, device: Device, network: Network) -> bool:
    return any(
        link.circuit is not None and link.network == network.name
        for link in site.links_of[device.name]
    )


def _internal_neighbours(site: Site, device: Device) -> Iterator[IPv4Address]:
    """Routers speak iBGP with everybody; the others with the routers only (no reflection)."""
    for other in site.devices_where(lambda role: role.routing):
        if other.name == device.name or other.loopback is None:
            continue
        if RoutingPlace.EDGE in (device.role.routing, other.role.routing):
            yield other.loopback


def _external_neighbours(site: Site, device: Device) -> Iterator[ExternalNeighbour]:
    for link in site.links_of[device.name]:
        if link.circuit is None:
            continue
        peer = site.devices[link.peer_of(device.name).device]
        yield ExternalNeighbour(
            address=site.networks[link.network].members[peer.name],
            remote_as=_as_number(site, peer),
            description=link.circuit,
            secret=site.circuits[link.circuit].bgp_secret,
        )


def _as_number(site: Site, device: Device) -> int:
    if not device.role.outside:
        return site.protocols.bgp.as_number
    return PROVIDER_AS if device.as_number is None else device.as_number


def _announced(site: Site, device: Device) -> tuple[IPv4Network, ...]:
    """A router announces the user networks of the inner side, a provider its services."""
    if device.role.outside:
        return tuple(IPv4Network(address) for address in provided_addresses(site, device))
    return user_networks(site) if device.role.routing is RoutingPlace.EDGE else ()


def user_networks(site: Site) -> tuple[IPv4Network, ...]:
    """Prefixes of the inner side whose hosts have a gateway: seats, operations, services."""
    return tuple(
        network.prefix
        for network in site.networks.values()
        if network.gateway is not None and site.zones[network.zone].side == "egov"
    )
