"""The outside of SNMP messages: community (RFC 1901), user security (RFC 3412, RFC 3414); no I/O.

Reading takes ``exactly``. A reply must have the one form that an agent's answer to our question
has. Notifications come from devices of all makes: wide integers and further octets are let pass.
"""

import secrets
from enum import IntEnum
from typing import NamedTuple

from monitors.collect.protocol import ber
from monitors.collect.protocol.ber import Malformed
from monitors.collect.protocol.usm import MOST_BOOTS, SALT_OCTETS, EngineKeys

AUTHENTICATED, ENCRYPTED, REPORTABLE = 1, 2, 4
"""Bits of msgFlags (RFC 3412 section 6.4)."""
USER_SECURITY_MODEL = 3
LARGEST_MESSAGE = 65_507
"""What we are willing to take, said in version 3."""


class Version(IntEnum):
    V1 = 0
    V2C = 1
    V3 = 3


class PduKind(IntEnum):
    """RFC 3416 section 3; version 1's trap is RFC 1157's."""

    GET = 0xA0
    GET_NEXT = 0xA1
    RESPONSE = 0xA2
    TRAP_V1 = 0xA4
    GET_BULK = 0xA5
    INFORM = 0xA6
    TRAP = 0xA7
    REPORT = 0xA8


# The same in each message of version 3.
_VERSION_3 = ber.integer(Version.V3)
_OUR_SIZE = ber.integer(LARGEST_MESSAGE)
_USER_SECURITY = ber.integer(USER_SECURITY_MODEL)


class OtherSecurity(Malformed):
    """A message of version 3 with another security model than that of users."""


class UserMessage(NamedTuple):
    """A message of version 3, its security parameters read and nothing verified.

    ``at`` and ``stop`` are those of the scoped PDU, plain or encrypted.
    """

    message_id: int
    flags: int
    engine_id: bytes
    boots: int
    time_s: int
    user: bytes
    mac_at: int
    mac_octets: int
    salt: bytes
    at: int
    stop: int

    @property
    def is_authenticated(self) -> bool:
        return bool(self.flags & AUTHENTICATED)

    @property
    def is_encrypted(self) -> bool:
        return bool(self.flags & ENCRYPTED)


class ScopedPdu(NamedTuple):
    """Offsets of a scoped PDU's context and PDU (RFC 3412 section 6.8)."""

    engine_id: bytes
    context_at: int
    pdu_at: int
    stop: int


def read_version(data: bytes, *, exactly: bool) -> tuple[int, int, int]:
    """A message's version, where the rest begins, and where it stops. Raises Malformed."""
    start, stop = ber.content(data, 0, len(data), ber.SEQUENCE)
    if exactly and stop != len(data):
        raise Malformed("octets after the message")
    version, at = ber.number(data, start, stop, ber.SMALL if exactly else ber.LARGE)
    return version, at, stop


def read_user_message(data: bytes, at: int, stop: int, *, exactly: bool) -> UserMessage:
    """What follows version 3. Raises Malformed, and OtherSecurity."""
    longest = ber.SMALL if exactly else ber.LARGE
    inner, head_stop = ber.content(data, at, stop, ber.SEQUENCE)
    message_id, inner = ber.number(data, inner, head_stop, longest)
    _, inner = ber.number(data, inner, head_stop, longest)
    flags, inner = ber.octets(data, inner, head_stop)
    model, inner = ber.number(data, inner, head_stop, longest)
    if len(flags) != 1 or (exactly and inner != head_stop):
        raise Malformed("header of unknown form")
    if model != USER_SECURITY_MODEL:
        raise OtherSecurity(f"security model {model}")
    inner, scoped_at = ber.content(data, head_stop, stop, ber.OCTETS)
    inner, end = ber.content(data, inner, scoped_at, ber.SEQUENCE)
    engine_id, inner = ber.octets(data, inner, end)
    boots, inner = ber.number(data, inner, end, longest)
    time_s, inner = ber.number(data, inner, end, longest)
    user, inner = ber.octets(data, inner, end)
    mac_at, mac_stop = ber.content(data, inner, end, ber.OCTETS)
    salt, inner = ber.octets(data, mac_stop, end)
    is_in_range = 0 <= boots <= MOST_BOOTS and 0 <= time_s <= MOST_BOOTS
    if exactly and not (inner == end == scoped_at and is_in_range):
        raise Malformed("security parameters of unknown form")
    return UserMessage(
        message_id, flags[0], engine_id, boots, time_s, user,
        mac_at, mac_stop - mac_at, salt, scoped_at, stop,
    )  # fmt: skip


