"""IPv6 of segments and cables: usable prefixes, the same hosts as in IPv4, and who can carry it."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Network
from itertools import pairwise

from device_configs.site.documents import (
    AddressSetDocument,
    Documents,
    LinkDocument,
    NetworkDocument,
    link_name,
)
from device_configs.site.faults import Faults
from device_configs.site.ipv6 import CABLE_LENGTH, SEGMENT_LENGTH, why_unusable

NETWORKS, LINKS, PROTECTION = "networks.yml", "links.yml", "protection.yml"
MANAGEMENT, GATEWAY = "management", "gateway"


@dataclass(frozen=True)
class DualStack:
    """A segment or cable with a prefix of either family, as it is declared."""

    file: str
    path: str
    name: str
    length: int
    ipv4: IPv4Network
    ipv6: IPv6Network
    hosts: frozenset[str]
    """Devices with an address in it."""
    bridges: tuple[str, ...]
    is_circuit: bool = False

    @property
    def field(self) -> str:
        return f"{self.path}.ipv6_prefix"


def check(documents: Documents, faults: Faults) -> None:
    """Report prefixes that cannot be used, and IPv6 that nobody would render."""
    found = [*_segments(documents), *_cables(documents)]
    for one in found:
        _prefix(one, faults)
        _carriers(one, documents, faults)
    _overlaps(found, faults)
    _gateways(documents, faults)
    _cables_between(found, documents, faults)
    _pairs(found, documents, faults)
    _signed(found, documents, faults)
    _answered_for(found, documents, faults)


def _segments(documents: Documents) -> Iterator[DualStack]:
    for network in documents.networks:
        if network.ipv6_prefix is not None:
            shared = {name for v in network.virtual_addresses for name in v.members}
            mere = set(network.bridges) - shared
            yield DualStack(NETWORKS, f"networks[{network.name}]", network.name, SEGMENT_LENGTH,
                            network.prefix, network.ipv6_prefix,
                            frozenset(network.members) - mere, network.bridges)  # fmt: skip


def _cables(documents: Documents) -> Iterator[DualStack]:
    for link in documents.links:
        if link.ipv6_prefix is not None and link.prefix is not None:
            name = link_name(link)
            yield DualStack(LINKS, f"links[{name}]", name, CABLE_LENGTH, link.prefix,
                            link.ipv6_prefix, frozenset((link.a, link.b)),
                            (link.through,) if link.through else (),
                            link.kind == "circuit")  # fmt: skip


def _prefix(one: DualStack, faults: Faults) -> None:
    reason = why_unusable(one.ipv6)
    if reason is not None:
        faults.add(one.file, one.field, f"{one.ipv6} {reason}",
                   "use what the registry gave you, or a unique local prefix of your own, "
                   "fd00::/8 with 40 random bits (RFC 4193)")  # fmt: skip
    if one.ipv6.prefixlen != one.length:
        what = "segment" if one.length == SEGMENT_LENGTH else "cable"
        faults.add(one.file, one.field, f"{one.ipv6} is no /{one.length}",
                   f"a {what} has a prefix of /{one.length}")  # fmt: skip


def _carriers(one: DualStack, documents: Documents, faults: Faults) -> None:
    if one.name == MANAGEMENT:
        faults.add(one.file, one.field, "the management network is reached by IPv4",
                   "leave it out")  # fmt: skip
        return
    if one.is_circuit:
        faults.add(one.file, one.field, "a circuit carries IPv4 alone: no session of BGP tells the "
                   "other end about IPv6", "leave it out")  # fmt: skip
        return
    for name in sorted(one.hosts & documents.known_devices.keys()):
        role, device = documents.known_devices[name]
        if role.name not in _rendered_roles(device.platform):
            faults.add(one.file, one.field, f"{name} would need IPv6, and {device.platform} is not "
                       f"rendered with it for the role {role}",
                       "leave it out, or keep the device out of the segment")  # fmt: skip
    for name in sorted(set(one.bridges) & documents.known_devices.keys()):
        role, device = documents.known_devices[name]
        if role.is_inline and role.name not in _rendered_roles(device.platform):
            faults.add(one.file, one.field, f"{name} filters by rules of IPv4 and drops all else: "
                       f"{device.platform} is not rendered with IPv6 for the role {role}",
                       "leave it out")  # fmt: skip


def _rendered_roles(platform: str) -> frozenset[str]:
    # Every start reads the declaration; few have IPv6.
    from device_configs.render.ipv6 import ipv6_roles

    return ipv6_roles(platform)


def _overlaps(found: list[DualStack], faults: Faults) -> None:
    for low, high in pairwise(sorted(found, key=lambda one: one.ipv6)):
        if low.ipv6.overlaps(high.ipv6):
            faults.add(high.file, high.field, f"{high.ipv6} overlaps {low.name} ({low.ipv6})",
                       "give them separate prefixes")  # fmt: skip


def _gateways(documents: Documents, faults: Faults) -> None:
    """In a segment of either family hosts have a gateway of either: a virtual one has both."""
    for network in documents.networks:
        if network.ipv6_prefix is not None and not _has_gateway(network, documents):
            faults.add(NETWORKS, f"networks[{network.name}].ipv6_prefix",
                       "its hosts would have no gateway of IPv6",
                       f"declare the virtual address `{GATEWAY}` of core switches, keep one router "
                       "or firewall alone in the segment, or leave it out")  # fmt: skip
    for link in documents.links:
        if link.ipv6_prefix is not None and link.prefix is None:
            faults.add(LINKS, f"links[{link_name(link)}].ipv6_prefix",
                       "goes with a `prefix` of its own",
                       "give it to the segment that the cable belongs to")  # fmt: skip


def _has_gateway(network: NetworkDocument, documents: Documents) -> bool:
    """A virtual one is held by those that routing in the access networks is rendered for; the one
    device that routes in a segment, and bridges it not, is its gateway by its own address."""
    known = {name: role for name, (role, _) in documents.known_devices.items()}
    own = set(network.members) - set(network.bridges)
    routing = [name for name in own & known.keys() if known[name].forwards]
    held = next((v for v in network.virtual_addresses if v.name == GATEWAY), None)
    if held is None:
        return len(routing) == 1 and not known[routing[0]].access_gateway
    return all(known[name].access_gateway for name in held.members if name in known)


def _cables_between(found: list[DualStack], documents: Documents, faults: Faults) -> None:
    """Where IPv4 has another way from one device to another, IPv6 has it too."""
    dual = {name for one in found for name in one.hosts}
    for link in documents.links:
        if link.ipv6_prefix is None and _joins(link, dual):
            faults.add(LINKS, f"links[{link_name(link)}]",
                       f"carries IPv4 alone, and {link.a} and {link.b} carry IPv6",
                       "give it an `ipv6_prefix`: a cut would part one family alone")  # fmt: skip


def _joins(link: LinkDocument, dual: set[str]) -> bool:
    routed = link.kind in ("routed", "inline") and link.prefix is not None
    return routed and {link.a, link.b} <= dual


def _pairs(found: list[DualStack], documents: Documents, faults: Faults) -> None:
    """The standby of two firewalls takes over either family."""
    dual = {name for one in found if not one.is_circuit for name in one.hosts}
    for name, (role, device) in documents.known_devices.items():
        if role.hot_standby and name in dual and device.partner not in (None, *dual):
            faults.add("hosts.yml", f"{device.partner}.partner", f"{name} carries IPv6, and its "
                       f"partner {device.partner} does not: IPv6 would end with {name}",
                       "give the partner's cables an `ipv6_prefix`, or leave it out of those of "
                       f"{name}")  # fmt: skip


def _signed(found: list[DualStack], documents: Documents, faults: Faults) -> None:
    protocols = documents.protocols
    if protocols is None:
        return
    for one in found:
        if protocols.ospf.key is not None and one.length == CABLE_LENGTH:
            faults.add(one.file, one.field, "OSPF is signed, and OSPFv3 would not be",
                       "leave it out, or `key` of `ospf` in protocols.yml")  # fmt: skip
        if protocols.vrrp.key is not None and one.length == SEGMENT_LENGTH:
            faults.add(one.file, one.field, "VRRP is signed, and its version 3 has no keys",
                       "leave it out, or `key` of `vrrp` in protocols.yml")  # fmt: skip


def _answered_for(found: list[DualStack], documents: Documents, faults: Faults) -> None:
    """Sessions that a firewall answers in the server's place are those of IPv4 alone."""
    dual = {name for one in found for name in one.hosts}
    sets = {held.name: held for held in documents.address_sets}
    for proxy in documents.syn_proxies:
        named = [sets[name] for name in proxy.destinations if name in sets]
        reached = next((one for one in found if any(_names(held, one, documents)
                                                    for held in named)), None)  # fmt: skip
        if reached is not None and dual & set(proxy.devices):
            faults.add(PROTECTION, f"syn_proxies[{proxy.name}].destinations", f"{reached.name} has "
                       f"IPv6, and sessions over it would not be answered in the server's place",
                       f"leave `ipv6_prefix` out of {reached.name}, or name other "
                       "destinations")  # fmt: skip


def _names(held: AddressSetDocument, one: DualStack, documents: Documents) -> bool:
    """Whether a set holds an address of the segment or cable."""
    zones = {network.name: network.zone for network in documents.networks}
    if one.name in held.networks or zones.get(one.name) in held.zones:
        return True
    known, services = documents.places, documents.services
    addresses = [known[place] for place in held.members if place in known]
    addresses += [c.address for s in services if s.name in held.services for c in s.checks]
    return (
        any(address in one.ipv4 for address in addresses)
        or any(prefix.overlaps(one.ipv4) for prefix in held.prefixes)
        or any(_meets(span, one.ipv4) for span in held.ranges)
    )


def _meets(span: tuple[str, ...], prefix: IPv4Network) -> bool:
    """Whether a range of addresses, as written, meets a prefix; one that is none meets nothing."""
    try:
        first, last = (IPv4Address(address) for address in span)
    except ValueError:
        return False
    return first <= prefix.broadcast_address and last >= prefix.network_address
