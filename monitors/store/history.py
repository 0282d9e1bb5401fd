"""A series over any span, at the finest resolution that is sensible and still there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from monitors.store.instants import EPOCH
from monitors.store.protocol import MetricStore
from monitors.store.rollup import Rollup, RollupWidth, coarser, of_points, rolled_up
from monitors.store.rollup_ledger import FINEST, RollupLedger
from monitors.store.rollup_protocol import RollupStore, SeriesKey

LONGEST_RAW = timedelta(hours=6)
"""4,320 values of a series that is polled every 5 s."""
LONGEST_FINEST = timedelta(days=14)
"""4,032 buckets of five minutes."""


class Resolution(Enum):
    """What the values of a history are."""

    RAW = None
    FIVE_MINUTES = RollupWidth.FIVE_MINUTES
    HOUR = RollupWidth.HOUR

    @property
    def label(self) -> str:
        return "raw" if self.value is None else self.value.label


@dataclass(frozen=True, slots=True)
class History:
    """Values of one series in [start, end) in order of time; what is not there is unknown.

    A raw value is a roll-up of one, which starts at its instant. With roll-ups the first bucket is
    the one that holds the start.
    """

    resolution: Resolution
    values: Sequence[Rollup]


def resolution_for(
    start: datetime, end: datetime, now: datetime, raw_kept: timedelta
) -> Resolution:
    """By how long the span is, and by how far back it reaches (pure)."""
    span, age = end - start, now - start
    if span <= LONGEST_RAW and age <= raw_kept:
        return Resolution.RAW
    if span <= LONGEST_FINEST and age <= RollupWidth.FIVE_MINUTES.kept:
        return Resolution.FIVE_MINUTES
    return Resolution.HOUR


class HistoryReader:
    """Reads whatever holds a span; from any thread.

    What is not rolled up yet, or was touched since, is rolled up here from the raw values of the
    one series asked for, so that a history has no seam and lags behind nothing.
    """

    def __init__(
        self, store: MetricStore, rollups: RollupStore, ledger: RollupLedger, raw_kept: timedelta
    ) -> None:
        self._store, self._rollups, self._ledger = store, rollups, ledger
        self._raw_kept = raw_kept

    def read(
        self,
        series: SeriesKey,
        start: datetime,
        end: datetime,
        now: datetime,
        resolution: Resolution | None = None,
    ) -> History:
        """Values in [start, end), at the resolution asked for or else the fitting one.

        Raises StoreUnavailable.
        """
        chosen = resolution or resolution_for(start, end, now, self._raw_kept)
        width = chosen.value
        if width is None:
            points = self._store.series(*_names(series), start, end)
            return History(chosen, [of_points([point], point.at) for point in points])
        start = width.start_of(start)
        final = min(max(start, self._final_until(width)), end)
        kept = self._rollups.of_series(width, series, start, final)
        return History(chosen, [*kept, *self._fresh(width, series, final, end, now)])

    def _final_until(self, width: RollupWidth) -> datetime:
        """The end of the buckets whose roll-ups are what the values say."""
        until, dirty = self._ledger.rolled_until, self._ledger.first_dirty()
        known = [at for at in (until, dirty) if at is not None]
        return width.start_of(min(known)) if known else EPOCH

    def _fresh(
        self,
        width: RollupWidth,
        series: SeriesKey,
        start: datetime,
        end: datetime,
        now: datetime,
    ) -> list[Rollup]:
        """Rolled up now: from five minutes where the raw values are gone, else from these."""
        if start >= end:
            return []
        raw_from = max(start, width.start_of(now - self._raw_kept) + width.long)
        old = self._rollups.of_series(FINEST, series, start, min(raw_from, end))
        points = self._store.series(*_names(series), raw_from, end)
        return [*coarser(old, width), *rolled_up(points, width)]


def _names(series: SeriesKey) -> tuple[str, tuple[tuple[str, str], ...], str]:
    return series.measurement, series.tags, series.field
