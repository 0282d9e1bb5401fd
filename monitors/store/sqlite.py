"""The embedded metric store: one SQLite file in WAL mode."""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any

from monitors.samples import FieldValue, Sample, Tags
from monitors.store.instants import MICROSECOND, instant, microseconds
from monitors.store.protocol import (
    Point,
    StoreRefused,
    StoreUnavailable,
    Written,
    is_storable,
)
from ops_core.kernel.private_files import make_database_private

# Points lie in the order of their key, so a range of one series is one run of pages.
SCHEMA = """
CREATE TABLE IF NOT EXISTS series (
    id INTEGER PRIMARY KEY,
    measurement TEXT NOT NULL,
    tags TEXT NOT NULL,
    field TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('integer', 'float', 'text', 'boolean')),
    UNIQUE (measurement, field, tags)
);
CREATE TABLE IF NOT EXISTS points (
    series INTEGER NOT NULL REFERENCES series (id),
    at INTEGER NOT NULL,
    value NOT NULL,
    PRIMARY KEY (series, at)
) WITHOUT ROWID;
"""
WRITE_POINT = """
INSERT INTO points (series, at, value) VALUES (?, ?, ?)
ON CONFLICT (series, at) DO UPDATE SET value = excluded.value
"""
KIND = "SELECT kind FROM series WHERE measurement = ? AND field = ? ORDER BY id LIMIT 1"
SERIES_A_DELETION = 200
"""As many at a time, so that whoever else writes waits for no more than these."""
SeriesKey = tuple[str, Tags, str]


