"""The single writer: takes samples from any thread and never makes a collector wait."""

import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Condition, Event, Thread
from time import monotonic

from monitors.samples import Sample
from monitors.store.protocol import MetricStore, StoreUnavailable, Written
from monitors.store.spool import Spool, SpoolState

log = logging.getLogger(__name__)

BATCH = 5_000
GATHER_S = 0.5
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 15.0
QUEUE_LIMIT = 200_000
FORGET_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class WriterState:
    """What has become of the samples so far; ``available`` is the outcome of the last attempt."""

    accepted: int
    refused: int
    dropped: int
    queued: int
    available: bool
    spool: SpoolState | None


class MetricWriter:
    """Batches samples into a store; while it is down they wait in the spool, in order.

    After an outage live samples go first and the backlog follows, one batch at a time. Without
    a spool (an embedded store) an outage keeps at most ``QUEUE_LIMIT`` samples in memory.
    """

    def __init__(
        self, store: MetricStore, spool: Spool | None = None, keep: timedelta | None = None
    ) -> None:
        """``keep``: how long values are kept, for ever if None. Their own stamps tell the time."""
        self._store = store
        self._keep = keep
        self._forgotten: datetime | None = None
        self._spool = spool
        self._queue: deque[Sample] = deque()
        self._wake = Condition()
        self._stopping = Event()
        self._written = Written(0, 0)
        self._dropped = 0
        self._available = True
        self._retry_at = 0.0
        self._pause_s = FIRST_PAUSE_S
        self._thread = Thread(target=self._run, name="metric-writer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def submit(self, samples: Sequence[Sample]) -> None:
        """Hand samples over; returns at once."""
        with self._wake:
            overflow = len(self._queue) + len(samples) - QUEUE_LIMIT
            for _ in range(min(overflow, len(self._queue))):
                self._queue.popleft()
                self._dropped += 1
            self._queue.extend(samples)
            self._wake.notify()

    def stop(self) -> None:
        """Write, or spool, what is queued, then end. The store stays open."""
        self._stopping.set()
        with self._wake:
            self._wake.notify()
        self._thread.join()

    def state(self) -> WriterState:
        return WriterState(
            accepted=self._written.accepted,
            refused=self._written.refused,
            dropped=self._dropped,
            queued=len(self._queue),
            available=self._available,
            spool=self._spool.state() if self._spool else None,
        )

    def _run(self) -> None:
        while not (self._stopping.is_set() and not self._queue):
            backlog = self._spool is not None and not self._spool.is_empty
            batch = self._take(wait=not (backlog and self._may_try()))
            if batch:
                self._deliver(batch)
            if backlog and self._may_try() and not self._stopping.is_set():
                self._deliver_backlog()

    def _take(self, *, wait: bool) -> list[Sample]:
        with self._wake:
            if wait and not self._queue and not self._stopping.is_set():
                self._wake.wait(timeout=GATHER_S)
        if wait:
            # Gather what arrives together: one transaction for many polls.
            self._stopping.wait(GATHER_S)
        with self._wake:
            return [self._queue.popleft() for _ in range(min(BATCH, len(self._queue)))]

    def _deliver(self, batch: list[Sample]) -> None:
        if self._may_try() and self._attempt(batch):
            return
        if self._spool is not None:
            self._wait_on_disk(self._spool, batch)
            return
        with self._wake:
            room = max(0, QUEUE_LIMIT - len(self._queue))
            self._dropped += max(0, len(batch) - room)
            self._queue.extendleft(reversed(batch[-room:] if room else []))
        if self._stopping.is_set():
            self._dropped += len(self._queue)
            self._queue.clear()

    def _wait_on_disk(self, spool: Spool, batch: list[Sample]) -> None:
        try:
            spool.append(batch)
        except OSError as error:
            self._dropped += len(batch)
            log.error("spool not writable, %d samples dropped: %s", len(batch), error)

    def _deliver_backlog(self) -> None:
        assert self._spool is not None  # noqa: S101
        waiting = self._spool.peek()
        if waiting is not None and self._attempt(waiting.samples):
            self._spool.acknowledge(waiting)

    def _forget(self, newest: datetime) -> None:
        """Drop what is older than ``keep``, once an hour."""
        if self._keep is None:
            return
        before = newest - self._keep
        if self._forgotten is None or before - self._forgotten >= FORGET_EVERY:
            self._store.forget(before)
            self._forgotten = before

    def _may_try(self) -> bool:
        return monotonic() >= self._retry_at

    def _attempt(self, batch: Sequence[Sample]) -> bool:
        try:
            self._written += self._store.write(batch)
            self._forget(max(sample.at for sample in batch))
        except StoreUnavailable as error:
            if self._available:
                log.warning("metric store unavailable, samples wait: %s", error)
            self._available = False
            self._retry_at = monotonic() + self._pause_s
            self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)
            return False
        if not self._available:
            log.info("metric store available again")
        self._available = True
        self._pause_s = FIRST_PAUSE_S
        return True
