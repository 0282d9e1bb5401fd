"""How a box shows the secrets it was given: never as they were typed (pure)."""

import hashlib
from base64 import b64encode
from collections.abc import Callable

Words = tuple[str, ...]
_LEVEL = len("0123456789abcdef") * 2


def _sealed(secret: str) -> str:
    """Stands for the secret; nobody reads it back, and the same secret gives the same text."""
    digest = hashlib.sha256(f"emulated box:{secret}".encode()).digest()
    return b64encode(digest, altchars=b"_-").decode().rstrip("=")[:_LEVEL]


def _vrp(secret: str) -> str:
    return f"%^%#{_sealed(secret)}%^%#"


def _vrp_hash(secret: str) -> str:
    return f"$1c${_sealed(secret)}$"


def _comware(secret: str) -> str:
    return f"$c$3${_sealed(secret)}"


def _comware_hash(secret: str) -> str:
    return f"$h$6${_sealed(secret)}"


_Shown = tuple[str, Callable[[str], str]]
_FORMS: dict[str, dict[str, _Shown]] = {
    "huawei_vrp": {
        "cipher": ("cipher", _vrp),
        "plain": ("cipher", _vrp),
        "irreversible-cipher": ("irreversible-cipher", _vrp_hash),
    },
    "h3c_comware": {
        "simple": ("cipher", _comware),
        "cipher": ("cipher", _comware),
        "hash": ("hash", _comware_hash),
    },
}
_SEALED = ("%^%#", "$1c$", "$1a$", "$c$3$", "$h$6$", "%@%@", "%#%#", "@%@%")
_MARKS = ("****", "<secret>")
"""Marks of secrets in texts that hold none; they stay, so that such a text loads as it is."""
_PRIVACY = ("privacy-mode", "authentication-mode")


def sealed(family: str, words: Words) -> Words:
    """The words of a line with each secret as the box shows it; what is sealed already stays."""
    forms = _FORMS[family]
    shown = list(words)
    for at, word in enumerate(words[:-1]):
        form = forms.get(word)
        if form is None:
            continue
        keyword, seal = form
        if family == "h3c_comware" and word == "simple" and words[at - 1] == "password":
            keyword, seal = ("hash", _comware_hash)
        for place in _places(words, at):
            if not words[place].startswith((*_SEALED, *_MARKS)):
                shown[at] = keyword
                shown[place] = seal(words[place])
    return tuple(shown)


def _places(words: Words, keyword: int) -> tuple[int, ...]:
    """Where the secrets after a keyword stand; Comware's SNMP users have two further on."""
    if words[keyword + 1] not in _PRIVACY:
        return (keyword + 1,)
    return tuple(
        at + 2 for at, word in enumerate(words) if word in _PRIVACY and at + 2 < len(words)
    )
