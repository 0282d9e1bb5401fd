"""SNMPv3's user security, authPriv with HMAC-SHA-96 (RFC 3414) and AES-128 (RFC 3826); pure."""

import hashlib
import hmac
from functools import lru_cache
from itertools import cycle, islice

from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES

EXPANDED_OCTETS = 1_048_576
MAC_OCTETS = 12
SALT_OCTETS = 8
AES_KEY_OCTETS = 16
BLOCK_OCTETS = 64


@lru_cache(maxsize=64)
def key_of(password: str) -> bytes:
    """The user's key from a password (RFC 3414 section A.2.2). Raises ValueError when empty."""
    words = password.encode()
    if not words:
        raise ValueError("an SNMP password must not be empty")
    return hashlib.sha1(bytes(islice(cycle(words), EXPANDED_OCTETS))).digest()  # noqa: S324


def localized(key: bytes, engine_id: bytes) -> bytes:
    """The user's key at one engine (RFC 3414 section 2.6)."""
    return hashlib.sha1(key + engine_id + key).digest()  # noqa: S324


class EngineKeys:
    """What makes and checks messages to and from one engine."""

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

    def encrypted(self, plain: bytes, boots: int, time: int, salt: bytes) -> bytes:
        encryptor = Cipher(self._aes, CFB(_vector(boots, time, salt))).encryptor()
        return encryptor.update(plain) + encryptor.finalize()

    def decrypted(self, secret: bytes, boots: int, time: int, salt: bytes) -> bytes:
        decryptor = Cipher(self._aes, CFB(_vector(boots, time, salt))).decryptor()
        return decryptor.update(secret) + decryptor.finalize()


def _vector(boots: int, time: int, salt: bytes) -> bytes:
    return boots.to_bytes(4, "big") + time.to_bytes(4, "big") + salt
