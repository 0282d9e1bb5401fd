"""How much slower this process gets on than it would alone: the control of bounds in tests.

A bound in seconds is a promise for a machine that does little else. Where others use its
processors, the same run measures how much of them is left, and the bound is stretched by that.
"""

import time

WORK_S = 0.1
"""Of processor time: long enough that a process that had slept gets no more than its share."""
FRESH_S = 5.0
"""So long a measurement stands: each takes a processor for itself, and waits ask by the dozen."""
SLOWEST = 20.0
"""A bound is stretched no further; what takes longer is broken on any machine."""
_last = (float("-inf"), 1.0)
"""When it was measured last (monotonic), and what was found."""


def slowness() -> float:
    """Wall clock per processor second just now; 1 on an idle machine, at most :data:`SLOWEST`."""
    begun, used = time.perf_counter(), time.thread_time()
    while time.thread_time() - used < WORK_S:
        pass
    found = min(SLOWEST, max(1.0, (time.perf_counter() - begun) / WORK_S))
    global _last
    _last = (time.monotonic(), found)
    return found


def recent_slowness() -> float:
    """:func:`slowness` of just now, or of the last few seconds where somebody measured it then."""
    at, found = _last
    if time.monotonic() - at > FRESH_S:
        return slowness()
    return found


def is_over(begun: float, limit_s: float) -> bool:
    """Whether a wait that began at that instant (monotonic) is past its bound, stretched."""
    elapsed = time.monotonic() - begun
    return elapsed > limit_s and elapsed > limit_s * recent_slowness()
