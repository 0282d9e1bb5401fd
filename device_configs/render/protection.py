"""Flood thresholds, industrial protocols and HTTP flood limits, as the packet filter needs them."""

from dataclasses import dataclass
from ipaddress import IPv4Address

from device_configs.render.policies import ports_towards
from device_configs.site.model import (
    Device,
    FilterPlace,
    FloodKind,
    HttpFloodLimit,
    ScadaProtocol,
    Site,
)

SCADA_PORTS = {
    ScadaProtocol.MODBUS: (502,),
    ScadaProtocol.S7: (102,),
    ScadaProtocol.IEC104: (2404,),
    ScadaProtocol.DNP3: (20000,),
    ScadaProtocol.ETHERNET_IP: (44818, 2222),
    ScadaProtocol.OPC_UA: (4840,),
}
"""Registered ports (IANA service names and port numbers). A packet filter knows no more of them."""


@dataclass(frozen=True)
class FloodLimit:
    """Packets a second to one destination that pass in one direction; 0: none does.

    ``per_source`` of them may come from one source; None: any number.
    """

    kind: FloodKind
    direction: str
    ports: tuple[str, ...]
    """Ports on which packets of the direction enter."""
    per_second: int
    per_source: int | None

    @property
    def name(self) -> str:
        """Name of its set and counter, e.g. ``tcp-flood-inward``."""
        return f"{self.kind.value.replace('_', '-')}-{self.direction}"


@dataclass(frozen=True)
class GuardedLogin:
    """What a device keeps of those who try to sign in."""

    name: str
    ports: tuple[int, ...]
    attempts_per_minute: int
    ban_seconds: int
    exempt: tuple[IPv4Address, ...]
    """Never banned: from there the device is managed, and a ban would lock its owners out."""


@dataclass(frozen=True)
class ScadaMatch:
    name: str
    ports: tuple[int, ...]


@dataclass(frozen=True)
class InlineProtection:
    """What an intrusion prevention device drops in line."""

    floods: tuple[FloodLimit, ...]
    broadcasts: tuple[IPv4Address, ...]
    """Broadcast addresses of the site's networks, the targets of smurfs."""
    scada: tuple[ScadaMatch, ...]
    blocks_scada: bool


def derive_inline_protection(site: Site, device: Device) -> InlineProtection | None:
    """Protection of an intrusion prevention device; None for other devices."""
    if device.role.filtering is not FilterPlace.INLINE:
        return None
    profile = next((p for p in site.ips_profiles.values() if device.name in p.devices), None)
    if profile is None:
        return None
    towards = ports_towards(site, device)
    outer = next(ports for zone, ports in towards.items() if zone in site.outside_zones)
    inner = next(ports for zone, ports in towards.items() if zone not in site.outside_zones)
    floods = tuple(
        FloodLimit(flood.kind, direction, ports, per_second, per_source)
        for flood in profile.floods
        for direction, ports, per_second, per_source in (
            ("inward", outer, flood.inward, flood.inward_per_source),
            ("outward", inner, flood.outward, flood.outward_per_source),
        )
    )
    return InlineProtection(
        floods=floods,
        broadcasts=tuple(
            network.prefix.broadcast_address
            for network in site.networks.values()
            if not network.is_point_to_point
        ),
        scada=tuple(
            ScadaMatch(protocol.value.replace("_", "-"), SCADA_PORTS[protocol])
            for protocol in profile.scada
        ),
        blocks_scada=profile.scada_action == "block",
    )


def derive_http_floods(site: Site, device: Device) -> tuple[HttpFloodLimit, ...]:
    """HTTP flood limits that a device keeps."""
    return tuple(limit for limit in site.http_flood_limits.values() if device.name in limit.devices)


def derive_login_guards(site: Site, device: Device) -> tuple[GuardedLogin, ...]:
    """The login guards of a device."""
    return tuple(
        GuardedLogin(
            name=guard.name,
            ports=guard.ports,
            attempts_per_minute=guard.attempts_per_minute,
            ban_seconds=guard.ban_seconds,
            exempt=_own_addresses(site, site.monitoring_host),
        )
        for guard in site.login_guards.values()
        if device.name in guard.devices
    )


def _own_addresses(site: Site, device: Device) -> tuple[IPv4Address, ...]:
    found = [network.members[device.name] for network in site.networks_of[device.name]
             if device.name in network.members]  # fmt: skip
    if device.management_address is not None:
        found.append(device.management_address)
    return tuple(sorted(set(found)))
