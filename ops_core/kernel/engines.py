"""Engines for both databases: how their connections are prepared and their transactions begun.

We begin transactions ourselves, for two reasons. SQLite's driver would begin them deferred. On
PostgreSQL the BEGIN, its kind, the journal's lock and the audit chain's head travel in one message,
and every message less under that lock is a command a second more.
"""

import sqlite3
import threading
import time
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from ops_core.kernel.database_trouble import trouble_of
from ops_core.kernel.errors import DatabaseBusy, DatabaseTrouble
from ops_core.kernel.pipelining import pipeline_marked_writes
from ops_core.kernel.waits import DatabaseWaits

LOCK_WAIT_S = 10.0
"""How long a begin waits for its turn to write, unless the settings say otherwise."""
BUSY_RETRY_S = 0.001
WAL_AUTOCHECKPOINT_PAGES = 1_000
WAL_KEPT_BYTES = 16 * 2**20
"""What stays of the write-ahead log's file when it has begun anew."""
MOST_SQLITE_CONNECTIONS = 64
"""More than there are threads: a reader waits for no connection that a waiting writer has."""
IDLE_CHECK_S = 5.0
"""A connection that rested longer is asked whether it still lives before it is used."""

KIND_OPTION = "transaction_kind"
_WAITS_OPTION = "waits"
# Any number will do, as long as nobody else takes it in the same PostgreSQL database.
JOURNAL_LOCK = 0x7A68_6973_686F_75
AUDIT_CHAIN = "audit"
ChainHead = tuple[int, str]
"""Position and hash of the audit chain's last entry."""
_SINCE = "in the pool since"


class TransactionKind(StrEnum):
    """What a transaction is begun for."""

    WRITING = "writing"
    READING = "reading"
    """One snapshot, no writes."""
    COMMAND = "command"
    """Writing, and alone with the journal from the first moment."""


_READ_HEAD = f"SELECT position, hash FROM audit_heads WHERE chain = '{AUDIT_CHAIN}'"  # noqa: S608
_POSTGRESQL_BEGIN = {
    TransactionKind.WRITING: "BEGIN",
    # Planned for the values asked for: the plan for any values that PostgreSQL makes of a statement
    # asked several times looked through a year of calls for a page of a month.
    TransactionKind.READING: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
    " SET LOCAL plan_cache_mode = force_custom_plan",
    TransactionKind.COMMAND: f"BEGIN; SELECT pg_advisory_xact_lock({JOURNAL_LOCK}); {_READ_HEAD}",
}
"""Each statement sees what was committed when it began: the head is read under the lock."""


def create_database_engine(url: str, wait_s: float = LOCK_WAIT_S) -> Engine:
    """An engine for ``sqlite:///<file>`` or ``postgresql+psycopg://...``.

    Waits for the write lock, or for a connection, ``wait_s`` at most.
    """
    target, waits = make_url(url), DatabaseWaits(wait_s)
    # What a statement that failed was given stands in no error: callers' data would reach the log.
    options: dict[str, Any] = {"execution_options": {_WAITS_OPTION: waits}, "hide_parameters": True}
    is_sqlite = target.get_backend_name() == "sqlite"
    if not is_sqlite:
        options |= {"pool_timeout": wait_s}
        if "connect_timeout" not in target.query:
            options["connect_args"] = {"connect_timeout": max(2, round(wait_s))}
    elif target.database:
        options |= {"pool_timeout": wait_s, "max_overflow": MOST_SQLITE_CONNECTIONS}
    engine = create_engine(target, **options)
    if is_sqlite:
        event.listen(engine, "connect", _SqliteConnections(wait_s))
        event.listen(engine, "begin", _SqliteBegin(waits, wait_s))
        return engine
    event.listen(engine, "connect", _PostgresqlConnections(wait_s))
    event.listen(engine, "begin", _begin_postgresql_transaction)
    event.listen(engine, "checkin", _note_rest)
    pipeline_marked_writes(engine)
    event.listen(engine, "checkout", _Awakening(engine))
    return engine


def waits_of(engine: Engine | Connection) -> DatabaseWaits:
    """What the engine's transactions wait for."""
    waits: DatabaseWaits = engine.get_execution_options()[_WAITS_OPTION]
    return waits


def kind_of(connection: Connection) -> TransactionKind:
    """What the connection's transactions are begun for."""
    options: Mapping[str, Any] = connection.get_execution_options()
    kind: TransactionKind = options.get(KIND_OPTION, TransactionKind.WRITING)
    return kind


def begin_command(connection: Connection) -> ChainHead | None:
    """Have a command's transaction alone with the journal; returns the head the BEGIN brought.

    To be called right after the connection's ``begin``. None means that the chain has no entry yet.
    Raises :class:`DatabaseBusy`.
    """
    if connection.dialect.name == "postgresql":
        return _begin_postgresql_command(connection)
    return _read_sqlite_head(connection)


