"""Interfaces of a box: sockets, aggregates, VLAN interfaces, loopbacks, management."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Interface

from device_configs.render.addressing import (
    MANAGEMENT,
    has_switched_interface,
    provided_addresses,
)
from device_configs.render.families.family import BoxModel, Family
from device_configs.render.families.ports import Socket, vlan_of
from device_configs.site.model import Device, FilterPlace, LinkKind, Network, Site


class Kind(StrEnum):
    """What an interface is; it decides in which view of the box its lines stand."""

    MANAGEMENT = "management"
    AGGREGATE = "aggregate"
    SOCKET = "socket"
    VLAN = "vlan"
    LOOPBACK = "loopback"


class Switching(StrEnum):
    """How a layer-2 interface carries its VLAN."""

    ACCESS = "access"
    TRUNK = "trunk"


@dataclass(frozen=True)
class Vlan:
    number: int
    name: str


@dataclass(frozen=True)
class Interface:
    """One interface. ``address`` is on layer 3, ``vlan`` and ``switching`` on layer 2; a socket
    of an aggregate has neither, but the aggregate's number."""

    kind: Kind
    name: str
    description: str
    network: str | None = None
    address: IPv4Interface | None = None
    vlan: int | None = None
    switching: Switching | None = None
    edge: bool = False
    """A single host hangs there: no loop can arise, and no other switch may be plugged in."""
    aggregate: int | None = None
    """Number of the aggregate it is, or is a member of."""
    member: bool = False
    bandwidth_class: str | None = None
    bandwidth_mbps: int | None = None
    """What was ordered of a carrier."""
    below_socket: bool = False
    """Whether that is less than the socket could send."""
    sole_public: bool = False
    """Whether the Internet is at the far end of its circuit, and there is no other way to it."""

    @property
    def routed(self) -> bool:
        return self.vlan is None and not self.member

    @property
    def is_host_port(self) -> bool:
        """Whether a single host of the site's networks hangs there; management's are others."""
        return self.edge and self.description != MANAGEMENT

    @property
    def is_uplink(self) -> bool:
        """Whether it leads to another switch, as a port or as an aggregate of ports."""
        return self.switching is not None and not self.member and not self.edge


@dataclass(frozen=True)
class Interfaces:
    """All interfaces of a box, and which of them stand for ports and networks."""

    all: tuple[Interface, ...]
    vlans: tuple[Vlan, ...]
    by_port: Mapping[str, str]
    """Declared port -> the interface that traffic of the port passes (its aggregate, if any)."""
    by_network: Mapping[str, str]
    """Network -> the interface that carries the device's address in it."""
    loopback: str

    def __getitem__(self, name: str) -> Interface:
        """The interface of a name; KeyError when there is none."""
        for interface in self.all:
            if interface.name == name:
                return interface
        raise KeyError(name)


def derive_interfaces(
    site: Site, device: Device, family: Family, box: BoxModel, sockets: Mapping[str, Socket]
) -> Interfaces:
    """Every interface of a device on its box; pure."""
    rooms = _Rooms(site, device, family, box, sockets)
    bundles = rooms.bundles()
    ports = [*rooms.of_sockets(bundles)]
    aggregates = [*rooms.of_aggregates(bundles)]
    vlan_interfaces = [*rooms.of_vlans()]
    management = [*rooms.of_management()]
    loopbacks = [*rooms.of_loopbacks()]
    everything = (*management, *aggregates, *ports, *vlan_interfaces, *loopbacks)
    return Interfaces(
        all=everything,
        vlans=tuple(rooms.vlans()),
        by_port={
            socket.port: rooms.carrier(socket, bundles).name for socket in sockets.values()
        },
        by_network={
            interface.network: interface.name
            for interface in everything
            if interface.network is not None and interface.address is not None
        },
        loopback=family.names.loopback.format(number=0),
    )  # fmt: skip


Bundles = Mapping[str, int]
"""Port -> number of the aggregate it belongs to."""


