"""Which errors of the drivers mean that the database cannot be used just now.

Everything else they raise (a broken constraint, a wrong statement) is a mistake of ours and stays
what it is.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from ops_core.kernel.errors import DatabaseBusy, DatabaseTrouble
from ops_core.kernel.waits import DatabaseWaits

# https://www.sqlite.org/rescode.html; of extended codes the low byte counts.
_SQLITE = {
    sqlite3.SQLITE_BUSY: DatabaseTrouble.LOCKED,
    sqlite3.SQLITE_LOCKED: DatabaseTrouble.LOCKED,
    sqlite3.SQLITE_PROTOCOL: DatabaseTrouble.LOCKED,
    sqlite3.SQLITE_FULL: DatabaseTrouble.FULL,
    sqlite3.SQLITE_IOERR: DatabaseTrouble.FULL,
    sqlite3.SQLITE_CANTOPEN: DatabaseTrouble.FULL,
    sqlite3.SQLITE_READONLY: DatabaseTrouble.FULL,
}
_REFUSED_BY_US = sqlite3.SQLITE_READONLY
"""Plain, it is our own ``query_only``; extended (a directory, a moved file) it is the disk."""

# https://www.postgresql.org/docs/current/errcodes-appendix.html
_POSTGRESQL = (
    ("55P03", DatabaseTrouble.LOCKED),  # lock_not_available, by lock_timeout
    ("40", DatabaseTrouble.LOCKED),  # rolled back: deadlock, serialization
    ("53300", DatabaseTrouble.AWAY),  # too many connections
    ("53", DatabaseTrouble.FULL),  # insufficient resources: disk, memory
    ("58", DatabaseTrouble.FULL),  # its files cannot be read or written
    ("08", DatabaseTrouble.AWAY),  # connection
    ("57P", DatabaseTrouble.AWAY),  # shutdown, crash, starting up
)


def trouble_of(error: BaseException | None) -> DatabaseTrouble | None:
    """What keeps the database from serving, by the driver's error; None for any other error."""
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", None)
        if code is None or code == _REFUSED_BY_US:
            return None
        return _SQLITE.get(code & 0xFF)
    if type(error).__module__.partition(".")[0] == "psycopg":
        return _trouble_of_postgresql(error)
    return None


def _trouble_of_postgresql(error: BaseException | None) -> DatabaseTrouble | None:
    import psycopg  # loaded already, or the error would not be its own; SQLite starts without it

    if isinstance(error, psycopg.Error):
        state = error.sqlstate
        if isinstance(error, psycopg.errors.PipelineAborted):
            return None  # the consequence of another error, not its reason
        if state is None:  # it never came as far as an answer of the server
            return DatabaseTrouble.AWAY if isinstance(error, psycopg.OperationalError) else None
        return next((trouble for begin, trouble in _POSTGRESQL if state.startswith(begin)), None)
    return None


@contextmanager
def raising_database_busy(waits: DatabaseWaits) -> Iterator[None]:
    """Raise :class:`DatabaseBusy` for such an error of a transaction, and count it.

    A listener to SQLAlchemy's errors would do the same, at some cost for every statement.
    """
    try:
        yield
    except NoConnectionFree as error:
        waits.failed(DatabaseTrouble.AWAY)
        raise DatabaseBusy(DatabaseTrouble.AWAY) from error
    except DBAPIError as error:
        trouble = trouble_of(error.orig)
        if trouble is None:
            raise
        waits.failed(trouble)
        raise DatabaseBusy(trouble) from error
