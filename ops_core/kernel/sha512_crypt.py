"""Passwords as UNIX and Arista EOS keep them: SHA-512 crypt (``$6$SALT$HASH``), as specified
(https://www.akkadia.org/drepper/SHA-crypt.txt). Pure.

Python's own ``crypt`` is gone from version 3.13 on.
"""

import hashlib
import hmac
import re

ALPHABET = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
MOST_SALT = 16
ROUNDS, LEAST_ROUNDS, MOST_ROUNDS = 5_000, 1_000, 200_000
"""What counts where none are named; the least of the specification; and the most that are computed
here, far less than its own 999,999,999: a text must not be able to keep us busy."""
_HASHED = re.compile(
    rf"\$6\$(?:rounds=(?P<rounds>[1-9]\d{{0,8}})\$)?(?P<salt>[^$:\s]{{0,{MOST_SALT}}})\$"
    r"[./0-9A-Za-z]{86}"
)
_OCTETS = hashlib.sha512().digest_size


def sha512_crypt(password: str, salt: str, rounds: int | None = None) -> str:
    """The hash of a password; ``rounds`` are named in it where they are given.

    Raises ValueError for a salt of more than 16 characters or with ``$``, and for rounds outside
    of 1,000 to 200,000.
    """
    if len(salt) > MOST_SALT or "$" in salt:
        raise ValueError("a salt has 16 characters at most, and no $")
    if not LEAST_ROUNDS <= (rounds or ROUNDS) <= MOST_ROUNDS:
        raise ValueError(f"rounds are {LEAST_ROUNDS} to {MOST_ROUNDS}")
    named = "" if rounds is None else f"rounds={rounds}$"
    return f"$6${named}{salt}${_digest(password.encode(), salt.encode(), rounds or ROUNDS)}"


def is_hash_of(hashed: str, password: str) -> bool:
    """Whether ``hashed`` is the SHA-512 crypt of the password; False for a hash of another kind,
    or with more rounds than are computed here."""
    found = _HASHED.fullmatch(hashed)
    if found is None:
        return False
    rounds = None if found["rounds"] is None else int(found["rounds"])
    if not LEAST_ROUNDS <= (rounds or ROUNDS) <= MOST_ROUNDS:
        return False
    return hmac.compare_digest(
        sha512_crypt(password, found["salt"], rounds).encode(), hashed.encode()
    )


def _digest(password: bytes, salt: bytes, rounds: int) -> str:
    """Steps 1 to 21 of the specification, then step 22's characters."""
    other = hashlib.sha512(password + salt + password).digest()
    mixed = hashlib.sha512(password + salt + _stretched(other, len(password)))
    length = len(password)
    while length:
        mixed.update(other if length & 1 else password)
        length >>= 1
    found = mixed.digest()
    p = _stretched(hashlib.sha512(password * len(password)).digest(), len(password))
    s = _stretched(hashlib.sha512(salt * (16 + found[0])).digest(), len(salt))
    for number in range(rounds):
        parts = (
            p if number & 1 else found,
            s if number % 3 else b"",
            p if number % 7 else b"",
            found if number & 1 else p,
        )
        found = hashlib.sha512(b"".join(parts)).digest()
    return _characters(found)


def _stretched(octets: bytes, length: int) -> bytes:
    return (octets * (length // len(octets) + 1))[:length]


def _characters(digest: bytes) -> str:
    """Three octets at a time, a third of the digest apart, whose order moves on by one."""
    third = _OCTETS // 3
    written = ""
    for group in range(third):
        octets = [digest[group], digest[group + third], digest[group + 2 * third]]
        start = group % 3
        first, second, last = octets[start:] + octets[:start]
        written += _six_bits(first << 16 | second << 8 | last, 4)
    return written + _six_bits(digest[_OCTETS - 1], 2)


def _six_bits(value: int, count: int) -> str:
    return "".join(ALPHABET[value >> 6 * place & 63] for place in range(count))
