"""A bar of a period: what was up, what nobody knew, and what was down (pure)."""

from dataclasses import dataclass
from datetime import timedelta

from wallboard.wall.state import Uptime

WIDTH = 1000.0
LEAST = 110.0
"""A share that is not nothing is seen from eight metres, however small it is."""


@dataclass(frozen=True, slots=True)
class UptimeBar:
    """Widths from the left: up, unknown, down; together ``WIDTH``, all 0 without a record."""

    up: float
    unknown: float
    down: float


def uptime_bar(uptime: Uptime) -> UptimeBar:
    """The shares of the observed time."""
    if uptime.observed <= timedelta(0):
        return UptimeBar(0.0, 0.0, 0.0)
    parts = (uptime.up, uptime.unknown, uptime.down)
    shares = [max(timedelta(0), part) / uptime.observed for part in parts]
    least = [LEAST if share > 0 else 0.0 for share in shares]
    rest, whole = WIDTH - sum(least), sum(shares)
    widths = [low + rest * share / whole for low, share in zip(least, shares, strict=True)]
    return UptimeBar(*widths)
