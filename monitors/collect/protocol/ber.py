"""The part of BER that SNMP uses (RFC 3417 section 8), read with every bound checked; pure.

What comes from outside is refused with :class:`Malformed`, never with anything else. Nothing here
recurses or allocates by a length that the sender claims: the work is bounded by the octets that
are there. Object names stay in their encoded form: columns are compared by their first bytes, and
only indexes are read.
"""

import re
from collections.abc import Sequence
from enum import Enum
from functools import lru_cache

Value = int | float | str | bytes | None
Name = bytes
"""An object identifier as its content octets."""

INTEGER, OCTETS, NULL, OID, SEQUENCE = 0x02, 0x04, 0x05, 0x06, 0x30
ADDRESS, COUNTER32, GAUGE32, TIME_TICKS, OPAQUE = 0x40, 0x41, 0x42, 0x43, 0x44
COUNTER64, UNSIGNED32 = 0x46, 0x47
"""RFC 2578 section 7.1; the last is of RFC 1442, and some senders of traps still use it."""
LONG_FORM = 0x80
SEVERAL_OCTETS = 0x1F
"""These bits of a tag say that more of it follows."""
SMALL, LARGE = 5, 9
"""Octets of an INTEGER: of 32 bits with a leading zero, and of a Counter64 with one."""
LARGEST_SUB_ID = 2**32 - 1
MOST_SUB_IDS = 128
"""RFC 2578 section 3.5."""
LONGEST_NAME = 400
NAMES_KEPT = 8_192
PADDED = re.compile(rb"(?:^|[\x00-\x7f])\x80")
"""A sub-identifier with leading zeros (forbidden by X.690 section 8.19.2)."""


class Malformed(ValueError):
    """Octets that are no SNMP message."""


class Missing(Enum):
    """In place of a value (RFC 3416 section 3), or a value that cannot be read."""

    NO_OBJECT = 0x80
    NO_INSTANCE = 0x81
    END_OF_VIEW = 0x82
    UNREADABLE = 0


def tlv(tag: int, content: bytes) -> bytes:
    """Tag, length and content."""
    length = len(content)
    if length < LONG_FORM:
        return bytes((tag, length)) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, LONG_FORM | len(octets))) + octets + content


def integer(number: int, tag: int = INTEGER) -> bytes:
    """A number in its shortest form, with its sign."""
    if -LONG_FORM < number < LONG_FORM:
        return bytes((tag, 1, number & 0xFF))
    return tlv(tag, number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True))


