"""Phone numbers and names of requesters: sealed at rest, masked on every screen.

A number is found again by a keyed hash (HMAC-SHA256), so nobody who holds the database alone can
try all numbers; it is read back only by :meth:`ContactVault.unseal_number`, whose callers record
who asked (:mod:`ops_core.hotline.case_service`).
"""

import hashlib
import hmac
import os
import re
import tempfile
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from ops_core.kernel.errors import Conflict, Invalid
from ops_core.kernel.i18n import message

KEY_FILE = "contact.key"
_HIDDEN = "*"
# How people break a number: blanks, dashes of any length, dots, brackets.
_BREAKS = r"[\s\-\u2010-\u2015\u2212－.．·()（）]"
_GAP = _BREAKS + "{0,3}"
_PUNCTUATION = re.compile(_BREAKS)
_NUMBER = re.compile(r"\+?[0-9]{3,20}")
_MOBILE_PREFIX = re.compile(r"^(?:(?:\+|00)?86|0)(?=1[3-9][0-9]{9}$)")
_COUNTRY_PREFIX = re.compile(r"^(?:\+|00)86")


def _digits(least: int, most: int) -> str:
    return f"(?:{_GAP}[0-9]){{{least},{most}}}"


PHONE_LIKE = re.compile(
    rf"(?<![0-9])(?:(?:(?:[+＋]|00){_GAP})?8{_GAP}6{_GAP})?"
    rf"(?:1{_GAP}[3-9]{_digits(9, 9)}|0{_GAP}[1-9]{_digits(8, 10)}|0[0-9]{{9,11}})"
    rf"(?![0-9])"
)
"""A mobile or landline number of mainland China inside a text of ASCII digits, however broken."""
ID_LIKE = re.compile(rf"(?<![0-9])(?:[1-9]{_digits(16, 16)}{_GAP}|[0-9]{{17}})[0-9Xx](?![0-9])")
"""A resident identity number (GB 11643) inside such a text."""


def normal_number(text: str) -> str:
    """The number as dialled inside the country. Raises :class:`Invalid` for no number at all."""
    plain = _PUNCTUATION.sub("", ascii_digits(text).replace("＋", "+"))
    plain = _COUNTRY_PREFIX.sub("", _MOBILE_PREFIX.sub("", plain))
    if not _NUMBER.fullmatch(plain):
        raise Invalid("电话号码不正确", "", "请填写 3 至 20 位数字的电话号码。")
    return plain


def mask_number(number: str) -> str:
    """``138****5678``; a short number keeps its last two digits only. Masking twice is the same."""
    if _HIDDEN in number:
        return number
    if len(number) < 8:
        return _HIDDEN * max(0, len(number) - 2) + number[-2:]
    return number[:3] + _HIDDEN * (len(number) - 7) + number[-4:]


def mask_name(name: str) -> str:
    """``张**``: the family name stays. Masking twice is the same."""
    return name[0] + _HIDDEN * max(1, len(name) - 1) if name else name


def mask_text(text: str) -> str:
    """A free text with the phone and identity numbers in it masked. Masking twice is the same.

    What a mask leaves may form a number with its neighbours, so it goes on until nothing is found.
    """
    shown = text
    while (masked := _mask_once(shown)) != shown:
        shown = masked
    return shown


def ascii_digits(text: str) -> str:
    """The text with every decimal digit of another script (１３９) as ASCII, in its place."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)


def _mask_once(text: str) -> str:
    return _replaced(_replaced(text, ID_LIKE, _masked_identity), PHONE_LIKE, _masked_phone)


def _replaced(text: str, pattern: re.Pattern[str], masked: Callable[[str], str]) -> str:
    """What is no number stays as it was typed; digits are only folded to be looked at."""
    parts, end = [], 0
    for found in pattern.finditer(ascii_digits(text)):
        parts += [text[end : found.start()], masked(found[0])]
        end = found.end()
    return "".join(parts) + text[end:]


def _masked_identity(found: str) -> str:
    plain = _PUNCTUATION.sub("", found)
    return plain[:6] + _HIDDEN * 8 + plain[-4:]


def _masked_phone(found: str) -> str:
    return mask_number(normal_number(found))


class ContactVault:
    """Seals and unseals with one installation's key; cheap to share between threads."""

    def __init__(self, key: bytes) -> None:
        self._fernet = Fernet(key)
        self._hash_key = hashlib.sha256(b"number-hash\n" + key).digest()

    def hash_of(self, number: str) -> str:
        """By which a normal number is found again."""
        return hmac.new(self._hash_key, number.encode(), hashlib.sha256).hexdigest()

    def seal(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode() if text else ""

    def unseal(self, sealed: str) -> str:
        """Raises :class:`Conflict` when the text was sealed with another key."""
        if not sealed:
            return ""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise Conflict(
                "联系方式无法解密",
                "保存它时使用的是另一把密钥。",
                message("请恢复安装目录中的 {file}。", file=KEY_FILE),
            ) from None


def open_vault(state_directory: Path) -> ContactVault:
    """The vault of an installation; its key is made at the first start, readable by it alone.

    Back the key up with the database: without it no number can be read again.
    """
    state_directory.mkdir(parents=True, exist_ok=True)
    path = state_directory / KEY_FILE
    if not path.exists():
        _make_key(path)
    return ContactVault(path.read_bytes())


def _make_key(path: Path) -> None:
    """Written aside and then linked, so that two processes starting at once share one key."""
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=KEY_FILE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(Fernet.generate_key())
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        path.hardlink_to(draft)
    Path(draft).unlink()
