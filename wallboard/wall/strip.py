"""A day as a strip: what of it has passed, and where it was disturbed (pure)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ops_core.kernel.times import SITE_ZONE
from wallboard.wall.state import Condition, Disturbance

STRIP_WIDTH = 1000.0


@dataclass(frozen=True, slots=True)
class StripMark:
    """A disturbed stretch of today on a strip ``STRIP_WIDTH`` wide."""

    x: float
    width: float
    style: str


def strip_marks(disturbances: tuple[Disturbance, ...], now: datetime) -> tuple[StripMark, ...]:
    """Today from midnight to midnight in Asia/Shanghai; a stretch stays at least 6 px wide."""
    midnight = now.astimezone(SITE_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    day = timedelta(days=1)
    marks = []
    for disturbance in disturbances:
        start = max(disturbance.start, midnight)
        end = min(disturbance.end or now, midnight + day)
        if end < start:
            continue
        x = (start - midnight) / day * STRIP_WIDTH
        width = max(6.0, (end - start) / day * STRIP_WIDTH)
        style = "unknown" if disturbance.condition is Condition.UNKNOWN else "down"
        marks.append(StripMark(x, width, style))
    return tuple(marks)


def elapsed_today(now: datetime) -> float:
    """How much of today's strip has passed, 0 to ``STRIP_WIDTH``."""
    midnight = now.astimezone(SITE_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    return (now - midnight) / timedelta(days=1) * STRIP_WIDTH