def identifier(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER. Raises ValueError for what is none."""
    return tlv(OID, name_of(dotted))


def sequence(*parts: bytes, tag: int = SEQUENCE) -> bytes:
    """A SEQUENCE of encoded elements, or a PDU by its tag."""
    return tlv(tag, b"".join(parts))


@lru_cache(maxsize=NAMES_KEPT)
def name_of(dotted: str) -> Name:
    """``1.3.6.1`` encoded. Raises ValueError for what is no object identifier."""
    first, second, *rest = (int(part) for part in dotted.split("."))
    return b"".join(map(_sub_id, (40 * first + second, *rest)))


def _sub_id(number: int) -> bytes:
    if not 0 <= number <= LARGEST_SUB_ID:
        raise ValueError(f"no sub-identifier: {number}")
    octets = [number & 0x7F]
    while number := number >> 7:
        octets.append(LONG_FORM | number & 0x7F)
    return bytes(reversed(octets))


def sub_ids(octets: bytes) -> list[int]:
    """The sub-identifiers in these octets, none checked but for 39 bits. Raises Malformed."""
    if octets.isascii():  # each in one octet, as most are
        return list(octets)
    found: list[int] = []
    number = 0
    for octet in octets:
        number = number << 7 | octet & 0x7F
        if octet < LONG_FORM:
            found.append(number)
            number = 0
        elif number > LARGEST_SUB_ID:
            raise Malformed("sub-identifier beyond 32 bits")
    if octets[-1] >= LONG_FORM:
        raise Malformed("unfinished sub-identifier")
    return found


@lru_cache(maxsize=NAMES_KEPT)
def index_of(octets: bytes) -> tuple[int, ...]:
    """The sub-identifiers of a row's index. Raises Malformed."""
    if len(octets) > LONGEST_NAME:
        raise Malformed("index too long")
    if b"\x80" in octets and PADDED.search(octets):
        raise Malformed("padded sub-identifier")
    found = sub_ids(octets)
    if len(found) > MOST_SUB_IDS or max(found, default=0) > LARGEST_SUB_ID:
        raise Malformed("index out of range")
    return tuple(found)


@lru_cache(maxsize=NAMES_KEPT)
def index_text(octets: bytes) -> str:
    """A row's index in dotted form. Raises Malformed."""
    return ".".join(map(str, index_of(octets)))


def dotted_of(name: Name) -> str:
    """An object identifier in dotted form. Raises Malformed."""
    return ".".join(map(str, arcs(index_of(name) or (0,))))


def arcs(numbers: Sequence[int]) -> tuple[int, ...]:
    """The numbers of an object identifier, of which the first sub-identifier holds two."""
    top = min(numbers[0] // 40, 2)
    return (top, numbers[0] - 40 * top, *numbers[1:])


def head(data: bytes, at: int, end: int) -> tuple[int, int, int]:
    """Tag, start and stop of the element at ``at``, which ends before ``end``."""
    if at + 2 > end:
        raise Malformed("truncated")
    length, start = data[at + 1], at + 2
    if length >= LONG_FORM:
        octets = length & 0x7F
        if not 1 <= octets <= 4 or start + octets > end:
            raise Malformed("length of unknown form")
        length = int.from_bytes(data[start : start + octets], "big")
        start += octets
    if start + length > end:
        raise Malformed("truncated")
    return data[at], start, start + length


def element(data: bytes, at: int, end: int) -> tuple[int, int, int]:
    """As ``head``, but no tag of several octets: SNMP has none."""
    tag, start, stop = head(data, at, end)
    if tag & SEVERAL_OCTETS == SEVERAL_OCTETS:
        raise Malformed("tag of several octets")
    return tag, start, stop


def content(data: bytes, at: int, end: int, tag: int) -> tuple[int, int]:
    """Start and stop of the element at ``at``, which must have this tag."""
    found, start, stop = head(data, at, end)
    if found != tag:
        raise Malformed(f"tag {found:#04x} instead of {tag:#04x}")
    return start, stop


def number(data: bytes, at: int, end: int, longest: int = SMALL) -> tuple[int, int]:
    """An INTEGER of so many octets at most, and where it stops."""
    start, stop = content(data, at, end, INTEGER)
    if not 1 <= stop - start <= longest:
        raise Malformed("integer of unknown length")
    return int.from_bytes(data[start:stop], "big", signed=True), stop


def octets(data: bytes, at: int, end: int) -> tuple[bytes, int]:
    """An OCTET STRING at ``at``, and where it stops."""
    start, stop = content(data, at, end, OCTETS)
    return data[start:stop], stop


def variables(data: bytes, at: int, end: int) -> list[tuple[Name, Value | Missing]]:
    """Names and values of a list of variable bindings; a value of unknown form is UNREADABLE."""
    found: list[tuple[Name, Value | Missing]] = []
    try:
        while at < end:
            # Nearly every binding is short; the general form costs four times as much.
            length, name_length = data[at + 1], data[at + 3]
            name_at = at + 4
            value_at = name_at + name_length
            stop = at + 2 + length
            is_short = length < LONG_FORM > name_length and stop <= end
            if (
                is_short
                and data[at] == SEQUENCE
                and data[at + 2] == OID
                and name_length > 0
                and value_at + 2 + data[value_at + 1] == stop
            ):
                tag, octets = data[value_at], data[value_at + 2 : stop]
                if ADDRESS < tag < OPAQUE and value_at + 2 < stop < value_at + 7:
                    value: Value | Missing = int.from_bytes(octets, "big")
                else:
                    value = value_of(tag, octets)
                found.append((data[name_at:value_at], value))
                at = stop
            else:
                at = _long_variable(data, at, end, found)
    except IndexError as error:
        raise Malformed("truncated") from error
    return found


def _long_variable(
    data: bytes, at: int, end: int, found: list[tuple[Name, Value | Missing]]
) -> int:
    """Add the binding at ``at``, in whatever form its lengths are; where it stops."""
    start, stop = content(data, at, end, SEQUENCE)
    name_start, name_stop = content(data, start, stop, OID)
    tag, value_start, value_stop = head(data, name_stop, stop)
    if value_stop != stop or not 0 < name_stop - name_start <= LONGEST_NAME:
        raise Malformed("variable of unknown form")
    found.append((data[name_start:name_stop], value_of(tag, data[value_start:value_stop])))
    return stop


def value_of(tag: int, octets: bytes) -> Value | Missing:
    """A value by its type; agents encode unsigned numbers with and without the leading zero."""
    if ADDRESS < tag < OPAQUE:
        return int.from_bytes(octets, "big") if 0 < len(octets) < 5 else _unsigned(octets, 4)
    if tag == OCTETS:
        return octets
    if tag == INTEGER and 1 <= len(octets) <= 8:
        return int.from_bytes(octets, "big", signed=True)
    if tag == COUNTER64:
        return _unsigned(octets, 8)
    return _rarer(tag, octets)


def _unsigned(octets: bytes, width: int) -> Value | Missing:
    if not 1 <= len(octets) <= width + 1 or (len(octets) > width and octets[0]):
        return Missing.UNREADABLE
    return int.from_bytes(octets, "big")


def _rarer(tag: int, octets: bytes) -> Value | Missing:
    if tag == NULL:
        return None
    if tag == OPAQUE:
        return octets
    if tag == ADDRESS and len(octets) == 4:
        return ".".join(map(str, octets))
    if tag == OID:
        try:
            return dotted_of(octets)
        except Malformed:
            return Missing.UNREADABLE
    try:
        return Missing(tag)
    except ValueError:
        return Missing.UNREADABLE
