"""SNMPv3's user security with HMAC-SHA-96 (RFC 3414) and AES-128 (RFC 3826); pure."""

import hashlib
import hmac
from functools import lru_cache

from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES

EXPANDED_OCTETS = 1_048_576
MAC_OCTETS = 12
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


@lru_cache(maxsize=64)
def key_of(password: str) -> bytes:
    """The user's key from a password (RFC 3414 section A.2.2). Raises ValueError when empty.

    About a millisecond of work, the same for every engine.
    """
    words = password.encode()
    if not words:
        raise ValueError("an SNMP password must not be empty")
    repeated = words * (EXPANDED_OCTETS // len(words) + 1)
    return hashlib.sha1(repeated[:EXPANDED_OCTETS]).digest()  # noqa: S324 - what the RFC says


def localized(key: bytes, engine_id: bytes) -> bytes:
    """The user's key at one engine (RFC 3414 section 2.6)."""
    return hashlib.sha1(key + engine_id + key).digest()  # noqa: S324


class EngineKeys:
    """One user's keys at one engine: what makes and checks messages to and from it."""

    def __init__(self, authentication_key: str, privacy_key: str, engine_id: bytes) -> None:
        key = localized(key_of(authentication_key), engine_id).ljust(BLOCK_OCTETS, b"\0")
        self._inner = hashlib.sha1(bytes(octet ^ 0x36 for octet in key))  # noqa: S324
        self._outer = hashlib.sha1(bytes(octet ^ 0x5C for octet in key))  # noqa: S324
        self._aes = AES(localized(key_of(privacy_key), engine_id)[:AES_KEY_OCTETS])

    def mac(self, message: bytes) -> bytes:
        """The code of a message whose own code is zeros (RFC 3414 section 6.3)."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(message)
        outer.update(inner.digest())
        return outer.digest()[:MAC_OCTETS]

    def is_genuine(self, message: bytes, at: int) -> bool:
        """Whether the code at this offset is the message's own."""
        end = at + MAC_OCTETS
        zeroed = b"".join((message[:at], bytes(MAC_OCTETS), message[end:]))
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
