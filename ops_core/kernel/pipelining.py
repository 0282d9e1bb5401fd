"""Writes whose answers nobody reads, sent to PostgreSQL without waiting for each.

A command waits for the server once a message, and everybody else waits for the command. A
statement with the execution options :data:`PIPELINED` therefore goes out in the driver's pipeline
mode, and the next statement goes out behind it; the answers come with that of the first statement
that is not so marked, or of the COMMIT. Nothing else changes: the server takes them in the order in
which they were given, after a refused one it takes none before the answers are read, and the
refusal is raised then, at the latest by the commit. The result of such a statement has neither rows
nor a count.

On SQLite, which has no messages, the option means nothing.
"""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Engine, Insert, Update, event
from sqlalchemy.engine.interfaces import DBAPICursor, ExecutionContext
from sqlalchemy.pool import ConnectionPoolEntry

from ops_core.kernel.prepared_writes import PreparedWrite, Values

_OPTION = "pipelined"
_PIPELINE = "open pipeline"
_OFF = 0
"""PQ_PIPELINE_OFF of libpq; to name it by the driver would load it where SQLite is used."""
PIPELINED: Mapping[str, Any] = MappingProxyType({_OPTION: True})
"""Execution options of a write whose answer nobody reads."""


@dataclass(frozen=True, slots=True, eq=False)
class PipelinedWrites:
    """Pipelined writes that go out as one statement where the database can (PostgreSQL).

    They concern different rows and none rests on what another writes, for in one statement they see
    the same state. Their parameters have different names, and none that of a column.
    """

    apart: tuple[PreparedWrite, ...]
    as_one: PreparedWrite

    @staticmethod
    def of(*writes: Insert | Update) -> "PipelinedWrites":
        """The last one is the statement's own, the others stand before it."""
        *before, as_one = writes
        for number, write in enumerate(before):
            as_one = as_one.add_cte(write.cte(f"write_{number}"))
        return PipelinedWrites(
            tuple(PreparedWrite(write.execution_options(**PIPELINED)) for write in writes),
            PreparedWrite(as_one.execution_options(**PIPELINED)),
        )

    def execute(self, connection: Connection, values: Values | Sequence[Values]) -> None:
        """Write them all, once for each set of values."""
        if connection.dialect.name == "postgresql":
            self.as_one.execute(connection, values)
            return
        for write in self.apart:
            write.execute(connection, values)


def pipeline_marked_writes(engine: Engine) -> None:
    """Make a PostgreSQL engine heed :data:`PIPELINED`."""
    event.listen(engine, "do_execute", _choose_mode)
    event.listen(engine, "do_executemany", _choose_mode)
    event.listen(engine, "reset", _leave_pipeline_at_rest)


def _choose_mode(cursor: DBAPICursor, _: str, __: Any, context: ExecutionContext | None) -> None:
    """Before each statement; the driver's own way of executing it follows."""
    driver: Any = cursor.connection
    is_open = driver.pgconn.pipeline_status != _OFF
    is_pipelined = context is not None and _OPTION in context.execution_options
    if context is None or is_pipelined == is_open:
        return
    info = context.root_connection.info
    if is_open:
        _leave_pipeline(info)
        return
    pipeline = info[_PIPELINE] = ExitStack()
    pipeline.enter_context(driver.pipeline())


def _leave_pipeline_at_rest(_: Any, entry: ConnectionPoolEntry, __: Any) -> None:
    """After the commit or the rollback, before the connection goes back into the pool."""
    _leave_pipeline(entry.info)


def _leave_pipeline(info: dict[Any, Any]) -> None:
    """Read the answers that are still out. Raises the driver's error for a refused statement."""
    pipeline: ExitStack | None = info.pop(_PIPELINE, None)
    if pipeline is not None:
        pipeline.close()
