"""Time as a parameter: rules are told what time it is, only the shell looks at a clock."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

SLEW = 0.05
"""Share of the passing time by which a steady clock draws nearer to the machine's."""
STEP_S = 1.0


class Clock(Protocol):
    """Whoever needs the time asks one of these."""

    def now(self) -> datetime:
        """The instant, timezone-aware UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary start, which no adjustment of the wall clock moves."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class SteadyClock:
    """A clock for what runs for long: no step of the machine's clock moves it.

    ``now()`` is the instant of the start plus the time that has passed since. What the machine's
    clock says besides is followed slowly (:data:`SLEW`, a twentieth of the time that passes), so
    every duration between two of its instants is true to that share, whichever way and how far
    somebody sets the machine's clock; a true correction of ten minutes is taken over in 200.
    Time in which the machine was suspended counts as passed. One object for all threads.
    """

    def __init__(
        self,
        wall: Callable[[], float] = time.time,
        elapsed: Callable[[], float] | None = None,
    ) -> None:
        """``wall``: the machine's clock, seconds since 1970; ``elapsed``: a steady count of s."""
        self._wall, self._elapsed = wall, elapsed or elapsed_s
        self._lock = threading.Lock()
        self._read_at = self._elapsed()
        self._now_s = wall()
        self._steps = 0
        self._difference_s = 0.0

    def now(self) -> datetime:
        with self._lock:
            self._go_on()
            return datetime.fromtimestamp(self._now_s, UTC)

    def monotonic(self) -> float:
        return self._elapsed()

    @property
    def difference_s(self) -> float:
        """How far the machine's clock is ahead of this one, in seconds."""
        with self._lock:
            self._go_on()
            return self._difference_s

    @property
    def steps(self) -> int:
        """How often the machine's clock was seen to jump by more than :data:`STEP_S`."""
        return self._steps

    def _go_on(self) -> None:
        """Let the time that has passed pass here, and draw a little nearer to the machine's."""
        elapsed = self._elapsed()
        passed_s = max(0.0, elapsed - self._read_at)
        self._read_at = elapsed
        self._now_s += passed_s
        ahead_s = self._wall() - self._now_s
        if abs(ahead_s - self._difference_s) > STEP_S:
            self._steps += 1
        slew_s = max(-SLEW * passed_s, min(SLEW * passed_s, ahead_s))
        self._now_s += slew_s
        self._difference_s = ahead_s - slew_s


def elapsed_s() -> float:
    """Seconds that no adjustment moves, suspended time included where the system counts it."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)


class FixedClock:
    """A clock that stands still until it is told to move, for tests and for replays."""

    def __init__(self, at: datetime) -> None:
        if at.utcoffset() is None:
            raise ValueError(f"a clock needs a timezone-aware instant, got {at.isoformat()}")
        self._now = at.astimezone(UTC)
        self._monotonic = 0.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, by: timedelta) -> None:
        """Let time pass. Raises ValueError when ``by`` is negative: see :meth:`adjust`."""
        if by < timedelta(0):
            raise ValueError("time passes forwards only; adjust() moves the wall clock alone")
        self._now += by
        self._monotonic += by.total_seconds()

    def adjust(self, by: timedelta) -> None:
        """Move the wall clock by either sign as NTP or an operator would; monotonic stays."""
        self._now += by
