"""IPv6 beside IPv4: which prefixes a declaration may use, and the addresses that follow; pure.

Whoever has an address in a segment has the same number of host in both families: host 21 of
``10.20.1.0/24`` is host 21 of ``fd12:3456:789a:1::/64``. So no address of IPv6 is declared singly,
none can lie outside its prefix or be held twice, and both families have the same gateway.
"""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, collapse_addresses

SEGMENT_LENGTH = 64
"""Of a segment with hosts (RFC 4291 section 2.5.1, RFC 7421)."""
CABLE_LENGTH = 127
"""Of a cable between two routed devices (RFC 6164)."""

USABLE = (IPv6Network("2000::/3"), IPv6Network("fd00::/8"))
"""Global unicast addresses (RFC 4291), and unique local ones of a site's own (RFC 4193)."""
UNUSABLE = {
    IPv6Network("2001:db8::/32"): "is for documentation (RFC 3849)",
    IPv6Network("3fff::/20"): "is for documentation (RFC 9637)",
    IPv6Network("2001::/32"): "belongs to Teredo tunnels (RFC 4380)",
    IPv6Network("2002::/16"): "belongs to 6to4 tunnels (RFC 3056)",
}
"""Inside of what is usable, what is nobody's own."""
OTHERS = {
    IPv6Network("fe80::/10"): "is link-local: every port gives itself such an address",
    IPv6Network("ff00::/8"): "is for groups (multicast)",
    IPv6Network("fc00::/8"): "is reserved for unique local addresses that a registry would give",
}
"""What else one may think of."""
OF_NO_SEGMENT = (IPv6Network("::/128"), IPv6Network("fe80::/10"), IPv6Network("ff00::/8"))
"""What the ends of one cable use among themselves (RFC 4861, OSPFv3): no address, link-local ones
and groups. No router carries a packet from there."""
_LINK_LOCAL = int(IPv6Address("fe80::"))


def why_unusable(prefix: IPv6Network) -> str | None:
    """Why a site cannot give addresses of a prefix to its devices; None where it can."""
    for known, reason in {**UNUSABLE, **OTHERS}.items():
        if prefix.overlaps(known):
            return reason
    if not any(prefix.subnet_of(usable) for usable in USABLE):
        return "is neither global unicast (2000::/3) nor unique local (fd00::/8)"
    return None


def counterpart(prefix: IPv6Network, beside: IPv4Network, address: IPv4Address) -> IPv6Address:
    """The address of the same number of host in the prefix of the other family.

    Raises IndexError for an address whose number the prefix does not have.
    """
    return prefix[int(address) - int(beside.network_address)]


def mirrored(
    prefixes: Iterable[IPv4Network], segments: Iterable[tuple[IPv4Network, IPv6Network]]
) -> tuple[IPv6Network, ...]:
    """What a set of addresses holds in IPv6, collapsed: of each segment with either prefix, the
    same hosts. A whole segment is its whole prefix, addresses beyond the last number included;
    what lies in no such segment has no address of IPv6."""
    held = tuple(collapse_addresses(prefixes))
    found = (part for beside, prefix in segments for part in _part(held, beside, prefix))
    return tuple(collapse_addresses(found))


def numbered(beside: IPv4Network, prefix: IPv6Network) -> IPv6Network:
    """The part of a prefix whose addresses have a number of host that the prefix beside it has:
    nobody is given another one, and whoever takes one has no address of IPv4 to be named by."""
    length = max(prefix.prefixlen, 128 - 32 + beside.prefixlen)
    return IPv6Network((prefix.network_address, length))


def _part(
    held: tuple[IPv4Network, ...], beside: IPv4Network, prefix: IPv6Network
) -> Iterator[IPv6Network]:
    for one in held:
        if one.supernet_of(beside):
            yield prefix
        elif one.subnet_of(beside):
            first = counterpart(prefix, beside, one.network_address)
            yield IPv6Network((first, 128 - 32 + one.prefixlen))


def group_link_local(router_id: int) -> IPv6Address:
    """The link-local address of a VRRP group, its first one (RFC 5798 section 5.2.9): it follows
    the group's number (1 to 255), which is used once in a segment."""
    return IPv6Address(_LINK_LOCAL | router_id)
