"""What the rules of a box decide is what the declared rules decide, for any packet."""

from dataclasses import dataclass
from ipaddress import IPv4Address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_configs.render.families import families, load_family
from device_configs.render.families.controls import PolicyRule
from device_configs.render.families.filtering import Behind, Filtering, derive_filtering
from device_configs.render.families.interfaces import derive_interfaces
from device_configs.render.families.objects import AddressObject
from device_configs.render.families.ports import derive_sockets
from device_configs.render.families.spans import Spans
from device_configs.site import Site
from device_configs.site.model import Action, DeclaredRule, Weekday

FILTERING = ("fwi-a", "fwi-b", "fwx", "ips-a")
WITH_FIREWALLS = [name for name in families() if load_family(name).zones is not None]
DAYS = tuple(Weekday)
ADDRESSES = st.one_of(
    st.sampled_from(
        ["10.20.1.11", "10.20.1.22", "10.20.9.10", "10.20.20.11", "10.20.20.21", "10.100.0.10",
         "10.100.0.11", "10.30.0.10", "10.30.0.11", "203.0.113.1", "198.51.100.7", "192.0.2.9",
         "8.8.8.8", "10.255.0.50", "10.254.0.1"]
    ).map(IPv4Address),
    st.integers(0, 2**32 - 1).map(IPv4Address),
)  # fmt: skip


@dataclass(frozen=True)
class Packet:
    source: IPv4Address
    destination: IPv4Address
    protocol: str
    port: int
    day: Weekday
    minute: int


PACKETS = st.builds(
    Packet,
    ADDRESSES,
    ADDRESSES,
    st.sampled_from(["tcp", "udp", "icmp"]),
    st.one_of(st.sampled_from([7, 21, 139, 5432, 5060, 7007, 8080, 8443]), st.integers(0, 65535)),
    st.sampled_from(DAYS),
    st.integers(0, 1439),
)


def filtering_of(site: Site, family: str, name: str) -> tuple[Filtering, Behind]:
    device, data = site.devices[name], load_family(family)
    box, zones = data.boxes[device.role.name], data.zones
    assert zones is not None
    sockets = derive_sockets(site, device, box)
    interfaces = derive_interfaces(site, device, data, box, sockets)
    found = derive_filtering(site, device, zones, box, interfaces)
    assert found is not None
    return found, Behind(site, device, zones)


def zones_of(site: Site, address: IPv4Address) -> list[str]:
    """The declared zones of an address; what no zone holds is beyond every circuit."""
    return [
        zone
        for zone in site.zones
        if (
            not any(address in prefix for prefix in site.prefixes_outside[zone])
            if zone in site.outside_zones
            else any(address in prefix for prefix in site.zone_prefixes[zone])
        )
    ]


def declared_verdict(site: Site, name: str, packet: Packet) -> bool:
    rule_set = site.rule_set_of(name)
    assert rule_set is not None
    for rule in rule_set.rules:
        if declared_match(site, rule, packet):
            return rule.action is Action.ALLOW
    return rule_set.default is Action.ALLOW


def declared_match(site: Site, rule: DeclaredRule, packet: Packet) -> bool:
    people = {**site.users, **site.user_groups}
    named = (
        (rule.sources, site.address_sets, packet.source),
        (rule.users, people, packet.source),
        (rule.from_regions, site.regions, packet.source),
        (rule.destinations, site.address_sets, packet.destination),
    )
    if any(
        names and not any(address in prefix for n in names for prefix in known[n].prefixes)
        for names, known, address in named
    ):
        return False
    if not set(rule.from_zones) & set(zones_of(site, packet.source)):
        return False
    if not set(rule.to_zones) & set(zones_of(site, packet.destination)):
        return False
    matches = [m for a in rule.applications for m in site.applications[a].matches]
    if matches and not any(
        m.protocol == packet.protocol
        and (not m.ports or any(p.first <= packet.port <= p.last for p in m.ports))
        for m in matches
    ):
        return False
    return rule.time is None or any(
        packet.day in period.days and period.start_minute <= packet.minute < period.end_minute
        for period in site.time_ranges[rule.time].periods
    )


def rendered_verdict(filtering: Filtering, packet: Packet, way: tuple[str, str]) -> bool:
    for rule in filtering.rules:
        if rendered_match(filtering, rule, packet, way):
            return rule.allows
    return filtering.allows_by_default


def rendered_match(
    filtering: Filtering, rule: PolicyRule, packet: Packet, way: tuple[str, str]
) -> bool:
    services = {service.name: service for service in filtering.services}
    times = {time.name: time for time in filtering.times}
    if way[0] not in rule.from_zones or way[1] not in rule.to_zones:
        return False
    if not (holds(rule.source, packet.source) and holds(rule.destination, packet.destination)):
        return False
    if rule.services and not any(
        match.protocol.removesuffix("-echo") == packet.protocol
        and (not match.ports or any(a <= packet.port <= b for a, b in match.ports))
        for name in rule.services
        for match in services[name].matches
    ):
        return False
    clock = f"{packet.minute // 60:02}:{packet.minute % 60:02}"
    return rule.time is None or any(
        packet.day in period.days and period.start <= clock < period.end
        for period in times[rule.time].periods
    )


def holds(found: AddressObject | None, address: IPv4Address) -> bool:
    return found is None or any(p.first <= address <= p.last for p in found.pieces)


@pytest.mark.parametrize("family", WITH_FIREWALLS)
@pytest.mark.parametrize("name", FILTERING)
@settings(max_examples=300, deadline=None)
@given(packet=PACKETS)
def test_a_box_decides_as_declared(family: str, name: str, site: Site, packet: Packet) -> None:
    filtering, behind = filtering_of(site, family, name)
    wanted = declared_verdict(site, name, packet)
    ways = [
        (entry, leave)
        for entry in behind.names(zones_of(site, packet.source))
        for leave in behind.names(zones_of(site, packet.destination))
    ]
    assert {rendered_verdict(filtering, packet, way) for way in ways} <= {wanted}


spans = st.lists(
    st.tuples(st.integers(0, 255), st.integers(0, 255)).map(lambda pair: (min(pair), max(pair))),
    max_size=6,
).map(lambda pairs: Spans(()) if not pairs else _union(pairs))


def _union(pairs: list[tuple[int, int]]) -> Spans:
    found = Spans(())
    for pair in pairs:
        found |= Spans((pair,))
    return found


def members(found: Spans) -> set[int]:
    return {n for first, last in found.spans for n in range(first, min(last, 300) + 1)}


@given(spans, spans)
def test_sets_of_addresses_are_sets(a: Spans, b: Spans) -> None:
    assert members(a & b) == members(a) & members(b)
    assert members(a | b) == members(a) | members(b)
    assert members(a.complement()) == set(range(301)) - members(a)
    assert a.complement().complement() == a


@given(spans)
def test_the_pieces_of_a_set_are_the_set(a: Spans) -> None:
    pieces = a.pieces()
    assert {n for p in pieces for n in range(int(p.first), int(p.last) + 1)} == members(a)
    assert all(p.prefix is None or (p.prefix[0], p.prefix[-1]) == (p.first, p.last) for p in pieces)
