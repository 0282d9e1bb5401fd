"""The single writer: takes samples from any thread and never makes a collector wait."""

import logging
import threading
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitors.samples import Sample
from monitors.store.delivery import Delivery
from monitors.store.protocol import MetricStore
from monitors.store.spool import Spool
from monitors.store.writer_state import WriterState, measures_of
from ops_core.kernel.clock import Clock, SystemClock
from ops_core.kernel.health import Concern, Measure
from ops_core.kernel.i18n import message
from ops_core.kernel.workers import ENDINGS, Worker, Workers

log = logging.getLogger(__name__)

NAME = "metric-writer"
BATCH = 5_000
GATHER_S = 0.5
QUEUE_LIMIT = 200_000
"""Samples held in memory; some 100 MB, and some minutes of a large centre."""
LONGEST_SILENCE_S = 120.0
"""A write may take the client's time-outs; a writer that is silent for longer hangs."""
RECENT_S = 600.0
"""A loss this recent is a concern still."""
NEARLY_FULL = 0.8
SPOOL_FULL = "spool/full"
SAMPLES_DROPPED = "samples/dropped"


@dataclass(frozen=True, slots=True)
class _Submission:
    """Samples that came together, and when (monotonic)."""

    at: float
    samples: Sequence[Sample]


class MetricWriter:
    """Batches samples into a store; while it is down they wait in the spool, in order.

    After an outage live samples go first and the backlog follows, one batch at a time. What neither
    the store nor the spool takes stays in memory, ``queue_limit`` samples at most; then the oldest
    are dropped and counted. Its thread ends only by :meth:`stop`: whatever fails is one batch's.
    """

    def __init__(
        self,
        store: MetricStore,
        spool: Spool | None = None,
        keep: timedelta | None = None,
        workers: Workers | None = None,
        clock: Clock | None = None,
        queue_limit: int = QUEUE_LIMIT,
    ) -> None:
        """``keep``: how long values are kept, for ever if None. Their own stamps tell the time."""
        self._clock = clock or SystemClock()
        self._spool, self._queue_limit = spool, queue_limit
        self._queue: deque[_Submission] = deque()
        self._taken: list[_Submission] = []
        self._queued = 0
        self._wake = threading.Condition()
        self._stopping = threading.Event()
        self._dropped = 0
        self._lost_at: dict[str, float] = {}
        self._spool_broken_since: datetime | None = None
        self._runs = 0
        self._worker: Worker | None = None
        self._delivery = Delivery(store, keep, self._clock, self._failed)
        self._thread = (workers or Workers(self._clock)).thread(
            NAME, self._work, self._stopping, longest_silence_s=LONGEST_SILENCE_S
        )

    def start(self) -> None:
        self._thread.start()

    def submit(self, samples: Sequence[Sample]) -> None:
        """Hand samples over; returns at once."""
        at = self._clock.monotonic()
        with self._wake:
            for start in range(0, len(samples), BATCH):
                self._queue.append(_Submission(at, samples[start : start + BATCH]))
            self._queued += len(samples)
            self._keep_bound()
            self._wake.notify()

    def stop(self) -> None:
        """Write, or spool, what is queued, then end. The store stays open."""
        self._stopping.set()
        with self._wake:
            self._wake.notify()
        if self._thread.ident is not None:
            self._thread.join()
        self._write_what_is_left()  # a thread that was stopped before it began has written nothing

    def state(self) -> WriterState:
        """How it stands; from any thread."""
        delivery = self._delivery
        with self._wake:
            first = next(iter(self._taken), None) or next(iter(self._queue), None)
            queued = self._queued
        return WriterState(
            accepted=delivery.written.accepted,
            refused=delivery.written.refused,
            dropped=self._dropped,
            queued=queued,
            available=delivery.away_since is None,
            spool=self._spool.state() if self._spool else None,
            lag_s=0.0 if first is None else max(0.0, self._clock.monotonic() - first.at),
            waiting_s=delivery.waiting_s,
            away_since=delivery.away_since,
            attempts_failed=delivery.attempts_failed,
            restarts=max(0, self._runs - 1),
        )

    def measures(self) -> Iterable[Measure]:
        """For /metrics."""
        return measures_of(self.state())

    def concerns(self, now: datetime) -> Iterable[Concern]:
        """What is wrong with what is measured."""
        state = self.state()
        if state.away_since is not None:
            text = message(
                "指标库写入失败，样本在等待：{error}", error=self._delivery.last_error[:200]
            )
            yield Concern("metric-store/away", text, since=state.away_since)
        if self._spool_broken_since is not None:
            text = message("指标缓冲不可写（磁盘已满？），样本只在内存中")
            yield Concern("spool/unwritable", text, since=self._spool_broken_since)
        lost = {SAMPLES_DROPPED: state.dropped}
        if state.spool is not None:
            lost[SPOOL_FULL] = state.spool.dropped_samples
        for key, at in sorted(self._lost_at.items()):
            ago_s = self._clock.monotonic() - at
            if ago_s < RECENT_S:
                text = message("指标样本超出缓冲上限，已丢弃 {count} 个", count=lost[key])
                yield Concern(key, text, since=now - timedelta(seconds=ago_s))
        if state.spool and state.spool.bytes_waiting > NEARLY_FULL * state.spool.max_bytes:
            text = message(
                "指标缓冲已用 {share}%，{count} 个样本在等待",
                share=state.spool.bytes_waiting * 100 // state.spool.max_bytes,
                count=state.spool.samples_waiting,
            )
            yield Concern("spool/nearly-full", text)

    def _failed(self, item: str, error: BaseException) -> None:
        if self._worker is not None:
            self._worker.failed(item, error)

    def _work(self, worker: Worker) -> None:
        self._worker = worker
        self._runs += 1
        while not self._stopping.is_set():
            self._round()
            worker.succeeded()
        self._write_what_is_left()

    def _round(self) -> None:
        may_send_backlog = self._has_backlog() and self._delivery.may_try
        batch = self._take(wait=not may_send_backlog)
        if batch:
            self._deliver(batch)
        if may_send_backlog and self._delivery.may_try and not self._stopping.is_set():
            self._deliver_backlog()

    def _write_what_is_left(self) -> None:
        self._delivery.try_now()
        while batch := self._take(wait=False):
            if not self._deliver(batch):
                with self._wake:
                    self._drop(self._queued)
                    self._queue.clear()

    def _has_backlog(self) -> bool:
        return self._spool is not None and not self._spool.is_empty

    def _take(self, *, wait: bool) -> list[Sample]:
        with self._wake:
            if wait and not self._queue and not self._stopping.is_set():
                self._wake.wait(timeout=GATHER_S)
        if wait:
            # Gather what arrives together: one transaction for many polls.
            self._stopping.wait(GATHER_S)
        with self._wake:
            count = 0
            while self._queue and count + len(self._queue[0].samples) <= BATCH:
                self._taken.append(self._queue.popleft())
                count += len(self._taken[-1].samples)
            return [sample for submission in self._taken for sample in submission.samples]

    def _deliver(self, batch: Sequence[Sample]) -> bool:
        """To the store or to the spool; whether either has it now, or it waits in memory."""
        is_done = False
        try:
            is_done = self._is_stored(batch) or (
                self._spool is not None and self._is_spooled(self._spool, batch)
            )
        finally:  # whatever was raised: the batch is somewhere
            with self._wake:
                if is_done:
                    self._queued -= len(batch)
                else:
                    self._queue.extendleft(reversed(self._taken))
                self._taken = []
                self._keep_bound()
        return is_done

    def _is_stored(self, batch: Sequence[Sample]) -> bool:
        if not (self._delivery.may_try and self._delivery.attempt(batch)):
            return False
        self._spool_broken_since = None  # nobody needs it
        return True

    def _is_spooled(self, spool: Spool, batch: Sequence[Sample]) -> bool:
        lost_before = spool.state().dropped_samples
        try:
            spool.append(batch)
        except OSError as error:
            if self._spool_broken_since is None:
                self._spool_broken_since = self._clock.now()
                log.error("spool not writable, samples stay in memory: %s", error)
            return False
        except ENDINGS:
            raise
        except BaseException as error:  # noqa: BLE001 - the batch stays in memory, then
            self._failed("spool", error)
            return False
        self._spool_broken_since = None
        if spool.state().dropped_samples > lost_before:
            self._lost_at[SPOOL_FULL] = self._clock.monotonic()
            log.error("spool full: %d samples dropped so far", spool.state().dropped_samples)
        return True

    def _deliver_backlog(self) -> None:
        assert self._spool is not None  # noqa: S101
        try:
            waiting = self._spool.peek()
        except OSError as error:
            self._failed("spool", error)
            self._stopping.wait(GATHER_S)
            return
        if waiting is not None and self._delivery.attempt(waiting.samples):
            self._spool.acknowledge(waiting)

    def _keep_bound(self) -> None:
        """Drop the oldest above the bound; with the lock held."""
        in_hand = sum(len(submission.samples) for submission in self._taken)
        limit = self._queue_limit + in_hand  # a batch that is being written is older than the queue
        while self._queue and (overflow := self._queued - limit) > 0:
            oldest = self._queue.popleft()
            self._drop(min(overflow, len(oldest.samples)))
            if len(oldest.samples) > overflow:
                self._queue.appendleft(_Submission(oldest.at, oldest.samples[overflow:]))

    def _drop(self, count: int) -> None:
        if count:
            self._queued -= count
            self._dropped += count
            self._lost_at[SAMPLES_DROPPED] = self._clock.monotonic()
