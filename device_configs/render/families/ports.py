"""Which socket of the box each declared port is: fixed where the declaration says so."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from device_configs.render.addressing import MANAGEMENT_PORT
from device_configs.render.families.family import BoxModel, Sockets
from device_configs.render.refusal import NotRenderable
from device_configs.site.model import Device, End, Link, Network, Site

FAST_MBPS, SLOW_MBPS = 10_000, 1_000


@dataclass(frozen=True)
class Socket:
    """A declared port as the box names it. ``number`` counts from 1 among its speed."""

    port: str
    name: str
    number: int
    fast: bool
    link: Link
    peer: End
    """The other end of its cable."""

    @property
    def mbps(self) -> int:
        """What the socket can send."""
        return FAST_MBPS if self.fast else SLOW_MBPS

    @property
    def key(self) -> int:
        """A number that no other socket of the box has and that does not change with others."""
        return self.number if self.fast else FAST_OFFSET + self.number


FAST_OFFSET = 64
"""Keys of slow sockets begin above it: no box has more fast ones, and aggregates take such keys."""


def derive_sockets(site: Site, device: Device, box: BoxModel) -> Mapping[str, Socket]:
    """Sockets of a device's ports but its own management port, by port, in the order of cables.

    Raises :class:`NotRenderable` when the box has too few sockets or two ports are fixed to one.
    """
    cables = [
        _PluggedCable(own.port, other, link)
        for link in site.links_of[device.name]
        for own, other in link.cables_at(device.name)
        if own.port != MANAGEMENT_PORT
    ]
    fast = [cable for cable in cables if is_fast(cable.link)]
    slow = [cable for cable in cables if not is_fast(cable.link)]
    found = [
        *_placed(device, fast, box.fast, True),
        *_placed(device, slow, box.slow, False),
    ]
    by_port = {socket.port: socket for socket in found}
    return {cable.port: by_port[cable.port] for cable in cables}


class _PluggedCable(NamedTuple):
    port: str
    peer: End
    link: Link


def is_fast(link: Link) -> bool:
    """Whether the cable needs a socket of 10 Gbit/s."""
    return link.bandwidth_mbps is not None and link.bandwidth_mbps >= FAST_MBPS


def _placed(
    device: Device, cables: list[_PluggedCable], sockets: Sockets, fast: bool
) -> list[Socket]:
    numbers = place([cable.port for cable in cables], device.ports)
    doubled = {n for n in numbers.values() if list(numbers.values()).count(n) > 1}
    if doubled:
        ports = ", ".join(port for port, number in numbers.items() if number in doubled)
        raise NotRenderable(
            f"hosts.yml: {device.name}.ports: {ports} are fixed to the same socket "
            f"{min(doubled)}; give each a number of its own"
        )
    worst = max(numbers.values(), default=0)
    if worst > sockets.count:
        raise NotRenderable(
            f"hosts.yml: {device.name}.ports: socket {worst} is needed, the box has "
            f"{sockets.count} {'fast' if fast else 'slow'} ones; take a larger box in family.yml "
            "or fix the ports to lower numbers"
        )
    return [
        Socket(port, sockets.socket(number), number, fast, cable.link, cable.peer)
        for (port, number), cable in zip(numbers.items(), cables, strict=True)
    ]


def place(ports: list[str], fixed: Mapping[str, int]) -> dict[str, int]:
    """Numbers of ports: the fixed ones as they are, the others the lowest free ones in order."""
    taken = {fixed[port] for port in ports if port in fixed}
    free = iter(n for n in range(1, len(ports) + len(taken) + 1) if n not in taken)
    return {port: fixed[port] if port in fixed else next(free) for port in ports}


def vlan_of(network: Network, sockets: Mapping[str, Socket]) -> int:
    """Number of the VLAN in which a device switches a network.

    A cable through a transparent device has none declared: there it is local to the device and
    follows from its lower socket. Raises :class:`NotRenderable` for a segment without a number.
    """
    if network.vlan is not None:
        return network.vlan
    if network.is_point_to_point:
        return TRANSPARENT_VLANS + min(
            s.number for s in sockets.values() if s.link.network == network.name
        )
    raise NotRenderable(
        f"networks.yml: networks[{network.name}].vlan: is missing; switches of this family name "
        "segments by number, give one from 2 to 4000"
    )


TRANSPARENT_VLANS = 4000
