"""Protection profiles and gates."""

from collections.abc import Callable

from device_configs.site.checks.naming import device_named, doubled, place_named, refer
from device_configs.site.documents import ChannelDocument, Documents, GateDocument
from device_configs.site.faults import Faults
from device_configs.site.model import (
    ChannelKind,
    DeviceRole,
    Direction,
    FilterPlace,
    FloodKind,
    FloodThreshold,
    IpsProfile,
    SynProxy,
)

PROTECTION, GATES = "protection.yml", "gates.yml"

METHODS = {
    ChannelKind.HTTP: ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"),
    ChannelKind.SIP: ("REGISTER", "INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "MESSAGE", "INFO",
                      "SUBSCRIBE", "NOTIFY", "UPDATE", "PRACK", "REFER", "PUBLISH"),
    ChannelKind.DATABASE: (),
}  # fmt: skip
"""Methods that may be named: RFC 9110 section 9 and RFC 5789; RFC 3261 and its extensions."""


RoleTest = Callable[[DeviceRole], bool]


def _at_the_boundary(role: DeviceRole) -> bool:
    return role.filtering is FilterPlace.BOUNDARY


def _tracks_sessions(role: DeviceRole) -> bool:
    return role.tracks_sessions


def _guards_logins(role: DeviceRole) -> bool:
    return role.guards_logins


def _inline(role: DeviceRole) -> bool:
    return role.filtering is FilterPlace.INLINE


def _isolates(role: DeviceRole) -> bool:
    return role.isolates


def check(documents: Documents, faults: Faults) -> None:
    """Report what does not fit together in profiles and gates."""
    for profile in documents.ips_profiles:
        _ips(profile, documents, faults)
    for limit in documents.http_flood_limits:
        path = f"http_flood_limits[{limit.name}]"
        place_named(PROTECTION, f"{path}.at", limit.at, documents, faults)
        for name in limit.devices:
            _device_of_role(PROTECTION, f"{path}.devices", name, _at_the_boundary,
                            documents, faults)  # fmt: skip
    for exception in documents.compliance_exceptions:
        for name in exception.devices:
            path = f"compliance_exceptions[{exception.name}].devices"
            device_named(PROTECTION, path, name, documents, faults)
    for proxy in documents.syn_proxies:
        _syn_proxy(proxy, documents, faults)
    for guard in documents.login_guards:
        for name in guard.devices:
            _device_of_role(PROTECTION, f"login_guards[{guard.name}].devices", name,
                            _guards_logins, documents, faults)  # fmt: skip
    for gate in documents.gates:
        _gate(gate, documents, faults)
    _each_has_one(documents, faults)


def _ips(profile: IpsProfile, documents: Documents, faults: Faults) -> None:
    path = f"ips_profiles[{profile.name}]"
    for name in profile.devices:
        _device_of_role(PROTECTION, f"{path}.devices", name, _inline,
                        documents, faults)  # fmt: skip
    given = [flood.kind for flood in profile.floods]
    doubled(PROTECTION, f"{path}.floods", (str(kind) for kind in given), faults)
    for flood in profile.floods:
        _threshold(f"{path}.floods", flood, faults)
    for kind in FloodKind:
        if kind not in given:
            faults.add(PROTECTION, f"{path}.floods", f"{kind} has no threshold",
                       "give one both ways (A6)", tuple(FloodKind))  # fmt: skip


def _threshold(path: str, flood: FloodThreshold, faults: Faults) -> None:
    """One source cannot be granted more than all of them together."""
    for way, most, each in (
        ("inward", flood.inward, flood.inward_per_source),
        ("outward", flood.outward, flood.outward_per_source),
    ):
        if each is not None and each > most:
            faults.add(
                PROTECTION,
                f"{path}[{flood.kind}].{way}_per_source",
                f"{each} is more than the {most} of all sources",
                f"give at most {most}, or leave it out",
            )


