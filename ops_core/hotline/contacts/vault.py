"""Phone numbers and names of requesters: sealed at rest, masked on every screen.

A number is found again by a keyed hash (HMAC-SHA256), so nobody who holds the database alone can
try all numbers; it is read back only by :meth:`ContactVault.unseal_number`, whose callers record
who asked (:mod:`ops_core.hotline.cases.service`).
"""

import hashlib
import hmac
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from ops_core.kernel.errors import Conflict
from ops_core.kernel.i18n import message
from ops_core.kernel.masking import HIDDEN

KEY_FILE = "contact.key"


def mask_name(name: str) -> str:
    """``张**``: the family name stays. Masking twice is the same."""
    return name[0] + HIDDEN * max(1, len(name) - 1) if name else name


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
