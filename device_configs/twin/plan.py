"""What the twin builds, derived from the declaration by a pure function."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import IPv4Address, IPv4Interface

from device_configs.site.model import Device, DeviceRole, Link, LinkKind, Network, Seat, Site

MANAGEMENT = "management"
_DEVICE_CUT_RANK, _SEAT_CUT_RANK = 10, 11
"""Ranks of devices whose role has none, and of seats: after every ``cut_rank``."""


@dataclass(frozen=True)
class PortAddress:
    """An address on a port (or on ``lo``), with its prefix length."""

    port: str
    address: IPv4Interface


@dataclass(frozen=True)
class FactoryBridge:
    """A bridge the device has from the factory, so that management works before deployment."""

    name: str
    ports: tuple[str, ...]


@dataclass(frozen=True)
class DevicePlan:
    """A device: what it has before anything is deployed to it."""

    name: str
    role: DeviceRole
    deployed: bool
    ports: tuple[str, ...]
    addresses: tuple[PortAddress, ...]
    management_address: IPv4Address | None = None
    bridge: FactoryBridge | None = None

    @property
    def forwards(self) -> bool:
        """Whether the device forwards IP packets between its ports."""
        return self.role.forwards or self.role.outside

    @property
    def is_stateful(self) -> bool:
        """Whether the device tracks connections strictly (both kinds of firewall)."""
        return self.role.tracks_sessions


@dataclass(frozen=True)
class SeatPlan:
    """A seat's terminal: one port, one address, a default gateway."""

    name: str
    number: int
    port: str
    address: IPv4Interface
    gateway: IPv4Address | None
    displays: int = 1

    @property
    def ports(self) -> tuple[str, ...]:
        """The port as a tuple, as devices have it."""
        return (self.port,)

    @property
    def addresses(self) -> tuple[PortAddress, ...]:
        """The address as a tuple, as devices have it."""
        return (PortAddress(self.port, self.address),)


Node = DevicePlan | SeatPlan


@dataclass(frozen=True)
class Port:
    """One end of a cable."""

    node: str
    name: str


@dataclass(frozen=True)
class Cable:
    """A link as a veth pair; ``cut_end`` is the port that a cut takes down."""

    name: str
    a: Port
    b: Port
    cut_end: Port

    @property
    def ends(self) -> tuple[Port, Port]:
        return (self.a, self.b)


@dataclass(frozen=True)
class TwinPlan:
    """Everything the supervisor builds, by name, in declaration order."""

    devices: Mapping[str, DevicePlan]
    seats: Mapping[str, SeatPlan]
    cables: Mapping[str, Cable]
    hosts: Mapping[str, IPv4Address] = field(default_factory=dict)
    """Names that resolve inside every device, with their addresses."""

    @cached_property
    def nodes(self) -> Mapping[str, Node]:
        """Devices and seats together."""
        return {**self.devices, **self.seats}

    @cached_property
    def cables_of(self) -> Mapping[str, tuple[Cable, ...]]:
        """Cables by device or seat name."""
        found: dict[str, list[Cable]] = {name: [] for name in self.nodes}
        for cable in self.cables.values():
            for end in cable.ends:
                found[end.node].append(cable)
        return {name: tuple(cables) for name, cables in found.items()}


def plan_twin(site: Site) -> TwinPlan:
    """Derive the twin from the declaration; pure, every declared link becomes one cable."""
    return TwinPlan(
        devices={device.name: _device(site, device) for device in site.devices.values()},
        seats={seat.name: _seat(site, seat) for seat in site.seats.values()},
        cables={link.name: _cable(site, link) for link in site.links.values()},
        hosts={
            device.name: device.management_address
            for device in site.devices.values()
            if device.management_address is not None
        },
    )


def _device(site: Site, device: Device) -> DevicePlan:
    ports = tuple(link.end_at(device.name).port for link in site.links_of[device.name])
    addresses = tuple(_management_addresses(site, device))
    if not device.deployed:
        addresses += tuple(_own_addresses(site, device))
    return DevicePlan(
        name=device.name,
        role=device.role,
        deployed=device.deployed,
        ports=ports,
        addresses=addresses,
        management_address=device.management_address,
        bridge=_factory_bridge(site, device),
    )


def _management_addresses(site: Site, device: Device) -> Iterator[PortAddress]:
    for network in site.networks_of[device.name]:
        if network.name == MANAGEMENT and device.name in network.members:
            port = site.layer3_port(device.name, network.name)
            yield PortAddress(port, network.interface_of(device.name))


def _factory_bridge(site: Site, device: Device) -> FactoryBridge | None:
    if not device.role.management_bridge:
        return None
    return FactoryBridge(
        name=site.layer3_port(device.name, MANAGEMENT),
        ports=site.ports_of(device.name, MANAGEMENT),
    )


def _own_addresses(site: Site, device: Device) -> Iterator[PortAddress]:
    """What is not deployed to brings its addresses with it."""
    for network in site.networks_of[device.name]:
        if device.name in network.members and network.name != MANAGEMENT:
            port = site.layer3_port(device.name, network.name)
            yield PortAddress(port, network.interface_of(device.name))
    for address in _service_addresses(site, device):
        yield PortAddress("lo", IPv4Interface(f"{address}/32"))


def _service_addresses(site: Site, device: Device) -> Iterator[IPv4Address]:
    """The loopback and every checked service address that stands in no declared network."""
    checked = (
        check.address
        for service in site.services.values()
        if device.name in service.hosts
        for check in service.checks
        if not any(check.address in network.prefix for network in site.networks.values())
    )
    loopback = (device.loopback,) if device.loopback is not None else ()
    yield from dict.fromkeys((*loopback, *checked))


def _seat(site: Site, seat: Seat) -> SeatPlan:
    network: Network = site.networks[seat.network]
    link = next(link for link in site.links_of[seat.name] if link.kind is LinkKind.SEAT)
    return SeatPlan(
        name=seat.name,
        number=seat.number,
        port=link.end_at(seat.name).port,
        address=IPv4Interface(f"{seat.address}/{network.prefix.prefixlen}"),
        gateway=network.gateway,
        displays=len(seat.displays),
    )


def _cable(site: Site, link: Link) -> Cable:
    a, b = (Port(end.device, end.port) for end in link.ends)
    return Cable(name=link.name, a=a, b=b, cut_end=min(a, b, key=lambda end: _cut_rank(site, end)))


def _cut_rank(site: Site, end: Port) -> int:
    """Both ends lose the carrier, but only the one taken down shows an administrative state that
    nobody asked for: rather one that nobody watches, or a bridge, which holds no routes."""
    if end.node in site.seats:
        return _SEAT_CUT_RANK
    rank = site.devices[end.node].role.cut_rank
    return _DEVICE_CUT_RANK if rank is None else rank
