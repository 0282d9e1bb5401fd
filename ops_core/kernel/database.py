"""The relational store: SQLite embedded, PostgreSQL past one machine, one behaviour on both.

A transaction opened by :meth:`Database.transaction` may write; one opened by
:meth:`Database.reading` sees one consistent snapshot and is refused any write. On SQLite the
former begins IMMEDIATE, for a transaction that starts reading and then wants to write is thrown
out (SQLITE_BUSY) when another wrote in between, without the busy timeout being granted.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Integer,
    MetaData,
)
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

from ops_core.kernel.engines import (
    JOURNAL_LOCK,
    KIND_OPTION,
    TransactionKind,
    head_at_begin,
    kind_of,
)
from ops_core.kernel.engines import create_database_engine as create_database_engine
from ops_core.kernel.migrations import migrate as migrate
from ops_core.kernel.settings import Settings

_LOCKED = "journal locked in"
_HEAD = "audit head"

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


class Database:
    """Opens transactions; safe to share between threads, as its sessions are not."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._engines = {
            kind: engine.execution_options(**{KIND_OPTION: kind}) for kind in TransactionKind
        }

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session that may write; committed at the end, rolled back on any exception."""
        with self._session(TransactionKind.WRITING) as session, session.begin():
            yield session

    @contextmanager
    def command(self) -> Iterator[Session]:
        """As :meth:`transaction`, alone with the journal from its first moment.

        The session is bound to the transaction's connection (:func:`connection_of`): a command that
        needs no mapped objects does not pay for them.
        """
        engine = self._engines[TransactionKind.COMMAND]
        with (
            engine.begin() as connection,
            Session(
                connection, expire_on_commit=False, join_transaction_mode="rollback_only"
            ) as session,
        ):
            session.info[_HEAD] = head_at_begin(connection)
            yield session
            session.flush()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session on one snapshot that cannot write and does not hold up those who do."""
        with self._session(TransactionKind.READING) as session, session.begin():
            yield session

    def _session(self, kind: TransactionKind) -> Session:
        return Session(self._engines[kind], expire_on_commit=False)

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def open_database(settings: Settings) -> Database:
    """The installation's database; makes the state directory. Does not migrate."""
    settings.state_directory.mkdir(parents=True, exist_ok=True)
    return Database(create_database_engine(settings.effective_database_url))


def connection_of(session: Session) -> Connection:
    """The connection of the session's transaction; of a command's session it costs nothing."""
    bind = session.bind
    if isinstance(bind, Connection) and not session.in_nested_transaction():
        return bind
    return session.connection()  # sets the savepoint, which a session does at its first use


def read_anew(session: Session, row: type[Base], key: object) -> None:
    """Have a mapped row of the session read again, for a statement has changed it past the mapper.

    A row that the session does not hold is left alone.
    """
    mapped = session.identity_map.get(session.identity_key(row, key))
    if mapped is not None:
        session.expire(mapped)


def take_head(session: Session) -> tuple[int, str] | None:
    """The audit chain's head as the command's begin brought it, to whoever moves it first.

    None means that it is to be read: nothing was brought, or it has been moved since.
    """
    head: tuple[int, str] | None = session.info.pop(_HEAD, None)
    return head


def lock_journal(session: Session) -> None:
    """Be the only one to write events and audit entries until this transaction ends.

    Positions are handed out before the commit. Without the lock one transaction could take
    position 7, another take 8 and commit first, and a consumer that has read 8 would never come
    back for 7; two audit entries could likewise name the same predecessor. SQLite's BEGIN
    IMMEDIATE has the effect already; on PostgreSQL it is an advisory lock of the transaction,
    held until its end. Events and audit share one lock, and a command takes it first of all
    (:meth:`Database.command`), so that two commands cannot wait for each other.
    """
    connection = connection_of(session)
    if connection.dialect.name != "postgresql" or kind_of(connection) is TransactionKind.COMMAND:
        return
    if session.in_nested_transaction():  # rolled back, it would let the lock go
        _take_journal_lock(connection)
    elif session.info.get(_LOCKED) is not session.get_transaction():
        _take_journal_lock(connection)
        session.info[_LOCKED] = session.get_transaction()


def _take_journal_lock(connection: Connection) -> None:
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({JOURNAL_LOCK})")
