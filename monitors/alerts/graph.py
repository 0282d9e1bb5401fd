"""The declaration as two graphs: who is watched through what, and who works through what.

Liveness is judged on the management graph, impact on the data graph (out-of-band management).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from device_configs.site.model import Link, LinkKind, Network, Site
from monitors.evidence import Element, ElementKind

Edge = tuple[str, str]
"""The two nodes a link joins."""


@dataclass(frozen=True)
class Graph:
    """Nodes and edges the judge needs; hand-made in tests, :func:`build_graph` in the product.

    ``management`` and ``data`` map link names to the nodes they join. A node of the data graph
    is a device, a seat, or ``device@network`` for a transparent device, which joins only the
    ports of one network. ``node_device`` names the device behind such a node.
    """

    collector: str
    devices: frozenset[str]
    """Monitored devices without the collector; other nodes are transparent to liveness."""
    management: Mapping[str, Edge]
    data: Mapping[str, Edge] = field(default_factory=dict)
    ports: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Link name -> its two ports ``device:port``."""
    node_device: Mapping[str, str] = field(default_factory=dict)
    transit: frozenset[str] = frozenset()
    """Data nodes that forward for others."""
    side_of: Mapping[str, str] = field(default_factory=dict)
    """Link name -> side of its zone; a path to a service stays on allowed sides."""
    adjacency_paths: Mapping[Edge, tuple[str, ...]] = field(default_factory=dict)
    """(device, device), ordered by name -> links of the segment between them."""
    seat_switch: Mapping[int, str] = field(default_factory=dict)
    seat_link: Mapping[int, str] = field(default_factory=dict)
    service_hosts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    service_sides: Mapping[str, frozenset[str]] = field(default_factory=dict)
    services_of_seats: frozenset[str] = frozenset()
    partner: Mapping[str, str] = field(default_factory=dict)
    core: frozenset[str] = frozenset()
    providers: frozenset[str] = frozenset()
    circuit_links: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    circuit_group: Mapping[str, str] = field(default_factory=dict)
    vrrp_segments: Mapping[str, str] = field(default_factory=dict)
    """VRRP instance -> its network."""
    network_paths: Mapping[tuple[str, str, str], tuple[str, ...]] = field(default_factory=dict)
    """(network, device, device), devices ordered -> links between them inside the network."""
    asked: frozenset[str] = field(init=False, repr=False)
    """Who can be asked about its ports: the monitored devices, and the collector about its own."""
    links: tuple[str, ...] = field(init=False, repr=False)
    links_of: Mapping[str, tuple[str, ...]] = field(init=False, repr=False)
    """Links of both graphs by device (not by node)."""
    watched_by: Mapping[str, tuple[tuple[str, str], ...]] = field(init=False, repr=False)
    """Node -> its links of the management graph, each with the node at the other end."""
    ports_of: Mapping[str, tuple[tuple[str, Element], ...]] = field(init=False, repr=False)
    """Link -> its ends whose port the graph knows: the device, and the port."""
    _ends: Mapping[str, Edge] = field(init=False, repr=False)
    _ports: Mapping[tuple[str, str], Element] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """What is asked every tick is derived once."""
        edges = {**self.management, **self.data}
        ends = {
            name: (self.device_of(a), self.device_of(b))
            for name, (a, b) in {**edges, **self.management}.items()
        }
        links_of: dict[str, list[str]] = {}
        watched_by: dict[str, list[tuple[str, str]]] = {}
        for name, edge in ends.items():
            for device, peer in zip(edge, reversed(edge), strict=True):
                links_of.setdefault(device, []).append(name)
                if name in self.management:
                    watched_by.setdefault(device, []).append((name, peer))
        ports = _port_elements(self.ports, ends)
        derived = {
            "asked": self.devices | {self.collector},
            "links": tuple(edges),
            "links_of": {device: tuple(names) for device, names in links_of.items()},
            "watched_by": {node: tuple(found) for node, found in watched_by.items()},
            "_ends": ends,
            "_ports": ports,
            "ports_of": {
                name: tuple((end, ports[name, end]) for end in edge if (name, end) in ports)
                for name, edge in ends.items()
            },
        }
        for name, value in derived.items():
            object.__setattr__(self, name, value)

    def device_of(self, node: str) -> str:
        return self.node_device.get(node, node)

    def ends(self, link: str) -> Edge:
        """The two devices (or seats) a link joins."""
        return self._ends[link]

    def peer(self, link: str, device: str) -> str:
        a, b = self._ends[link]
        return b if a == device else a

    def declares(self, element: Element) -> bool:
        """Whether the site still has the element, as far as the graph knows elements."""
        match element.kind:
            case ElementKind.LINK:
                return element.name in self._ends
            case ElementKind.PORT if self._ports:
                return element in self._ports.values()
            case ElementKind.SEAT_HOST | ElementKind.SEAT_DISPLAY:
                return element.number in self.seat_switch
            case ElementKind.SERVICE:
                return element.name in self.service_hosts
            case ElementKind.CIRCUIT:
                return element.name in self.circuit_links
            case _:
                name = element.device_name
                return name in self.links_of or name in self.devices

    def port_at(self, link: str, device: str) -> Element | None:
        """The port of the link's end on the device, if the graph knows ports."""
        return self._ports.get((link, device))


def _port_elements(
    ports: Mapping[str, tuple[str, str]], ends: Mapping[str, Edge]
) -> dict[tuple[str, str], Element]:
    return {
        (link, device): Element(ElementKind.PORT, port)
        for link, pair in ports.items()
        if link in ends
        for device, port in zip(ends[link], pair, strict=True)
    }


