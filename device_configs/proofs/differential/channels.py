"""What gates carry on in one declaration and not in the other (pure).

A gate ends a conversation and begins another, so that no packet passes it. What it lets through is
a client's address, the address and port at which it listens, and the server that it asks then. HTTP
and SIP channels pass the methods that they name; without any, every method.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address

from device_configs.proofs.filters.boxes import ADDRESSES
from device_configs.proofs.filters.spans import Interval, common, complement, intervals, merged
from device_configs.site.model import GateChannel, Site

ANY_METHOD = "*"

_Target = tuple[str, IPv4Address, int, IPv4Address, int, str]
"""Kind, where the gate listens, the server behind it, a method."""


@dataclass(frozen=True)
class ChannelChange:
    """Clients whose requests one declaration alone carries on; ``client`` is one of them."""

    gate: str
    channel: str
    kind: str
    listens: str
    server: str
    method: str
    clients: tuple[Interval, ...]
    client: IPv4Address


@dataclass(frozen=True)
class ChannelChanges:
    """Sorted by gate and channel."""

    opened: tuple[ChannelChange, ...]
    closed: tuple[ChannelChange, ...]


def compare_channels(new: Site, old: Site) -> ChannelChanges:
    """The requests that gates of ``new`` carry on and those of ``old`` do not, and the reverse."""
    now, before = _carried(new), _carried(old)
    return ChannelChanges(tuple(_only_in(now, before)), tuple(_only_in(before, now)))


@dataclass(frozen=True)
class _Carried:
    gate: str
    channel: str
    clients: tuple[Interval, ...]


def _carried(site: Site) -> Mapping[_Target, list[_Carried]]:
    found: dict[_Target, list[_Carried]] = {}
    for gate in site.gates.values():
        for channel in gate.channels:
            carried = _Carried(gate.name, channel.name, _clients(site, channel))
            for method in channel.methods or (ANY_METHOD,):
                found.setdefault(_target(channel, method), []).append(carried)
    return found


def _target(channel: GateChannel, method: str) -> _Target:
    listens, server = (channel.address, channel.port), (channel.server, channel.server_port)
    return (channel.kind, *listens, *server, method)


def _clients(site: Site, channel: GateChannel) -> tuple[Interval, ...]:
    sets = [site.address_sets[name].prefixes for name in channel.clients]
    return tuple(intervals(prefix for prefixes in sets for prefix in prefixes)) or (ADDRESSES,)


def _only_in(
    here: Mapping[_Target, Sequence[_Carried]], there: Mapping[_Target, Sequence[_Carried]]
) -> Iterator[ChannelChange]:
    for target, carrying in sorted(here.items(), key=lambda item: str(item[0])):
        anyhow = (*target[:-1], ANY_METHOD)
        others = {*there.get(target, ()), *there.get(anyhow, ())}
        known = complement(merged(span for other in others for span in other.clients))
        for one in carrying:
            left = tuple(common(one.clients, known))
            if left:
                yield _change(one, target, left)


def _change(one: _Carried, target: _Target, clients: tuple[Interval, ...]) -> ChannelChange:
    kind, address, port, server, server_port, method = target
    first = clients[0][0] + (clients[0][0] < clients[0][1] and clients[0][0] & 0xFF == 0)
    return ChannelChange(
        gate=one.gate,
        channel=one.channel,
        kind=str(kind),
        listens=f"{address}:{port}",
        server=f"{server}:{server_port}",
        method=method,
        clients=clients,
        client=IPv4Address(first),
    )