class _SqliteConnections:
    """Prepares each new connection to a file."""

    def __init__(self, wait_s: float) -> None:
        self._pragmas = (
            f"busy_timeout = {round(wait_s * 1000)}",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            f"wal_autocheckpoint = {WAL_AUTOCHECKPOINT_PAGES}",
            f"journal_size_limit = {WAL_KEPT_BYTES}",
        )

    def __call__(self, connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in self._pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()


class _SqliteBegin:
    """Begins transactions; those that write take turns.

    SQLite's own waiting sleeps up to a tenth of a second between two looks, in which another
    process that gives one command after the other never leaves it a gap: it waited for seconds.
    So we look ourselves, a thousand times a second; only one thread of the process at a time does.
    """

    def __init__(self, waits: DatabaseWaits, wait_s: float) -> None:
        self._waits = waits
        self._busy_timeout = f"PRAGMA busy_timeout = {round(wait_s * 1000)}"
        self._queue = threading.Lock()

    def __call__(self, connection: Connection) -> None:
        reading = kind_of(connection) is TransactionKind.READING
        driver = connection.connection.cursor()
        try:
            driver.execute(f"PRAGMA query_only = {'ON' if reading else 'OFF'}")
            if reading:
                driver.execute("BEGIN")
            else:
                self._begin_to_write(driver)
        except sqlite3.Error as error:
            _raise_if_busy(error, self._waits)
            raise
        finally:
            driver.close()

    def _begin_to_write(self, driver: Any) -> None:
        driver.execute("PRAGMA busy_timeout = 0")
        try:
            if not self._begins_at_once(driver):
                with self._waits.waiting():
                    self._begin_queued(driver)
        finally:
            driver.execute(self._busy_timeout)
        self._waits.granted()

    def _begins_at_once(self, driver: Any) -> bool:
        if not self._queue.acquire(blocking=False):
            return False
        try:
            return self._begins(driver)
        finally:
            self._queue.release()

    def _begin_queued(self, driver: Any) -> None:
        deadline = self._waits.deadline()
        if self._queue.acquire(timeout=max(0.0, deadline - time.monotonic())):
            try:
                while time.monotonic() < deadline:
                    if self._begins(driver):
                        return
                    time.sleep(BUSY_RETRY_S)
            finally:
                self._queue.release()
        self._waits.failed(DatabaseTrouble.LOCKED)
        raise DatabaseBusy(DatabaseTrouble.LOCKED)

    def _begins(self, driver: Any) -> bool:
        try:
            driver.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            self._waits.refused()
            return False
        return True


def _read_sqlite_head(connection: Connection) -> ChainHead | None:
    """By the driver alone: SQLAlchemy's share of so small a question is ten times the answer's."""
    driver = connection.connection.cursor()
    try:
        head: ChainHead | None = driver.execute(_READ_HEAD).fetchone()
    except sqlite3.Error as error:
        _raise_if_busy(error, waits_of(connection))
        raise
    finally:
        driver.close()
    return head


class _PostgresqlConnections:
    """Prepares each new connection to a server."""

    def __init__(self, wait_s: float) -> None:
        self._lock_timeout = f"SET lock_timeout = {round(wait_s * 1000)}"

    def __call__(self, connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(self._lock_timeout)
        cursor.close()


def _begin_postgresql_transaction(connection: Connection) -> None:
    kind = kind_of(connection)
    if kind is not TransactionKind.COMMAND:  # that one's answer goes to :func:`begin_command`
        connection.exec_driver_sql(_POSTGRESQL_BEGIN[kind])


def _begin_postgresql_command(connection: Connection) -> ChainHead | None:
    import psycopg  # here it is loaded; SQLite starts without it

    driver = connection.connection.cursor()  # SQLAlchemy would show us the first answer only
    waits = waits_of(connection)
    try:
        with waits.waiting():
            driver.execute(_POSTGRESQL_BEGIN[TransactionKind.COMMAND])
    except psycopg.Error as error:
        # Of a server that is gone this raises what SQLAlchemy makes of it, and connections
        # are replaced; otherwise it clears the way for the reason itself.
        connection.exec_driver_sql("ROLLBACK")
        _raise_if_busy(error, waits)
        raise
    waits.granted()
    while driver.nextset():
        pass
    head: ChainHead | None = driver.fetchone()
    driver.close()
    return head


def _raise_if_busy(error: Exception, waits: DatabaseWaits) -> None:
    trouble = trouble_of(error)
    if trouble is not None:
        waits.failed(trouble)
        raise DatabaseBusy(trouble) from error


def _note_rest(_: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
    entry.info[_SINCE] = time.monotonic()


class _Awakening:
    """Asks a connection that has rested whether its server is still there."""

    def __init__(self, engine: Engine) -> None:
        self._dialect = engine.dialect

    def __call__(
        self, connection: DBAPIConnection, entry: ConnectionPoolEntry, _: PoolProxiedConnection
    ) -> None:
        since = entry.info.get(_SINCE)
        if since is None or time.monotonic() - since < IDLE_CHECK_S:
            return
        try:
            self._dialect.do_ping(connection)
        except self._dialect.loaded_dbapi.Error as error:
            raise DisconnectionError(str(error)) from error
