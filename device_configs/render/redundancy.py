"""Intended VRRP groups of a device."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface

from device_configs.render.addressing import layer3_interface
from device_configs.site.ipv6 import group_link_local
from device_configs.site.model import Device, LinkKind, Site

# Close to the maximum, so that the skew time ((256 - priority) / 256 x interval, RFC 5798
# section 6.1) adds next to nothing to three advertisement intervals.
_PRIORITIES = (254, 240, 226, 212)


@dataclass(frozen=True)
class VrrpGroup:
    """A VRRP instance of the device.

    ``tracked`` interfaces lower its priority when down; its own disables it anyhow."""

    name: str
    interface: str
    router_id: int
    priority: int
    address: IPv4Interface
    own_address: IPv4Address
    tracked: tuple[str, ...]
    ipv6_address: IPv6Interface | None = None
    """The same host of the segment in IPv6: a second group of the same members holds it."""

    @property
    def link_local(self) -> IPv6Address:
        """The first address of the group of IPv6."""
        return group_link_local(self.router_id)

    @property
    def is_preferred(self) -> bool:
        """Whether the device is the first member of the group."""
        return self.priority == _PRIORITIES[0]


def derive_redundancy(site: Site, device: Device) -> tuple[VrrpGroup, ...]:
    """The VRRP groups the device is a member of, in declaration order; pure."""
    return tuple(_groups(site, device))


def _groups(site: Site, device: Device) -> Iterator[VrrpGroup]:
    for network in site.networks_of[device.name]:
        for virtual in network.virtual_addresses:
            if device.name in virtual.members:
                interface = layer3_interface(site, device, network)
                yield VrrpGroup(
                    name=f"{network.name}-{virtual.name}",
                    interface=interface,
                    router_id=virtual.router_id,
                    priority=_PRIORITIES[virtual.members.index(device.name)],
                    address=IPv4Interface(f"{virtual.address}/{network.prefix.prefixlen}"),
                    own_address=network.members[device.name],
                    ipv6_address=network.ipv6_of(virtual.address),
                    tracked=tuple(p for p in _tracked(site, device) if p != interface),
                )


def _tracked(site: Site, device: Device) -> tuple[str, ...]:
    """A gate is of use with both legs, a voice gateway with its trunk."""
    if device.role.isolates:
        return _data_ports(site, device)
    if device.role.telephony:
        return tuple(
            link.end_at(device.name).port
            for link in site.links_of[device.name]
            if link.kind is LinkKind.CIRCUIT
        )
    return ()


def _data_ports(site: Site, device: Device) -> tuple[str, ...]:
    return tuple(
        link.end_at(device.name).port
        for link in site.links_of[device.name]
        if link.kind is not LinkKind.MANAGEMENT
    )
