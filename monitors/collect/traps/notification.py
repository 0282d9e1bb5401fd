"""What a trap or inform says: versions 1, 2c and 3 (RFC 1157, 3416, 3412, 3584); pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from monitors.collect.protocol import ber
from monitors.collect.protocol.ber import Malformed, Missing, Value
from monitors.collect.protocol.message import (
    PduKind,
    UserMessage,
    Version,
    read_context,
    read_user_message,
    read_version,
)

SYS_UPTIME = "1.3.6.1.2.1.1.3.0"
SNMP_TRAP_OID = "1.3.6.1.6.3.1.1.4.1.0"
SNMP_TRAP_ADDRESS = "1.3.6.1.6.3.18.1.3.0"
"""The first sender of a trap that was passed on (RFC 3584 section 3.1)."""
GENERIC_TRAPS = "1.3.6.1.6.3.1.1.5"
ENTERPRISE_SPECIFIC = 6
MOST_VARIABLES = 512
"""Notifications have about ten; more only cost time."""
LONGEST_OID = 128
"""Sub-identifiers (RFC 3416 section 4.1)."""
WIDE = frozenset({ber.COUNTER32, ber.GAUGE32, ber.TIME_TICKS, ber.COUNTER64, ber.UNSIGNED32})
"""Unsigned numbers, taken in as many octets as senders make of them."""
ABSENT = frozenset({ber.NULL} | {why.value for why in Missing if why is not Missing.UNREADABLE})


@dataclass(frozen=True, slots=True)
class NotificationPdu:
    """Variables by numeric OID; ``variable_octets`` is their list as it came, for the answer."""

    kind: int
    request_id: int
    variables: Mapping[str, Value]
    variable_octets: bytes = field(default=b"", repr=False)
    context_octets: bytes = field(default=b"", repr=False)
    """Version 3: context engine id and name as they came; an answer has the same."""

    @property
    def is_notification(self) -> bool:
        return self.kind in (PduKind.TRAP, PduKind.INFORM, PduKind.TRAP_V1)


@dataclass(frozen=True, slots=True)
class CommunityMessage:
    version: Version
    community: bytes = field(repr=False)
    pdu_at: int


class UnknownVersion(Malformed):
    """SNMP by its shape, of a version that does not exist."""


def read_message(data: bytes) -> CommunityMessage | UserMessage:
    """The outside of a message. Raises Malformed."""
    version, at, end = read_version(data, exactly=False)
    if version == Version.V3:
        return _of_user(data, at, end)
    if version not in (Version.V1, Version.V2C):
        raise UnknownVersion(f"version {version}")
    community, at = ber.octets(data, at, end)
    return CommunityMessage(Version(version), community, at)


def _of_user(data: bytes, at: int, end: int) -> UserMessage:
    message = read_user_message(data, at, end, exactly=False)
    if message.is_encrypted and not message.is_authenticated:
        raise Malformed("encrypted and not signed")
    tag = ber.OCTETS if message.is_encrypted else ber.SEQUENCE
    ber.content(data, message.at, message.stop, tag)
    return message


def read_scoped(plain: bytes) -> NotificationPdu:
    """The PDU in a scoped PDU. Raises Malformed, as it does after a wrong privacy key."""
    scoped = read_context(plain, 0, len(plain))
    pdu = read_pdu(plain, scoped.pdu_at, scoped.stop)
    return replace(pdu, context_octets=plain[scoped.context_at : scoped.pdu_at])


def read_pdu(data: bytes, at: int, end: int) -> NotificationPdu:
    """A PDU of any version; one of version 1 as version 2 would have said it."""
    kind, start, stop = ber.element(data, at, end)
    if kind == PduKind.TRAP_V1:
        return _first_version(data, start, stop)
    request_id, at = ber.number(data, start, stop, ber.LARGE)
    _, at = ber.number(data, at, stop, ber.LARGE)
    _, at = ber.number(data, at, stop, ber.LARGE)
    return NotificationPdu(kind, request_id, _variables(data, at, stop), data[at:stop])


def _variables(data: bytes, at: int, end: int) -> dict[str, Value]:
    at, end = ber.content(data, at, end, ber.SEQUENCE)
    found: dict[str, Value] = {}
    while at < end:
        start, stop = ber.content(data, at, end, ber.SEQUENCE)
        name_at, name_end = ber.content(data, start, stop, ber.OID)
        tag, start, value_end = ber.head(data, name_end, stop)
        found[dotted_of(data[name_at:name_end])] = value_of(tag, data[start:value_end])
        if len(found) > MOST_VARIABLES:
            raise Malformed(f"more than {MOST_VARIABLES} variables")
        at = stop
    return found


def _first_version(data: bytes, at: int, end: int) -> NotificationPdu:
    """RFC 3584 section 3.1."""
    start, at = ber.content(data, at, end, ber.OID)
    enterprise = dotted_of(data[start:at])
    tag, start, at = ber.head(data, at, end)
    agent = value_of(tag, data[start:at])
    if tag != ber.ADDRESS:
        raise Malformed("a trap of version 1 without its agent's address")
    generic, at = ber.number(data, at, end, ber.LARGE)
    specific, at = ber.number(data, at, end, ber.LARGE)
    start, at = ber.content(data, at, end, ber.TIME_TICKS)
    uptime = value_of(ber.TIME_TICKS, data[start:at])
    kind = f"{GENERIC_TRAPS}.{generic + 1}"
    if generic == ENTERPRISE_SPECIFIC:
        kind = f"{enterprise}.0.{specific}"
    variables: dict[str, Value] = {SYS_UPTIME: uptime, SNMP_TRAP_OID: kind}
    variables |= _variables(data, at, end)
    if agent != "0.0.0.0":  # noqa: S104 - an agent that does not know its address
        variables.setdefault(SNMP_TRAP_ADDRESS, agent)
    return NotificationPdu(PduKind.TRAP_V1, 0, variables)


def value_of(tag: int, content: bytes) -> Value:
    """A variable's value as the poller reads it, or Malformed: a trap is read whole or refused."""
    if tag == ber.INTEGER or tag in WIDE:
        if not 1 <= len(content) <= ber.LARGE:
            raise Malformed(f"an integer of {len(content)} octets")
        return int.from_bytes(content, "big", signed=tag == ber.INTEGER)
    if tag == ber.OID:
        return dotted_of(content)
    if tag in ABSENT and not content:
        return None
    value = ber.value_of(tag, content)
    if value is None or isinstance(value, Missing):
        raise Malformed(f"no value of SNMP: tag {tag:#x}, {len(content)} octets")
    return value


