"""A site that breaks, and what its collectors would see of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from device_configs.site.model import LinkKind, Site
from monitors.alerts.graph import Graph, build_graph, shortest_path
from monitors.alerts.paths import Damage, Paths
from monitors.collect.liveness import ANSWER_WITHIN_S, ROUND_S
from monitors.evidence import Element, ElementKind, Observation, VrrpRole

START = datetime(2026, 11, 23, 6, 24, 11, tzinfo=UTC)


def after(seconds: float) -> datetime:
    """An instant, in seconds after the faults begin."""
    return START + timedelta(seconds=seconds)


GRAPHS: dict[int, Graph] = {}


def graph_of(site: Site) -> Graph:
    """The site's graph, built once."""
    if id(site) not in GRAPHS:
        GRAPHS[id(site)] = build_graph(site)
    return GRAPHS[id(site)]


@dataclass(frozen=True)
class World:
    """The site with some elements broken."""

    site: Site
    cut: frozenset[str] = frozenset()
    silent: frozenset[str] = frozenset()
    killed: frozenset[str] = frozenset()
    hung: frozenset[str] = frozenset()
    displays_off: frozenset[int] = frozenset()
    unreachable: frozenset[str] = frozenset()
    """Devices whose management address the collector does not reach for another reason."""
    neighbours_watched: bool = True
    """Whether core switches notice an access cable that passes nothing."""

    @property
    def graph(self) -> Graph:
        return graph_of(self.site)

    def carries(self, link: str) -> bool:
        return link not in self.cut | self.silent

    def as_remembered_by(self, before: "World") -> "World":
        """What agents that still answer say of their ports, as these were before."""
        return replace(
            before, unreachable=frozenset(d for d in self.graph.devices if not self.managed(d))
        )

    def works(self, device: str) -> bool:
        return device not in self.killed | self.hung

    def managed(self, device: str) -> bool:
        """True when the collector reaches the device's management address."""
        links = {
            ln.name: (ln.a.device, ln.b.device)
            for ln in self.site.links.values()
            if ln.kind is LinkKind.MANAGEMENT and self.carries(ln.name)
        }
        mon = self.site.monitoring_host.name
        through = [d.name for d in self.site.devices.values() if self.works(d.name)]
        return (
            device not in self.unreachable
            and self.works(device)
            and (device == mon or bool(shortest_path(links, mon, device, through)))
        )

    def carrier(self, link: str) -> bool:
        ends = self.graph.ends(link)
        return link not in self.cut and not any(end in self.killed for end in ends)

    def adjacent(self, pair: tuple[str, str]) -> bool:
        path = self.graph.adjacency_paths[pair]
        devices = {end for link in path for end in self.graph.ends(link)}
        return all(self.carries(ln) for ln in path) and all(self.works(d) for d in devices)

    def _data_reach(self) -> frozenset[str]:
        damage = Damage(self.killed | self.hung, self.cut | self.silent)
        return Paths(self.graph).from_collector(damage)

    def ports(self, at: datetime, source: str) -> Iterator[Observation]:
        graph = self.graph
        for link in graph.links:
            for device in graph.ends(link):
                port = graph.port_at(link, device)
                watched = device in graph.devices or device == graph.collector
                if watched and self.managed(device) and port:
                    yield Observation(port, source, self.carrier(link), at)

    def traps(self, at: datetime) -> Iterator[Observation]:
        return (seen for seen in self.ports(at, "trap") if not seen.ok)

    def pings(self, at: datetime) -> Iterator[Observation]:
        for device in sorted(self.graph.devices):
            up = self.managed(device)
            when = at if up else at + timedelta(seconds=ANSWER_WITHIN_S)
            yield Observation(Element.device(device), "icmp", up, when)

    def routing(self, at: datetime) -> Iterator[Observation]:
        for a, b in self.routed_pairs():
            for one, other in ((a, b), (b, a)):
                if one in self.graph.devices and self.managed(one):
                    yield Observation(
                        Element.neighbour(one, other), "snmp", self.adjacent((a, b)), at
                    )

    def routed_pairs(self) -> list[tuple[str, str]]:
        kinds = {LinkKind.ROUTED, LinkKind.INLINE, LinkKind.CIRCUIT}
        return sorted(
            pair
            for pair, path in self.graph.adjacency_paths.items()
            if all(self.site.links[ln].kind in kinds for ln in path)
        )

    def vrrp(self, at: datetime) -> Iterator[Observation]:
        for network in self.site.networks.values():
            links = {
                ln.name: (ln.a.device, ln.b.device)
                for ln in self.site.links.values()
                if ln.network == network.name and self.carries(ln.name)
            }
            for virtual in network.virtual_addresses:
                instance = network.name
                if virtual.name != "gateway":
                    instance = f"{network.name}-{virtual.name}"
                first, second = virtual.members
                bridges = [b for b in network.bridges if self.works(b)]
                heard = self.works(first) and bool(shortest_path(links, first, second, bridges))
                lost = [d for d in (first, second) if self.below_is_lost(d, network.name)]
                for device, master in ((first, True), (second, not heard or first in lost)):
                    if self.managed(device):
                        role = VrrpRole.MASTER if master else VrrpRole.BACKUP
                        role = VrrpRole.FAULT if device in lost else role
                        ok = device not in lost
                        yield Observation(
                            Element.vrrp(device, instance), "snmp", ok, at, role, value=role
                        )

    def below_is_lost(self, device: str, network: str) -> bool:
        """Whether a core switch has taken its interface in the network down."""
        if device in self.site.networks[network].bridges:
            return False
        own = [
            ln.name
            for ln in self.site.links.values()
            if ln.network == network
            and ln.kind is LinkKind.ACCESS
            and device in (ln.a.device, ln.b.device)
        ]
        lost = [ln for ln in own if not self.carries(ln)]
        return bool(lost) and (self.neighbours_watched or not self.silent.intersection(lost))

    def seats(self, at: datetime) -> Iterator[Observation]:
        reach = self._data_reach()
        for seat in self.site.seats.values():
            cable = self.carries(self.graph.seat_link[seat.number])
            up = seat.switch in reach and cable
            yield Observation(Element.seat_host(seat.number), "snmp", up, at)
            display = seat.number not in self.displays_off if up else None
            yield Observation(Element.seat_display(seat.number), "snmp", display, at)

    def services(self, at: datetime) -> Iterator[Observation]:
        reach = self._data_reach()
        for service in self.site.services.values():
            up = any(host in reach and self.works(host) for host in service.hosts)
            yield Observation(Element(ElementKind.SERVICE, service.name), "probe:0", up, at)

    def everything(self, at: datetime, ports: str = "snmp") -> list[Observation]:
        return [
            *self.ports(at, ports),
            *self.pings(at),
            *self.routing(at),
            *self.vrrp(at),
            *self.seats(at),
            *self.services(at),
        ]


