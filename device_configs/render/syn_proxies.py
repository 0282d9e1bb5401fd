"""Sessions that a firewall answers in the server's place, and which rules admit them (pure).

A SYN above the declared rate stays out of the session table. It meets the rules as any other does;
where a rule admits it, the firewall answers with a cookie, and opens the session to the server once
the other end has returned it. That second SYN is the firewall's own packet, which no rule of
forwarded packets sees: it gets the mark and the limits of the rule that admitted the first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

from device_configs.render.gates import Translation
from device_configs.render.policies import Filter, FilterRule, Flow
from device_configs.render.rule_addresses import NamedSet, Ports, Prefixes, SetMatch
from device_configs.site.model import Device, HttpFloodLimit, Protocol, Site


@dataclass(frozen=True)
class SessionAdmission:
    """A rule that decides about some of the proxied sessions, by one of its lines."""

    rule: FilterRule
    flow: Flow


@dataclass(frozen=True)
class SynTarget:
    """Addresses and ports as SYNs name them; ``admissions`` in the order of the rules."""

    name: str
    entering: Ports
    addresses: Prefixes
    ports: tuple[int, ...]
    published: bool
    """The address is the firewall's own, and leads to the server by translation: where the
    admissions lead is settled, their destinations are not asked for."""
    admissions: tuple[SessionAdmission, ...]
    floods: tuple[HttpFloodLimit, ...]
    """Limits of the same address, which come before the rules."""


@dataclass(frozen=True)
class ProxiedSessions:
    """One declared proxy on one device."""

    name: str
    above_per_second: int
    mss: int
    window_scale: int
    targets: tuple[SynTarget, ...]


def derive_syn_proxies(
    site: Site, device: Device, derived: Filter | None, translation: Translation | None
) -> tuple[ProxiedSessions, ...]:
    """The proxies of a device; empty for a device without a session table."""
    if derived is None or not device.role.tracks_sessions:
        return ()
    floods = [f for f in site.http_flood_limits.values() if device.name in f.devices]
    found = []
    for proxy in site.syn_proxies.values():
        if device.name not in proxy.devices:
            continue
        prefixes = tuple(p for name in proxy.destinations for p in site.address_sets[name].prefixes)
        targets = [_direct(proxy.name, derived, prefixes, proxy.ports, floods)]
        if translation is not None:
            targets += _published(proxy.name, derived, translation, prefixes, proxy.ports, floods)
        found.append(
            ProxiedSessions(
                name=proxy.name,
                above_per_second=proxy.above_per_second,
                mss=proxy.mss,
                window_scale=proxy.window_scale,
                targets=tuple(target for target in targets if target.entering),
            )
        )
    return tuple(found)


def _direct(
    name: str,
    derived: Filter,
    prefixes: Prefixes,
    ports: tuple[int, ...],
    floods: Sequence[HttpFloodLimit],
) -> SynTarget:
    sets = {found.name: found for found in derived.sets}
    admissions = tuple(
        admission
        for admission in _tcp(derived, ports)
        if any(_may_hold(admission.flow, prefix, sets) for prefix in prefixes)
    )
    entering = dict.fromkeys(port for a in admissions for port in a.flow.source.ports)
    limits = tuple(
        f for f in floods if any(f.address in p for p in prefixes) and set(f.ports) & set(ports)
    )
    return SynTarget(name, tuple(entering), prefixes, ports, False, admissions, limits)


def _published(
    name: str,
    derived: Filter,
    translation: Translation,
    prefixes: Prefixes,
    ports: tuple[int, ...],
    floods: Sequence[HttpFloodLimit],
) -> Iterator[SynTarget]:
    sets = {found.name: found for found in derived.sets}
    for number, publication in enumerate(translation.publications):
        server = IPv4Network(publication.address)
        if publication.port not in ports or not any(p.supernet_of(server) for p in prefixes):
            continue
        yield SynTarget(
            name=f"{name}-public{number or ''}",
            entering=(translation.outside_port,),
            addresses=(IPv4Network(translation.public_address),),
            ports=publication.ports,
            published=True,
            admissions=tuple(
                a
                for a in _tcp(derived, (publication.port,))
                if translation.outside_port in a.flow.source.ports
                and _may_hold(a.flow, server, sets)
            ),
            floods=tuple(
                f
                for f in floods
                if f.address == publication.address and publication.port in f.ports
            ),
        )


def _tcp(derived: Filter, ports: tuple[int, ...]) -> Iterator[SessionAdmission]:
    for rule in derived.rules:
        for flow in rule.flows:
            if flow.traffic.protocol not in (None, Protocol.TCP):
                continue
            if not flow.traffic.ports or any(
                _holds(spelt, port) for spelt in flow.traffic.ports for port in ports
            ):
                yield SessionAdmission(rule, flow)


def _holds(spelt: str, port: int) -> bool:
    first, _, last = spelt.partition("-")
    return int(first) <= port <= int(last or first)


def _may_hold(flow: Flow, prefix: IPv4Network, sets: dict[str, NamedSet]) -> bool:
    """Whether the line can be about an address of the prefix."""
    return all(_meets(match, prefix, sets[match.name].prefixes) for match in flow.destination.sets)


def _meets(match: SetMatch, prefix: IPv4Network, held: Prefixes) -> bool:
    if match.negated:
        return not any(found.supernet_of(prefix) for found in held)
    return any(found.overlaps(prefix) for found in held)
