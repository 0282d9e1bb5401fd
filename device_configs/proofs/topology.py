"""The declared site as the ways that traffic takes, layer by layer.

A device is not one node, because it does not join everything it touches:

- ``device`` routes between networks (routers, firewalls, core switches);
- ``device>network`` carries frames of the network's hosts on their way out, ``device<network``
  frames on their way to them. A routed device does not cross a user network to another router:
  routing speaks over point-to-point networks only, user networks are stubs;
- ``device=network`` bridges a point-to-point network transparently;
- an application relay (voice gateway, gate) takes what reaches it as a host to its other legs.

The management network carries no user traffic and is left out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from device_configs.proofs.failures.graph import WayGraph
from device_configs.site.model import Device, Link, LinkKind, Network, Service, Site

BACKBONE = frozenset({LinkKind.ROUTED, LinkKind.INLINE, LinkKind.TRUNK, LinkKind.CIRCUIT})
"""Links that carry the traffic of the whole site; access links carry one switch's."""

Sides = frozenset[str]


@dataclass(frozen=True, order=True)
class Attachment:
    """Where seats stand: all those on one switch in one network share their fate."""

    switch: str
    network: str


def attachments(site: Site) -> Mapping[Attachment, tuple[str, ...]]:
    """Names of the seats at each attachment, in the order of their numbers."""
    found: dict[Attachment, list[str]] = {}
    for seat in site.seats.values():
        found.setdefault(Attachment(seat.switch, seat.network), []).append(seat.name)
    return {at: tuple(names) for at, names in found.items()}


def side_of(site: Site, network: Network) -> str:
    """The side of the network's zone: internet, egov, management, voice."""
    return site.zones[network.zone].side


def service_sides(site: Site, service: Service) -> Sides:
    """A way to a service stays on the seats' side and the service's own."""
    seats = {side_of(site, site.networks[seat.network]) for seat in site.seats.values()}
    return frozenset({*seats, site.zones[service.zone].side})


def start_node(graph: WayGraph, at: Attachment) -> int | None:
    """The node at which frames of the seats of an attachment enter the graph."""
    return graph.find(f"{at.switch}>{at.network}")


def host_node(graph: WayGraph, device: str) -> int | None:
    """The node that stands for the device as a host that answers."""
    return graph.find(f"{device}.")


def sender_node(device: str, network: str) -> str:
    """Name of the node at which a device's own frames enter a network."""
    return f"{device}!{network}"


def build_graph(
    site: Site, sides: Sides, least_mbps: int = 0, senders: frozenset[str] = frozenset()
) -> WayGraph:
    """The ways over networks of these sides.

    ``least_mbps`` leaves out every backbone link declared with less bandwidth. ``senders`` are
    devices whose own traffic is asked for, beside that of the seats.
    """
    return _Builder(site, sides, least_mbps, senders).build()


def is_narrow(link: Link, least_mbps: int) -> bool:
    """Whether the link is a backbone one and declared with less bandwidth."""
    declared = link.assured_mbps
    return link.kind in BACKBONE and declared is not None and declared < least_mbps


