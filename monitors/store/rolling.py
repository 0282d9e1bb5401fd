"""The worker that rolls up what has ended, and again what was touched since."""

import logging
import threading
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from monitors.store.protocol import StoreRefused, StoreUnavailable, Written
from monitors.store.rollup import Rollup, RollupWidth, coarser, merged, rolled_up
from monitors.store.rollup_ledger import FINEST, RESTART_MARGIN, DirtyBucket, RollupLedger
from monitors.store.rollup_protocol import RollupStore, SeriesKey, SeriesRollup
from ops_core.kernel.clock import Clock
from ops_core.kernel.health import Concern, Measure, MeasureKind
from ops_core.kernel.i18n import message
from ops_core.kernel.workers import Worker, repeat

log = logging.getLogger(__name__)

NAME = "rollups"
EVERY_S = 15.0
RAW_KEPT = timedelta(days=7)
RAW_GOES = timedelta(hours=2)
"""Raw values go by the hour: so long before their end a bucket is left as it is, for it may have
lost some."""
GRACE = timedelta(seconds=60)
"""After its end a bucket waits so long for what is still on its way."""
SETTLED = timedelta(seconds=30)
"""A bucket that was touched within this time is likely to be touched again: a replay goes on."""
BUCKETS_A_ROUND = 48
SLICE = timedelta(minutes=1)
"""Raw values held in memory at a time; their roll-ups merge."""
RETAIN_EVERY = timedelta(hours=1)
BEHIND = timedelta(minutes=30)
"""Roll-ups this late are a concern; raw values outlast them by days."""


class RollupWorker:
    """Used by one thread; ``measures`` and ``concerns`` from any.

    A kill at any point leaves a mark in the ledger, and the bucket is rolled up again as a whole.
    """

    def __init__(
        self,
        store: RollupStore,
        ledger: RollupLedger,
        clock: Clock,
        raw_kept: timedelta = RAW_KEPT,
    ) -> None:
        self._store, self._ledger, self._clock = store, ledger, clock
        self._computable = raw_kept - RAW_GOES
        self._retained_at: datetime | None = None
        self._refused: set[RollupWidth] = set()
        self._buckets = self._passed_over = 0
        self._written = Written(0, 0)
        self._is_resumed = self._is_away = False

    def run(self, worker: Worker, stop: threading.Event) -> None:
        """Roll up until ``stop``; a store that is away is asked again at the next round."""

        def step() -> None:
            try:
                self.round(stop)
                self._is_away = False
            except StoreUnavailable as error:
                if not self._is_away:
                    log.warning("roll-ups wait for the store: %s", error)
                self._is_away = True

        repeat(worker, stop, EVERY_S, step)

    def round(self, stop: threading.Event | None = None) -> None:
        """Whatever is due now, a bounded number of buckets. Raises StoreUnavailable."""
        now = self._clock.now()
        earliest = FINEST.start_of(now - self._computable) + FINEST.long
        self._resume(now)
        self._ledger.advance(now - GRACE, earliest, touched=now - SETTLED)
        self._passed_over += self._ledger.pass_over(FINEST, earliest)
        for bucket in self._due(now):
            if stop is not None and stop.is_set():
                return
            self._roll_up(bucket)
        self._retain(now)

    def _resume(self, now: datetime) -> None:
        until = self._ledger.rolled_until
        if not self._is_resumed and until is not None:
            count = RESTART_MARGIN // FINEST.long
            self._ledger.touch([until - n * FINEST.long for n in range(1, count + 1)],
                               now - SETTLED)  # fmt: skip
        self._is_resumed = True

    def _due(self, now: datetime) -> Iterator[DirtyBucket]:
        """Five minutes before hours, for these are made of those; what is new needs no waiting."""
        for width in RollupWidth:
            ended_by, settled = now - GRACE, now - SETTLED
            yield from self._ledger.due(width, ended_by, settled, BUCKETS_A_ROUND)

    def _roll_up(self, bucket: DirtyBucket) -> None:
        is_finest = bucket.width is FINEST
        found = self._from_raw(bucket) if is_finest else self._from_finest(bucket)
        rollups = [SeriesRollup(series, rollup) for series, rollup in found]
        written = self._store.write(bucket.width, rollups)
        self._ledger.done(bucket, RollupWidth.HOUR if is_finest else None, self._clock.now())
        self._buckets += 1
        self._written += written
        if written.refused:
            log.error("%d roll-ups of %s refused for good", written.refused, bucket.start)

    def _from_raw(self, bucket: DirtyBucket) -> Iterable[tuple[SeriesKey, Rollup]]:
        found: dict[SeriesKey, Rollup] = {}
        start = bucket.start
        while start < bucket.end:
            for series, points in self._store.raw(start, start + SLICE):
                (rollup,) = rolled_up(points, bucket.width)
                known = found.get(series)
                found[series] = rollup if known is None else merged(known, rollup)
            start += SLICE
        return found.items()

    def _from_finest(self, bucket: DirtyBucket) -> Iterable[tuple[SeriesKey, Rollup]]:
        for series, rollups in self._store.of_all(FINEST, bucket.start, bucket.end):
            (rollup,) = coarser(rollups, bucket.width)
            yield series, rollup

    def _retain(self, now: datetime) -> None:
        if self._retained_at is not None and now - self._retained_at < RETAIN_EVERY:
            return
        self._retained_at = now
        for width in RollupWidth:
            if width in self._refused:
                continue
            try:
                self._store.retain(width, width.kept, now)
            except StoreRefused as error:
                log.warning("old roll-ups are not dropped by us: %s", error)
                self._refused.add(width)

    def lag(self) -> timedelta:
        """How long the bucket that waits longest has waited; nothing before the first round."""
        until, marked = self._ledger.rolled_until, self._ledger.waiting_since()
        due = None if until is None else until + FINEST.long + GRACE
        known = [at for at in (due, marked) if at is not None]
        return max(timedelta(0), self._clock.now() - min(known)) if known else timedelta(0)

    def measures(self) -> Iterable[Measure]:
        """For /metrics."""
        yield Measure("zhishou_rollup_lag_seconds", "How long the oldest bucket waits.",
                      self.lag().total_seconds())  # fmt: skip
        for width, count in self._ledger.dirty().items():
            yield Measure("zhishou_rollup_dirty_buckets", "Buckets to be rolled up.", count,
                          labels={"width": width.label})  # fmt: skip
        for name, text, count in (
            ("buckets", "Buckets rolled up.", self._buckets),
            ("rows", "Roll-ups written.", self._written.accepted),
            ("refused", "Roll-ups that the store will never take.", self._written.refused),
            ("passed_over", "Buckets touched after their values were gone.", self._passed_over),
        ):
            yield Measure(f"zhishou_rollup_{name}_total", text, count, MeasureKind.COUNTER)

    def concerns(self, now: datetime) -> Iterable[Concern]:
        """Whether the roll-ups are behind."""
        late = self.lag()
        if late > BEHIND:
            text = message("指标汇总落后 {minutes} 分钟", minutes=late // timedelta(minutes=1))
            yield Concern("rollups/behind", text, since=now - late)
