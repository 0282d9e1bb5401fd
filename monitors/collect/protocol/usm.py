"""SNMPv3's user security with HMAC-SHA-96 (RFC 3414) or HMAC-192-SHA-256 (RFC 7860), and AES-128
(RFC 3826); pure."""

import hashlib
import hmac
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES

EXPANDED_OCTETS = 1_048_576
SALT_OCTETS = 8
AES_KEY_OCTETS = 16
BLOCK_OCTETS = 64
ENGINE_ID_OCTETS = range(5, 33)
"""RFC 3411 section 5."""
WINDOW_S = 150
MOST_BOOTS = 2**31 - 1
"""RFC 3414 sections 2.2.3 and 2.2.2: an engine with so many boots is never timely again."""
STATISTICS = "1.3.6.1.6.3.15.1.1"
"""usmStats (RFC 3414 section 5): Reports say by them why a message was not taken."""


class AuthenticationProtocol(NamedTuple):
    """How messages are signed: the hash, and the octets of its code that a message carries."""

    digest: Callable[[bytes], Any]
    mac_octets: int


PROTOCOLS = {
    "sha": AuthenticationProtocol(hashlib.sha1, 12),
    "sha-256": AuthenticationProtocol(hashlib.sha256, 24),
}
"""By the words of the declaration."""


@lru_cache(maxsize=64)
def key_of(password: str, protocol: str = "sha") -> bytes:
    """The user's key from a password (RFC 3414 section A.2.2). Raises ValueError when empty.

    About a millisecond of work, the same for every engine.
    """
    words = password.encode()
    if not words:
        raise ValueError("an SNMP password must not be empty")
    repeated = words * (EXPANDED_OCTETS // len(words) + 1)
    return bytes(PROTOCOLS[protocol].digest(repeated[:EXPANDED_OCTETS]).digest())


def localized(key: bytes, engine_id: bytes, protocol: str = "sha") -> bytes:
    """The user's key at one engine (RFC 3414 section 2.6)."""
    return bytes(PROTOCOLS[protocol].digest(key + engine_id + key).digest())


class EngineKeys:
    """One user's keys at one engine: what makes and checks messages to and from it."""

    def __init__(
        self, authentication_key: str, privacy_key: str, engine_id: bytes, protocol: str = "sha"
    ) -> None:
        digest, self.mac_octets = PROTOCOLS[protocol]

        def local(password: str) -> bytes:
            return localized(key_of(password, protocol), engine_id, protocol)

        key = local(authentication_key).ljust(BLOCK_OCTETS, b"\0")
        self._inner = digest(bytes(octet ^ 0x36 for octet in key))
        self._outer = digest(bytes(octet ^ 0x5C for octet in key))
        self._aes = AES(local(privacy_key)[:AES_KEY_OCTETS])

    def mac(self, message: bytes) -> bytes:
        """The code of a message whose own code is zeros (RFC 3414 section 6.3)."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(message)
        outer.update(inner.digest())
        return bytes(outer.digest()[: self.mac_octets])

    def is_genuine(self, message: bytes, at: int) -> bool:
        """Whether the code at this offset is the message's own."""
        end = at + self.mac_octets
        zeroed = b"".join((message[:at], bytes(self.mac_octets), message[end:]))
        return hmac.compare_digest(self.mac(zeroed), message[at:end])

    def encrypted(self, plain: bytes, boots: int, time_s: int, salt: bytes) -> bytes:
        encryptor = Cipher(self._aes, CFB(_vector(boots, time_s, salt))).encryptor()
        return encryptor.update(plain) + encryptor.finalize()

    def decrypted(self, secret: bytes, boots: int, time_s: int, salt: bytes) -> bytes:
        """The plain octets; of a wrong key, noise."""
        decryptor = Cipher(self._aes, CFB(_vector(boots, time_s, salt))).decryptor()
        return decryptor.update(secret) + decryptor.finalize()


def _vector(boots: int, time_s: int, salt: bytes) -> bytes:
    """RFC 3826 section 3.1.2.1; a sender may claim any time, of which 32 bits count."""
    return boots.to_bytes(4, "big") + (time_s & 0xFFFFFFFF).to_bytes(4, "big") + salt
