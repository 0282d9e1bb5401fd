"""Roll-ups in the embedded store's file, in a table of their own, by connections of their own."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from threading import Lock
from time import sleep
from typing import Any

from monitors.store.instants import MICROSECOND, instant, microseconds
from monitors.store.protocol import Point, Written
from monitors.store.rollup import Rollup, RollupWidth
from monitors.store.rollup_protocol import SeriesKey, SeriesRollup
from monitors.store.sqlite import SCHEMA, connected, tags_of_text, text_of_tags, translated_errors

# A bucket is counted in widths since the epoch, and the last value's instant from its start: both
# then take a few bytes instead of eight.
ROLLUP_SCHEMA = """
CREATE TABLE IF NOT EXISTS rollups (
    width INTEGER NOT NULL,
    series INTEGER NOT NULL REFERENCES series (id),
    bucket INTEGER NOT NULL,
    count INTEGER NOT NULL,
    total REAL,
    low,
    high,
    last NOT NULL,
    last_after INTEGER NOT NULL,
    occurrences TEXT,
    PRIMARY KEY (width, series, bucket)
) WITHOUT ROWID;
"""
_COLUMNS = "bucket, count, total, low, high, last, last_after, occurrences"
_WRITE = f"""
INSERT OR REPLACE INTO rollups (width, series, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""  # noqa: S608 - names of columns
_SERIES = "SELECT id, kind FROM series WHERE measurement = ? AND field = ? AND tags = ?"
# CROSS JOIN keeps the order: one descent of the key for each series, and no scan of any.
_RAW = """
SELECT s.id, measurement, tags, field, kind, at, value
FROM series AS s CROSS JOIN points AS p ON p.series = s.id AND at >= ? AND at < ?
WHERE s.id > ? AND s.id <= ? ORDER BY s.id, at
"""
_ALL = f"""
SELECT s.id, measurement, tags, field, kind, {_COLUMNS}
FROM series AS s CROSS JOIN rollups AS r
    ON r.width = ? AND r.series = s.id AND bucket >= ? AND bucket < ?
WHERE s.id > ? AND s.id <= ? ORDER BY s.id, bucket
"""  # noqa: S608 - names of columns
_ONE = f"""
SELECT {_COLUMNS} FROM rollups
WHERE width = ? AND series = ? AND bucket >= ? AND bucket < ? ORDER BY bucket
"""  # noqa: S608 - names of columns
SERIES_A_READ = 200
ROWS_A_WRITE = 500
"""A write transaction keeps the writer of raw values waiting for as long as these rows take."""
BETWEEN_WRITES_S = 0.01
"""So long the file is free between two writes: who waits for it looks a hundred times a second."""


class SqliteRollupStore:
    """A :class:`monitors.store.rollup_protocol.RollupStore` in the metric store's file."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = Lock()
        self._connection = connected(path)
        self._connection.executescript(SCHEMA + ROLLUP_SCHEMA)

    def raw(self, start: datetime, end: datetime) -> Iterator[tuple[SeriesKey, list[Point]]]:
        span = (microseconds(start), microseconds(end))
        for first in self._series_chunks():
            rows = self._read(_RAW, (*span, first, first + SERIES_A_READ))
            for _, found in groupby(rows, key=lambda row: row[0]):
                points = list(found)
                yield (
                    _key(points[0]),
                    [Point(instant(at), _value(value, kind)) for *_, kind, at, value in points],
                )

    def write(self, width: RollupWidth, rollups: Sequence[SeriesRollup]) -> Written:
        for first in range(0, len(rollups), ROWS_A_WRITE):
            if first:
                sleep(BETWEEN_WRITES_S)
            chunk = rollups[first : first + ROWS_A_WRITE]
            with self._lock, translated_errors(), self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                self._connection.executemany(
                    _WRITE, [self._row(width, one.series, one.rollup) for one in chunk]
                )
        return Written(len(rollups), 0)

    def of_series(
        self, width: RollupWidth, series: SeriesKey, start: datetime, end: datetime
    ) -> list[Rollup]:
        known = self._read(_SERIES, (series.measurement, series.field, text_of_tags(series.tags)))
        if not known:
            return []
        number, kind = known[0]
        span = (_bucket_from(start, width), _bucket_from(end, width))
        rows = self._read(_ONE, (width.seconds, number, *span))
        return [_rollup(row, width, kind) for row in rows]

    def of_all(
        self, width: RollupWidth, start: datetime, end: datetime
    ) -> Iterator[tuple[SeriesKey, list[Rollup]]]:
        span = (_bucket_from(start, width), _bucket_from(end, width))
        for first in self._series_chunks():
            rows = self._read(_ALL, (width.seconds, *span, first, first + SERIES_A_READ))
            for _, found in groupby(rows, key=lambda row: row[0]):
                of_one = list(found)
                yield _key(of_one[0]), [_rollup(row[5:], width, row[4]) for row in of_one]

    def retain(self, width: RollupWidth, keep: timedelta, newest: datetime) -> None:
        before = _bucket_from(newest - keep, width)
        for first in self._series_chunks():
            with self._lock, translated_errors(), self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                self._connection.executemany(
                    "DELETE FROM rollups WHERE width = ? AND series = ? AND bucket < ?",
                    [(width.seconds, first + n, before) for n in range(1, SERIES_A_READ + 1)],
                )

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def _series_chunks(self) -> Iterator[int]:
        """The numbers after which the chunks of series begin."""
        ((newest,),) = self._read("SELECT coalesce(max(id), 0) FROM series", ())
        yield from range(0, newest, SERIES_A_READ)

    def _read(self, query: str, parameters: tuple[object, ...]) -> list[tuple[Any, ...]]:
        with self._lock, translated_errors():
            return self._connection.execute(query, parameters).fetchall()

    def _row(self, width: RollupWidth, series: SeriesKey, rollup: Rollup) -> tuple[object, ...]:
        names = (series.measurement, series.field, text_of_tags(series.tags))
        number, _ = self._connection.execute(_SERIES, names).fetchone()
        states = rollup.occurrences
        return (
            width.seconds,
            number,
            _bucket_from(rollup.start, width),
            rollup.count,
            rollup.total,
            rollup.low,
            rollup.high,
            rollup.last,
            (rollup.last_at - rollup.start) // MICROSECOND,
            None if states is None else json.dumps(states, ensure_ascii=False, sort_keys=True),
        )


def _bucket_from(at: datetime, width: RollupWidth) -> int:
    """The first bucket that begins at the instant or after it."""
    return -(-microseconds(at) // (width.long // MICROSECOND))


def _key(row: tuple[Any, ...]) -> SeriesKey:
    _, measurement, tags, field, *_ = row
    return SeriesKey(measurement, tags_of_text(tags), field)


def _value(value: Any, kind: str) -> Any:
    return bool(value) if kind == "boolean" else value


def _rollup(row: tuple[Any, ...], width: RollupWidth, kind: str) -> Rollup:
    bucket, count, total, low, high, last, last_after, states = row
    start = instant(bucket * (width.long // MICROSECOND))
    return Rollup(
        start=start,
        count=count,
        total=total,
        low=low,
        high=high,
        last=_value(last, kind),
        last_at=start + timedelta(microseconds=last_after),
        occurrences=None if states is None else json.loads(states),
    )