def _syn_proxy(proxy: SynProxy, documents: Documents, faults: Faults) -> None:
    path = f"syn_proxies[{proxy.name}]"
    for name in proxy.devices:
        _device_of_role(PROTECTION, f"{path}.devices", name, _tracks_sessions, documents, faults)
        partner = (
            documents.known_devices[name][1].partner if name in documents.known_devices else None
        )
        if partner is not None and partner not in proxy.devices:
            faults.add(
                PROTECTION,
                f"{path}.devices",
                f"{name!r} is in it and its partner {partner!r} is not",
                "name both: either may be the active one",
            )
    refer(PROTECTION, f"{path}.destinations", proxy.destinations, "address_sets",
          documents, faults)  # fmt: skip


def _gate(gate: GateDocument, documents: Documents, faults: Faults) -> None:
    path = f"gates[{gate.name}]"
    for name in gate.devices:
        _device_of_role(GATES, f"{path}.devices", name, _isolates, documents, faults)
    doubled(GATES, f"{path}.channels", (channel.name for channel in gate.channels), faults)
    doubled(GATES, f"{path}.channels.at",
            (f"{channel.at}:{channel.port}" for channel in gate.channels), faults)  # fmt: skip
    for channel in gate.channels:
        _channel(f"{path}.channels[{channel.name}]", channel, documents, faults)


def _channel(path: str, channel: ChannelDocument, documents: Documents, faults: Faults) -> None:
    place_named(GATES, f"{path}.at", channel.at, documents, faults)
    refer(GATES, f"{path}.clients", channel.clients, "address_sets", documents, faults)
    for method in channel.methods:
        if method not in METHODS[channel.kind]:
            faults.unknown_name(GATES, f"{path}.methods", method, METHODS[channel.kind],
                                f"{channel.kind} method", GATES)  # fmt: skip
    if (channel.kind is ChannelKind.DATABASE) != (channel.engine is not None):
        faults.add(GATES, f"{path}.engine", "goes with kind database, and only with it",
                   "name the database, or change the kind")  # fmt: skip
    if channel.health is not None and channel.kind is not ChannelKind.HTTP:
        faults.add(GATES, f"{path}.health", "goes with kind http only", "remove it")
    _side(path, channel, documents, faults)


def _side(path: str, channel: ChannelDocument, documents: Documents, faults: Faults) -> None:
    """Clients of an inward channel stand on the Internet side, those of an outward one inside."""
    zones = {zone.name: zone.side for zone in documents.zones}
    networks = {network.name: network.zone for network in documents.networks}
    side = zones.get(networks.get(channel.at.split("/")[0], ""))
    if channel.at not in documents.places or side is None:
        return
    if (side == "internet") != (channel.direction is Direction.INWARD):
        faults.add(GATES, f"{path}.at", f"{channel.at} is on the {side} side of an "
                   f"{channel.direction} channel", "listen where its clients are")  # fmt: skip


def _device_of_role(
    file: str, path: str, name: str, fits: RoleTest, documents: Documents, faults: Faults
) -> None:
    known = documents.known_devices
    if name in known and not fits(known[name][0]):
        fitting = [n for n, (role, _) in known.items() if fits(role)]
        roles = " or ".join(role.name for role in documents.roles.values() if fits(role))
        faults.add(file, path, f"{name!r} has role {known[name][0]}",
                   f"name devices of role {roles}", fitting)  # fmt: skip
        return
    device_named(file, path, name, documents, faults)


def _each_has_one(documents: Documents, faults: Faults) -> None:
    """Every IPS has one profile, every gate device one gate."""
    for file, fits, taken in (
        (PROTECTION, _inline,
         [n for profile in documents.ips_profiles for n in profile.devices]),
        (GATES, _isolates, [n for gate in documents.gates for n in gate.devices]),
    ):  # fmt: skip
        if not faults.is_whole(file):
            continue
        doubled(file, "devices", taken, faults)
        for name, (role, _) in documents.known_devices.items():
            is_asked = fits(role) and name in documents.deployed
            if is_asked and name not in taken and not faults.has_unknown("device", file):
                faults.add(file, "devices", f"{name!r} of role {role} is in none", "name it in one")
