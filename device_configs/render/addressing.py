"""Interfaces, addresses and static routes of a device, derived from the declaration."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Interface

from device_configs.site.model import Device, FilterPlace, LinkKind, Network, Site, bridge_name

MANAGEMENT = "management"
MANAGEMENT_PORT = "mgmt"
PAIR_PORT = "pair"
PAIR_NETWORK = IPv4Network("169.254.250.0/24")
"""Link-local addresses of the overlay between the two firewalls of a pair."""

_INTERNAL = IPv4Network("10.0.0.0/8")


@dataclass(frozen=True)
class Bridge:
    """A bridge without spanning tree and the ports it joins."""

    name: str
    ports: tuple[str, ...]


@dataclass(frozen=True)
class SwitchedInterface:
    """The layer-3 interface above an access port of a core switch, and whom it must reach.

    It is a macvlan of its own so that it can be taken down while the port below it
    stays up: the port of a silently cut cable shows no other sign.
    """

    name: str
    port: str
    neighbour: IPv4Address


@dataclass(frozen=True)
class PairOverlay:
    """The VXLAN between the loopbacks of two firewalls; it survives any one cable between them."""

    local: IPv4Address
    remote: IPv4Address
    address: IPv4Interface
    remote_address: IPv4Address


@dataclass(frozen=True)
class Address:
    interface: str
    address: IPv4Interface


@dataclass(frozen=True)
class Ipv6Address:
    interface: str
    address: IPv6Interface


@dataclass(frozen=True)
class StaticRoute:
    prefix: IPv4Network
    gateway: IPv4Address


@dataclass(frozen=True)
class Addressing:
    """All layer-2 and layer-3 interfaces of one device."""

    ports: tuple[str, ...]
    bridges: tuple[Bridge, ...]
    switched: tuple[SwitchedInterface, ...]
    pair: PairOverlay | None
    addresses: tuple[Address, ...]
    ipv6: tuple[Ipv6Address, ...]
    """Empty: IPv6 is off on the device."""
    routes: tuple[StaticRoute, ...]

    def interface_of(self, address: IPv4Address) -> str:
        """The interface that carries the address; KeyError when none does."""
        for found in self.addresses:
            if found.address.ip == address:
                return found.interface
        raise KeyError(address)


def switched_interface_name(network: str) -> str:
    """Name of a core switch's layer-3 interface in an access network, e.g. ``svi-seats-1``."""
    return f"svi-{network}"[:15]


def layer3_interface(site: Site, device: Device, network: Network) -> str:
    """The interface that carries the device's address in the network."""
    if has_switched_interface(site, device, network):
        return switched_interface_name(network.name)
    return site.layer3_port(device.name, network.name)


def has_switched_interface(site: Site, device: Device, network: Network) -> bool:
    """Whether the device is an access gateway that routes an access network over one port."""
    return (
        device.role.access_gateway
        and device.name not in network.bridges
        and any(
            link.kind is LinkKind.ACCESS and link.network == network.name
            for link in site.links_of[device.name]
        )
    )


def derive_addressing(site: Site, device: Device) -> Addressing:
    """Everything ``/etc/network/device.conf`` says; pure."""
    return Addressing(
        ports=tuple(link.end_at(device.name).port for link in site.links_of[device.name]),
        bridges=tuple(
            Bridge(bridge_name(network.name), site.ports_of(device.name, network.name))
            for network in site.networks_of[device.name]
            if device.name in network.bridges
        ),
        switched=tuple(_switched(site, device)),
        pair=_pair(site, device),
        addresses=tuple(_addresses(site, device)),
        ipv6=tuple(_ipv6_addresses(site, device)),
        routes=tuple(_routes(site, device)),
    )


def _switched(site: Site, device: Device) -> Iterator[SwitchedInterface]:
    for network in site.networks_of[device.name]:
        if has_switched_interface(site, device, network):
            yield SwitchedInterface(
                name=switched_interface_name(network.name),
                port=site.ports_of(device.name, network.name)[0],
                neighbour=network.members[network.bridges[0]],
            )


def _pair(site: Site, device: Device) -> PairOverlay | None:
    if not device.role.hot_standby or device.partner is None:
        return None
    partner = site.devices[device.partner]
    if device.loopback is None or partner.loopback is None:
        return None
    return PairOverlay(
        local=device.loopback,
        remote=partner.loopback,
        address=pair_address(device.loopback),
        remote_address=pair_address(partner.loopback).ip,
    )


def pair_address(loopback: IPv4Address) -> IPv4Interface:
    """Address of a firewall in the overlay: the link-local network, last octet of its loopback."""
    host = int(loopback) & int(PAIR_NETWORK.hostmask)
    return IPv4Interface((int(PAIR_NETWORK.network_address) | host, PAIR_NETWORK.prefixlen))


def _addresses(site: Site, device: Device) -> Iterator[Address]:
    if device.loopback is not None:
        yield Address("lo", IPv4Interface(f"{device.loopback}/32"))
    for address in provided_addresses(site, device):
        yield Address("lo", IPv4Interface(f"{address}/32"))
    for network in site.networks_of[device.name]:
        if device.name in network.members:
            yield Address(
                layer3_interface(site, device, network), network.interface_of(device.name)
            )
    overlay = _pair(site, device)
    if overlay is not None:
        yield Address(PAIR_PORT, overlay.address)


def _ipv6_addresses(site: Site, device: Device) -> Iterator[Ipv6Address]:
    """On the interfaces that carry the addresses of IPv4."""
    for network in site.networks_of[device.name]:
        address = network.ipv6_interface_of(device.name)
        if address is not None:
            yield Ipv6Address(layer3_interface(site, device, network), address)


def provided_addresses(site: Site, device: Device) -> tuple[IPv4Address, ...]:
    """Service addresses a provider answers on that stand in no declared network."""
    if not device.role.outside:
        return ()
    return tuple(
        dict.fromkeys(
            check.address
            for service in site.services.values()
            if device.name in service.hosts
            for check in service.checks
            if not any(check.address in network.prefix for network in site.networks.values())
        )
    )


def _routes(site: Site, device: Device) -> Iterator[StaticRoute]:
    """Static routes of those who run no routing protocol: by their gateways, by zone."""
    everywhere = IPv4Network("0.0.0.0/0")
    for network in site.networks_of[device.name]:
        if device.name not in network.members or network.name == MANAGEMENT:
            continue
        if device.role.isolates:
            outward = site.zones[network.zone].side == "internet"
            gateway = _firewall_address(site, network) if outward else network.gateway
            if gateway is not None:
                yield StaticRoute(everywhere if outward else _INTERNAL, gateway)
        elif device.role.uses_gateway and network.gateway:
            yield StaticRoute(everywhere, network.gateway)
        elif device.role.filtering is FilterPlace.BOUNDARY and network.is_point_to_point:
            peers = (address for name, address in network.members.items() if name != device.name)
            yield from (StaticRoute(everywhere, peer) for peer in peers)


def _firewall_address(site: Site, network: Network) -> IPv4Address | None:
    return next(
        (
            address
            for name, address in network.members.items()
            if name in site.devices and site.devices[name].role.filtering is FilterPlace.BOUNDARY
        ),
        None,
    )
