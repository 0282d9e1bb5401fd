"""Rates from counters: no rate rather than a wrong one; pure.

A row's counters are judged together, for what clears one usually clears them all: a counter that
fell puts a doubt on its neighbours, and one that cannot have been cleared takes it away again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

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


@dataclass(frozen=True, slots=True)
class Reading:
    """A counter and the device's own clocks at one poll.

    ``uptime_cs`` is sysUpTime in 1/100 s of the same reply as the counter; ``boots``
    snmpEngineBoots and ``discontinuity`` ifCounterDiscontinuityTime, None where the agent has
    none; ``read_at_s`` our own monotonic time and ``ceiling`` what the counter can grow by in a
    second, None where they are not known.
    """

    value: int
    uptime_cs: int | None
    boots: int | None = None
    discontinuity: int | None = None
    read_at_s: float | None = None
    ceiling: float | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """One counter of a row, before and now."""

    previous: Reading
    current: Reading
    bits: int

    @property
    def ceiling(self) -> float | None:
        """Units/s by the faster of the two speeds; None where one of them is not known."""
        before, now = self.previous.ceiling, self.current.ceiling
        return None if before is None or now is None else max(before, now)

    @property
    def elapsed_s(self) -> float:
        """By the device's own clock; 0 where it is not known."""
        before, now = self.previous.uptime_cs, self.current.uptime_cs
        return 0.0 if before is None or now is None else (now - before) / CENTISECONDS

    @property
    def has_fallen(self) -> bool:
        return self.current.value < self.previous.value

    @property
    def most_growth(self) -> float | None:
        """What can have been added at most, None where nothing bounds it."""
        if self.ceiling is None:
            return None
        return PLAUSIBLE_EXCESS * self.ceiling * self.elapsed_s

    @property
    def was_certainly_cleared(self) -> bool:
        """It fell, and no wrap explains that."""
        if not self.has_fallen:
            return False
        most = self.most_growth
        return self.bits != 32 or (most is not None and self.grown_by_wrap > most)

    @property
    def grown_by_wrap(self) -> int:
        return self.current.value - self.previous.value + WRAP

    @property
    def certainly_went_on(self) -> bool:
        """It stands higher than it could have come from zero: nothing cleared it."""
        most = self.most_growth
        if most is None or self.has_fallen or (self.bits == 32 and most >= WRAP):
            return False
        return self.previous.value > most


def rates(row: Mapping[str, Pair], *, longest_gap_s: float) -> dict[str, float | NoRate]:
    """Units per second of a row's counters by the device's own clock, or why not."""
    checked = {name: _no_time(pair, longest_gap_s) for name, pair in row.items()}
    timely = {name: pair for name, pair in row.items() if checked[name] is None}
    is_cleared = any(pair.was_certainly_cleared for pair in timely.values())
    fell = any(pair.has_fallen for pair in timely.values())
    went_on = any(pair.certainly_went_on for pair in timely.values())
    is_doubtful = is_cleared or (fell and not went_on)
    return {
        name: reason if reason is not None else _rate(row[name], is_doubtful)
        for name, reason in checked.items()
    }


def _no_time(pair: Pair, longest_gap_s: float) -> NoRate | None:
    """Why the time between two readings is no measure; None when it is one."""
    previous, current = pair.previous, pair.current
    if previous.boots != current.boots:
        return NoRate.REBOOT
    if previous.uptime_cs is None or current.uptime_cs is None:
        return NoRate.CLOCK
    if current.uptime_cs < previous.uptime_cs:
        return NoRate.REBOOT
    if previous.discontinuity != current.discontinuity:
        return NoRate.DISCONTINUITY
    if pair.elapsed_s > longest_gap_s:
        return NoRate.GAP
    if pair.elapsed_s == 0 or not _is_clock_true(previous, current, pair.elapsed_s):
        return NoRate.CLOCK
    return None


def _is_clock_true(previous: Reading, current: Reading, elapsed_s: float) -> bool:
    """Whether our own clock agrees; an agent that restarted unseen lacks the time before it."""
    if previous.read_at_s is None or current.read_at_s is None:
        return True
    ours_s = current.read_at_s - previous.read_at_s
    return abs(ours_s - elapsed_s) <= CLOCK_SLACK_S + CLOCK_SLACK_SHARE * ours_s


def _rate(pair: Pair, is_doubtful: bool) -> float | NoRate:
    most = pair.most_growth
    if pair.bits == 32 and most is None:
        return NoRate.SPEED_UNKNOWN
    if pair.bits == 32 and most is not None and most >= WRAP:
        return NoRate.MAY_WRAP
    if is_doubtful and not pair.certainly_went_on:
        return NoRate.CLEARED
    grown = pair.grown_by_wrap if pair.has_fallen else pair.current.value - pair.previous.value
    if most is not None and grown > most:
        return NoRate.TOO_FAST
    return grown / pair.elapsed_s
