"""What is heard of other engines' time, and which messages are replays (RFC 3414); pure."""

from dataclasses import dataclass

from monitors.collect.protocol.usm import MOST_BOOTS, WINDOW_S


@dataclass(frozen=True, slots=True)
class EngineTime:
    """An engine's boots and time (seconds) as heard at ``at_s`` of our monotonic clock."""

    boots: int
    time_s: int
    at_s: float

    def now(self, at_s: float) -> int:
        return self.time_s + int(at_s - self.at_s)


def is_timely(known: EngineTime | None, boots: int, time_s: int, at_s: float) -> bool:
    """Whether a sender's message is no replay (RFC 3414 section 3.2, 7b)."""
    if boots == MOST_BOOTS:
        return False
    if known is None or boots > known.boots:
        return True
    return boots == known.boots and time_s >= known.now(at_s) - WINDOW_S


def heard(known: EngineTime | None, boots: int, time_s: int, at_s: float) -> EngineTime:
    """What is known after an authentic and timely message: time only goes forward."""
    if known is None or (boots, time_s) > (known.boots, known.now(at_s)):
        return EngineTime(boots, time_s, at_s)
    return known
