"""The relational store: SQLite embedded, PostgreSQL past one machine, one behaviour on both.

A transaction opened by :meth:`Database.transaction` may write; one opened by
:meth:`Database.reading` sees one consistent snapshot and is refused any write. On SQLite the
former begins IMMEDIATE, for a transaction that starts reading and then wants to write is thrown
out (SQLITE_BUSY) when another wrote in between, without the busy timeout being granted.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Integer,
    MetaData,
)
from sqlalchemy.engine import make_url
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

from ops_core.kernel.database_trouble import raising_database_busy
from ops_core.kernel.engines import (
    KIND_OPTION,
    ChainHead,
    TransactionKind,
    begin_command,
    waits_of,
)
from ops_core.kernel.engines import create_database_engine as create_database_engine
from ops_core.kernel.health import Concern, Measure
from ops_core.kernel.migrations import migrate as migrate
from ops_core.kernel.private_files import make_database_private
from ops_core.kernel.settings import Settings
from ops_core.kernel.sqlite_files import require_openable
from ops_core.kernel.waits import WaitState
from ops_core.kernel.wal import WriteAheadLog
from ops_core.kernel.write_queue import WriteQueue

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


_STORED_LENGTH = len("2026-03-02 15:59:00.000000")


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

    def result_processor(
        self, dialect: Dialect, coltype: object
    ) -> Callable[[Any], datetime | None] | None:
        """The same as a whole for SQLite's texts: half of what pages read are instants."""
        if dialect.name == "sqlite":
            return _instant_of_text
        return super().result_processor(dialect, coltype)


def _instant_of_text(value: str | None) -> datetime | None:
    if value is None:
        return None
    if len(value) == _STORED_LENGTH:
        return datetime.fromisoformat(value + "+00:00")
    at = datetime.fromisoformat(value)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


RowNumber = BigInteger().with_variant(Integer, "sqlite")
"""A 64-bit key the database counts up; SQLite counts only columns spelt INTEGER."""


@dataclass(frozen=True, slots=True)
class OpenCommand:
    """The transaction of a command; ``head`` is the audit chain's end where its begin brought it.

    ``head`` None: it is to be read.
    """

    session: Session
    head: ChainHead | None


class Database:
    """Opens transactions; safe to share between threads, as its sessions are not.

    Each raises :class:`DatabaseBusy` when the database is locked for too long, full or away: then
    nothing of the transaction is stored, and the same may be tried again.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._waits = waits_of(engine)
        self._write_queue = WriteQueue(self._waits)
        self._is_served = engine.dialect.name == "postgresql"
        self.write_ahead_log = WriteAheadLog(engine)
        self._engines = {
            kind: engine.execution_options(**{KIND_OPTION: kind}) for kind in TransactionKind
        }

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session that may write; committed at the end, rolled back on any exception."""
        engine = self._engines[TransactionKind.WRITING]
        with (
            self._guarded() as commits,
            self._alone_with_the_file(),
            Session(engine, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session
            session.flush()
            commits()

    @contextmanager
    def command(self) -> Iterator[OpenCommand]:
        """As :meth:`transaction`, alone with the journal from its first moment to its end.

        Positions are handed out before the commit. Were two commands to write at once, one could
        take position 7, another take 8 and commit first, and a consumer that has read 8 would never
        come back for 7; two audit entries could likewise name the same predecessor. SQLite's BEGIN
        IMMEDIATE keeps others out already; on PostgreSQL it is an advisory lock, taken first of
        all, so that two commands cannot wait for each other. Only
        :func:`ops_core.kernel.commands.unit_of_work` writes the journal.

        Threads of this process queue before, without a connection. On PostgreSQL the next one
        begins while this one commits: the server's lock keeps it back until that is done.

        The session is bound to the transaction's connection (:func:`connection_of`): a command that
        needs no mapped objects does not pay for them.
        """
        engine = self._engines[TransactionKind.COMMAND]
        with (
            self._guarded() as commits,
            self._write_queue.alone() as let_the_next_begin,
            engine.begin() as connection,
        ):
            head = begin_command(connection)
            with Session(
                connection, expire_on_commit=False, join_transaction_mode="rollback_only"
            ) as session:
                yield OpenCommand(session, head)
                session.flush()
                commits()
                if self._is_served:
                    let_the_next_begin()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session on one snapshot that cannot write and does not hold up those who do.

        Nor do those who write hold it up: it takes no lock that they take.
        """
        engine = self._engines[TransactionKind.READING]
        with (
            raising_database_busy(self._waits),
            Session(engine, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    def waits(self) -> WaitState:
        """Who waits for the database, and for how long."""
        return self._waits.state()

    def measures(self) -> Iterable[Measure]:
        """For /metrics."""
        yield from self._waits.measures()
        yield from self.write_ahead_log.measures()

    def concerns(self, now: datetime) -> Iterable[Concern]:
        """What is wrong with the database now."""
        yield from self._waits.concerns(now)
        yield from self.write_ahead_log.concerns(now)

    def _alone_with_the_file(self) -> AbstractContextManager[object]:
        """On PostgreSQL several may write."""
        return nullcontext() if self._is_served else self._write_queue.alone()

    @contextmanager
    def _guarded(self) -> Iterator[Callable[[], None]]:
        """Yields what says that nothing but the commit is left, which on a slow disk is a wait."""
        commit = object()
        try:
            with raising_database_busy(self._waits):
                yield lambda: self._waits.begin(commit)
        finally:
            self._waits.end(commit)

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


_STATE = "ZHISHOU_STATE_DIRECTORY"


def open_database(settings: Settings) -> Database:
    """The installation's database; makes the state directory. Does not migrate.

    Raises :class:`ops_core.kernel.errors.Conflict` for a file that is no database, or cannot be
    opened: waiting would not help it.
    """
    settings.state_directory.mkdir(parents=True, exist_ok=True)
    url, wait_s = settings.effective_database_url, settings.database_wait_s
    require_openable(url, "ZHISHOU_DATABASE_URL" if settings.database_url else _STATE)
    target = make_url(url)
    if target.get_backend_name() == "sqlite" and target.database:
        make_database_private(Path(target.database))
    return Database(create_database_engine(url, wait_s))


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
