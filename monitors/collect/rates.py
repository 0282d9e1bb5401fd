"""Rates from counters: no rate rather than a wrong one."""

from dataclasses import dataclass

CENTISECONDS = 100
PLAUSIBLE_EXCESS = 1.2
"""Counters are read a moment after the clock, so a full link may seem a little over-full."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A counter and the device's own clocks at one poll.

    ``uptime_cs`` is sysUpTime in 1/100 s; ``boots`` snmpEngineBoots and ``discontinuity``
    ifCounterDiscontinuityTime, None where the agent has none.
    """

    value: int
    uptime_cs: int
    boots: int | None = None
    discontinuity: int | None = None


def rate(
    previous: Reading,
    current: Reading,
    *,
    bits: int,
    longest_gap_s: float,
    ceiling: float | None = None,
) -> float | None:
    """Units per second by the device's own clock; None, never 0, when it cannot be known.

    It cannot after a reboot, a discontinuity, a gap above ``longest_gap_s`` or when the result
    would exceed ``ceiling`` (units/s). One wrap is taken as such for 32 bits only: a 64-bit
    counter that fell was reset.
    """
    if (previous.boots, previous.discontinuity) != (current.boots, current.discontinuity):
        return None
    elapsed_s = (current.uptime_cs - previous.uptime_cs) / CENTISECONDS
    if not 0 < elapsed_s <= longest_gap_s:
        return None
    grown = current.value - previous.value
    if grown < 0:
        if bits != 32:
            return None
        grown += 2**32
    found = grown / elapsed_s
    if ceiling is not None and found > PLAUSIBLE_EXCESS * ceiling:
        return None
    return found
