"""The declared site: devices, links, networks, circuits, services, seats and contract.

Values are immutable. They are built by :func:`device_configs.site.load_site`, which has
checked every reference, so code that holds a :class:`Site` may look names up without asking.
"""

from collections.abc import Iterator, Mapping
from datetime import time, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Literal

from pydantic import Field

from device_configs.site.hotline import Hotline
from device_configs.site.values import Frozen as Frozen
from device_configs.site.values import Title as Title
from ops_core.kernel.working_days import WorkCalendar


class Role(StrEnum):
    """What a device is there for; templates, profiles and verification follow the role."""

    ROUTER = "router"
    FIREWALL = "firewall"
    INTRUSION_PREVENTION = "intrusion_prevention"
    CORE_SWITCH = "core_switch"
    ACCESS_SWITCH = "access_switch"
    MANAGEMENT_SWITCH = "management_switch"
    INTERNET_FIREWALL = "internet_firewall"
    GATE = "gate"
    VOICE_GATEWAY = "voice_gateway"
    LOG_AUDIT = "log_audit"
    BASTION = "bastion"
    MONITORING_HOST = "monitoring_host"
    PROVIDER = "provider"


class Half(StrEnum):
    """The half of the dual network a device belongs to (requirement A1)."""

    A = "A"
    B = "B"
    SHARED = "shared"


class WallPosition(Frozen):
    """Where the element is drawn on the wall's topology: column 0-23, row 0-9."""

    column: float = Field(ge=0, le=23)
    row: float = Field(ge=0, le=9)


class Zone(Frozen):
    """A security zone; two zones of different ``side`` are physically isolated (A2)."""

    name: str
    title: Title
    side: Literal["internet", "egov", "management", "voice"]


class VirtualAddress(Frozen):
    """An address that the members of a VRRP group hold in turn, the first one preferred."""

    name: str
    address: IPv4Address
    router_id: int = Field(ge=1, le=255)
    members: tuple[str, ...] = Field(min_length=2)


class Network(Frozen):
    """One layer-2 segment and the addresses of those who stand on it.

    ``bridges`` are the devices that only forward frames on it (access switches, IPS). A member
    that also bridges (a core switch in the service network) carries its address on the bridge.
    """

    name: str
    zone: str
    prefix: IPv4Network
    members: Mapping[str, IPv4Address]
    bridges: tuple[str, ...] = ()
    virtual_addresses: tuple[VirtualAddress, ...] = ()

    @property
    def gateway(self) -> IPv4Address | None:
        """The default gateway of the hosts on this network: its virtual address ``gateway``."""
        return next((v.address for v in self.virtual_addresses if v.name == "gateway"), None)

    @property
    def is_point_to_point(self) -> bool:
        """True for the /31 between two routed devices, bridged or not."""
        return self.prefix.prefixlen == 31

    def interface_of(self, device: str) -> IPv4Interface:
        """Address and prefix length of a member, e.g. ``10.20.1.2/24``."""
        return IPv4Interface(f"{self.members[device]}/{self.prefix.prefixlen}")


class LinkKind(StrEnum):
    ROUTED = "routed"
    INLINE = "inline"
    ACCESS = "access"
    TRUNK = "trunk"
    CIRCUIT = "circuit"
    MANAGEMENT = "management"
    SEAT = "seat"


class End(Frozen):
    """One end of a link: a device (or seat) and its port."""

    device: str
    port: str = Field(max_length=15)

    def __str__(self) -> str:
        return f"{self.device}:{self.port}"


class Link(Frozen):
    """A cable between two ports, part of one network."""

    name: str
    a: End
    b: End
    kind: LinkKind
    network: str
    circuit: str | None = None
    redundant: bool = True
    """False where the declaration accepts that this cable has no second one."""
    bandwidth_mbps: int | None = Field(default=None, gt=0)

    @property
    def ends(self) -> tuple[End, End]:
        return (self.a, self.b)

    def end_at(self, device: str) -> End:
        """The end on ``device``; KeyError when the link does not touch it."""
        for end in self.ends:
            if end.device == device:
                return end
        raise KeyError(f"{self.name} has no end at {device}")

    def peer_of(self, device: str) -> End:
        """The end that is not on ``device``."""
        return self.b if self.end_at(device) is self.a else self.a


