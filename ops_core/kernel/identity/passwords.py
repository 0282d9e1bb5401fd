"""Passwords: what makes a good one, and argon2id (RFC 9106) to keep it."""

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ops_core.kernel.errors import Invalid
from ops_core.kernel.i18n import message

MINIMUM_LENGTH = 10
MAXIMUM_LENGTH = 256

# Without 0 O 1 I l: a generated password is read aloud and typed.
_ALPHABET = "23456789abcdefghijkmnpqrstuvwxyz"
_GROUPS, _GROUP_LENGTH = 4, 5

_hasher = PasswordHasher()


def hash_password(password: str, user_name: str) -> str:
    """The argon2id hash. Raises :class:`Invalid` for one that is too short, too long or guessable.

    Takes some 50 ms and 64 MiB, on purpose.
    """
    if not MINIMUM_LENGTH <= len(password) <= MAXIMUM_LENGTH:
        raise Invalid(
            "口令不合要求",
            message(
                "口令须为 {least} 至 {most} 个字符。", least=MINIMUM_LENGTH, most=MAXIMUM_LENGTH
            ),
        )
    if user_name.lower() in password.lower() or len(set(password)) < MINIMUM_LENGTH // 2:
        raise Invalid("口令不合要求", "口令不得包含用户名，也不得由少数几个字符重复而成。")
    return _hasher.hash(password)


def verify_password(password_hash: str | None, password: str) -> bool:
    """Whether the password is the one that was hashed; takes as long when there is no hash."""
    if len(password) > MAXIMUM_LENGTH:
        password = ""  # never accepted when it was set, and not worth hashing
    try:
        matched = _hasher.verify(password_hash or _hash_of_nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
    return matched and password_hash is not None


def generate_password() -> str:
    """A password of 20 random letters and digits (100 bits) in four groups."""
    groups = (
        "".join(secrets.choice(_ALPHABET) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS)
    )
    return "-".join(groups)


@cache
def _hash_of_nobody() -> str:
    return _hasher.hash(secrets.token_urlsafe())
