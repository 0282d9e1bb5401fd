"""Files that nobody but the product's own account may read: databases, logs.

Whoever reads them knows what callers said and who signed in. SQLite gives its further files
(``-wal``, ``-shm``) the rights of the database.
"""

import os
from contextlib import suppress
from pathlib import Path

MODE = 0o600
SQLITE_SUFFIXES = ("", "-wal", "-shm", "-journal")


def make_private(path: Path) -> None:
    """Make the file, empty, if it is not there; either way it is ours alone from now on.

    One of somebody else's, or on a file system without rights, stays as it is; whoever opens it
    says what is wrong with it. A file that is there is not opened: closing it again would release
    every lock that this process holds on it (POSIX), those of SQLite's other connections too.
    """
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, MODE))
    except FileExistsError:
        _narrow(path)
    except OSError:
        return


def _narrow(path: Path) -> None:
    with suppress(OSError):
        path.chmod(MODE)


def make_database_private(path: Path) -> None:
    """The same for a database of SQLite and what it keeps beside the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    make_private(path)
    for suffix in SQLITE_SUFFIXES[1:]:
        further = path.with_name(path.name + suffix)
        if further.exists():
            make_private(further)
