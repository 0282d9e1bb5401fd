"""Which words are numbers, addresses, prefixes, masks, times and ports (pure)."""

import re
from collections.abc import Callable
from ipaddress import AddressValueError, IPv6Address

from device_configs.grammar.named_numbers import DSCP_NAMES, PORT_NAMES


def _octets(word: str) -> int | None:
    """A dotted address as a number, or None."""
    parts = word.split(".")
    if len(parts) != 4:
        return None
    number = 0
    for part in parts:
        if not (part.isascii() and part.isdigit()) or len(part) > 3 or int(part) > 255:
            return None
        number = number << 8 | int(part)
    return number


def is_ipv4(word: str) -> bool:
    return _octets(word) is not None


def is_mask(word: str) -> bool:
    number = _octets(word)
    return number is not None and (~number & 0xFFFFFFFF) & ((~number & 0xFFFFFFFF) + 1) == 0


def is_wildcard(word: str) -> bool:
    """A wildcard, in which a one means "any"; ``0`` stands for 0.0.0.0."""
    return word == "0" or is_ipv4(word)


def is_ipv6(word: str) -> bool:
    try:
        IPv6Address(word)
    except AddressValueError:
        return False
    return "%" not in word


def is_ipv4_prefix(word: str) -> bool:
    address, slash, length = word.partition("/")
    return bool(slash) and is_ipv4(address) and integer_rule("0-32")(length)


def is_ipv6_prefix(word: str) -> bool:
    address, slash, length = word.partition("/")
    return bool(slash) and is_ipv6(address) and integer_rule("0-128")(length)


def is_as_number(word: str) -> bool:
    high, dot, low = word.partition(".")
    if not dot:
        return integer_rule("1-4294967295")(word)
    return (
        integer_rule("0-65535")(high) and integer_rule("0-65535")(low) and int(high) + int(low) > 0
    )


def is_community(word: str) -> bool:
    high, colon, low = word.partition(":")
    if not colon:
        return integer_rule("0-4294967295")(word)
    return integer_rule("0-65535")(high) and integer_rule("0-65535")(low)


def is_time(word: str) -> bool:
    parts = word.split(":")
    if len(parts) not in (2, 3) or not all(p.isdigit() and len(p) <= 2 for p in parts):
        return False
    hour, *rest = map(int, parts)
    return (hour < 24 and all(part < 60 for part in rest)) or (hour == 24 and not any(rest))


def is_date(word: str) -> bool:
    """2026/01/31, 2026-01-31 or 01/31/2026."""
    found = re.fullmatch(r"(\d{4})[/-](\d{1,2})[/-](\d{1,2})", word)
    month_first = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", word)
    if found:
        year, month, day = map(int, found.groups())
    elif month_first:
        month, day, year = map(int, month_first.groups())
    else:
        return False
    return 1970 <= year <= 2100 and 1 <= month <= 12 and 1 <= day <= 31


def is_port(word: str) -> bool:
    return word in PORT_NAMES or integer_rule("0-65535")(word)


def is_dscp(word: str) -> bool:
    return word in DSCP_NAMES or integer_rule("0-63")(word)


def integer_rule(ranges: str) -> Callable[[str], bool]:
    """The rule of ``1-255``, ``0-240:16`` (in steps) or several of them joined by ``|``."""
    bounds = []
    for part in ranges.split("|"):
        span, _, step = part.partition(":")
        low, high = span.split("-")
        bounds.append(range(int(low), int(high) + 1, int(step or 1)))

    def fits(word: str) -> bool:
        if not (word.isascii() and word.isdigit()) or len(word) > 20:
            return False
        number = int(word)
        return any(number in bound for bound in bounds)

    return fits
