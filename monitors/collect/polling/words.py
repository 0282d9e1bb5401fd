"""Names and states in the words of MIBs, from whatever an agent sends; pure and total."""

from collections.abc import Mapping
from functools import lru_cache

from monitors.collect.polling.answers import Row
from monitors.collect.protocol.ber import Value

LONGEST_TEXT = 255
"""DisplayString (RFC 2579)."""
LARGEST_OCTET = 255
SHORT_TEXT, TEXTS_KEPT = 64, 8_192


def text(value: Value) -> str:
    """A display string, in the encodings that agents use, fit to be a tag."""
    if isinstance(value, bytes):
        return _cached(value) if len(value) <= SHORT_TEXT else _cleaned(_decoded(value))
    return _cleaned(str(value or ""))


@lru_cache(maxsize=TEXTS_KEPT)
def _cached(octets: bytes) -> str:
    """Names are the same at every poll."""
    return _cleaned(_decoded(octets))


def _cleaned(words: str) -> str:
    words = words[: 2 * LONGEST_TEXT]
    cleaned = "".join(character if character.isprintable() else " " for character in words)
    return cleaned.replace("\\", "/").strip()[:LONGEST_TEXT].strip()


def _decoded(octets: bytes) -> str:
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("gb18030", errors="replace")


OF_IPV6 = "-ipv6"
"""How the instances of IPv6's gateways end, as keepalived.conf is rendered."""


def named(states: tuple[str, ...], value: Value) -> str:
    """The MIB's word for an enumerated value, else the number itself."""
    if isinstance(value, int) and 0 <= value < len(states) and states[value]:
        return states[value]
    return text(value) if isinstance(value, bytes) else str(value)


def row_name(row: Row, column: str | None) -> str:
    """An interface's name, else its description; nothing where it has neither."""
    return text(row.get(column or "")) or text(row.get("ifDescr"))


def vrrp_instance(router_ids: Mapping[int, str], router_id: Value, name: Value) -> str:
    """The declared network of a VRRP group, or the instance's own name where none is declared.

    Nothing for the group of the same number that holds a segment's gateway of IPv6: what a core
    switch is in the one family says nothing about the other.
    """
    if text(name).endswith(OF_IPV6):
        return ""
    if isinstance(router_id, int) and router_id in router_ids:
        return router_ids[router_id]
    return text(name)


def extension_name(index: str) -> str:
    """The name in an index of NET-SNMP-EXTEND-MIB: its length, then its octets.

    Nothing for an index of another form; sub-identifiers may be any number up to 4294967295.
    """
    numbers = [int(code) for code in index.split(".") if code.isdecimal()]
    codes = numbers[1:]
    if numbers[:1] != [len(codes)] or max(codes, default=0) > LARGEST_OCTET:
        return ""
    return text(bytes(codes))
