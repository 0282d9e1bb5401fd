"""Roll-ups in InfluxDB: a database for each width, beside the one of the raw values.

One database per retention is what generations 1, 2 and 3 have in common: in generation 1 its
default retention policy keeps to the width's time, in 2 and 3 the administrator makes a bucket (or
database) of that name. They are computed by us, for continuous queries exist in generation 1 alone.
A field ``load`` is kept as ``load.count``, ``load.total`` and so on, under the same measurement and
tags.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from influxdb.line_protocol import quote_ident

from monitors.samples import FieldValue, Sample, Tags
from monitors.store.influx import InfluxAccount, InfluxMetricStore, present_tags
from monitors.store.instants import MICROSECOND, instant, microseconds
from monitors.store.protocol import Point, Written
from monitors.store.rollup import Rollup, RollupWidth
from monitors.store.rollup_protocol import SeriesKey, SeriesRollup

PARTS = ("count", "total", "low", "high", "last", "last_after", "occurrences")


class InfluxRollupStore:
    """A :class:`monitors.store.rollup_protocol.RollupStore` in databases ``<database>_5m``, _1h."""

    def __init__(self, url: str, database: str, account: InfluxAccount | None = None) -> None:
        """``database`` is that of the raw values. Nothing is sent before the first call."""
        self._raw = InfluxMetricStore(url, database, account)
        self._of_width = {
            width: InfluxMetricStore(url, f"{database}_{width.label}", account)
            for width in RollupWidth
        }

    def raw(self, start: datetime, end: datetime) -> Iterator[tuple[SeriesKey, list[Point]]]:
        for measurement, tags, rows in _series_of(self._raw, start, end):
            for field in _names(rows):
                points = [
                    Point(instant(row["time"]), row[field])
                    for row in rows
                    if row.get(field) is not None
                ]
                yield SeriesKey(measurement, tags, field), points

    def write(self, width: RollupWidth, rollups: Sequence[SeriesRollup]) -> Written:
        return self._of_width[width].write([_sample(one) for one in rollups])

    def of_series(
        self, width: RollupWidth, series: SeriesKey, start: datetime, end: datetime
    ) -> list[Rollup]:
        store = self._of_width[width]
        selection = ", ".join(
            f"{quote_ident(f'{series.field}.{part}')} AS {quote_ident(part)}" for part in PARTS
        )
        found = store.rows(selection, series.measurement, series.tags, _span(start, end))
        return [_rollup(row) for row in found]

    def of_all(
        self, width: RollupWidth, start: datetime, end: datetime
    ) -> Iterator[tuple[SeriesKey, list[Rollup]]]:
        for measurement, tags, rows in _series_of(self._of_width[width], start, end):
            for field in sorted({name.rpartition(".")[0] for name in _names(rows)}):
                of_field = [
                    {part: row.get(f"{field}.{part}") for part in PARTS} | {"time": row["time"]}
                    for row in rows
                    if row.get(f"{field}.count") is not None
                ]
                yield SeriesKey(measurement, tags, field), [_rollup(row) for row in of_field]

    def retain(self, width: RollupWidth, keep: timedelta, newest: datetime) -> None:
        self._of_width[width].retain(keep, newest)

    def close(self) -> None:
        for store in (self._raw, *self._of_width.values()):
            store.close()


def _span(start: datetime, end: datetime) -> str:
    return f"time >= {microseconds(start)}u AND time < {microseconds(end)}u"


def _series_of(
    store: InfluxMetricStore, start: datetime, end: datetime
) -> Iterator[tuple[str, Tags, list[dict[str, Any]]]]:
    """A measurement at a time; its series with their rows."""
    for (measurement, _), keys in store.query("SHOW FIELD KEYS").items():
        floats = {key["fieldKey"] for key in keys if key["fieldType"] == "float"}
        query = f"SELECT * FROM {quote_ident(measurement)} WHERE {_span(start, end)} GROUP BY *"  # noqa: S608
        for (_, tags), rows in store.query(query).items():
            yield measurement, present_tags(tags), [_typed(row, floats) for row in rows]


def _typed(row: dict[str, Any], floats: set[str]) -> dict[str, Any]:
    """InfluxDB's JSON writes the float 5.0 as 5, which reads as an integer."""
    return {
        name: float(value) if name in floats and value is not None else value
        for name, value in row.items()
    }


def _names(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The fields that these rows have values of."""
    return sorted({name for row in rows for name, value in row.items() if value is not None}
                  - {"time"})  # fmt: skip


def _sample(one: SeriesRollup) -> Sample:
    """The roll-up as a sample at the start of its bucket; what it lacks is left out."""
    series, rollup = one.series, one.rollup
    states = rollup.occurrences
    parts: dict[str, FieldValue | None] = {
        "count": rollup.count,
        "total": rollup.total,
        "low": rollup.low,
        "high": rollup.high,
        "last": rollup.last,
        "last_after": (rollup.last_at - rollup.start) // MICROSECOND,
        "occurrences": None if states is None else json.dumps(states, ensure_ascii=False),
    }
    fields = {f"{series.field}.{part}": v for part, v in parts.items() if v is not None}
    return Sample(series.measurement, series.tags, fields, rollup.start)


def _rollup(row: Mapping[str, Any]) -> Rollup:
    start, states = instant(row["time"]), row["occurrences"]
    return Rollup(
        start=start,
        count=row["count"],
        total=row["total"],
        low=row["low"],
        high=row["high"],
        last=row["last"],
        last_at=start + timedelta(microseconds=row["last_after"]),
        occurrences=None if states is None else json.loads(states),
    )
