"""Zones, networks and the cables between ports."""

from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
)
from typing import Literal

from pydantic import Field

from device_configs.site.ipv6 import counterpart
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
    ipv6_prefix: IPv6Network | None = None
    """None: IPv6 is off in it."""
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

    @cached_property
    def ipv6_members(self) -> Mapping[str, IPv6Address]:
        """Who has an address of IPv6: every member but a mere bridge, which is no host of it."""
        if self.ipv6_prefix is None:
            return {}
        shared = {name for virtual in self.virtual_addresses for name in virtual.members}
        return {
            name: counterpart(self.ipv6_prefix, self.prefix, address)
            for name, address in self.members.items()
            if name not in self.bridges or name in shared
        }

    def ipv6_interface_of(self, device: str) -> IPv6Interface | None:
        """Address of IPv6 and prefix length of a member; None for who has none."""
        address = self.ipv6_members.get(device)
        if address is None or self.ipv6_prefix is None:
            return None
        return IPv6Interface((address, self.ipv6_prefix.prefixlen))

    def ipv6_of(self, address: IPv4Address) -> IPv6Interface | None:
        """The same host in the other family; None where the segment has no IPv6."""
        if self.ipv6_prefix is None:
            return None
        found = counterpart(self.ipv6_prefix, self.prefix, address)
        return IPv6Interface((found, self.ipv6_prefix.prefixlen))

    @property
    def ipv6_gateway(self) -> IPv6Address | None:
        """The gateway's address of IPv6; None where it has none."""
        found = None if self.gateway is None else self.ipv6_of(self.gateway)
        return None if found is None else found.ip

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


class CablePath(Frozen):
    """One cable of a link: its ends, and the ways it is laid in."""

    name: str
    a: End
    b: End
    ducts: tuple[str, ...] = ()


class Link(Frozen):
    """A cable between two ports, or several that are one line; part of one network."""

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
    """Ways it is laid in; those of all its cables, if there are several."""
    members: tuple[CablePath, ...] = ()
    """Its cables, if there are several: one line by LACP. ``a`` and ``b`` are the first one's."""

    @property
    def cables(self) -> tuple[CablePath, ...]:
        """All of them, each with a name that no other has."""
        return self.members or (CablePath(name=self.name, a=self.a, b=self.b, ducts=self.ducts),)

    def cables_at(self, device: str) -> tuple[tuple[End, End], ...]:
        """(own end, other end) of each cable, seen from a device; KeyError where none ends."""
        at_a = self.end_at(device) is self.a
        return tuple((c.a, c.b) if at_a else (c.b, c.a) for c in self.cables)

    @property
    def assured_mbps(self) -> int | None:
        """What is left after one loss that leaves any: of a cable, or of a duct with several."""
        if self.bandwidth_mbps is None or not self.members:
            return self.bandwidth_mbps
        ducts = {duct for cable in self.members for duct in cable.ducts}
        lost = [sum(duct in cable.ducts for cable in self.members) for duct in ducts]
        count = len(self.members)
        return self.bandwidth_mbps * (count - max([1, *(n for n in lost if n < count)]))

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
