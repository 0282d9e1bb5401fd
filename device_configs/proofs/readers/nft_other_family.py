"""An nftables file as packets of IPv6 meet it, written in the numbers of IPv4 (pure).

A host has the same number in both families, so a set of IPv6 is named by the addresses that its
hosts have in IPv4, and a line about packets of IPv6 becomes the one about those of IPv4 between the
same hosts. Lines about packets of IPv4 are left out: none of IPv6 meets them. What is said is about
hosts with an address in either family. Of every other address it is asked that the file drops what
comes from it or goes to it before anything else is decided, and that sets hold the rest of a
segment's prefix where they hold the whole segment, and nowhere else.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from ipaddress import IPv4Network, IPv6Network
from itertools import takewhile

from device_configs.site.ipv6 import OF_NO_SEGMENT, numbered

DualStack = tuple[tuple[IPv4Network, IPv6Network], ...]
"""Both prefixes of each segment and cable that has two."""
Hosts = Callable[[str, DualStack], list[IPv4Network]]

_QUOTED = re.compile(r'"[^"]*"')
_OF_IPV4 = re.compile(r"(?<!\S)(?:ip|icmp|ether type ip)(?!\S)")
_WORDS = (
    (re.compile(r"(?<!\S)ether type ip6(?!\S)"), "ether type ip"),
    (re.compile(r"(?<!\S)ip6 hoplimit 255(?!\S)"), "ip ttl 255"),
    (re.compile(r"(?<!\S)ip6(?!\S)"), "ip"),
    (re.compile(r"(?<!\S)icmpv6(?!\S)"), "icmp"),
    (re.compile(r"(?<!\S)ipv6-icmp(?!\S)"), "icmp"),
    (re.compile(r"(?<!\S)exthdr frag exists(?!\S)"), "ip frag-off & 0x1fff != 0"),
)
_WRITTEN = re.compile(r"(?<!\S)ip6 [sd]addr ((?:!= )?)([0-9a-f]*:[0-9a-f:/]*)")
_ELEMENTS = re.compile(r"(\s*elements = \{ )(.*)( \})")
_SET = re.compile(r"\s*set (\S+) \{")
_BY_PROTOCOL = re.compile(
    r"(?<!\S)(?:meta (?:nfproto|protocol)|(?:ether|vlan) type(?! ip6?(?!\S)))(?!\S)"
)
"""Words that may name either family, or all but one: whom such a line meets is not known."""
_FORWARDS = re.compile(r"\s*type filter hook forward .*")
_ONLY_DROPS = re.compile(r'[^{}";]*(?:"[^"]*")?[^{}";]* drop(?: comment "[^"]*")?')
_HOSTS = "ipv6-hosts"


def in_numbers_of_ipv4(text: str, dual_stack: DualStack) -> str:
    """The file about IPv6, as one about IPv4; raises ValueError for what cannot be written so."""
    return "".join(f"{line}\n" for line in _lines(text.splitlines(), dual_stack))


def refuse_other_addresses_unless_dropped(text: str) -> None:
    """Raise ValueError unless packets of IPv6 from or to what no declared host has are dropped
    before anything is decided, remembered or counted by address."""
    lines = text.splitlines()
    for side in ("saddr", "daddr"):
        if not _drops_what_no_host_has(lines, f"ip6 {side} != @{_HOSTS} counter drop"):
            raise ValueError(f"packets whose ip6 {side} no declared host has are not dropped first")


def _drops_what_no_host_has(lines: list[str], expected: str) -> bool:
    """Whether a line stands where forwarded packets come first: before it others only drop."""
    start = next((n for n, line in enumerate(lines, 1) if _FORWARDS.fullmatch(line)), len(lines))
    first = takewhile(_ONLY_DROPS.fullmatch, (line.strip() for line in lines[start:]))
    return any(_QUOTED.sub("", line).removesuffix(" comment ") == expected for line in first)


def _lines(lines: Iterable[str], dual_stack: DualStack) -> Iterator[str]:
    in_set = of_ipv6 = False
    name = ""
    for line in lines:
        if found := _SET.fullmatch(line):
            in_set, of_ipv6, name = True, False, found[1]
        elif line.strip() == "}":
            in_set = False
        if not in_set:
            read = _line(line, dual_stack)
        elif line.strip() == "type ipv6_addr":
            of_ipv6, read = True, line.replace("ipv6_addr", "ipv4_addr")
        else:
            hosts = _numbered_hosts if name == _HOSTS else _hosts
            read = _elements(line, dual_stack, hosts) if of_ipv6 else line
        if read is not None:
            yield read


def _line(line: str, dual_stack: DualStack) -> str | None:
    """A line of a chain; None for one that no packet between hosts of either family meets."""
    bare = _QUOTED.sub('""', line)
    if line.lstrip().startswith("#"):
        return None
    if _BY_PROTOCOL.search(bare):
        raise ValueError(f"{line.strip()!r} names a family by its protocol")
    if _OF_IPV4.search(bare):
        return None
    for found in _WRITTEN.finditer(bare):
        if found[1] or _hosts(found[2], dual_stack):
            raise ValueError(f"{line.strip()!r} names hosts of IPv6 by their addresses")
        return None
    pieces = _QUOTED.split(line)
    quoted = [*_QUOTED.findall(line), ""]
    return "".join(f"{_in_ipv4(piece)}{name}" for piece, name in zip(pieces, quoted, strict=True))


def _in_ipv4(piece: str) -> str:
    for word, in_ipv4 in _WORDS:
        piece = word.sub(in_ipv4, piece)
    return piece


def _elements(line: str, dual_stack: DualStack, hosts: Hosts) -> str | None:
    found = _ELEMENTS.fullmatch(line)
    if found is None:
        return line
    held = [host for element in found[2].split(", ") for host in hosts(element, dual_stack)]
    return f"{found[1]}{', '.join(map(str, held))}{found[3]}" if held else None


def _numbered_hosts(element: str, dual_stack: DualStack) -> list[IPv4Network]:
    """Those of a whole segment or cable, and of no address that none of its hosts can have."""
    held = IPv6Network(element)
    found = [beside for beside, prefix in dual_stack if numbered(beside, prefix) == held]
    if not found and held not in OF_NO_SEGMENT:
        raise ValueError(f"{_HOSTS} holds {held}, which is not what the hosts of a segment have")
    return found


def _hosts(element: str, dual_stack: DualStack) -> list[IPv4Network]:
    """The addresses that the hosts of a prefix have in IPv4."""
    held = IPv6Network(element)
    return [host for beside, prefix in dual_stack if held.overlaps(prefix)
            for host in [_of_segment(held, beside, prefix)]]  # fmt: skip


def _of_segment(held: IPv6Network, beside: IPv4Network, prefix: IPv6Network) -> IPv4Network:
    if held.supernet_of(prefix):
        return beside
    number = int(held.network_address) - int(prefix.network_address)
    length = 32 - (128 - held.prefixlen)
    if length <= beside.prefixlen or number >= beside.num_addresses:
        raise ValueError(f"{held} is neither all of {prefix} nor some of the hosts of {beside}")
    return IPv4Network((int(beside.network_address) + number, length))
