"""Who can reach what, over which way and by which rule.

A way is cut into legs where a conversation ends and another begins: at a gate, which passes only
its declared channels, and at a voice gateway. On each leg the packets meet the filters in their
order, and each filter passes on what its rules permit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from itertools import pairwise

from device_configs.proofs.endpoints import Endpoint, resolve, zone_of
from device_configs.proofs.failures.graph import WayGraph, walk
from device_configs.proofs.filters.boxes import MatchBox
from device_configs.proofs.filters.regions import Service, Universe, port_of
from device_configs.proofs.filters.rulebook import decide
from device_configs.proofs.filters.spans import Interval, common, intervals
from device_configs.proofs.places import goal_nodes, start_nodes
from device_configs.proofs.topology import build_graph, side_of
from device_configs.site.model import (
    Action,
    ChannelKind,
    GateChannel,
    Network,
    Protocol,
    RuleSet,
    Site,
)
from ops_core.kernel.errors import NotFound
from ops_core.kernel.i18n import message


@dataclass(frozen=True)
class Passage:
    """What one rule of a filter does with part of the packets; ``rule`` None is the default."""

    rule: str | None
    permits: bool
    services: tuple[str, ...]
    example: str


@dataclass(frozen=True)
class Filtered:
    """What a device does with the packets that reach it."""

    device: str
    rule_set: str
    passages: tuple[Passage, ...]

    @property
    def passes(self) -> bool:
        return any(passage.permits for passage in self.passages)


@dataclass(frozen=True)
class Leg:
    """One conversation: the devices it passes, the filters on it, and what ends it."""

    devices: tuple[str, ...]
    filters: tuple[Filtered, ...]
    channels: tuple[str, ...] = ()
    """Channels of the gate at its end that carry it on; none where it ends at its goal."""


@dataclass(frozen=True)
class WayAnswer:
    """Whether anything of what was asked arrives, and why."""

    source: str
    destination: str
    reaches: bool
    reason: str
    legs: tuple[Leg, ...]


def ask(site: Site, source: str, destination: str, service: str | None = None) -> WayAnswer:
    """Follow the packets from one end to the other.

    ``service`` narrows the question to a service of services.yml or an application of
    objects.yml. Raises NotFound for a name that is none. The way is the shortest that stands
    while nothing has failed; the halves of a pair filter alike (proof policies).
    """
    one, other = resolve(site, source), resolve(site, destination)
    graph = _graph(site, one, other)
    nodes = walk(
        graph,
        start_nodes(site, graph, one.places),
        frozenset(goal_nodes(site, graph, other.places)),
    )
    if not nodes:
        return WayAnswer(source, destination, False, "no way leads from the one to the other", ())
    services = _services(site, Universe(site), service)
    return _Follower(site, one, other, services).follow(*_along(site, graph, nodes))


def _graph(site: Site, one: Endpoint, other: Endpoint) -> WayGraph:
    sides: set[str] = {site.zones[end.zone].side for end in (one, other)}
    sides |= {side_of(site, site.networks[n]) for end in (one, other) for _, n in end.places}
    senders = frozenset(name for name, _ in one.places if name in site.devices)
    return build_graph(site, frozenset(sides), senders=senders)


def _services(site: Site, universe: Universe, name: str | None) -> list[Service]:
    """The ports of an application, or those at which a service is checked; everything for None."""
    if name is None or name in site.applications:
        return list(universe.services_of(() if name is None else (name,)))
    if name not in site.services:
        raise NotFound(
            "没有这个业务或应用",
            message("{name} 不在 services.yml 或 objects.yml 中。", name=name),
            "、".join((*site.services, *site.applications)),
        )
    kinds = {"icmp": Protocol.ICMP, "sip": Protocol.UDP}
    checks = site.services[name].checks
    return [port_of(kinds.get(check.kind, Protocol.TCP), check.port) for check in checks]


@dataclass(frozen=True)
class _Hop:
    """A relay on the way: where a conversation arrives and where the next one leaves."""

    device: str
    arriving: Network
    leaving: Network


@dataclass(frozen=True)
class _Side:
    """One end of a leg."""

    zone: str
    addresses: Sequence[Interval]


@dataclass(frozen=True)
class _Stage:
    """What is asked of the next leg."""

    source: _Side
    goal: _Side
    services: Sequence[Service]


class _Follower:
    def __init__(self, site: Site, one: Endpoint, other: Endpoint, services: list[Service]) -> None:
        self._site, self._one, self._other, self._services = site, one, other, services
        self._universe = Universe(site)

    def follow(self, devices: Sequence[str], hops: Sequence[_Hop]) -> WayAnswer:
        """Leg by leg until the goal, a filter or a relay ends it."""
        legs: list[Leg] = []
        stage = _Stage(
            _Side(self._one.zone, self._one.addresses),
            _Side(self._other.zone, self._other.addresses),
            self._services,
        )
        rest = list(devices)
        for hop in hops:
            here = rest[: rest.index(hop.device) + 1]
            rest = rest[rest.index(hop.device) :]
            gate = self._site.gate_of(hop.device)
            channels = self._channels(hop, stage)
            if gate is not None and not channels:
                legs.append(Leg(tuple(here), ()))
                return self._answer(legs, False, f"no channel of {gate.name} takes it")
            offered = [found for channel in channels for found in _ports(channel, channel.port)]
            question = self._question(
                stage.source, self._arriving(hop, channels), offered or stage.services
            )
            filters, passed = self._filters(here, question)
            kept = [channel for channel in channels if _survives(channel, passed)]
            legs.append(Leg(tuple(here), filters, tuple(channel.name for channel in kept)))
            if not passed:
                return self._answer(legs, False, _stopped(legs[-1]))
            stage = self._onward(hop, kept, stage)
        question = self._question(stage.source, stage.goal, stage.services)
        filters, passed = self._filters(rest, question)
        legs.append(Leg(tuple(rest), filters))
        return self._answer(legs, bool(passed), "" if passed else _stopped(legs[-1]))

    def _onward(self, hop: _Hop, channels: Sequence[GateChannel], stage: _Stage) -> _Stage:
        """The conversation that a relay begins: to the servers of its channels, if it has any."""
        source = _Side(hop.leaving.zone, _held(hop.device, hop.leaving))
        if not channels:
            return _Stage(source, stage.goal, stage.services)
        servers = [channel.server for channel in channels]
        goal = _Side(zone_of(self._site, servers[0]), intervals(map(IPv4Network, servers)))
        services = [found for c in channels for found in _ports(c, c.server_port)]
        return _Stage(source, goal, services)

    def _answer(self, legs: Sequence[Leg], reaches: bool, reason: str) -> WayAnswer:
        return WayAnswer(self._one.name, self._other.name, reaches, reason, tuple(legs))

    def _channels(self, hop: _Hop, stage: _Stage) -> list[GateChannel]:
        """Channels of the gate that lead to what is asked for and take such a client."""
        gate = self._site.gate_of(hop.device)
        if gate is None:
            return []
        return [
            channel
            for channel in gate.channels
            if channel.address in hop.arriving.prefix
            and (self._asked(channel.server) or self._asked(channel.address))
            and self._takes(channel, stage.source)
            and _matches(channel, stage.services)
        ]

    def _asked(self, address: IPv4Address) -> bool:
        return any(low <= int(address) <= high for low, high in self._other.addresses)

    def _takes(self, channel: GateChannel, source: _Side) -> bool:
        sets = self._site.address_sets
        clients = [prefix for name in channel.clients for prefix in sets[name].prefixes]
        return not channel.clients or bool(common(source.addresses, intervals(clients)))

    def _arriving(self, hop: _Hop, channels: Sequence[GateChannel]) -> _Side:
        if channels:
            addresses = intervals(IPv4Network(channel.address) for channel in channels)
            return _Side(hop.arriving.zone, addresses)
        return _Side(hop.arriving.zone, _held(hop.device, hop.arriving))

    def _question(self, source: _Side, goal: _Side, services: Sequence[Service]) -> list[MatchBox]:
        zones = (source.zone, goal.zone)
        return self._universe.question(zones, source.addresses, goal.addresses, services)

    def _filters(
        self, devices: Sequence[str], question: list[MatchBox]
    ) -> tuple[tuple[Filtered, ...], list[MatchBox]]:
        """The filters in the order of the way; each is asked for what the one before passed.

        A device does not filter as a forwarder what it sends or receives itself.
        """
        filters: list[Filtered] = []
        for device in devices[1:-1]:
            rule_set = self._site.rule_set_of(device)
            if rule_set is None or not question:
                continue
            filtered, question = self._filtered(device, rule_set, question)
            filters.append(filtered)
        return tuple(filters), question

    def _filtered(
        self, device: str, rule_set: RuleSet, question: list[MatchBox]
    ) -> tuple[Filtered, list[MatchBox]]:
        passages: list[Passage] = []
        passed: list[MatchBox] = []
        for found in decide(self._universe.rules_of(rule_set), question):
            default = rule_set.default is Action.ALLOW
            permits = default if found.rule is None else found.rule.permits
            passages.append(
                Passage(
                    rule=None if found.rule is None else found.rule.name,
                    permits=permits,
                    services=tuple(self._universe.services_in(found.region)),
                    example=self._universe.describe(found.region[0]),
                )
            )
            passed += found.region if permits else ()
        return Filtered(device, rule_set.name, tuple(passages)), passed


def _ports(channel: GateChannel, port: int) -> list[Service]:
    """TCP; SIP goes over UDP as well (RFC 3261)."""
    over_udp = channel.kind is ChannelKind.SIP
    protocols = (Protocol.TCP, Protocol.UDP) if over_udp else (Protocol.TCP,)
    return [port_of(protocol, port) for protocol in protocols]


def _matches(channel: GateChannel, services: Sequence[Service]) -> bool:
    """Whether what is asked for may be the channel, by the port at either end of it."""
    return any(
        protocols & mask and low <= port <= high
        for protocols, (low, high) in services
        for port in (channel.port, channel.server_port)
        for mask, _ in _ports(channel, port)
    )


def _survives(channel: GateChannel, passed: Sequence[MatchBox]) -> bool:
    """Whether something that the filters passed is for this channel."""
    return any(
        box.protocols & mask
        and box.port_low <= channel.port <= box.port_high
        and box.destination_low <= int(channel.address) <= box.destination_high
        for box in passed
        for mask, _ in _ports(channel, channel.port)
    )


def _held(device: str, network: Network) -> list[Interval]:
    """Addresses a relay has on a leg, those it holds in turn included."""
    virtual = (v.address for v in network.virtual_addresses if device in v.members)
    return intervals(IPv4Network(address) for address in (network.members[device], *virtual))


def _stopped(leg: Leg) -> str:
    last = leg.filters[-1]
    denying = [passage.rule for passage in last.passages if not passage.permits]
    rules = ", ".join(rule or "the default" for rule in denying)
    return f"{last.device} denies it by {rules} of {last.rule_set}"


def _along(site: Site, graph: WayGraph, nodes: Sequence[int]) -> tuple[list[str], list[_Hop]]:
    """The devices of a way, and the relays that it turns at."""
    devices = list(dict.fromkeys(graph.elements[node] or graph.names[node] for node in nodes))
    hops = []
    for before, after in pairwise(nodes):
        name, following = graph.elements[before], graph.elements[after]
        if name is None or following is None or name not in site.devices:
            continue
        if not site.devices[name].role.relays or graph.names[after] == f"{name}.":
            continue
        arriving = graph.names[before].partition("<")[2] or graph.names[before].partition(">")[2]
        if arriving:
            leaving = graph.names[after].partition("!")[2] or _between(site, name, following)
            hops.append(_Hop(name, site.networks[arriving], site.networks[leaving]))
    return devices, hops


def _between(site: Site, one: str, other: str) -> str:
    """The point-to-point network of two devices."""
    return next(
        link.network
        for link in site.links_of[one]
        if link.peer_of(one).device == other and site.networks[link.network].is_point_to_point
    )
