"""BER as SNMP uses it: definite lengths, one-octet tags (X.690; RFC 3417 section 8).

Nothing here recurses or allocates by a length that the sender claims: whatever comes, the work is
bounded by the octets that are there.
"""

from monitors.collect.snmp import Value

INTEGER, OCTETS, NULL, OID, SEQUENCE = 0x02, 0x04, 0x05, 0x06, 0x30
IP_ADDRESS, COUNTER32, GAUGE32, TIME_TICKS, OPAQUE = 0x40, 0x41, 0x42, 0x43, 0x44
COUNTER64, UNSIGNED32 = 0x46, 0x47
NO_SUCH_OBJECT, NO_SUCH_INSTANCE, END_OF_VIEW = 0x80, 0x81, 0x82

UNSIGNED = frozenset({COUNTER32, GAUGE32, TIME_TICKS, COUNTER64, UNSIGNED32})
ABSENT = frozenset({NULL, NO_SUCH_OBJECT, NO_SUCH_INSTANCE, END_OF_VIEW})
LONGEST_INTEGER = 9
"""Octets of a Counter64 with its top bit set."""
LONGEST_OID = 128
"""Sub-identifiers (RFC 3416 section 4.1)."""
GREATEST_SUBIDENTIFIER = 2**32 - 1


class BerError(ValueError):
    """These octets are no such value."""


def element(data: bytes, at: int, end: int) -> tuple[int, int, int]:
    """Tag, and where the content of the element at ``at`` starts and stops; all before ``end``."""
    if at + 2 > end:
        raise BerError(f"an element at {at} is cut off")
    tag, length, start = data[at], data[at + 1], at + 2
    if tag & 0x1F == 0x1F:
        raise BerError(f"a tag of several octets at {at}")
    if length > 0x7F:
        octets = length & 0x7F
        if not 1 <= octets <= 4 or start + octets > end:
            raise BerError(f"an unusable length at {at}")
        length = int.from_bytes(data[start : start + octets], "big")
        start += octets
    if start + length > end:
        raise BerError(f"the element at {at} is longer than what contains it")
    return tag, start, start + length


def expect(tag: int, data: bytes, at: int, end: int) -> tuple[int, int]:
    """Where the content of an element of this tag starts and stops."""
    found, start, stop = element(data, at, end)
    if found != tag:
        raise BerError(f"tag {found:#x} where {tag:#x} belongs, at {at}")
    return start, stop


def integer(data: bytes, at: int, end: int) -> tuple[int, int]:
    """An INTEGER and where it stops."""
    start, stop = expect(INTEGER, data, at, end)
    return whole_number(data[start:stop], is_signed=True), stop


def octets(data: bytes, at: int, end: int) -> tuple[bytes, int]:
    """An OCTET STRING and where it stops."""
    start, stop = expect(OCTETS, data, at, end)
    return data[start:stop], stop


def whole_number(content: bytes, *, is_signed: bool) -> int:
    if not 1 <= len(content) <= LONGEST_INTEGER:
        raise BerError(f"an integer of {len(content)} octets")
    return int.from_bytes(content, "big", signed=is_signed)


def dotted(content: bytes) -> str:
    """An object identifier as text."""
    numbers: list[int] = []
    number = 0
    for octet in content:
        number = number << 7 | octet & 0x7F
        if octet & 0x80:
            if number > GREATEST_SUBIDENTIFIER:
                raise BerError("a sub-identifier beyond 32 bits")
            continue
        numbers.append(number)
        number = 0
    if not numbers or content[-1] & 0x80 or len(numbers) >= LONGEST_OID:
        raise BerError(f"no object identifier: {len(content)} octets")
    first = min(numbers[0] // 40, 2)
    numbers[0:1] = [first, numbers[0] - 40 * first]
    if max(numbers) > GREATEST_SUBIDENTIFIER:
        raise BerError("a sub-identifier beyond 32 bits")
    return ".".join(map(str, numbers))


def value(tag: int, content: bytes) -> Value:
    """A variable's value as the poller reads it: text for addresses and object identifiers."""
    if tag == INTEGER:
        return whole_number(content, is_signed=True)
    if tag in (OCTETS, OPAQUE):
        return content
    if tag in UNSIGNED:
        return whole_number(content, is_signed=False)
    if tag == OID:
        return dotted(content)
    if tag == IP_ADDRESS and len(content) == 4:
        return ".".join(map(str, content))
    if tag in ABSENT and not content:
        return None
    raise BerError(f"no value of SNMP: tag {tag:#x}, {len(content)} octets")


def encoded(tag: int, content: bytes) -> bytes:
    """One element."""
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    octets_ = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets_))) + octets_ + content


def encoded_integer(number: int, tag: int = INTEGER) -> bytes:
    return encoded(tag, number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True))


def encoded_oid(name: str) -> bytes:
    first, second, *rest = map(int, name.split("."))
    content = bytearray()
    for number in (40 * first + second, *rest):
        groups = [number & 0x7F]
        while number := number >> 7:
            groups.append(number & 0x7F | 0x80)
        content += bytes(reversed(groups))
    return encoded(OID, bytes(content))


def sequence(*parts: bytes, tag: int = SEQUENCE) -> bytes:
    return encoded(tag, b"".join(parts))
