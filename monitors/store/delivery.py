"""One batch to the store: accepted, refused sample by sample, or to be tried again later."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from monitors.samples import Sample
from monitors.store.protocol import MetricStore, StoreRefused, StoreUnavailable, Written
from ops_core.kernel.clock import Clock
from ops_core.kernel.workers import ENDINGS

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 15.0
FORGET_EVERY = timedelta(hours=1)


class Delivery:
    """Writes batches, and knows whether the store may be tried. Used from one thread."""

    def __init__(
        self,
        store: MetricStore,
        keep: timedelta | None,
        clock: Clock,
        failed: Callable[[str, BaseException], None],
    ) -> None:
        """``failed`` hears of what no store should raise, by the name of what was done."""
        self._store, self._keep, self._clock, self._failed = store, keep, clock, failed
        self._forgotten: datetime | None = None
        self._retry_at = 0.0
        self._pause_s = FIRST_PAUSE_S
        self._began: float | None = None
        self.written = Written(0, 0)
        self.away_since: datetime | None = None
        self.attempts_failed = 0
        self.last_error = ""

    @property
    def may_try(self) -> bool:
        """Whether the pause after the last failure is over."""
        return self._clock.monotonic() >= self._retry_at

    def try_now(self) -> None:
        """Without a further pause."""
        self._retry_at = 0.0

    @property
    def waiting_s(self) -> float:
        """How long the store has been at the write that goes on; 0 without one. Any thread."""
        began = self._began
        return 0.0 if began is None else max(0.0, self._clock.monotonic() - began)

    def attempt(self, batch: Sequence[Sample]) -> bool:
        """Whether the batch is done with; False when it is to be kept for another attempt."""
        self._began = self._clock.monotonic()
        try:
            written = self._write(batch)
        except StoreUnavailable as error:
            self._is_away(error)
            return False
        finally:
            self._began = None
        self.written += written
        self._is_back()
        self._forget(max(sample.at for sample in batch))
        return True

    def _write(self, batch: Sequence[Sample]) -> Written:
        try:
            return self._store.write(batch)
        except StoreUnavailable:
            raise
        except StoreRefused:
            return self._without_poison(batch)
        except ENDINGS:
            raise
        except BaseException as error:
            self._failed("store", error)
            written = self._without_poison(batch)
            if written.accepted == 0:  # not the samples are at fault, then
                raise StoreUnavailable(f"{type(error).__name__}: {error}") from error
            return written

    def _without_poison(self, batch: Sequence[Sample]) -> Written:
        """Halve what is refused as a whole until the samples at fault stand alone."""
        if len(batch) == 1:
            return Written(0, 1)
        middle = len(batch) // 2
        return self._half(batch[:middle]) + self._half(batch[middle:])

    def _half(self, batch: Sequence[Sample]) -> Written:
        try:
            return self._store.write(batch)
        except StoreUnavailable:
            raise
        except ENDINGS:
            raise
        except BaseException:  # noqa: BLE001 - reported with the whole batch
            return self._without_poison(batch)

    def _is_away(self, error: StoreUnavailable) -> None:
        self.attempts_failed += 1
        self.last_error = str(error)
        if self.away_since is None:
            self.away_since = self._clock.now()
            log.warning("metric store unavailable, samples wait: %s", error)
        self._retry_at = self._clock.monotonic() + self._pause_s
        self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)

    def _is_back(self) -> None:
        if self.away_since is not None:
            log.info("metric store available again")
        self.away_since, self.last_error = None, ""
        self._retry_at, self._pause_s = 0.0, FIRST_PAUSE_S

    def _forget(self, newest: datetime) -> None:
        """Have the store drop what is older than ``keep``, once an hour of the samples' time."""
        if self._keep is None:
            return
        before = newest - self._keep
        if self._forgotten is not None and before - self._forgotten < FORGET_EVERY:
            return
        self._forgotten = before
        try:
            self._store.retain(self._keep, newest)
        except StoreUnavailable as error:
            log.warning("old samples stay for an hour more: %s", error)
        except StoreRefused as error:
            log.warning("old samples are not dropped by us: %s", error)
            self._keep = None
        except ENDINGS:
            raise
        except BaseException as error:  # noqa: BLE001 - it must not stop what is to be written
            self._failed("retention", error)
