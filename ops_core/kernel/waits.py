"""How long transactions wait for the database, and what they wait for in vain: counted.

A wait is a begin that was not granted at once, or a commit that is not on disk yet. Who judges what
was seen meanwhile asks :attr:`WaitState.waiting_s`: evidence of that time may be late.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from ops_core.kernel.errors import DatabaseTrouble
from ops_core.kernel.health import Concern, Measure, MeasureKind
from ops_core.kernel.i18n import message

NOTICED_S = 0.05
"""A begin or commit that takes longer has waited; a shorter one is the usual cost."""
SHORTEST_WAIT_S = 0.5
"""Given to a begin even when the lock is known to be held for too long already."""
CONCERN_FROM_S = 5.0
RECENT_S = 60.0
"""A failure this recent is a concern still: the next one may be on its way."""


@dataclass(frozen=True, slots=True)
class WaitState:
    """Waits at an instant; seconds by the monotonic clock, counts since the process began."""

    waiting: int
    waiting_s: float
    """Age of the longest wait that goes on."""
    waits: int
    waited_s: float
    failures: Mapping[DatabaseTrouble, int]


class DatabaseWaits:
    """Counts the waits of all threads on one database."""

    def __init__(self, wait_s: float) -> None:
        """``wait_s``: how long a begin may wait for the write lock."""
        self._wait_s = wait_s
        self._lock = threading.Lock()
        self._open: dict[object, float] = {}
        self._waits, self._waited_s = 0, 0.0
        self._failures: Counter[DatabaseTrouble] = Counter()
        self._failed_at: dict[DatabaseTrouble, float] = {}
        self._refused_at: float | None = None

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """A wait while the block runs; counted when it was long enough to be noticed."""
        key = object()
        self.begin(key)
        try:
            yield
        finally:
            self.end(key)

    def begin(self, key: object) -> None:
        """A wait begins that :meth:`end` ends."""
        self._open[key] = time.monotonic()

    def end(self, key: object) -> None:
        """The wait is over; nothing for one that never began."""
        began = self._open.pop(key, None)
        if began is None:
            return
        took_s = time.monotonic() - began
        if took_s >= NOTICED_S:
            with self._lock:
                self._waits += 1
                self._waited_s += took_s

    def deadline(self) -> float:
        """Until when a begin that starts now may wait (monotonic).

        A lock that is held for longer than anybody may wait is not waited for by each anew: the
        threads that serve people would all stand in that queue, and nobody could even read.
        """
        now = time.monotonic()
        since = self._refused_at
        until = now + self._wait_s if since is None else min(now, since) + self._wait_s
        return max(until, now + min(SHORTEST_WAIT_S, self._wait_s))

    def refused(self) -> None:
        """The write lock is somebody else's at this moment."""
        if self._refused_at is None:
            self._refused_at = time.monotonic()

    def granted(self) -> None:
        """The write lock was ours."""
        self._refused_at = None

    def failed(self, trouble: DatabaseTrouble) -> None:
        """A transaction was given up."""
        with self._lock:
            self._failures[trouble] += 1
            self._failed_at[trouble] = time.monotonic()

    def state(self) -> WaitState:
        """How it stands now."""
        now = time.monotonic()
        begun = list(self._open.values())
        with self._lock:
            return WaitState(
                waiting=sum(now - at >= NOTICED_S for at in begun),
                waiting_s=max((now - at for at in begun), default=0.0),
                waits=self._waits,
                waited_s=self._waited_s,
                failures=dict(self._failures),
            )

    def measures(self) -> Iterable[Measure]:
        """For /metrics."""
        state = self.state()
        counter = MeasureKind.COUNTER
        yield Measure("zhishou_database_waiting", "Transactions that wait now.", state.waiting)
        yield Measure(
            "zhishou_database_waiting_seconds", "Age of the longest wait now.", state.waiting_s
        )
        yield Measure(
            "zhishou_database_waits_total", "Begins and commits that waited.", state.waits, counter
        )
        yield Measure(
            "zhishou_database_wait_seconds_total", "Time spent waiting.", state.waited_s, counter
        )
        for trouble in DatabaseTrouble:
            yield Measure(
                "zhishou_database_failures_total",
                "Transactions given up because the database was locked, full or away.",
                state.failures.get(trouble, 0),
                counter,
                {"reason": trouble.value},
            )

    def concerns(self, _: datetime) -> Iterable[Concern]:
        """What is wrong with the database now."""
        now = time.monotonic()
        with self._lock:
            recent = [t for t, at in self._failed_at.items() if now - at < RECENT_S]
        for trouble in sorted(recent):
            yield Concern(f"database/{trouble.value}", _TEXTS[trouble])
        waiting_s = self.state().waiting_s
        if waiting_s >= CONCERN_FROM_S and DatabaseTrouble.LOCKED not in recent:
            text = message("数据库事务已等待 {seconds} 秒", seconds=int(waiting_s))
            yield Concern("database/waiting", text)


_TEXTS = {
    DatabaseTrouble.LOCKED: message("数据库被长时间占用，最近有操作等待超时"),
    DatabaseTrouble.FULL: message("数据库所在磁盘已满或不可写，最近有操作没有保存"),
    DatabaseTrouble.AWAY: message("数据库最近连接不上"),
}
