"""Passwords of accounts on an EOS box: what it has of them, not what it would make of them (pure).

A box keeps a password as a salted hash. Given the password itself it hashes it anew each time,
under another salt, so that a session always differs from what runs. It is therefore given a hash:
the one that it has, where that is of the declared password, else one under a salt of the box's own.
"""

import base64
import hashlib
import hmac
import re
from functools import partial

from ops_core.kernel.sha512_crypt import MOST_SALT, is_hash_of, sha512_crypt

_SECRET = re.compile(r"^(?P<head>username (?P<name>\S+) .*\bsecret) (?P<given>\S+)$", re.M)
_KEPT = re.compile(r"^username (?P<name>\S+) .*\bsecret sha512 (?P<hash>\S+)$", re.M)


def with_hashed_passwords(rendered: str, running: str, salt: bytes) -> str:
    """A rendered configuration whose passwords are hashes: those of ``running`` that are of the
    same passwords, others under salts that follow from the box's own ``salt`` and the account."""
    kept = {found["name"]: found["hash"] for found in _KEPT.finditer(running)}
    return _SECRET.sub(partial(_hashed, kept, salt), rendered)


def _hashed(kept: dict[str, str], salt: bytes, found: re.Match[str]) -> str:
    name, password = found["name"], found["given"]
    hashed = kept.get(name, "")
    if not is_hash_of(hashed, password):
        hashed = sha512_crypt(password, _salt_of(name, salt))
    return f"{found['head']} sha512 {hashed}"


def _salt_of(name: str, salt: bytes) -> str:
    """Keyed, so that nobody can compute hashes of likely passwords before he sees one; without the
    password, which a faster hash must not give away."""
    digest = hmac.new(salt, f"password of {name}".encode(), hashlib.sha256).digest()
    return base64.b64encode(digest, altchars=b"./").decode()[:MOST_SALT]
