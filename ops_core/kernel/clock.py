"""Time as a parameter: rules are told what time it is, only the shell looks at a clock."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


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
