"""Whether a SQLite file can be opened at all, asked once before anybody waits for it."""

import sqlite3
from contextlib import closing

from sqlalchemy.engine import make_url

from ops_core.kernel.errors import Conflict
from ops_core.kernel.i18n import message

_HOPELESS = frozenset(
    {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH}
)
"""What no waiting mends; a full disk or a lock may pass (https://www.sqlite.org/rescode.html)."""


def require_openable(url: str, setting: str) -> None:
    """Raises :class:`Conflict` with file, setting and remedy; any other database passes."""
    target = make_url(url)
    if target.get_backend_name() != "sqlite" or not target.database or target.query:
        return
    try:
        with closing(sqlite3.connect(target.database, timeout=0)) as connection:
            connection.execute("PRAGMA schema_version")
    except sqlite3.Error as error:
        if (error.sqlite_errorcode & 0xFF) in _HOPELESS:
            raise _unopenable(target.database, setting, error) from error


def _unopenable(file: str, setting: str, error: sqlite3.Error) -> Conflict:
    return Conflict(
        "数据库文件无法打开",
        f"{file}: {error}",
        message("请核对 {setting} 指定的路径：目录须存在且可写，文件须是数据库。", setting=setting),
    )
