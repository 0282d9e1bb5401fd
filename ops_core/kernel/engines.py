"""Engines for both databases: how their connections are prepared and their transactions begun.

We begin transactions ourselves, for two reasons. SQLite's driver would begin them deferred. On
PostgreSQL the BEGIN, its kind, the journal's lock and the audit chain's head travel in one message,
and every message less under that lock is a command a second more.
"""

import sqlite3
import time
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from ops_core.kernel.unread import send_unread_ahead

BUSY_TIMEOUT_MS = 10_000
BUSY_RETRY_S = 0.001
IDLE_CHECK_S = 5.0
"""A connection that rested longer is asked whether it still lives before it is used."""

KIND_OPTION = "transaction_kind"
# Any number will do, as long as nobody else takes it in the same PostgreSQL database.
JOURNAL_LOCK = 0x7A68_6973_686F_75
AUDIT_CHAIN = "audit"
_HEAD = "audit head"
_SINCE = "in the pool since"


class TransactionKind(StrEnum):
    """What a transaction is begun for."""

    WRITING = "writing"
    READING = "reading"
    """One snapshot, no writes."""
    COMMAND = "command"
    """Writing, and alone with the journal from the first moment."""


_POSTGRESQL_BEGIN = {
    TransactionKind.WRITING: "BEGIN",
    TransactionKind.READING: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    TransactionKind.COMMAND: f"BEGIN; SELECT pg_advisory_xact_lock({JOURNAL_LOCK}); "  # noqa: S608
    f"SELECT position, hash FROM audit_heads WHERE chain = '{AUDIT_CHAIN}'",
}
"""Each statement sees what was committed when it began: the head is read under the lock."""


def create_database_engine(url: str) -> Engine:
    """An engine for ``sqlite:///<file>`` or ``postgresql+psycopg://...``."""
    engine = create_engine(url)
    if make_url(url).get_backend_name() == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite_connection)
        event.listen(engine, "begin", _begin_sqlite_transaction)
        return engine
    event.listen(engine, "connect", _prepare_postgresql_connection)
    event.listen(engine, "begin", _begin_postgresql_transaction)
    event.listen(engine, "checkin", _note_rest)
    send_unread_ahead(engine)
    event.listen(engine, "checkout", _Awakening(engine))
    return engine


def kind_of(connection: Connection) -> TransactionKind:
    """What the connection's transactions are begun for."""
    options: Mapping[str, Any] = connection.get_execution_options()
    kind: TransactionKind = options.get(KIND_OPTION, TransactionKind.WRITING)
    return kind


def head_at_begin(connection: Connection) -> tuple[int, str] | None:
    """The audit chain's head as a command's BEGIN brought it; None where it did not."""
    head: tuple[int, str] | None = connection.info.pop(_HEAD, None)
    return head


def _prepare_sqlite_connection(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite_transaction(connection: Connection) -> None:
    reading = kind_of(connection) is TransactionKind.READING
    driver = connection.connection.cursor()
    driver.execute(f"PRAGMA query_only = {'ON' if reading else 'OFF'}")
    if reading:
        driver.execute("BEGIN")
    else:
        driver.execute("PRAGMA busy_timeout = 0")
        if not _begun_in_time(driver):
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # raises what SQLAlchemy makes of it
        driver.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    driver.close()


def _begun_in_time(driver: Any) -> bool:
    """Whether the database was ours to write within the busy timeout.

    SQLite's own waiting sleeps up to a tenth of a second between two looks, in which another
    process that gives one command after the other never leaves it a gap: it waited for seconds.
    """
    deadline = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while time.monotonic() < deadline:
        try:
            driver.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                return False
            time.sleep(BUSY_RETRY_S)
        else:
            return True
    return False


def _prepare_postgresql_connection(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    connection.autocommit = True


def _begin_postgresql_transaction(connection: Connection) -> None:
    kind = kind_of(connection)
    if kind is not TransactionKind.COMMAND:
        connection.exec_driver_sql(_POSTGRESQL_BEGIN[kind])
        return
    driver = connection.connection.cursor()  # SQLAlchemy would show us the first answer only
    try:
        driver.execute(_POSTGRESQL_BEGIN[kind])
    except psycopg.Error:
        # Of a server that is gone this raises what SQLAlchemy makes of it, and connections
        # are replaced; otherwise it clears the way for the reason itself.
        connection.exec_driver_sql("ROLLBACK")
        raise
    while driver.nextset():
        pass
    connection.info[_HEAD] = driver.fetchone()
    driver.close()


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
