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
from contextlib import suppress
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from ops_core.kernel.errors import Conflict, Invalid
from ops_core.kernel.i18n import message

KEY_FILE = "contact.key"
_PUNCTUATION = re.compile(r"[\s\-()（）]")
_NUMBER = re.compile(r"\+?\d{3,20}")
_COUNTRY_PREFIX = re.compile(r"^(?:\+|00)86")
_HIDDEN = "*"
PHONE_LIKE = re.compile(r"(?<!\d)(?:1[3-9]\d{9}|0\d{2,3}-?\d{7,8})(?!\d)")
"""A mobile or landline number of mainland China inside a text."""
ID_LIKE = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
"""A resident identity number (GB 11643) inside a text."""


def normal_number(text: str) -> str:
    """The number as dialled inside the country. Raises :class:`Invalid` for no number at all."""
    plain = _COUNTRY_PREFIX.sub("", _PUNCTUATION.sub("", text))
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
    """A free text with the phone and identity numbers in it masked. Masking twice is the same."""
    shown = ID_LIKE.sub(lambda found: found[0][:6] + _HIDDEN * 8 + found[0][-4:], text)
    return PHONE_LIKE.sub(lambda found: mask_number(found[0].replace("-", "")), shown)


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
