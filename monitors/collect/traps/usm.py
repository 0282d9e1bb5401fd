"""The user-based security of SNMPv3 with SHA-1 and AES-128 (RFC 3414, 3826); pure."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from functools import lru_cache

from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms

from monitors.collect.traps import ber
from monitors.collect.traps.message import (
    AUTHENTICATED,
    ENCRYPTED,
    MESSAGE_SIZE,
    USER_SECURITY_MODEL,
    SecuredMessage,
    Version,
    read_message,
)

MAC_OCTETS = 12
SALT_OCTETS = 8
AES_OCTETS = 16
WINDOW_S = 150
LAST_BOOT = 2**31 - 1
PASSWORD_OCTETS = 2**20


@dataclass(frozen=True, slots=True)
class Keys:
    """One user's keys at one engine."""

    authentication: bytes = field(repr=False)
    privacy: bytes = field(repr=False)

    @staticmethod
    def of(authentication_key: str, privacy_key: str, engine_id: bytes) -> "Keys":
        """Both pass phrases made into keys and localized (RFC 3414 A.2; RFC 3826 section 1.2)."""
        return Keys(
            localized(authentication_key, engine_id), localized(privacy_key, engine_id)[:AES_OCTETS]
        )


@lru_cache(maxsize=8)
def _master_key(passphrase: bytes) -> bytes:
    """About a millisecond of work, the same for every engine."""
    repeated = passphrase * (PASSWORD_OCTETS // len(passphrase) + 1)
    return hashlib.sha1(repeated[:PASSWORD_OCTETS]).digest()  # noqa: S324 - what the RFC says


def localized(passphrase: str, engine_id: bytes) -> bytes:
    key = _master_key(passphrase.encode())
    return hashlib.sha1(key + engine_id + key).digest()  # noqa: S324 - what the RFC says


def is_authentic(keys: Keys, message: SecuredMessage, data: bytes) -> bool:
    """Whether the whole message was made by one who knows the key."""
    if len(message.mac) != MAC_OCTETS:
        return False
    return hmac.compare_digest(_mac(keys, data, message.mac_at), message.mac)


def _mac(keys: Keys, data: bytes, at: int) -> bytes:
    zeroed = data[:at] + bytes(MAC_OCTETS) + data[at + MAC_OCTETS :]
    return hmac.digest(keys.authentication, zeroed, "sha1")[:MAC_OCTETS]


def decrypted(keys: Keys, message: SecuredMessage) -> bytes:
    """The payload; of a wrong key, noise. Raises BerError when it cannot be deciphered at all."""
    if len(message.salt) != SALT_OCTETS or not 0 <= message.boots <= LAST_BOOT:
        raise ber.BerError(f"a salt of {len(message.salt)} octets")
    cipher = _cipher(keys, message.boots, message.time_s, message.salt).decryptor()
    return cipher.update(message.payload) + cipher.finalize()


def _cipher(keys: Keys, boots: int, time_s: int, salt: bytes) -> Cipher[CFB]:
    start = boots.to_bytes(4, "big") + (time_s & 0xFFFFFFFF).to_bytes(4, "big") + salt
    return Cipher(algorithms.AES(keys.privacy), CFB(start))


@dataclass(frozen=True, slots=True)
class EngineTime:
    """An engine's boots and time (seconds) as heard at ``at_s`` of our monotonic clock."""

    boots: int
    time_s: int
    at_s: float

    def now(self, at_s: float) -> int:
        return self.time_s + int(at_s - self.at_s)


def is_timely(known: EngineTime | None, boots: int, time_s: int, at_s: float) -> bool:
    """Whether a sender's message is no replay (RFC 3414 section 3.2, 7b)."""
    if boots == LAST_BOOT:
        return False
    if known is None or boots > known.boots:
        return True
    return boots == known.boots and time_s >= known.now(at_s) - WINDOW_S


def heard(known: EngineTime | None, boots: int, time_s: int, at_s: float) -> EngineTime:
    """What is known after an authentic and timely message: time only goes forward."""
    if known is None or (boots, time_s) > (known.boots, known.now(at_s)):
        return EngineTime(boots, time_s, at_s)
    return known


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a version 3 message says outside; without ``keys`` it is neither signed nor hidden."""

    message_id: int
    engine_id: bytes
    boots: int
    time_s: int
    user: bytes = b""
    keys: Keys | None = None
    is_encrypted: bool = False
    flags: int = 0
    """Further bits, such as REPORTABLE."""


def secured(envelope: Envelope, scoped: bytes) -> bytes:
    """A whole message."""
    if envelope.keys is None:
        return _assembled(envelope, envelope.flags, b"", b"", scoped)
    flags = envelope.flags | AUTHENTICATED
    salt = b""
    if envelope.is_encrypted:
        flags |= ENCRYPTED
        salt = secrets.token_bytes(SALT_OCTETS)
        cipher = _cipher(envelope.keys, envelope.boots, envelope.time_s, salt).encryptor()
        scoped = ber.encoded(ber.OCTETS, cipher.update(scoped) + cipher.finalize())
    data = _assembled(envelope, flags, bytes(MAC_OCTETS), salt, scoped)
    message = read_message(data)
    assert isinstance(message, SecuredMessage)  # noqa: S101 - assembled so
    at = message.mac_at
    return data[:at] + _mac(envelope.keys, data, at) + data[at + MAC_OCTETS :]


def _assembled(envelope: Envelope, flags: int, mac: bytes, salt: bytes, payload: bytes) -> bytes:
    parameters = ber.sequence(
        ber.encoded(ber.OCTETS, envelope.engine_id),
        ber.encoded_integer(envelope.boots),
        ber.encoded_integer(envelope.time_s),
        ber.encoded(ber.OCTETS, envelope.user),
        ber.encoded(ber.OCTETS, mac),
        ber.encoded(ber.OCTETS, salt),
    )
    header = ber.sequence(
        ber.encoded_integer(envelope.message_id),
        ber.encoded_integer(MESSAGE_SIZE),
        ber.encoded(ber.OCTETS, bytes((flags,))),
        ber.encoded_integer(USER_SECURITY_MODEL),
    )
    return ber.sequence(
        ber.encoded_integer(Version.V3), header, ber.encoded(ber.OCTETS, parameters), payload
    )
