"""Rates from counters: no rate rather than a wrong one; pure.

A row's counters are judged together, for what clears one usually clears them all: a counter that
fell puts a doubt on its neighbours, and one that cannot have been cleared takes it away again.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

CENTISECONDS = 100
PLAUSIBLE_EXCESS = 1.2
"""Counters are read a moment after the clock, so a full link may seem a little over-full."""
CLOCK_SLACK_S = 2.0
CLOCK_SLACK_SHARE = 0.1
"""How far the agent's clock and ours may differ over the time between two readings."""
WRAP = 2**32
SMALLEST_FRAME_BITS = 672
"""64 octets, preamble and gap between frames (IEEE 802.3): what bounds a packet counter."""


class NoRate(StrEnum):
    """Why there is no rate."""

    REBOOT = "reboot"
    DISCONTINUITY = "discontinuity"
    GAP = "gap"
    CLOCK = "clock"
    """The agent's clock stood still, is not there, or goes at another pace than ours."""
    CLEARED = "cleared"
    """A counter of the row fell, and this one is not known to have gone on."""
    MAY_WRAP = "may_wrap"
    """32 bits can wrap more than once in the time between the readings."""
    SPEED_UNKNOWN = "speed_unknown"
    """Nothing bounds a 32-bit counter, so nobody knows how often it wrapped."""
    TOO_FAST = "too_fast"


class RowClock(NamedTuple):
    """The clocks of one row at one reply; the same for all counters that came with it.

    ``uptime_cs`` is sysUpTime in 1/100 s of the same reply as the counters; ``boots``
    snmpEngineBoots and ``discontinuity`` ifCounterDiscontinuityTime, None where the agent has
    none; ``read_at_s`` our own monotonic time, None where it is not known.
    """

    uptime_cs: int | None
    boots: int | None = None
    discontinuity: int | None = None
    read_at_s: float | None = None


class CounterReading(NamedTuple):
    """A counter at one reply. ``ceiling`` is what it can grow by in a second, if that is known."""

    value: int
    clock: RowClock
    bits: int
    ceiling: float | None = None


def rates(
    before: Mapping[str, CounterReading], now: Mapping[str, CounterReading], *, longest_gap_s: float
) -> dict[str, float | NoRate]:
    """Units per second of a row's counters by the device's own clock, or why not.

    Counters that were not read before are left out.
    """
    found: dict[str, float | NoRate] = {}
    timely: list[tuple[str, CounterReading, CounterReading, float]] = []
    clocks: tuple[RowClock, RowClock] | None = None
    elapsed: float | NoRate = NoRate.CLOCK
    has_fallen = False
    for name, current in now.items():
        previous = before.get(name)
        if previous is None:
            continue
        if clocks is None or previous.clock is not clocks[0] or current.clock is not clocks[1]:
            clocks = previous.clock, current.clock
            elapsed = _elapsed(*clocks, longest_gap_s)
        if isinstance(elapsed, NoRate):
            found[name] = elapsed
        else:
            timely.append((name, previous, current, elapsed))
            has_fallen = has_fallen or current.value < previous.value
    is_doubtful = has_fallen and _is_doubtful(timely)
    for name, previous, current, elapsed_s in timely:
        found[name] = _rate(previous, current, elapsed_s, is_doubtful)
    return found


def _most_growth(
    previous: CounterReading, current: CounterReading, elapsed_s: float
) -> float | None:
    """By the faster of the two speeds; None where one of them is not known."""
    before, now = previous.ceiling, current.ceiling
    if before is None or now is None:
        return None
    return PLAUSIBLE_EXCESS * elapsed_s * (now if now > before else before)


def _is_doubtful(row: Iterable[tuple[str, CounterReading, CounterReading, float]]) -> bool:
    """Whether the row may have been cleared: a counter fell, and none shows that it was not."""
    went_on = False
    for _, previous, current, elapsed_s in row:
        most = _most_growth(previous, current, elapsed_s)
        if _was_certainly_cleared(previous, current, most):
            return True
        went_on = went_on or _certainly_went_on(previous, current, most)
    return not went_on


def _was_certainly_cleared(
    previous: CounterReading, current: CounterReading, most: float | None
) -> bool:
    """It fell, and no wrap explains that."""
    fallen_by = previous.value - current.value
    if fallen_by <= 0:
        return False
    return current.bits != 32 or (most is not None and WRAP - fallen_by > most)


def _certainly_went_on(
    previous: CounterReading, current: CounterReading, most: float | None
) -> bool:
    """It stands higher than it could have come from zero: nothing cleared it."""
    if most is None or current.value < previous.value or (current.bits == 32 and most >= WRAP):
        return False
    return previous.value > most


def _elapsed(previous: RowClock, current: RowClock, longest_gap_s: float) -> float | NoRate:
    """Seconds between two replies by the device's clock, or why they are no measure."""
    if previous.boots != current.boots:
        return NoRate.REBOOT
    if previous.uptime_cs is None or current.uptime_cs is None:
        return NoRate.CLOCK
    if current.uptime_cs < previous.uptime_cs:
        return NoRate.REBOOT
    if previous.discontinuity != current.discontinuity:
        return NoRate.DISCONTINUITY
    elapsed_s = (current.uptime_cs - previous.uptime_cs) / CENTISECONDS
    if elapsed_s > longest_gap_s:
        return NoRate.GAP
    if elapsed_s == 0 or not _is_clock_true(previous, current, elapsed_s):
        return NoRate.CLOCK
    return elapsed_s


def _is_clock_true(previous: RowClock, current: RowClock, elapsed_s: float) -> bool:
    """Whether our own clock agrees; an agent that restarted unseen lacks the time before it."""
    if previous.read_at_s is None or current.read_at_s is None:
        return True
    ours_s = current.read_at_s - previous.read_at_s
    return abs(ours_s - elapsed_s) <= CLOCK_SLACK_S + CLOCK_SLACK_SHARE * ours_s


def _rate(
    previous: CounterReading, current: CounterReading, elapsed_s: float, is_doubtful: bool
) -> float | NoRate:
    most = _most_growth(previous, current, elapsed_s)
    if current.bits == 32:
        if most is None:
            return NoRate.SPEED_UNKNOWN
        if most >= WRAP:
            return NoRate.MAY_WRAP
    if is_doubtful and not _certainly_went_on(previous, current, most):
        return NoRate.CLEARED
    grown = current.value - previous.value
    if grown < 0:
        grown += WRAP
    if most is not None and grown > most:
        return NoRate.TOO_FAST
    return grown / elapsed_s
