"""Hot standby of two firewalls, intrusion prevention, HTTP floods and published addresses."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from device_configs.render.families.interfaces import Interfaces
from device_configs.render.gates import Publication, derive_translation
from device_configs.render.refusal import NotRenderable
from device_configs.site.model import (
    Device,
    FloodKind,
    HttpFloodLimit,
    IpsProfile,
    LinkKind,
    Site,
)

SIGNATURE_UPDATE_AT = "03:30"
"""When the fewest calls come in."""

_SMURFS = (FloodKind.UDP_SMURF, FloodKind.ICMP_SMURF)


@dataclass(frozen=True)
class Pair:
    """Hot standby over the cable between the two halves; ``leads`` on the preferred one."""

    leads: bool
    interface: str
    local: IPv4Address
    remote: IPv4Address
    tracked: tuple[str, ...]


@dataclass(frozen=True)
class Flood:
    """Packets a second to one destination, towards the inner and the outer side."""

    kind: FloodKind
    inward: int
    outward: int


@dataclass(frozen=True)
class Ips:
    """Intrusion prevention. ``floods`` are those with a threshold; smurfs are always dropped."""

    name: str
    scada: tuple[str, ...]
    blocks_scada: bool
    update_at: str
    floods: tuple[Flood, ...]


@dataclass(frozen=True)
class BoxSynProxy:
    """Addresses whose new sessions a box verifies itself above a rate."""

    name: str
    prefixes: tuple[IPv4Network, ...]
    above_per_second: int


@dataclass(frozen=True)
class Publishing:
    """What the Internet firewall publishes of the gate, and who goes out behind its address."""

    outside: str
    public: IPv4Address
    inside: IPv4Network
    publications: tuple[Publication, ...]


def derive_pair(site: Site, device: Device, interfaces: Interfaces) -> Pair | None:
    """Hot standby of an inner firewall; None for devices without a partner on a cable."""
    if not device.role.hot_standby:
        return None
    link = next(
        (
            link
            for link in site.links_of[device.name]
            if link.kind is LinkKind.ROUTED and link.peer_of(device.name).device == device.partner
        ),
        None,
    )
    if link is None or device.partner is None:
        return None
    members = site.networks[link.network].members
    heartbeat = interfaces.by_port[link.end_at(device.name).port]
    others = (
        interfaces.by_port[found.end_at(device.name).port]
        for found in site.links_of[device.name]
        if found.kind is not LinkKind.MANAGEMENT
    )
    rule_set = site.rule_set_of(device.name)
    first = rule_set.devices[0] if rule_set else min(device.name, device.partner)
    return Pair(
        leads=device.name == first,
        interface=heartbeat,
        local=members[device.name],
        remote=members[device.partner],
        tracked=tuple(dict.fromkeys(name for name in others if name != heartbeat)),
    )


def derive_ips(site: Site, device: Device) -> Ips | None:
    """The profile of an intrusion prevention device; None for other devices."""
    profile = next((p for p in site.ips_profiles.values() if device.name in p.devices), None)
    if profile is None:
        return None
    _check_thresholds(profile)
    return Ips(
        name=profile.name,
        scada=tuple(protocol.value for protocol in profile.scada),
        blocks_scada=profile.scada_action == "block",
        update_at=SIGNATURE_UPDATE_AT,
        floods=tuple(
            Flood(flood.kind, flood.inward, flood.outward)
            for flood in profile.floods
            if flood.kind not in _SMURFS
        ),
    )


def _check_thresholds(profile: IpsProfile) -> None:
    """Boxes drop all smurfs, and let something of every other kind pass."""
    for flood in profile.floods:
        for way, threshold in (("inward", flood.inward), ("outward", flood.outward)):
            if (threshold == 0) != (flood.kind in _SMURFS):
                remedy = "set it to 0" if flood.kind in _SMURFS else "give a threshold of 1 or more"
                raise NotRenderable(
                    f"protection.yml: ips_profiles[{profile.name}].floods[{flood.kind}].{way}: "
                    f"{threshold} is what no box can do; {remedy}"
                )


def derive_http_flood_limits(site: Site, device: Device) -> tuple[HttpFloodLimit, ...]:
    """HTTP flood limits that a device keeps."""
    return tuple(limit for limit in site.http_flood_limits.values() if device.name in limit.devices)


def derive_box_syn_proxies(site: Site, device: Device) -> tuple[BoxSynProxy, ...]:
    """The SYN proxies of a firewall.

    Raises :class:`NotRenderable` for a login guard: a box bans by failed passwords of its own users
    and not by the number of sessions.
    """
    guard = next((g for g in site.login_guards.values() if device.name in g.devices), None)
    if guard is not None and device.role.tracks_sessions:
        raise NotRenderable(
            f"protection.yml: login_guards[{guard.name}].devices: {device.name} bans nobody by the "
            "number of sessions; take it out, and let people sign in through the bastion"
        )
    return tuple(
        BoxSynProxy(
            proxy.name,
            tuple(p for name in proxy.destinations for p in site.address_sets[name].prefixes),
            proxy.above_per_second,
        )
        for proxy in site.syn_proxies.values()
        if device.name in proxy.devices
    )


def derive_publishing(site: Site, device: Device, interfaces: Interfaces) -> Publishing | None:
    """Translation of addresses at the Internet firewall; None for other devices."""
    translation = derive_translation(site, device)
    if translation is None:
        return None
    return Publishing(
        outside=interfaces.by_port[translation.outside_port],
        public=translation.public_address,
        inside=translation.inside,
        publications=translation.publications,
    )
