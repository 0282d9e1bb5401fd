"""The relational store: SQLite embedded, PostgreSQL past one machine, one behaviour on both.

A transaction opened by :meth:`Database.transaction` may write; one opened by
:meth:`Database.reading` sees one consistent snapshot and is refused any write. On SQLite the
former begins IMMEDIATE, for a transaction that starts reading and then wants to write is thrown
out (SQLITE_BUSY) when another wrote in between, without the busy timeout being granted.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Integer,
    MetaData,
    create_engine,
    event,
    text,
)
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

from ops_core.kernel.migrations import migrate as migrate
from ops_core.kernel.settings import Settings

BUSY_TIMEOUT_MS = 10_000

# Any number will do, as long as nobody else takes it in the same PostgreSQL database.
_JOURNAL_LOCK = 0x7A68_6973_686F_75

NAMING_CONVENTION = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The tables of every part; constraints get the same names on every database."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: timezone-aware in Python, microseconds kept, UTC in the database.

    Storing a naive datetime raises ValueError: nobody knows which instant it means.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError(f"a stored instant needs a timezone, got {value.isoformat()}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _: Dialect) -> datetime | None:
        if value is None:
            return None
        # SQLite has no instants: what it gives back is the UTC time that was stored.
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


RowNumber = BigInteger().with_variant(Integer, "sqlite")
"""A 64-bit key the database counts up; SQLite counts only columns spelt INTEGER."""


def create_database_engine(url: str) -> Engine:
    """An engine for ``sqlite:///<file>`` or ``postgresql+psycopg://...``."""
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url)
    event.listen(engine, "connect", _prepare_sqlite_connection)
    event.listen(engine, "begin", _begin_sqlite_transaction)
    return engine


def _prepare_sqlite_connection(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # transactions are begun below, not by the driver
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
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql(f"PRAGMA query_only = {'ON' if reading else 'OFF'}")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


class Database:
    """Opens transactions; safe to share between threads, as its sessions are not."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._reading_engine = engine.execution_options(**_reading_options(engine))

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session that may write; committed at the end, rolled back on any exception."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session on one snapshot that cannot write and does not hold up those who do."""
        with Session(self._reading_engine, expire_on_commit=False) as session, session.begin():
            yield session

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def _reading_options(engine: Engine) -> dict[str, Any]:
    if engine.dialect.name == "sqlite":
        return {"reading": True}
    return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


def open_database(settings: Settings) -> Database:
    """The installation's database; makes the state directory. Does not migrate."""
    settings.state_directory.mkdir(parents=True, exist_ok=True)
    return Database(create_database_engine(settings.effective_database_url))


def lock_journal(session: Session) -> None:
    """Be the only one to write events and audit entries until this transaction ends.

    Positions are handed out before the commit. Without the lock one transaction could take
    position 7, another take 8 and commit first, and a consumer that has read 8 would never come
    back for 7; two audit entries could likewise name the same predecessor. SQLite's BEGIN
    IMMEDIATE has the effect already; on PostgreSQL it is an advisory lock of the transaction,
    which may be taken repeatedly. Events and audit share one lock, and a command takes it first
    of all, so that two commands cannot wait for each other.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _JOURNAL_LOCK})