@dataclass(frozen=True)
class _Rooms:
    site: Site
    device: Device
    family: Family
    box: BoxModel
    sockets: Mapping[str, Socket]

    def bundles(self) -> Bundles:
        """Cables between the same two devices in the same network are one aggregate, numbered
        after its lowest socket."""
        parallel: dict[tuple[str, str], list[Socket]] = defaultdict(list)
        for socket in self.sockets.values():
            peer = socket.link.peer_of(self.device.name).device
            parallel[(peer, socket.link.network)].append(socket)
        return {
            socket.port: min(found.key for found in bundle)
            for bundle in parallel.values()
            if len(bundle) > 1
            for socket in bundle
        }

    def of_sockets(self, bundles: Bundles) -> Iterator[Interface]:
        for socket in sorted(self.sockets.values(), key=lambda socket: socket.key):
            if socket.port in bundles:
                yield Interface(
                    Kind.SOCKET,
                    socket.name,
                    self._towards(socket),
                    aggregate=bundles[socket.port],
                    member=True,
                    switching=self._switching(socket),
                )
            else:
                yield self.carrier(socket, bundles)

    def of_aggregates(self, bundles: Bundles) -> Iterator[Interface]:
        for number in sorted(set(bundles.values())):
            port = next(port for port, found in bundles.items() if found == number)
            yield self.carrier(self.sockets[port], bundles)

    def carrier(self, socket: Socket, bundles: Bundles) -> Interface:
        """The interface that a socket's traffic passes: the socket, or its aggregate."""
        number = bundles.get(socket.port)
        ordered = self._ordered_mbps(socket)
        switching = self._switching(socket)
        network = self.site.networks[socket.link.network]
        name = socket.name if number is None else self._aggregate_name(number, switching)
        return Interface(
            Kind.SOCKET if number is None else Kind.AGGREGATE,
            name,
            self._towards(socket),
            network=network.name if switching is None else None,
            address=self._address(network) if switching is None else None,
            vlan=None if switching is None else vlan_of(network, self.sockets),
            switching=switching,
            edge=switching is not None and self._is_host(socket),
            aggregate=number,
            bandwidth_class=socket.link.bandwidth_class,
            bandwidth_mbps=ordered,
            below_socket=ordered is not None and ordered < socket.mbps,
            sole_public=self._is_sole_public(socket),
        )

    def of_vlans(self) -> Iterator[Interface]:
        for network in self._switched_networks():
            address = self._address(network)
            if address is None or (network.name == MANAGEMENT and not self._manages_by_vlan()):
                continue
            number = vlan_of(network, self.sockets)
            name = self.family.names.vlan.format(number=number)
            is_management = network.name == MANAGEMENT
            yield Interface(
                Kind.MANAGEMENT if is_management else Kind.VLAN,
                name,
                network.name,
                network=network.name,
                address=address,
            )

    def of_management(self) -> Iterator[Interface]:
        network = self.site.networks.get(MANAGEMENT)
        if network is None or self.device.name not in network.members:
            return
        if self.device.name in network.bridges:
            return
        socket = self.box.management
        if socket.switched:
            yield Interface(
                Kind.SOCKET, socket.name, "management", vlan=vlan_of(network, self.sockets),
                switching=Switching.ACCESS, edge=True,
            )  # fmt: skip
        else:
            yield Interface(
                Kind.MANAGEMENT, socket.name, "management", network=MANAGEMENT,
                address=self._address(network),
            )  # fmt: skip

    def of_loopbacks(self) -> Iterator[Interface]:
        addresses: list[IPv4Address] = []
        if self.device.loopback is not None:
            addresses.append(self.device.loopback)
        addresses += provided_addresses(self.site, self.device)
        for number, address in enumerate(addresses):
            yield Interface(
                Kind.LOOPBACK,
                self.family.names.loopback.format(number=number),
                "router id" if address == self.device.loopback else "service",
                address=IPv4Interface(f"{address}/32"),
            )

    def vlans(self) -> Iterator[Vlan]:
        for network in self._switched_networks():
            yield Vlan(vlan_of(network, self.sockets), network.name)

    def _switched_networks(self) -> Iterator[Network]:
        """Networks that the device has in a VLAN."""
        for network in self.site.networks_of[self.device.name]:
            if network.name == MANAGEMENT:
                if self._manages_by_vlan():
                    yield network
            elif self._is_switched(network):
                yield network

    def _manages_by_vlan(self) -> bool:
        network = self.site.networks[MANAGEMENT]
        return self.box.management.switched or self.device.name in network.bridges

    def _is_switched(self, network: Network) -> bool:
        return self.device.name in network.bridges or has_switched_interface(
            self.site, self.device, network
        )

    def _switching(self, socket: Socket) -> Switching | None:
        if not self._is_switched(self.site.networks[socket.link.network]):
            return None
        return Switching.TRUNK if socket.link.kind is LinkKind.TRUNK else Switching.ACCESS

    def _aggregate_name(self, number: int, switching: Switching | None) -> str:
        names = self.family.names
        pattern = names.routed_aggregate if switching is None else names.switched_aggregate
        return pattern.format(number=number)

    def _address(self, network: Network) -> IPv4Interface | None:
        if self.device.name not in network.members:
            return None
        return network.interface_of(self.device.name)

    def _is_host(self, socket: Socket) -> bool:
        """Whether the other end does not switch frames of the network."""
        peer = self.site.devices.get(socket.link.peer_of(self.device.name).device)
        if peer is None:
            return True
        if socket.link.kind is LinkKind.MANAGEMENT:
            box = self.family.boxes.get(peer.role.name)
            return box is not None and not box.management.switched
        network = self.site.networks[socket.link.network]
        return peer.name not in network.bridges and not has_switched_interface(
            self.site, peer, network
        )

    def _ordered_mbps(self, socket: Socket) -> int | None:
        """Bandwidth of a circuit: what a carrier was asked for, whatever the socket could do."""
        link = socket.link
        return self.site.circuits[link.circuit].bandwidth_mbps if link.circuit else None

    def _is_sole_public(self, socket: Socket) -> bool:
        """With a second way, what comes by one may rightly be answered by the other."""
        circuits = self.site.circuits
        links = [found.link for found in self.sockets.values()]
        public = [link for link in links if link.circuit and circuits[link.circuit].public]
        return public == [socket.link] and self.device.partner is None

    def _towards(self, socket: Socket) -> str:
        peer = socket.peer
        if socket.link.circuit:
            return f"{peer} circuit {socket.link.circuit}"
        if self.device.role.filtering is FilterPlace.INLINE:
            return f"{peer} in line"
        return str(peer)
