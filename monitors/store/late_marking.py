"""A metric store that notes which rolled-up buckets a write touches."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from monitors.samples import Sample, Tags
from monitors.store.protocol import MetricStore, Point, Written
from monitors.store.rollup_ledger import FINEST, RollupLedger
from ops_core.kernel.clock import Clock


class LateMarking:
    """A :class:`MetricStore` over another one; only ``write`` does more.

    The mark is on disk before the value, so that a kill between them costs a needless roll-up and
    not a wrong one; and it is renewed after it, for the bucket may have been read in between. Who
    is in time pays nothing.
    """

    def __init__(self, store: MetricStore, ledger: RollupLedger, clock: Clock) -> None:
        self._store, self._ledger, self._clock = store, ledger, clock

    def write(self, samples: Sequence[Sample]) -> Written:
        self._mark(samples)
        try:
            return self._store.write(samples)
        finally:  # a write that failed may have been taken in part
            self._mark(samples)

    def _mark(self, samples: Sequence[Sample]) -> None:
        until = self._ledger.rolled_until
        if until is None:
            return
        late = {FINEST.start_of(sample.at) for sample in samples if sample.at < until}
        if late:
            self._ledger.touch(sorted(late), self._clock.now())

    def last(self, measurement: str, tags: Tags, field: str) -> Point | None:
        return self._store.last(measurement, tags, field)

    def last_of_each(self, measurement: str, field: str) -> Mapping[Tags, Point]:
        return self._store.last_of_each(measurement, field)

    def series(
        self,
        measurement: str,
        tags: Tags,
        field: str,
        start: datetime,
        end: datetime,
        step: timedelta | None = None,
    ) -> list[Point]:
        return self._store.series(measurement, tags, field, start, end, step)

    def retain(self, keep: timedelta, newest: datetime) -> None:
        self._store.retain(keep, newest)

    def close(self) -> None:
        self._store.close()