def story(before: World, world: World, traps: bool = True) -> list[tuple[float, Observation]]:
    """All observations with the second at which they are known: healthy, then the faults."""
    found = [(-1.0, seen) for seen in before.everything(after(-1.5))]
    if traps:
        found += [(0.03, seen) for seen in world.traps(after(0.03))]
    for turn in range(19):
        for seen in world.pings(after(0.2 + turn * ROUND_S)):
            found.append(((seen.observed_at - START).total_seconds(), seen))
    for second in (1.5, 6.5):
        polled = [*world.routing(after(second)), *world.vrrp(after(second))]
        # Before the age of the agent's cache is over, it still says what was before the faults.
        polled += (world if second > 4 else world.as_remembered_by(before)).ports(
            after(second), "snmp"
        )
        found += [(second, seen) for seen in polled]
    for second in (3.0, 5.0, 8.0):
        probed = [*world.seats(after(second)), *world.services(after(second))]
        found += [(second, seen) for seen in probed]
    return sorted(found, key=lambda item: item[0])


def ticks() -> Iterable[float]:
    """Seconds of the engine's ticks after the faults begin: dense at first."""
    dense = [round(0.2 * n, 1) for n in range(-2, 14)]
    return (*dense, *(3.2 + 0.5 * n for n in range(13)))
