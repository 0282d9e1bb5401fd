"""Measuring how late we are: heartbeats that come too late, and replies that the kernel dropped."""

import threading
from datetime import datetime, timedelta

from monitors.impairment.model import Sign, SignKind
from ops_core.kernel.clock import Clock

HEARTBEAT_S = 0.05
"""How often a meter is to be given a heartbeat: fine enough to see a tenth of a second."""
WORST_OVER_S = 60.0


class Meter:
    """One thing with a heartbeat every :data:`HEARTBEAT_S`; an overdue one is a sign of lateness.

    It beats in one thread (or on one loop) and is read from others. That it does not beat at
    all is seen by :meth:`take` as well, so a process that was stopped is known to have been
    before its first heartbeat after it.
    """

    def __init__(self, kind: SignKind, clock: Clock, slight_s: float) -> None:
        self.kind = kind
        self._clock, self._slight_s = clock, slight_s
        self._lock = threading.Lock()
        self._due: float | None = None
        self._signs: list[Sign] = []
        self._last_s = 0.0
        self._worst = [(0.0, 0.0), (0.0, 0.0)]

    def begin(self) -> None:
        """It beats from now on."""
        with self._lock:
            self._due = self._clock.monotonic() + HEARTBEAT_S

    def end(self) -> None:
        """It beats no more, on purpose."""
        with self._lock:
            self._due = None

    def heartbeat(self) -> None:
        with self._lock:
            late_s = self._late_s()
            self._note(late_s)
            self._due = self._clock.monotonic() + HEARTBEAT_S

    def take(self) -> list[Sign]:
        """The signs since the last call; a heartbeat that is overdue now is one."""
        with self._lock:
            found, self._signs = self._signs, []
            late_s = self._late_s()
            if late_s >= self._slight_s:
                found.append(self._sign(late_s))
            return found

    @property
    def last_s(self) -> float:
        """How late the last heartbeat was; more when the next is overdue by more."""
        with self._lock:
            return max(self._last_s, self._late_s())

    @property
    def worst_s(self) -> float:
        """The greatest lateness of about the last minute."""
        with self._lock:
            return max(self._late_s(), *(late_s for _, late_s in self._worst))

    def _late_s(self) -> float:
        return 0.0 if self._due is None else max(0.0, self._clock.monotonic() - self._due)

    def _note(self, late_s: float) -> None:
        self._last_s = late_s
        if late_s >= self._slight_s:
            self._signs.append(self._sign(late_s))
        now = self._clock.monotonic()
        began, worst_s = self._worst[1]
        if now - began > WORST_OVER_S / 2:
            self._worst = [self._worst[1], (now, late_s)]
        elif late_s > worst_s:
            self._worst[1] = (began, late_s)

    def _sign(self, late_s: float) -> Sign:
        now = self._clock.now()
        return Sign(now, now - timedelta(seconds=late_s), self.kind)


class DropCounter:
    """Replies the kernel dropped, from a count that only grows."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._counts: dict[str, tuple[int, datetime]] = {}
        self._signs: list[Sign] = []
        self._total = 0

    def look(self, socket: str, dropped: int) -> None:
        """A socket's count now. It may start again from 0 with a new socket."""
        now = self._clock.now()
        with self._lock:
            known, looked_at = self._counts.get(socket, (dropped, now))
            more = dropped - known if dropped >= known else dropped
            if more:
                # Whenever it was since the last look; at least long enough to count by itself.
                start = min(looked_at, now - timedelta(seconds=1))
                self._signs.append(Sign(now, start, SignKind.REPLIES))
                self._total += more
            self._counts[socket] = (dropped, now)

    def take(self) -> list[Sign]:
        with self._lock:
            found, self._signs = self._signs, []
            return found

    @property
    def total(self) -> int:
        return self._total
