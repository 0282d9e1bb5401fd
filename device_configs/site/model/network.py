"""Zones, networks and the cables between ports."""

from collections.abc import Mapping
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Literal

from pydantic import Field

from device_configs.site.model.values import Frozen, Title
from device_configs.site.texts import Address, Name, PortName, Reference


class Zone(Frozen):
    """A security zone; two zones of different ``side`` are physically isolated (A2)."""

    name: Name
    title: Title
    side: Literal["internet", "egov", "management", "voice"]


class VirtualAddress(Frozen):
    """An address that the members of a VRRP group hold in turn, the first one preferred."""

    name: Name
    address: Address
    router_id: int = Field(ge=1, le=255)
    members: tuple[Reference, ...] = Field(min_length=2)


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
    vlan: int | None = None
    """Number of its VLAN on switches (IEEE 802.1Q); None for a cable between two devices."""

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
    port: PortName

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
    bandwidth_class: str | None = None
    """How its bandwidth is shared; a circuit's link has the class of the circuit."""
    ducts: tuple[str, ...] = ()
    """Ways it is laid in."""

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


def bridge_name(network: str) -> str:
    """Name of the bridge interface of a network on a device that bridges it (<= 15 chars)."""
    return f"br-{network.replace('--', '-')}"[:15]
