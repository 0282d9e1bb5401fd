"""Which ports of a filtering device a zone lies behind, and which addresses stand for the zone."""

from collections.abc import Iterator, Mapping, Sequence

from device_configs.proofs.filters.packet_filter import Ports
from device_configs.proofs.filters.spans import Interval, complement, intervals
from device_configs.proofs.topology import side_of
from device_configs.site.model import Device, FilterPlace, LinkKind, RuleSet, Site


def filtering_devices(site: Site) -> Iterator[tuple[Device, RuleSet]]:
    """Devices that filter by declared rules, with those."""
    for device in site.devices_where(lambda role: role.filtering):
        rule_set = site.rule_set_of(device.name)
        if rule_set is not None:
            yield device, rule_set


def data_ports(site: Site, device: Device) -> Ports:
    """Ports whose packets are filtered: all but the management port."""
    return frozenset(
        link.end_at(device.name).port
        for link in site.links_of[device.name]
        if link.kind is not LinkKind.MANAGEMENT
    )


def behind(site: Site, device: Device) -> Mapping[str, Ports]:
    """For each zone the ports that its packets enter by and leave by.

    An Internet firewall has a port in each of its zones. The others stand in a row from the
    circuits to the seats: what is nearer to the circuits leads to the zones beyond them, everything
    else to the zones within, and the other half of a pair stands in for either.
    """
    if device.role.filtering is FilterPlace.BOUNDARY:
        return _zones_of_its_own(site, device)
    outer, inner = set(), set()
    for link in site.links_of[device.name]:
        if link.kind is LinkKind.MANAGEMENT:
            continue
        port, peer = link.end_at(device.name).port, link.peer_of(device.name).device
        if peer == device.partner:
            outer.add(port)
            inner.add(port)
        elif device.role.is_behind(site.devices[peer].role):
            outer.add(port)
        else:
            inner.add(port)
    return {zone: frozenset(outer if zone in site.outside_zones else inner) for zone in site.zones}


def names_behind(site: Site, device: Device) -> Mapping[str, str]:
    """For each data port the zones that it leads to, in words."""
    ports = behind(site, device)
    return {
        port: " ".join(sorted(zone for zone in site.zones if port in ports[zone]))
        for port in data_ports(site, device)
    }


def _zones_of_its_own(site: Site, device: Device) -> Mapping[str, Ports]:
    found: dict[str, set[str]] = {zone: set() for zone in site.zones}
    for link in site.links_of[device.name]:
        network = site.networks[link.network]
        if side_of(site, network) != "management":
            found[network.zone].add(link.end_at(device.name).port)
    return {zone: frozenset(ports) for zone, ports in found.items()}


def addresses_of(site: Site, zone: str) -> Sequence[Interval]:
    """Addresses of a zone: one beyond a circuit holds every address that no other zone holds
    (and that somebody can have, beyond a public one)."""
    if zone in site.outside_zones:
        return complement(intervals(site.prefixes_outside[zone]))
    return intervals(site.zone_prefixes[zone])