def build_graph(site: Site) -> Graph:
    """The judge's view of a declared site."""
    management = {
        link.name: (link.a.device, link.b.device)
        for link in site.links.values()
        if link.kind is LinkKind.MANAGEMENT
    }
    data_links = [link for link in site.links.values() if link.kind is not LinkKind.MANAGEMENT]
    data = {link.name: (_node(site, link, 0), _node(site, link, 1)) for link in data_links}
    nodes = {node for edge in data.values() for node in edge}
    node_device = {node: node.partition("@")[0] for node in nodes if "@" in node}
    seat_names = _seat_nodes(site)
    return Graph(
        collector=site.monitoring_host.name,
        devices=frozenset(
            d.name for d in site.devices.values() if d.polled and d != site.monitoring_host
        ),
        management=management,
        data=data,
        ports={link.name: (str(link.a), str(link.b)) for link in site.links.values()},
        node_device=node_device,
        transit=frozenset(n for n in nodes if _is_transit(site, node_device.get(n, n))),
        side_of={ln.name: _side(site, site.networks[ln.network].zone) for ln in data_links},
        adjacency_paths=_adjacency_paths(site),
        seat_switch={seat.number: seat.switch for seat in site.seats.values()},
        seat_link={
            number: next(ln.name for ln in site.links_of[node] if ln.kind is LinkKind.SEAT)
            for number, node in seat_names.items()
        },
        service_hosts={service.name: service.hosts for service in site.services.values()},
        service_sides={
            service.name: frozenset({_seat_side(site), _side(site, service.zone)})
            for service in site.services.values()
        },
        services_of_seats=frozenset(s.name for s in site.services.values() if s.used_by_seats),
        partner={d.name: d.partner for d in site.devices.values() if d.partner},
        core=frozenset(d.name for d in site.devices_with_role(*site.contract.core_roles)),
        providers=frozenset(d.name for d in site.devices_where(lambda role: role.outside)),
        circuit_links={circuit.name: circuit.links for circuit in site.circuits.values()},
        circuit_group={c.name: c.group for c in site.circuits.values() if c.group},
        vrrp_segments=_vrrp_segments(site),
        network_paths=_network_paths(site),
    )


def _seat_nodes(site: Site) -> dict[int, str]:
    return {seat.number: name for name, seat in site.seats.items()}


def _side(site: Site, zone: str) -> str:
    return site.zones[zone].side


def _seat_side(site: Site) -> str:
    first = next(iter(site.seats.values()), None)
    return _side(site, site.networks[first.network].zone) if first else "egov"


def _is_transit(site: Site, device: str) -> bool:
    return device in site.devices and site.devices[device].role.transit


def _node(site: Site, link: Link, end: int) -> str:
    """The data node of a link's end; a device that only bridges is one node per network."""
    device = link.ends[end].device
    network = site.networks[link.network]
    transparent = device in network.bridges and device not in network.members
    return f"{device}@{network.name}" if transparent else device


def _links_in(site: Site, network: Network) -> list[Link]:
    return [link for link in site.links.values() if link.network == network.name]


def _network_paths(site: Site) -> dict[tuple[str, str, str], tuple[str, ...]]:
    """Cables between every two member devices of every data segment."""
    paths: dict[tuple[str, str, str], tuple[str, ...]] = {}
    for network in site.networks.values():
        if _side(site, network.zone) == "management":
            continue
        edges = {link.name: (link.a.device, link.b.device) for link in _links_in(site, network)}
        members = sorted(name for name in network.members if name in site.devices)
        for position, a in enumerate(members):
            for b in members[position + 1 :]:
                found = shortest_path(edges, a, b, network.bridges)
                if found:
                    paths[network.name, a, b] = found
    return paths


def _adjacency_paths(site: Site) -> dict[Edge, tuple[str, ...]]:
    """The segment on which two devices are adjacent: a point-to-point one if they share one."""
    best: dict[Edge, tuple[tuple[bool, int], tuple[str, ...]]] = {}
    for (network, a, b), links in _network_paths(site).items():
        rank = (not site.networks[network].is_point_to_point, len(links))
        if (a, b) not in best or rank < best[a, b][0]:
            best[a, b] = (rank, links)
    return {pair: links for pair, (_, links) in best.items()}


def _vrrp_segments(site: Site) -> dict[str, str]:
    """Instance name -> network: ``seats-1`` or ``svc-gate``."""
    segments: dict[str, str] = {}
    for network in site.networks.values():
        for virtual in network.virtual_addresses:
            segments[f"{network.name}-{virtual.name}"] = network.name
            if virtual.name == "gateway":
                segments[network.name] = network.name
    return segments


def shortest_path(
    edges: Mapping[str, Edge], start: str, goal: str, through: Iterable[str]
) -> tuple[str, ...]:
    """Names of the links from start to goal over nodes of ``through``; empty when there is none."""
    passable = frozenset(through)
    queue: list[tuple[str, tuple[str, ...]]] = [(start, ())]
    seen = {start}
    for node, links in queue:
        for name, edge in edges.items():
            if node not in edge:
                continue
            peer = edge[1] if edge[0] == node else edge[0]
            if peer == goal:
                return (*links, name)
            if peer in passable and peer not in seen:
                seen.add(peer)
                queue.append((peer, (*links, name)))
    return ()
