"""Addresses as nftables writes them, as intervals."""

from functools import lru_cache
from ipaddress import IPv4Network
from socket import AF_INET, inet_pton

from device_configs.proofs.filters.spans import Interval, intervals


def address_spans(value: str) -> list[Interval]:
    """``10.0.0.0/8``, ``10.0.0.1`` or ``10.0.0.1-10.0.0.9``."""
    first, dash, last = value.partition("-")
    if not dash:
        return [_written_plainly(value) or intervals([IPv4Network(value)])[0]]
    return [(int(IPv4Network(first)[0]), int(IPv4Network(last)[0]))]


@lru_cache(maxsize=65_536)
def _written_plainly(value: str) -> Interval | None:
    """``10.0.0.0/8`` or ``10.0.0.1`` without the library's detours, which files of thousands of
    addresses, many the same, would make for each; None for what it has to judge."""
    first, slash, length = value.partition("/")
    bits = length if slash else "32"
    if not (bits.isascii() and bits.isdigit() and int(bits) <= 32):
        return None
    try:
        low = int.from_bytes(inet_pton(AF_INET, first), "big")
    except (OSError, ValueError):
        return None
    others = (1 << (32 - int(bits))) - 1
    return None if low & others else (low, low | others)