class SqliteMetricStore:
    """A :class:`MetricStore` in one file; a writer and readers do not wait for each other."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._write_lock = Lock()
        self._read_lock = Lock()
        self._writer = connected(path)
        self._writer.executescript(SCHEMA)
        self._reader = connected(path)
        self._known: dict[SeriesKey, int] = {}
        self._kinds: dict[tuple[str, str], str] = {}

    def write(self, samples: Sequence[Sample]) -> Written:
        with self._write_lock, translated_errors(), self._transaction():
            rows: list[tuple[int, int, FieldValue]] = []
            accepted = 0
            for sample in samples:
                points = self._points(sample)
                accepted += points is not None
                rows.extend(points or ())
            self._writer.executemany(WRITE_POINT, rows)
        return Written(accepted, len(samples) - accepted)

    def last(self, measurement: str, tags: Tags, field: str) -> Point | None:
        rows = self._read(
            "SELECT at, value, kind FROM points JOIN series ON series.id = points.series"
            " WHERE measurement = ? AND tags = ? AND field = ? ORDER BY at DESC LIMIT 1",
            (measurement, text_of_tags(tags), field),
        )
        return next((_point(at, value, kind) for at, value, kind in rows), None)

    def last_of_each(self, measurement: str, field: str) -> Mapping[Tags, Point]:
        rows = self._read(
            "SELECT tags, at, value, kind FROM series JOIN points ON series.id = points.series"
            " WHERE measurement = ? AND field = ?"
            " AND at = (SELECT max(at) FROM points AS newest WHERE newest.series = series.id)",
            (measurement, field),
        )
        return {tags_of_text(tags): _point(at, value, kind) for tags, at, value, kind in rows}

    def series(
        self,
        measurement: str,
        tags: Tags,
        field: str,
        start: datetime,
        end: datetime,
        step: timedelta | None = None,
    ) -> list[Point]:
        found = self._read(
            "SELECT id, kind FROM series WHERE measurement = ? AND tags = ? AND field = ?",
            (measurement, text_of_tags(tags), field),
        )
        if not found:
            return []
        identity, kind = found[0]
        span = (identity, microseconds(start), microseconds(end))
        if step is None:
            rows = self._read(
                "SELECT at, value FROM points WHERE series = ? AND at >= ? AND at < ? ORDER BY at",
                span,
            )
            return [_point(at, value, kind) for at, value in rows]
        if kind not in ("integer", "float"):
            raise StoreRefused(f"{measurement}.{field} is {kind}: it has no mean")
        width = step // MICROSECOND
        rows = self._read(
            "SELECT at - ((at % ?1) + ?1) % ?1 AS bucket, avg(value) FROM points"
            " WHERE series = ?2 AND at >= ?3 AND at < ?4 GROUP BY bucket ORDER BY bucket",
            (width, *span),
        )
        return [Point(instant(bucket), mean) for bucket, mean in rows]

    def retain(self, keep: timedelta, newest: datetime) -> None:
        before = microseconds(newest - keep)
        ((last,),) = self._read("SELECT coalesce(max(id), 0) FROM series", ())
        for first in range(1, last + 1, SERIES_A_DELETION):
            numbers = range(first, first + SERIES_A_DELETION)
            with self._write_lock, translated_errors(), self._transaction():
                # By series, so that each deletion is one range of the key and not a scan.
                self._writer.executemany(
                    "DELETE FROM points WHERE series = ? AND at < ?", [(n, before) for n in numbers]
                )

    def close(self) -> None:
        with self._write_lock, self._read_lock:
            self._writer.close()
            self._reader.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._writer.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._writer.execute("COMMIT")
        except BaseException:
            # What was rolled back is not known any more: a series made in vain has no number.
            self._known.clear()
            self._kinds.clear()
            # A full disk makes SQLite roll back by itself, or fail in the commit.
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
            raise

    def _read(self, query: str, parameters: tuple[object, ...]) -> list[tuple[Any, ...]]:
        with self._read_lock, translated_errors():
            return self._reader.execute(query, parameters).fetchall()

    def _points(self, sample: Sample) -> list[tuple[int, int, FieldValue]] | None:
        """The sample's rows; None when it is refused."""
        if not is_storable(sample):
            return None
        at = microseconds(sample.at)
        kinds = {field: _kind_of(value) for field, value in sample.fields.items()}
        if any(self._kind(sample.measurement, f) not in (kind, None) for f, kind in kinds.items()):
            return None
        self._kinds.update({(sample.measurement, field): kind for field, kind in kinds.items()})
        return [
            (self._series((sample.measurement, sample.tags, field), kinds[field]), at, value)
            for field, value in sample.fields.items()
        ]

    def _kind(self, measurement: str, field: str) -> str | None:
        """The field's type: that of its first value in any series; None for a new one."""
        known = self._kinds.get((measurement, field))
        if known is None:
            found = self._writer.execute(KIND, (measurement, field)).fetchone()
            known = found[0] if found else None
        return known

    def _series(self, key: SeriesKey, kind: str) -> int:
        """Number of a series, which is created when it is new."""
        known = self._known.get(key)
        if known is None:
            measurement, tags, field = key
            self._writer.execute(
                "INSERT INTO series (measurement, tags, field, kind) VALUES (?, ?, ?, ?)"
                " ON CONFLICT DO NOTHING",
                (measurement, text_of_tags(tags), field, kind),
            )
            (known,) = self._writer.execute(
                "SELECT id FROM series WHERE measurement = ? AND tags = ? AND field = ?",
                (measurement, text_of_tags(tags), field),
            ).fetchone()
            self._known[key] = known
        return known


def connected(path: Path) -> sqlite3.Connection:
    make_database_private(path)
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
    connection.execute("PRAGMA journal_mode = WAL")
    # A lost power supply may cost the last second of measurements, never the file.
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


@contextmanager
def translated_errors() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StoreUnavailable(f"SQLite: {error}") from error


def _kind_of(value: FieldValue) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    return "float" if isinstance(value, float) else "text"


def text_of_tags(tags: Tags) -> str:
    return json.dumps(sorted(tags), ensure_ascii=False, separators=(",", ":"))


def tags_of_text(text: str) -> Tags:
    return tuple((key, value) for key, value in json.loads(text))


def _point(at: int, value: FieldValue, kind: str) -> Point:
    return Point(instant(at), bool(value) if kind == "boolean" else value)
