"""Which buckets are to be rolled up (again): on disk, so that no crash forgets one.

Every bucket of five minutes that ends before ``rolled_until`` was handed out to be rolled up; what
is written into one later marks it dirty. A mark is a row with a generation that each touch raises,
and is cleared only in the generation in which the bucket was read: a value that arrives meanwhile
keeps the mark. To roll a bucket up twice changes nothing, to forget one would.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock

from monitors.store.instants import instant, microseconds
from monitors.store.protocol import StoreUnavailable
from monitors.store.rollup import RollupWidth
from ops_core.kernel.private_files import make_database_private

FINEST = RollupWidth.FIVE_MINUTES
_SCHEMA = """
CREATE TABLE IF NOT EXISTS dirty (
    width INTEGER NOT NULL,
    start INTEGER NOT NULL,
    marked INTEGER NOT NULL,
    touched INTEGER NOT NULL,
    generation INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (width, start)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS progress (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    rolled_until INTEGER NOT NULL
);
"""
_TOUCH = """
INSERT INTO dirty (width, start, marked, touched) VALUES (?, ?, ?, ?) ON CONFLICT (width, start)
DO UPDATE SET touched = max(touched, excluded.touched), generation = generation + 1
"""
_ADVANCE = """
INSERT INTO progress (only, rolled_until) VALUES (1, ?)
ON CONFLICT (only) DO UPDATE SET rolled_until = excluded.rolled_until
"""


@dataclass(frozen=True, slots=True)
class DirtyBucket:
    """A bucket to roll up, as it was when it was asked for."""

    width: RollupWidth
    start: datetime
    generation: int

    @property
    def end(self) -> datetime:
        return self.start + self.width.long


class RollupLedger:
    """One file; every method may be called from any thread. Raises StoreUnavailable."""

    def __init__(self, path: Path) -> None:
        make_database_private(path)
        self._lock = Lock()
        self._connection = sqlite3.connect(
            path, isolation_level=None, check_same_thread=False, timeout=10
        )
        self._connection.execute("PRAGMA journal_mode = WAL")
        # Nothing may be forgotten, and there is little to write.
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.executescript(_SCHEMA)
        found = self._connection.execute("SELECT rolled_until FROM progress").fetchone()
        self._rolled_until = None if found is None else instant(found[0])

    @property
    def rolled_until(self) -> datetime | None:
        """Later values need no mark; None before the first bucket. Costs no reading."""
        return self._rolled_until

    def touch(self, starts: Iterable[datetime], now: datetime) -> None:
        """Mark buckets of five minutes dirty."""
        with self._transaction():
            self._touch(FINEST, starts, now)

    def advance(self, until: datetime, earliest: datetime, touched: datetime) -> None:
        """Hand out every bucket that ends at ``until`` or before and was not yet.

        Buckets before ``earliest`` are passed over: their values are gone. ``touched`` is when
        they count as touched last.
        """
        begin = max(self._rolled_until or earliest, earliest)
        begin, until = FINEST.start_of(begin), FINEST.start_of(until)
        if until <= begin:
            return
        with self._transaction():
            self._touch(FINEST, _starts(begin, until), touched)
            self._connection.execute(_ADVANCE, (microseconds(until),))
        self._rolled_until = until

    def due(
        self, width: RollupWidth, ended_by: datetime, untouched_since: datetime, limit: int
    ) -> Sequence[DirtyBucket]:
        """The oldest dirty buckets that have ended, and that nobody touches at the moment."""
        before = microseconds(ended_by - width.long)
        with self._lock, _as_unavailable():
            rows = self._connection.execute(
                "SELECT start, generation FROM dirty WHERE width = ? AND start <= ?"
                " AND touched <= ? ORDER BY start LIMIT ?",
                (width.seconds, before, microseconds(untouched_since), limit),
            ).fetchall()
        return [DirtyBucket(width, instant(start), generation) for start, generation in rows]

    def done(self, bucket: DirtyBucket, coarser: RollupWidth | None, now: datetime) -> None:
        """Clear the mark unless it was touched since, and mark the coarser bucket, in one step."""
        with self._transaction():
            if coarser is not None:
                self._touch(coarser, [coarser.start_of(bucket.start)], now)
            self._connection.execute(
                "DELETE FROM dirty WHERE width = ? AND start = ? AND generation = ?",
                (bucket.width.seconds, microseconds(bucket.start), bucket.generation),
            )

    def pass_over(self, width: RollupWidth, before: datetime) -> int:
        """Clear marks of buckets that can be computed no more; how many there were."""
        with self._transaction():
            return self._connection.execute(
                "DELETE FROM dirty WHERE width = ? AND start < ?",
                (width.seconds, microseconds(before)),
            ).rowcount

    def dirty(self) -> Mapping[RollupWidth, int]:
        """How many buckets of each width are marked."""
        with self._lock, _as_unavailable():
            found = dict(
                self._connection.execute("SELECT width, count(*) FROM dirty GROUP BY width")
            )
        return {width: found.get(width.seconds, 0) for width in RollupWidth}

    def first_dirty(self) -> datetime | None:
        """The start of the oldest bucket whose roll-up is not what its values say."""
        return self._earliest("SELECT min(start) FROM dirty")

    def waiting_since(self) -> datetime | None:
        """When the five minutes that wait longest were marked; None when none waits."""
        return self._earliest("SELECT min(marked) FROM dirty WHERE width = ?", FINEST.seconds)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def _earliest(self, query: str, *parameters: int) -> datetime | None:
        with self._lock, _as_unavailable():
            (found,) = self._connection.execute(query, parameters).fetchone()
        return None if found is None else instant(found)

    def _touch(self, width: RollupWidth, starts: Iterable[datetime], now: datetime) -> None:
        touched = microseconds(now)
        self._connection.executemany(
            _TOUCH, [(width.seconds, microseconds(start), touched, touched) for start in starts]
        )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock, _as_unavailable(), self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            yield


def _starts(begin: datetime, until: datetime) -> Iterator[datetime]:
    while begin < until:
        yield begin
        begin += FINEST.long


@contextmanager
def _as_unavailable() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StoreUnavailable(f"ledger of the roll-ups: {error}") from error


RESTART_MARGIN = timedelta(minutes=15)
"""At a start the buckets of this time before ``rolled_until`` are rolled up again: a write that
was under way when the process was killed may have landed behind the mark."""