def dotted_of(content: bytes) -> str:
    """An object identifier as text, padded or not. Raises Malformed."""
    numbers = ber.sub_ids(content)
    if not 0 < len(numbers) < LONGEST_OID:
        raise Malformed(f"no object identifier: {len(content)} octets")
    arcs = ber.arcs(numbers)
    if max(arcs) > ber.LARGEST_SUB_ID:
        raise Malformed("a sub-identifier beyond 32 bits")
    return ".".join(map(str, arcs))


def repetition_key(data: bytes) -> bytes | None:
    """What two copies of one trap share, cheaply: all but request id and uptime of a v2c trap.

    Anything else is compared whole. None for what must be answered each time: an inform.
    """
    try:
        version, at, end = read_version(data, exactly=False)
        if version != Version.V2C:
            return data
        community, at = ber.octets(data, at, end)
        kind, at, end = ber.element(data, at, end)
        if kind == PduKind.INFORM:
            return None
        _, at = ber.number(data, at, end, ber.LARGE)
        _, at = ber.number(data, at, end, ber.LARGE)
        _, at = ber.number(data, at, end, ber.LARGE)
        at, end = ber.content(data, at, end, ber.SEQUENCE)
        _, _, at = ber.element(data, at, end)  # sysUpTime.0 is the first (RFC 3416, 4.2.6)
    except Malformed:
        return data
    return community + data[at:end]
