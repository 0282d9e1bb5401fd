"""Addresses and prefixes: each of one holder, and one that a host can have."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from itertools import pairwise

from device_configs.site.documents import Documents, link_name
from device_configs.site.faults import Faults

HOSTS, NETWORKS, LINKS = "hosts.yml", "networks.yml", "links.yml"
GATES, SERVICES = "gates.yml", "services.yml"
MANAGEMENT = "management"
_NOBODYS = (
    ("is_unspecified", "is no address"),
    ("is_loopback", "never leaves a device"),
    ("is_multicast", "is a group's"),
    ("is_link_local", "is valid on one cable alone"),
    ("is_reserved", "is reserved"),
)


def check(documents: Documents, faults: Faults) -> None:
    """Report addresses that two hold or no host can, prefixes that overlap, and management
    addresses that stand outside their segment."""
    _one_holder(documents, faults)
    _overlaps(documents, faults)
    for name, (_, device) in documents.devices.items():
        if device.loopback is not None and (why := _why_nobodys(device.loopback)):
            faults.add(HOSTS, f"{name}.loopback", f"{device.loopback} {why}",
                       "use a host's address that no segment holds")  # fmt: skip
    _management(documents, faults)
    ends = _ends(documents)
    for holder in (*_all_addresses(documents), *_asked(documents)):
        network = ends.get(holder.address)
        if network is not None:
            faults.add(holder.file, holder.path,
                       f"{holder.who}{holder.address} stands for all of {network}",
                       "use an address between its first and its last")  # fmt: skip


def _one_holder(documents: Documents, faults: Faults) -> None:
    holders: dict[IPv4Address, _Holder] = {}
    for holder in _all_addresses(documents):
        first = holders.setdefault(holder.address, holder)
        is_reported = first.seat == holder.seat is not None or first.file == holder.file == LINKS
        if first is holder or is_reported:  # of the seat's number, or of the prefix
            continue
        # A row that says an address is meant before a group's default that counts on to it.
        at, other = (first, holder) if holder.who and not first.who else (holder, first)
        faults.add(at.file, at.path, f"{at.who}{at.address} is held by {other}, too",
                   "every address belongs to one holder")  # fmt: skip


def _overlaps(documents: Documents, faults: Faults) -> None:
    misplaced = misplaced_segments(documents)
    segments, cables = (NETWORKS, "networks"), (LINKS, "links")
    prefixes = sorted(
        [(n.prefix, n.name, segments) for n in documents.networks if n.name not in misplaced]
        + [(link.prefix, link_name(link), cables) for link in documents.links if link.prefix]
    )
    for (low, one, _), (high, other, (file, key)) in pairwise(prefixes):
        if low.overlaps(high):
            faults.add(file, f"{key}[{other}].prefix", f"{high} overlaps {one} ({low})",
                       "give them separate prefixes")  # fmt: skip


def misplaced_segments(documents: Documents) -> set[str]:
    """Segments whose prefix is the fault: of several addresses that are declared in it, by devices,
    shared ones or seats, it holds none."""
    found: dict[str, list[IPv4Address]] = {}
    for network in documents.networks:
        shared = [virtual.address for virtual in network.virtual_addresses]
        found[network.name] = [*network.members.values(), *shared]
    for seat in documents.seats:
        found.get(seat.network, []).append(seat.address)
    return {
        network.name
        for network in documents.networks
        if len(found[network.name]) > 1
        and not any(address in network.prefix for address in found[network.name])
    }


@dataclass(frozen=True)
class _Holder:
    """Who has an address, and where that is declared; ``seat`` where it is one's."""

    file: str
    path: str
    address: IPv4Address
    seat: int | None = None

    @property
    def who(self) -> str:
        """The seat before what is said at the default that it has its address by."""
        is_own = self.seat is None or self.path.startswith("seat ")
        return "" if is_own else f"seat {self.seat}: "

    def __str__(self) -> str:
        return f"{self.file} {self.path}" if self.seat is None else f"seat {self.seat}"


def _all_addresses(documents: Documents) -> Iterator[_Holder]:
    for name, (_, device) in documents.devices.items():
        if device.ansible_host:
            yield _Holder(HOSTS, f"{name}.ansible_host", device.ansible_host)
        if device.loopback:
            yield _Holder(HOSTS, f"{name}.loopback", device.loopback)
    for network in documents.networks:
        path = f"networks[{network.name}]"
        for name, address in network.members.items():
            yield _Holder(NETWORKS, f"{path}.members.{name}", address)
        for virtual in network.virtual_addresses:
            at = f"{path}.virtual_addresses[{virtual.name}]"
            yield _Holder(NETWORKS, at, virtual.address)
    for link in documents.links:
        if link.prefix is not None and link.prefix.prefixlen == 31:
            for address in link.prefix:
                yield _Holder(LINKS, f"links[{link_name(link)}].prefix", address)
    for seat in documents.seats:
        yield _Holder(*documents.seat_place(seat.number, "address"), seat.address, seat.number)


def _why_nobodys(address: IPv4Address) -> str:
    return next((why for kind, why in _NOBODYS if getattr(address, kind)), "")


def _management(documents: Documents, faults: Faults) -> None:
    network = next((n for n in documents.networks if n.name == MANAGEMENT), None)
    if network is None:
        _misnamed(documents, faults)
        return
    for name, device in documents.ours.items():
        address = device.ansible_host
        if address is not None and address not in network.prefix:
            faults.add(HOSTS, f"{name}.ansible_host",
                       f"{address} is not in the network {MANAGEMENT} ({network.prefix})",
                       "use an address of that network")  # fmt: skip


def _misnamed(documents: Documents, faults: Faults) -> None:
    """A segment in which the devices are managed, under another name."""
    managed = [device.ansible_host for device in documents.ours.values() if device.ansible_host]
    for network in documents.networks:
        held = sum(address in network.prefix for address in managed)
        if 2 * held > len(managed):
            faults.add(NETWORKS, f"networks[{network.name}].name",
                       f"is the segment of {held} devices' ansible_host",
                       f"call it {MANAGEMENT}")  # fmt: skip


def _ends(documents: Documents) -> dict[IPv4Address, IPv4Network]:
    """The first and last address of each segment; a /31 and a /32 have none (RFC 3021)."""
    return {
        address: network.prefix
        for network in documents.networks
        if network.prefix.prefixlen < 31
        for address in (network.prefix.network_address, network.prefix.broadcast_address)
    }


def _asked(documents: Documents) -> Iterator[_Holder]:
    """Hosts that channels of gates and checks of services lead to."""
    for gate in documents.gates:
        for channel in gate.channels:
            at = f"gates[{gate.name}].channels[{channel.name}].server"
            yield _Holder(GATES, at, channel.server)
    for service in documents.services:
        for index, asked in enumerate(service.checks):
            at = f"services[{service.name}].checks[{index}].address"
            yield _Holder(SERVICES, at, asked.address)
