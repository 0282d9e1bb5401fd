"""The one runner of long-lived work: whatever ends it is logged, counted, and it starts again.

A thread or task that nobody watches ends silently and takes a part of the product with it. Every
one is therefore started here, by name; and inside it each item (an agent, a device, a call) has a
:meth:`Worker.boundary` of its own (:mod:`ops_core.kernel.containment`), so that one that fails
never ends the others.
"""

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from ops_core.kernel.clock import Clock
from ops_core.kernel.containment import ENDINGS as ENDINGS
from ops_core.kernel.containment import Containment, text_of

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
SETTLED_AFTER_S = 60.0
"""A worker that ran for so long starts again without a longer pause."""


@dataclass(frozen=True, slots=True)
class WorkerState:
    """One worker at an instant. ``silent_s`` is the time since its last success, or its start."""

    name: str
    is_vital: bool
    is_alive: bool
    restarts: int
    last_success: datetime | None
    silent_s: float
    longest_silence_s: float | None
    item_failures: Mapping[str, int] = field(default_factory=dict)
    last_error: str = ""

    @property
    def is_stuck(self) -> bool:
        """Alive by its thread, but without a success for longer than it may take."""
        return self.longest_silence_s is not None and self.silent_s > self.longest_silence_s


class Worker:
    """What a piece of long-lived work is given: where it says that it goes on, and its boundary."""

    def __init__(
        self, name: str, clock: Clock, *, is_vital: bool, longest_silence_s: float | None
    ) -> None:
        self.name = name
        self._clock = clock
        self._is_vital, self._longest_silence_s = is_vital, longest_silence_s
        self._items = Containment(name, clock)
        self._is_alive = False
        self._restarts = 0
        self._last_success: datetime | None = None
        self._heard_at = clock.monotonic()

    def succeeded(self) -> None:
        """A round of the work went well."""
        self._last_success = self._clock.now()
        self._heard_at = self._clock.monotonic()

    def boundary(self, item: str) -> AbstractContextManager[None]:
        """Contain what fails for one item, counted by the item's name."""
        return self._items.boundary(item)

    def failed(self, item: str, error: BaseException) -> None:
        """Count a failure of one item."""
        self._items.failed(item, error)

    def state(self) -> WorkerState:
        return WorkerState(
            name=self.name,
            is_vital=self._is_vital,
            is_alive=self._is_alive,
            restarts=self._restarts,
            last_success=self._last_success,
            silent_s=max(0.0, self._clock.monotonic() - self._heard_at),
            longest_silence_s=self._longest_silence_s,
            item_failures=self._items.failures.copy(),
            last_error=self._items.last_error,
        )

    def _begins(self) -> float:
        self._is_alive = True
        self._heard_at = self._clock.monotonic()
        return self._heard_at

    def _broke(self, error: BaseException) -> None:
        self._is_alive = False
        self._restarts += 1
        self._items.last_error = text_of(error)
        log.error("worker %s failed; it starts again", self.name, exc_info=error)


def show_thread_name(name: str) -> None:
    """Let ``top -H`` and /proc show this thread by name (Linux keeps 15 bytes of it).

    Python tells the kernel itself from 3.14 on.
    """
    with suppress(OSError):  # no /proc, no name
        Path(f"/proc/self/task/{threading.get_native_id()}/comm").write_text(name[:15])


class _Pause:
    """How long to wait before the next start: doubled while the work does not hold."""

    def __init__(self) -> None:
        self._next_s = FIRST_PAUSE_S

    def after(self, ran_s: float) -> float:
        if ran_s >= SETTLED_AFTER_S:
            self._next_s = FIRST_PAUSE_S
        pause_s = self._next_s
        self._next_s = min(2 * pause_s, LONGEST_PAUSE_S)
        return pause_s


class Workers:
    """Every long-lived thread and task of a process, by name."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._workers: dict[str, Worker] = {}

    def thread(
        self,
        name: str,
        work: Callable[[Worker], None],
        stop: threading.Event,
        *,
        is_vital: bool = True,
        longest_silence_s: float | None = None,
    ) -> threading.Thread:
        """A daemon thread, not started yet, that does ``work`` until ``stop`` is set.

        ``work`` returns when it sees ``stop``; if it returns before, or raises, it starts again.
        A vital worker that is dead or silent for too long makes the process unhealthy.
        """
        worker = self._worker(name, is_vital, longest_silence_s)
        return threading.Thread(
            target=lambda: self._keep_in_thread(worker, work, stop), name=name, daemon=True
        )

    async def task(
        self,
        name: str,
        work: Callable[[Worker], Awaitable[None]],
        *,
        is_vital: bool = True,
        longest_silence_s: float | None = None,
    ) -> None:
        """Do ``work`` on the running loop until this is cancelled."""
        worker = self._worker(name, is_vital, longest_silence_s)
        pause = _Pause()
        try:
            while True:
                began = worker._begins()
                try:
                    await work(worker)
                    raise EndedEarly(f"{name} returned without being told to")
                except ENDINGS:
                    raise
                except BaseException as error:  # noqa: BLE001 - a panic is no Exception
                    worker._broke(error)
                await asyncio.sleep(pause.after(self._clock.monotonic() - began))
        finally:
            worker._is_alive = False

    def states(self) -> tuple[WorkerState, ...]:
        """All workers by name."""
        with self._lock:
            workers = list(self._workers.values())
        return tuple(sorted((worker.state() for worker in workers), key=lambda state: state.name))

    def _worker(self, name: str, is_vital: bool, longest_silence_s: float | None) -> Worker:
        """A worker keeps its counts when the work of its name starts anew."""
        with self._lock:
            known = self._workers.get(name)
            if known is None:
                known = self._workers[name] = Worker(
                    name, self._clock, is_vital=is_vital, longest_silence_s=longest_silence_s
                )
            return known

    def _keep_in_thread(
        self, worker: Worker, work: Callable[[Worker], None], stop: threading.Event
    ) -> None:
        show_thread_name(worker.name)
        pause = _Pause()
        while not stop.is_set():
            began = worker._begins()
            try:
                work(worker)
                if stop.is_set():
                    break
                raise EndedEarly(f"{worker.name} returned without being told to")
            except BaseException as error:  # noqa: BLE001 - only ``stop`` ends a thread
                worker._broke(error)
            stop.wait(pause.after(self._clock.monotonic() - began))
        worker._is_alive = False


def repeat(worker: Worker, stop: threading.Event, every_s: float, step: Callable[[], None]) -> None:
    """Take the step again and again, ``every_s`` seconds after the last, until ``stop`` is set.

    A step that fails is counted, and the next one is taken all the same.
    """
    while not stop.wait(every_s):
        with worker.boundary(worker.name):
            step()
            worker.succeeded()


class EndedEarly(Exception):
    """Long-lived work returned although nothing told it to."""
