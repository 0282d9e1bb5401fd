"""An nftables file as packets of IPv6 meet it, told in the numbers of IPv4 (pure).

A host has the same number in both families, so a set of IPv6 is told by the addresses that its
hosts have in IPv4, and a line about packets of IPv6 becomes the one about those of IPv4 between the
same hosts. Lines about packets of IPv4 are left out: none of IPv6 meets them. What is said is about
hosts with an address in either family; of the rest of a segment's prefix it is asked that every set
holds it where it holds the whole segment, and nowhere else.
"""

import re
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, IPv6Network

DualStack = tuple[tuple[IPv4Network, IPv6Network], ...]
"""Both prefixes of each segment and cable that has two."""

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
_SET = re.compile(r"\s*set \S+ \{")


def in_numbers_of_ipv4(text: str, dual_stack: DualStack) -> str:
    """The file about IPv6, as one about IPv4; raises ValueError for what cannot be told so."""
    return "".join(f"{line}\n" for line in _lines(text.splitlines(), dual_stack))


def _lines(lines: Iterable[str], dual_stack: DualStack) -> Iterator[str]:
    in_set = of_ipv6 = False
    for line in lines:
        if _SET.fullmatch(line):
            in_set, of_ipv6 = True, False
        elif line.strip() == "}":
            in_set = False
        if not in_set:
            read = _line(line, dual_stack)
        elif line.strip() == "type ipv6_addr":
            of_ipv6, read = True, line.replace("ipv6_addr", "ipv4_addr")
        else:
            read = _elements(line, dual_stack) if of_ipv6 else line
        if read is not None:
            yield read


def _line(line: str, dual_stack: DualStack) -> str | None:
    """A line of a chain; None for one that no packet between hosts of either family meets."""
    bare = _QUOTED.sub('""', line)
    if line.lstrip().startswith("#") or _OF_IPV4.search(bare):
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


def _elements(line: str, dual_stack: DualStack) -> str | None:
    found = _ELEMENTS.fullmatch(line)
    if found is None:
        return line
    held = [host for element in found[2].split(", ") for host in _hosts(element, dual_stack)]
    return f"{found[1]}{', '.join(map(str, held))}{found[3]}" if held else None


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
