"""Channels through a gate, and what the Internet firewall publishes of them."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from device_configs.render.addressing import MANAGEMENT, layer3_interface
from device_configs.render.refusal import NotRenderable
from device_configs.site.model import (
    ChannelKind,
    Device,
    Direction,
    FilterPlace,
    GateChannel,
    GateMode,
    LinkKind,
    Network,
    Site,
)

WEB_PORT = 80
"""A published HTTP channel answers on the standard port, too."""


@dataclass(frozen=True)
class RenderedChannel:
    """One channel: a listener on one leg, the server behind the other."""

    name: str
    kind: ChannelKind
    interface: str
    address: IPv4Address
    port: int
    server: IPv4Address
    server_port: int
    source: IPv4Address
    """Own address towards the server."""
    health: str | None
    methods: tuple[str, ...]
    clients: tuple[IPv4Network, ...]
    """Who may use it; empty: whoever reaches it."""
    requests_per_second: int | None = None
    """What one source may ask for, where it is limited."""


@dataclass(frozen=True)
class Publication:
    """Ports of the public address that lead to an inward channel."""

    ports: tuple[int, ...]
    address: IPv4Address
    port: int


@dataclass(frozen=True)
class Translation:
    """Addresses that the Internet firewall translates."""

    outside_port: str
    public_address: IPv4Address
    inside: IPv4Network
    publications: tuple[Publication, ...]


def derive_gate_channels(site: Site, device: Device) -> tuple[RenderedChannel, ...]:
    """Channels of a gate device; empty for other devices.

    Raises :class:`NotRenderable` for a mode in which packets would pass: in Linux namespaces the
    gate is a proxy, whose two sides exchange none.
    """
    gate = site.gate_of(device.name)
    if gate is None:
        return ()
    if gate.mode is not GateMode.PROXY:
        raise NotRenderable(
            f"gates.yml: gates[{gate.name}].mode: platform {device.platform} renders a gate in "
            f"mode proxy only, not {gate.mode}; packets would pass it otherwise"
        )
    legs = [n for n in site.networks_of[device.name] if n.name != MANAGEMENT]
    found = []
    for channel in gate.channels:
        entry = next(leg for leg in legs if channel.address in leg.prefix)
        exit_leg = next(leg for leg in legs if _inward(site, leg) != _inward(site, entry))
        found.append(
            RenderedChannel(
                name=channel.name,
                kind=channel.kind,
                interface=layer3_interface(site, device, entry),
                address=channel.address,
                port=channel.port,
                server=channel.server,
                server_port=channel.server_port,
                source=exit_leg.members[device.name],
                health=channel.health,
                methods=channel.methods,
                clients=tuple(
                    prefix
                    for name in channel.clients
                    for prefix in site.address_sets[name].prefixes
                ),
                requests_per_second=_requests_per_second(site, channel),
            )
        )
    return tuple(found)


def _requests_per_second(site: Site, channel: GateChannel) -> int | None:
    """The tightest limit of requests at a channel's address; None without one, and for what is not
    HTTP."""
    if channel.kind is not ChannelKind.HTTP:
        return None
    limits = (
        limit.requests_per_second
        for limit in site.http_flood_limits.values()
        if limit.address == channel.address and channel.port in limit.ports
    )
    return min((limit for limit in limits if limit is not None), default=None)


def _inward(site: Site, leg: Network) -> bool:
    return site.zones[leg.zone].side == "internet"


def derive_translation(site: Site, device: Device) -> Translation | None:
    """What an Internet firewall translates; None for other devices.

    It publishes the inward channels of gates that stand in one of its networks.
    """
    if device.role.filtering is not FilterPlace.BOUNDARY:
        return None
    circuit = next(link for link in site.links_of[device.name] if link.kind is LinkKind.CIRCUIT)
    inside = next(n for n in site.networks_of[device.name]
                  if n.name not in (MANAGEMENT, circuit.network))  # fmt: skip
    return Translation(
        outside_port=circuit.end_at(device.name).port,
        public_address=site.networks[circuit.network].members[device.name],
        inside=inside.prefix,
        publications=tuple(
            Publication(
                ports=tuple(dict.fromkeys(
                    (WEB_PORT, channel.port) if channel.kind is ChannelKind.HTTP
                    else (channel.port,))),
                address=channel.address,
                port=channel.port,
            )
            for gate in site.gates.values()
            for channel in gate.channels
            if channel.direction is Direction.INWARD and channel.address in inside.prefix
        ),
    )  # fmt: skip
