"""What a datagram of SNMP says: versions 1, 2c and 3 (RFC 1157, 3416, 3412, 3584); pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum

from monitors.collect.snmp import Value
from monitors.collect.traps import ber
from monitors.collect.traps.ber import BerError

SYS_UPTIME = "1.3.6.1.2.1.1.3.0"
SNMP_TRAP_OID = "1.3.6.1.6.3.1.1.4.1.0"
SNMP_TRAP_ADDRESS = "1.3.6.1.6.3.18.1.3.0"
"""The first sender of a trap that was passed on (RFC 3584 section 3.1)."""
GENERIC_TRAPS = "1.3.6.1.6.3.1.1.5"
ENTERPRISE_SPECIFIC = 6
MOST_VARIABLES = 512
"""Notifications have about ten; more only cost time."""
MESSAGE_SIZE = 65_507
"""What we are willing to take, said in version 3."""
AUTHENTICATED, ENCRYPTED, REPORTABLE = 1, 2, 4
"""Bits of msgFlags (RFC 3412 section 6.4)."""
USER_SECURITY_MODEL = 3


class Version(IntEnum):
    V1 = 0
    V2C = 1
    V3 = 3


class PduKind(IntEnum):
    GET = 0xA0
    RESPONSE = 0xA2
    TRAP_V1 = 0xA4
    INFORM = 0xA6
    TRAP = 0xA7
    REPORT = 0xA8


@dataclass(frozen=True, slots=True)
class Pdu:
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


@dataclass(frozen=True, slots=True)
class SecuredMessage:
    """A version 3 message, its security parameters read and nothing verified (RFC 3414)."""

    message_id: int
    flags: int
    engine_id: bytes
    boots: int
    time_s: int
    user: bytes
    mac: bytes
    mac_at: int
    salt: bytes
    payload: bytes
    """The scoped PDU's content; with ``is_encrypted`` its ciphertext."""

    @property
    def is_authenticated(self) -> bool:
        return bool(self.flags & AUTHENTICATED)

    @property
    def is_encrypted(self) -> bool:
        return bool(self.flags & ENCRYPTED)


def read_message(data: bytes) -> CommunityMessage | SecuredMessage:
    """The outside of a message. Raises BerError."""
    start, end = ber.expect(ber.SEQUENCE, data, 0, len(data))
    version, at = ber.integer(data, start, end)
    if version == Version.V3:
        return _secured(data, at, end)
    if version not in (Version.V1, Version.V2C):
        raise UnknownVersion(f"version {version}")
    community, at = ber.octets(data, at, end)
    return CommunityMessage(Version(version), community, at)


class UnknownVersion(BerError):
    """SNMP by its shape, of a version that does not exist."""


def _secured(data: bytes, at: int, end: int) -> SecuredMessage:
    start, stop = ber.expect(ber.SEQUENCE, data, at, end)
    message_id, inner = ber.integer(data, start, stop)
    _, inner = ber.integer(data, inner, stop)
    flags, inner = ber.octets(data, inner, stop)
    model, _ = ber.integer(data, inner, stop)
    if len(flags) != 1 or model != USER_SECURITY_MODEL or flags[0] & 3 == ENCRYPTED:
        raise BerError(f"flags {flags.hex()} with security model {model}")
    start, after = ber.expect(ber.OCTETS, data, stop, end)
    start, stop = ber.expect(ber.SEQUENCE, data, start, after)
    engine_id, inner = ber.octets(data, start, stop)
    boots, inner = ber.integer(data, inner, stop)
    time_s, inner = ber.integer(data, inner, stop)
    user, inner = ber.octets(data, inner, stop)
    mac_at, inner = ber.expect(ber.OCTETS, data, inner, stop)
    salt, _ = ber.octets(data, inner, stop)
    tag = ber.OCTETS if flags[0] & ENCRYPTED else ber.SEQUENCE
    payload_at, payload_end = ber.expect(tag, data, after, end)
    return SecuredMessage(
        message_id=message_id,
        flags=flags[0],
        engine_id=engine_id,
        boots=boots,
        time_s=time_s,
        user=user,
        mac=data[mac_at:inner],
        mac_at=mac_at,
        salt=salt,
        payload=data[payload_at:payload_end],
    )


