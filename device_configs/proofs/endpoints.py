"""What a person may name as an end of a question: a seat, a device, a network, a zone, a service,
a user, an address set, or an address."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from ipaddress import AddressValueError, IPv4Address, IPv4Network

from device_configs.proofs.filters.spans import Interval, intervals
from device_configs.proofs.topology import side_of
from device_configs.site.model import Network, Site
from ops_core.kernel.errors import NotFound
from ops_core.kernel.i18n import message


@dataclass(frozen=True)
class Endpoint:
    """One end of a question, in one zone.

    ``places`` are the devices or seats that stand for it, each with the network it is asked in.
    """

    name: str
    zone: str
    addresses: tuple[Interval, ...]
    places: tuple[tuple[str, str], ...]


def resolve(site: Site, name: str) -> Endpoint:
    """The end of that name; raises :class:`NotFound` with the nearest name."""
    for attempt in (_seat, _service, _device, _network, _zone, _named_prefixes, _address):
        found = attempt(site, name)
        if found is not None:
            return found
    raise NotFound(
        "没有这个端点",
        message("{name} 不是座席、设备、网络、区域、业务、用户、地址集或地址。", name=name),
        message("最接近的名称：{near}", near=_nearest(site, name)),
    )


def _nearest(site: Site, name: str) -> str:
    known = [*site.seats, *site.devices, *site.networks, *site.zones, *site.services, *site.users,
             *site.user_groups, *site.address_sets]  # fmt: skip
    return next(iter(get_close_matches(name, known, n=1)), "-")


def _seat(site: Site, name: str) -> Endpoint | None:
    seat = site.seats.get(name)
    if seat is None:
        return None
    zone = site.networks[seat.network].zone
    return Endpoint(name, zone, _one(seat.address), ((name, seat.network),))


def _service(site: Site, name: str) -> Endpoint | None:
    service = site.services.get(name)
    if service is None:
        return None
    addresses = intervals(IPv4Network(check.address) for check in service.checks)
    places = [place for host in service.hosts for place in _places(site, host)]
    zone = zone_of(site, service.checks[0].address) if service.checks else service.zone
    return Endpoint(name, zone, tuple(addresses), tuple(places))


def _device(site: Site, name: str) -> Endpoint | None:
    if name not in site.devices:
        return None
    places = _places(site, name)
    if not places:
        return None
    network = site.networks[places[0][1]]
    served = [
        check.address
        for service in site.services.values()
        if name in service.hosts
        for check in service.checks
        if zone_of(site, check.address) == network.zone
    ]
    addresses = intervals(IPv4Network(a) for a in (network.members[name], *served))
    return Endpoint(name, network.zone, tuple(addresses), places)


def _places(site: Site, device: str) -> tuple[tuple[str, str], ...]:
    return tuple(
        (device, network.name)
        for network in site.networks_of[device]
        if device in network.members and side_of(site, network) != "management"
    )


def _network(site: Site, name: str) -> Endpoint | None:
    network = site.networks.get(name)
    if network is None:
        return None
    return Endpoint(name, network.zone, tuple(intervals([network.prefix])), hosts_of(site, network))


def _zone(site: Site, name: str) -> Endpoint | None:
    if name not in site.zones:
        return None
    networks = [network for network in site.networks.values() if network.zone == name]
    places = [place for network in networks for place in hosts_of(site, network)]
    return Endpoint(name, name, tuple(intervals(site.zone_prefixes[name])), tuple(places))


def hosts_of(site: Site, network: Network) -> tuple[tuple[str, str], ...]:
    """Who uses the network as a host: seats, otherwise who does not route, otherwise everybody."""
    seats = [name for name in network.members if name in site.seats]
    ends = [
        name
        for name in network.members
        if name in site.devices and not site.devices[name].role.forwards
    ]
    return tuple((name, network.name) for name in seats or ends or network.members)


def _named_prefixes(site: Site, name: str) -> Endpoint | None:
    for known in (site.users, site.user_groups, site.address_sets):
        if name in known:
            return _within(site, name, known[name].prefixes)
    return None


def _within(site: Site, name: str, prefixes: Sequence[IPv4Network]) -> Endpoint | None:
    if not prefixes:
        return None
    zone = zone_of(site, prefixes[0].network_address)
    places = tuple(_zones_of(site, prefixes)) or tuple(places_beyond(site, zone))
    return Endpoint(name, zone, tuple(intervals(prefixes)), places)


def places_beyond(site: Site, zone: str) -> Iterator[tuple[str, str]]:
    """The far ends of the zone's circuits: there stands what nobody declared."""
    for circuit in site.circuits.values():
        for link in (site.links[name] for name in circuit.links if circuit.zone == zone):
            yield from (
                (end.device, link.network)
                for end in link.ends
                if site.devices[end.device].role.outside
            )


def _zones_of(site: Site, prefixes: Sequence[IPv4Network]) -> Iterator[tuple[str, str]]:
    """Who holds an address of the prefixes, or serves one."""
    for network in site.networks.values():
        for holder, address in network.members.items():
            if any(address in prefix for prefix in prefixes):
                yield holder, network.name
        for virtual in network.virtual_addresses:
            if any(virtual.address in prefix for prefix in prefixes):
                yield from ((member, network.name) for member in virtual.members)
    for service in site.services.values():
        if any(check.address in prefix for check in service.checks for prefix in prefixes):
            for host in service.hosts:
                yield from _places(site, host)


def _address(site: Site, name: str) -> Endpoint | None:
    try:
        address = IPv4Address(name)
    except AddressValueError:
        return None
    return _within(site, name, [IPv4Network(address)])


def zone_of(site: Site, address: IPv4Address) -> str:
    """The zone that holds the address.

    An address that nobody declared is at the far end of a circuit: of one to the Internet, unless
    it is a private one (RFC 1918), which the Internet does not carry.
    """
    for zone, prefixes in site.zone_prefixes.items():
        if any(address in prefix for prefix in prefixes):
            return zone
    private = any(address in prefix for prefix in _PRIVATE)
    side = "egov" if private else "internet"
    outside = sorted(site.outside_zones, key=lambda zone: site.zones[zone].side != side)
    return next(iter(outside), next(iter(site.zones)))


_PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))


def _one(address: IPv4Address) -> tuple[Interval, ...]:
    return ((int(address), int(address)),)
