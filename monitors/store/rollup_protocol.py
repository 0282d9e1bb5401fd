"""What a store promises of roll-ups; tests/monitors/store holds each implementation to it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from monitors.samples import Tags
from monitors.store.protocol import Point, Written
from monitors.store.rollup import Rollup, RollupWidth


@dataclass(frozen=True, slots=True, order=True)
class SeriesKey:
    """One field of one series; ``tags`` are complete and in order of their keys."""

    measurement: str
    tags: Tags
    field: str


@dataclass(frozen=True, slots=True)
class SeriesRollup:
    """A roll-up with the series that it is of."""

    series: SeriesKey
    rollup: Rollup


class RollupStore(Protocol):
    """Beside a :class:`monitors.store.protocol.MetricStore`, whose raw values it reads.

    Every method may be called from any thread, and raises StoreUnavailable when the store cannot
    answer now. None holds up the writer of the raw values for longer than a chunk takes.
    """

    def raw(self, start: datetime, end: datetime) -> Iterator[tuple[SeriesKey, list[Point]]]:
        """Every series with values in [start, end), once each, read a chunk at a time."""
        ...

    def write(self, width: RollupWidth, rollups: Sequence[SeriesRollup]) -> Written:
        """Store durably; what is stored for the same series and bucket is replaced.

        Raises StoreUnavailable when nothing may be assumed: then it is written again as a whole.
        """
        ...

    def of_series(
        self, width: RollupWidth, series: SeriesKey, start: datetime, end: datetime
    ) -> list[Rollup]:
        """Roll-ups whose buckets begin in [start, end), in order of time."""
        ...

    def of_all(
        self, width: RollupWidth, start: datetime, end: datetime
    ) -> Iterator[tuple[SeriesKey, list[Rollup]]]:
        """The same of every series that has any, once each, read a chunk at a time."""
        ...

    def retain(self, width: RollupWidth, keep: timedelta, newest: datetime) -> None:
        """See to it that roll-ups older than ``keep`` go, as MetricStore.retain does for values."""
        ...

    def close(self) -> None: ...