class _Builder:
    def __init__(self, site: Site, sides: Sides, least_mbps: int, senders: frozenset[str]) -> None:
        self._site, self._sides, self._least = site, sides, least_mbps
        self._senders = senders
        self._graph = WayGraph()
        self._links: dict[str, list[Link]] = {}
        for link in site.links.values():
            if self._carries(link):
                self._links.setdefault(link.network, []).append(link)

    def _carries(self, link: Link) -> bool:
        user_traffic = link.kind not in (LinkKind.MANAGEMENT, LinkKind.SEAT)
        return user_traffic and not is_narrow(link, self._least)

    def build(self) -> WayGraph:
        for at in attachments(self._site):
            self._graph.node(f"{at.switch}>{at.network}", at.switch)
        for name in {host for service in self._site.services.values() for host in service.hosts}:
            self._graph.node(f"{name}.", name)
        for network in self._site.networks.values():
            if side_of(self._site, network) not in self._sides:
                continue
            if network.is_point_to_point:
                self._transit(network)
            else:
                self._segment(network)
        for device in self._site.devices.values():
            if device.role.relays:
                self._relay(device)
        return self._graph

    def _device(self, name: str) -> int:
        return self._graph.node(name, name)

    def _leg(self, device: str, network: Network) -> int:
        """Where a device meets a transit network: itself, or the bridge within it."""
        if device in network.members:
            return self._device(device)
        return self._graph.node(f"{device}={network.name}", device)

    def _line(self, tail: int, head: int, link: Link) -> None:
        """One way a cable: a line of several stands until the last of them is lost."""
        for cable in link.cables:
            self._graph.join(tail, head, cable.name)

    def _transit(self, network: Network) -> None:
        """Routing, and what bridges it, crosses a point-to-point network both ways."""
        for link in self._links.get(network.name, ()):
            a, b = (self._leg(end.device, network) for end in link.ends)
            for tail, head, end in ((a, b, link.a), (b, a, link.b)):
                sends = end.device in self._senders
                if sends or end.device in network.bridges or self._forwards(end.device):
                    self._line(tail, head, link)
        for name in self._devices_on(network):
            self._graph.join(self._device(name), self._graph.node(f"{name}.", name))

    def _segment(self, network: Network) -> None:
        for way in (">", "<"):
            for link in self._links.get(network.name, ()):
                for near, far in ((link.a, link.b), (link.b, link.a)):
                    self._frame(network, near.device, far.device, way, link)
        for name in self._devices_on(network):
            self._ingress(network, name)
            self._egress(network, name)
            for way in (">", "<"):
                self._graph.join(
                    self._graph.node(f"{name}{way}{network.name}", name),
                    self._graph.node(f"{name}.", name),
                )

    def _frame(self, network: Network, near: str, far: str, way: str, link: Link) -> None:
        """Only a bridge passes frames on; any device sends its own."""
        head = self._graph.node(f"{far}{way}{network.name}", far)
        if near in network.bridges:
            self._line(self._graph.node(f"{near}{way}{network.name}", near), head, link)
        if way == "<" and near in network.members and self._forwards(near):
            self._line(self._device(near), head, link)
        if way == ">" and (near in self._senders or self._relays(near)):
            self._line(self._graph.node(sender_node(near, network.name), near), head, link)

    def _devices_on(self, network: Network) -> Iterator[str]:
        return (name for name in network.members if name in self._site.devices)

    def _ingress(self, network: Network, name: str) -> None:
        """Hosts leave by their gateway; where none is declared by any router on the network."""
        gateway = next((v for v in network.virtual_addresses if v.name == "gateway"), None)
        if self._forwards(name) and (gateway is None or name in gateway.members):
            self._graph.join(self._graph.node(f"{name}>{network.name}", name), self._device(name))

    def _egress(self, network: Network, name: str) -> None:
        if self._forwards(name) and name in network.bridges:
            self._graph.join(self._device(name), self._graph.node(f"{name}<{network.name}", name))

    def _relay(self, device: Device) -> None:
        """What reaches a relay as a host goes on by its other legs."""
        legs = [
            network
            for network in self._site.networks_of[device.name]
            if device.name in network.members and side_of(self._site, network) in self._sides
        ]
        for arriving in legs:
            if arriving.is_point_to_point:
                continue
            for leaving in legs:
                if leaving is not arriving:
                    self._relayed(device.name, arriving, leaving)

    def _relayed(self, name: str, arriving: Network, leaving: Network) -> None:
        for way in (">", "<"):
            tail = self._graph.node(f"{name}{way}{arriving.name}", name)
            if not leaving.is_point_to_point:
                self._graph.join(tail, self._graph.node(sender_node(name, leaving.name), name))
                continue
            for link in self._links.get(leaving.name, ()):
                if name in (link.a.device, link.b.device):
                    peer = link.peer_of(name).device
                    self._line(tail, self._leg(peer, leaving), link)

    def _forwards(self, name: str) -> bool:
        return name in self._site.devices and self._site.devices[name].role.forwards

    def _relays(self, name: str) -> bool:
        return name in self._site.devices and self._site.devices[name].role.relays