def is_authentic(keys: EngineKeys, message: UserMessage, data: bytes) -> bool:
    """Whether the whole message was made by one who knows the key."""
    return message.mac_octets == keys.mac_octets and keys.is_genuine(data, message.mac_at)


def decrypted(keys: EngineKeys, message: UserMessage, data: bytes, *, exactly: bool) -> bytes:
    """The scoped PDU; of a wrong key, noise. Raises Malformed."""
    secret, end = ber.octets(data, message.at, message.stop)
    is_whole = end == message.stop or not exactly
    if not is_whole or len(message.salt) != SALT_OCTETS or not 0 <= message.boots <= MOST_BOOTS:
        raise Malformed("encrypted part of unknown form")
    return keys.decrypted(secret, message.boots, message.time_s, message.salt)


def read_context(data: bytes, at: int, end: int) -> ScopedPdu:
    """A scoped PDU; padding after it is allowed (RFC 3414 section 8.1.1). Raises Malformed."""
    start, stop = ber.content(data, at, end, ber.SEQUENCE)
    engine_id, at = ber.octets(data, start, stop)
    _, at = ber.octets(data, at, stop)
    return ScopedPdu(engine_id, start, at, stop)


def community_head(version: int, community: bytes) -> bytes:
    """What precedes the PDU in a message of version 1 or 2c."""
    return ber.integer(version) + ber.tlv(ber.OCTETS, community)


def community_message(version: int, community: bytes, pdu: bytes) -> bytes:
    """A whole message of version 1 or 2c."""
    return ber.sequence(community_head(version, community), pdu)


def pdu_octets(
    kind: int, request_id: int, variable_octets: bytes, first: int = 0, second: int = 0
) -> bytes:
    """A PDU with its list of variables; the numbers are error status and index, or GETBULK's."""
    numbers = ber.integer(request_id) + ber.integer(first) + ber.integer(second)
    return ber.tlv(kind, numbers + variable_octets)


def context_octets(engine_id: bytes) -> bytes:
    """An engine's default context."""
    return ber.tlv(ber.OCTETS, engine_id) + b"\x04\x00"


def scoped_octets(context: bytes, pdu: bytes) -> bytes:
    """A scoped PDU in a context that is encoded already."""
    return ber.sequence(context, pdu)


class Envelope(NamedTuple):
    """What a version 3 message says outside; without ``keys`` it is neither signed nor hidden."""

    message_id: int
    engine_id: bytes
    boots: int
    time_s: int
    user: bytes = b""
    keys: EngineKeys | None = None
    is_encrypted: bool = False
    flags: int = 0
    """Further bits, such as REPORTABLE."""


def secured(envelope: Envelope, scoped: bytes, salt: bytes | None = None) -> bytes:
    """A whole message; an encrypted one has a salt that no other has, by chance if not given."""
    if envelope.keys is None:
        return assembled(envelope, envelope.flags, b"", b"", scoped)
    flags = envelope.flags | AUTHENTICATED
    if not envelope.is_encrypted:
        salt = b""
    else:
        flags |= ENCRYPTED
        salt = salt or secrets.token_bytes(SALT_OCTETS)
        secret = envelope.keys.encrypted(scoped, envelope.boots, envelope.time_s, salt)
        scoped = ber.tlv(ber.OCTETS, secret)
    message = assembled(envelope, flags, bytes(envelope.keys.mac_octets), salt, scoped)
    # The code is followed by the salt (with its head) and the scoped PDU.
    end = len(message) - len(scoped) - len(salt) - 2
    start = end - envelope.keys.mac_octets
    return b"".join((message[:start], envelope.keys.mac(message), message[end:]))


def assembled(envelope: Envelope, flags: int, mac: bytes, salt: bytes, scoped: bytes) -> bytes:
    """A message of version 3 with whatever code it is given."""
    parameters = ber.sequence(
        ber.tlv(ber.OCTETS, envelope.engine_id),
        ber.integer(envelope.boots),
        ber.integer(envelope.time_s),
        ber.tlv(ber.OCTETS, envelope.user),
        ber.tlv(ber.OCTETS, mac),
        ber.tlv(ber.OCTETS, salt),
    )
    head = ber.sequence(
        ber.integer(envelope.message_id),
        _OUR_SIZE,
        bytes((ber.OCTETS, 1, flags)),
        _USER_SECURITY,
    )
    return ber.sequence(_VERSION_3, head, ber.tlv(ber.OCTETS, parameters), scoped)
