"""Keeps SQLite's write-ahead log small.

SQLite copies it back into the file by itself, every thousand pages, but can begin it anew only in a
moment without any reader. Where readers overlap all the time it grows without end, and every read
gets slower. So it is looked at now and then: above its bound new readers are kept waiting for a
moment, shorter than anybody notices, until the old ones are gone.
"""

import threading
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from ops_core.kernel.health import Concern, Measure, MeasureKind
from ops_core.kernel.i18n import message
from ops_core.kernel.workers import Worker

BOUND_BYTES = 64 * 2**20
ALARMING_BYTES = 4 * BOUND_BYTES
LOOK_EVERY_S = 10.0
PATIENCE_MS = 500
"""How long writers are kept waiting for readers to end."""


class WriteAheadLog:
    """The log beside a SQLite file; of another database there is none, and nothing is done."""

    def __init__(self, engine: Engine, bound_bytes: int = BOUND_BYTES) -> None:
        self._engine, self._bound_bytes = engine, bound_bytes
        file = engine.url.database if engine.dialect.name == "sqlite" else None
        self._path = Path(f"{file}-wal") if file else None
        self._begun_anew = 0
        self._blocked = 0

    @property
    def size_bytes(self) -> int:
        """Of the log's file; 0 without one."""
        try:
            return self._path.stat().st_size if self._path else 0
        except FileNotFoundError:
            return 0

    def tend(self, worker: Worker, stop: threading.Event) -> None:
        """Look after it until ``stop``."""
        while not stop.wait(LOOK_EVERY_S):
            with worker.boundary("write-ahead log"):
                self.keep_small()
                worker.succeeded()

    def keep_small(self) -> bool:
        """Begin the log anew if it is above its bound; whether it is below it now."""
        if self._path is None or self.size_bytes <= self._bound_bytes:
            return True
        connection = self._engine.raw_connection()
        try:
            cursor = connection.cursor()
            (before,) = cursor.execute("PRAGMA busy_timeout").fetchone()
            cursor.execute(f"PRAGMA busy_timeout = {PATIENCE_MS}")
            try:
                (blocked, _, _) = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                cursor.execute(f"PRAGMA busy_timeout = {before}")
            cursor.close()
        finally:
            connection.close()
        self._blocked += bool(blocked)
        self._begun_anew += not blocked
        return not blocked

    def measures(self) -> Iterable[Measure]:
        """For /metrics."""
        counter = MeasureKind.COUNTER
        yield Measure(
            "zhishou_database_wal_bytes", "Size of SQLite's write-ahead log.", self.size_bytes
        )
        yield Measure(
            "zhishou_database_wal_truncations_total",
            "Times the write-ahead log was above its bound and begun anew.",
            self._begun_anew,
            counter,
        )
        yield Measure(
            "zhishou_database_wal_blocked_total",
            "Times it could not be begun anew because of readers or writers.",
            self._blocked,
            counter,
        )

    def concerns(self, _: datetime) -> Iterable[Concern]:
        """A log that readers never let begin anew."""
        size = self.size_bytes
        if size > ALARMING_BYTES:
            text = message("数据库预写日志已达 {size} MB，不能回收", size=size // 2**20)
            yield Concern("database/wal", text)