def read_scoped(payload: bytes, *, was_encrypted: bool) -> Pdu:
    """The PDU in a scoped PDU. Raises BerError, as it does after a wrong privacy key."""
    at, end = 0, len(payload)
    if was_encrypted:
        at, end = ber.expect(ber.SEQUENCE, payload, 0, end)
    _, name_at = ber.octets(payload, at, end)
    _, pdu_at = ber.octets(payload, name_at, end)
    return replace(read_pdu(payload, pdu_at, end), context_octets=payload[at:pdu_at])


def read_pdu(data: bytes, at: int, end: int) -> Pdu:
    """A PDU of any version; one of version 1 as version 2 would have said it."""
    kind, start, stop = ber.element(data, at, end)
    if kind == PduKind.TRAP_V1:
        return _first_version(data, start, stop)
    request_id, at = ber.integer(data, start, stop)
    _, at = ber.integer(data, at, stop)
    _, at = ber.integer(data, at, stop)
    return Pdu(kind, request_id, _variables(data, at, stop), data[at:stop])


def _variables(data: bytes, at: int, end: int) -> dict[str, Value]:
    at, end = ber.expect(ber.SEQUENCE, data, at, end)
    found: dict[str, Value] = {}
    while at < end:
        start, stop = ber.expect(ber.SEQUENCE, data, at, end)
        name_at, name_end = ber.expect(ber.OID, data, start, stop)
        tag, start, value_end = ber.element(data, name_end, stop)
        found[ber.dotted(data[name_at:name_end])] = ber.value(tag, data[start:value_end])
        if len(found) > MOST_VARIABLES:
            raise BerError(f"more than {MOST_VARIABLES} variables")
        at = stop
    return found


def _first_version(data: bytes, at: int, end: int) -> Pdu:
    """RFC 3584 section 3.1."""
    start, at = ber.expect(ber.OID, data, at, end)
    enterprise = ber.dotted(data[start:at])
    tag, start, at = ber.element(data, at, end)
    agent = ber.value(tag, data[start:at])
    if tag != ber.IP_ADDRESS:
        raise BerError("a trap of version 1 without its agent's address")
    generic, at = ber.integer(data, at, end)
    specific, at = ber.integer(data, at, end)
    start, at = ber.expect(ber.TIME_TICKS, data, at, end)
    uptime = ber.whole_number(data[start:at], is_signed=False)
    kind = f"{GENERIC_TRAPS}.{generic + 1}"
    if generic == ENTERPRISE_SPECIFIC:
        kind = f"{enterprise}.0.{specific}"
    variables: dict[str, Value] = {SYS_UPTIME: uptime, SNMP_TRAP_OID: kind}
    variables |= _variables(data, at, end)
    if agent != "0.0.0.0":  # noqa: S104 - an agent that does not know its address
        variables.setdefault(SNMP_TRAP_ADDRESS, agent)
    return Pdu(PduKind.TRAP_V1, 0, variables)


def repetition_key(data: bytes) -> bytes | None:
    """What two copies of one trap share, cheaply: all but request id and uptime of a v2c trap.

    Anything else is compared whole. None for what must be answered each time: an inform.
    """
    try:
        start, end = ber.expect(ber.SEQUENCE, data, 0, len(data))
        version, at = ber.integer(data, start, end)
        if version != Version.V2C:
            return data
        community, at = ber.octets(data, at, end)
        kind, at, end = ber.element(data, at, end)
        if kind == PduKind.INFORM:
            return None
        _, at = ber.integer(data, at, end)
        _, at = ber.integer(data, at, end)
        _, at = ber.integer(data, at, end)
        at, end = ber.expect(ber.SEQUENCE, data, at, end)
        _, _, at = ber.element(data, at, end)  # sysUpTime.0 is the first (RFC 3416, 4.2.6)
    except BerError:
        return data
    return community + data[at:end]


def community_message(version: int, community: bytes, pdu: bytes) -> bytes:
    return ber.sequence(ber.encoded_integer(version), ber.encoded(ber.OCTETS, community), pdu)


def pdu_octets(kind: int, request_id: int, variable_octets: bytes) -> bytes:
    """A PDU without an error."""
    zero = ber.encoded_integer(0)
    return ber.sequence(ber.encoded_integer(request_id), zero, zero, variable_octets, tag=kind)


def context_octets(engine_id: bytes) -> bytes:
    """An engine's default context."""
    return ber.encoded(ber.OCTETS, engine_id) + ber.encoded(ber.OCTETS, b"")


def scoped_octets(context: bytes, pdu: bytes) -> bytes:
    """A scoped PDU in a context that is encoded already."""
    return ber.sequence(context, pdu)
