"""The address plan: every network with its room, every address with who holds it (pure)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from ipaddress import IPv4Address, IPv4Network
from itertools import pairwise

from device_configs.site.model import Network, Site

LOOPBACK = "lo"
SEAT_INTERFACE = "eth0"


@dataclass(frozen=True, slots=True)
class PlannedHolding:
    """One use of an address: by whom, at which of his interfaces, as what.

    ``virtual`` names the VRRP address it is; ``service`` the declared service that answers there.
    """

    holder: str
    interface: str = ""
    virtual: str = ""
    service: str = ""


@dataclass(frozen=True, slots=True)
class PlannedAddress:
    """An address of the site, once, with everything that stands on it."""

    address: IPv4Address
    network: str | None
    """None for a loopback and for a service outside every declared network."""
    holdings: tuple[PlannedHolding, ...]


@dataclass(frozen=True, slots=True)
class PlannedNetwork:
    """A declared network and how much room is left in it; ``used + free == size``."""

    network: Network
    size: int
    """Addresses that a host may have: all of a /31 (RFC 3021), else without first and last."""
    used: int
    next_free: IPv4Address | None

    @property
    def free(self) -> int:
        return self.size - self.used

    @property
    def free_share(self) -> Fraction:
        return Fraction(self.free, self.size)


@dataclass(frozen=True, slots=True)
class AddressPlan:
    """Networks in the order of their prefixes, addresses in their own order."""

    networks: tuple[PlannedNetwork, ...]
    addresses: tuple[PlannedAddress, ...]


def address_plan(site: Site) -> AddressPlan:
    """The plan of a site; every address that is declared anywhere stands in exactly one line."""
    addresses = _addresses(site)
    taken: dict[str, set[IPv4Address]] = defaultdict(set)
    for planned in addresses:
        if planned.network is not None:
            taken[planned.network].add(planned.address)
    networks = sorted(site.networks.values(), key=lambda network: network.prefix)
    return AddressPlan(
        networks=tuple(_planned(network, taken[network.name]) for network in networks),
        addresses=addresses,
    )


def hosts_of(prefix: IPv4Network) -> tuple[int, int]:
    """The first and the last address that a host of the prefix may have, as numbers."""
    first, last = int(prefix.network_address), int(prefix.broadcast_address)
    return (first, last) if prefix.prefixlen >= 31 else (first + 1, last - 1)


def _planned(network: Network, taken: set[IPv4Address]) -> PlannedNetwork:
    first, last = hosts_of(network.prefix)
    used = sorted(int(address) for address in taken if first <= int(address) <= last)
    return PlannedNetwork(
        network=network,
        size=last - first + 1,
        used=len(used),
        next_free=_first_gap(first, last, used),
    )


def _first_gap(first: int, last: int, used: list[int]) -> IPv4Address | None:
    for before, after in pairwise((first - 1, *used, last + 1)):
        if after - before > 1:
            return IPv4Address(before + 1)
    return None


def _addresses(site: Site) -> tuple[PlannedAddress, ...]:
    found: dict[IPv4Address, list[PlannedHolding]] = defaultdict(list)
    networks: dict[IPv4Address, str] = {}
    for network in site.networks.values():
        for address, holding in _holdings(site, network):
            found[address].append(holding)
            networks[address] = network.name
    for device in site.devices.values():
        if device.loopback is not None:
            found[device.loopback].append(PlannedHolding(device.name, LOOPBACK))
    for address, holding in _services(site, found):
        found[address].append(holding)
        networks.update((address, n.name) for n in site.networks.values() if address in n.prefix)
    return tuple(
        PlannedAddress(address, networks.get(address), tuple(found[address]))
        for address in sorted(found)
    )


def _holdings(site: Site, network: Network) -> Iterator[tuple[IPv4Address, PlannedHolding]]:
    for name, address in network.members.items():
        yield address, PlannedHolding(name, interface_in(site, name, network))
    for virtual in network.virtual_addresses:
        for member in virtual.members:
            interface = interface_in(site, member, network)
            yield virtual.address, PlannedHolding(member, interface, virtual=virtual.name)


def interface_in(site: Site, holder: str, network: Network) -> str:
    """The interface that carries a holder's address; empty where no cable leads to it."""
    if holder in site.seats:
        return SEAT_INTERFACE
    if holder in network.bridges or site.ports_of(holder, network.name):
        return site.layer3_port(holder, network.name)
    return ""


def _services(
    site: Site, known: Mapping[IPv4Address, list[PlannedHolding]]
) -> Iterator[tuple[IPv4Address, PlannedHolding]]:
    """Each service at each of its addresses, once; its hosts hold what nobody else does."""
    seen = set()
    for service in site.services.values():
        for check in service.checks:
            if (service.name, check.address) in seen:
                continue
            seen.add((service.name, check.address))
            for host in ("",) if check.address in known else service.hosts:
                yield check.address, PlannedHolding(host, service=service.name)