class Device(Frozen):
    """A declared device with all that is not derived from links and networks."""

    name: str
    role: Role
    title: Title
    half: Half
    rack: str
    platform: str
    management_address: IPv4Address | None
    loopback: IPv4Address | None = None
    partner: str | None = None
    """The other device of the redundant pair, if the declaration has one."""
    tags: Mapping[str, str] = Field(default_factory=dict)
    wall: WallPosition | None = None
    snmp: Literal["v2c", "v3", "none"] = "v3"
    managed: bool = True
    """False for what stands outside the contract (a provider's edge): built in the twin, never
    deployed to, polled only through our own ends."""


class Circuit(Frozen):
    """A leased line to a provider (电子政务外网 A/B, 互联网, 语音中继)."""

    name: str
    title: Title
    provider: str
    zone: str
    links: tuple[str, ...]
    bandwidth_mbps: int = Field(gt=0)
    contract_number: str
    wall: WallPosition
    group: str | None = None
    """Circuits of one group back each other up."""


class Check(Frozen):
    """A probe that decides whether a service answers, sent from the monitoring host."""

    kind: Literal["icmp", "tcp", "http", "sip"]
    address: IPv4Address
    port: int | None = Field(default=None, ge=1, le=65535)
    path: str = "/"
    """Path of an HTTP check; user part of the request URI of a SIP check."""


class Service(Frozen):
    """What seats and citizens use, and which elements must stand for it."""

    name: str
    title: Title
    zone: str
    hosts: tuple[str, ...]
    """Devices that provide it; one reachable host is enough."""
    checks: tuple[Check, ...]
    used_by_seats: bool = True


class Seat(Frozen):
    """One agent's place: terminal (host and display) and phone."""

    number: int = Field(ge=1)
    name: str
    switch: str
    network: str
    address: IPv4Address
    row: int
    column: int
    phone: str
    host_asset: str
    display_asset: str


class FaultClassName(StrEnum):
    """Fault classes of indicator 12, most severe first: 重大, 严重, 一般, 设备故障."""

    MAJOR = "major"
    SEVERE = "severe"
    GENERAL = "general"
    DEVICE = "device"


class ClockKind(StrEnum):
    RESPONSE = "response"
    RESTORATION = "restoration"


class Clock(Frozen):
    """One limit of a fault class. ``strict``: the text says 小于 (<) rather than 内 (<=)."""

    kind: ClockKind
    limit: timedelta
    strict: bool
    scored: bool = True


class Criteria(Frozen):
    """When a fault belongs to a class; any one that is given and met suffices."""

    all_services_down: bool = False
    seats_out_ratio_above: Decimal | None = None
    seats_out_ratio_from: Decimal | None = None
    core_redundancy_lost: bool = False
    any_redundancy_lost: bool = False
    seat_equipment: bool = False
    otherwise: bool = False


class FaultClass(Frozen):
    name: FaultClassName
    title: Title
    criteria: Criteria
    clocks: tuple[Clock, ...]


class Indicator(Frozen):
    """An assessed indicator as the contract words it."""

    number: int = Field(ge=1, le=15)
    name: str
    title: Title
    target: Decimal
    comparison: Literal[">=", "<=", "=="]
    period: Literal["month", "contract_year"]
    cohort: str
    """The one time stamp that puts a record into a period."""


class Contract(Frozen):
    number: str
    version: int
    timezone: str
    year_start: str
    """Month and day on which a contract year starts, ``MM-DD``."""
    snapshot_times: tuple[time, ...]
    core_roles: tuple[Role, ...]
    fault_classes: tuple[FaultClass, ...]
    indicators: tuple[Indicator, ...]

    def fault_class(self, name: FaultClassName) -> FaultClass:
        return next(fault_class for fault_class in self.fault_classes if fault_class.name is name)


class Site(Frozen):
    """The whole declaration; every other artefact is derived from it or measured against it."""

    name: str
    title: Title
    demonstration: bool
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

    @cached_property
    def monitoring_host(self) -> Device:
        """The one device from which collectors and Ansible work."""
        return next(d for d in self.devices.values() if d.role is Role.MONITORING_HOST)

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

    def devices_with_role(self, *roles: Role) -> Iterator[Device]:
        """Devices of any of the roles, in declaration order."""
        return (device for device in self.devices.values() if device.role in roles)

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


def bridge_name(network: str) -> str:
    """Name of the bridge interface of a network on a device that bridges it (<= 15 chars)."""
    return f"br-{network.replace('--', '-')}"[:15]
