"""The day's calls by quarter hour against yesterday's, as two polylines (pure).

Coordinates are design px of the 3840x2160 wall, as on the topology. Today ends with the last
quarter hour that is over: one that still runs would always look like a collapse.
"""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 1206.0, 284.0
TOP, BASE = 74.0, 226.0
QUARTERS = 96
HOUR_MARKS = (0, 6, 12, 18, 24)
LEAST_PEAK = 4
"""A night of single calls is not drawn as a mountain range."""


@dataclass(frozen=True, slots=True)
class Curve:
    """``points`` as an SVG polyline takes them, empty for fewer than two; ``end`` is the dot."""

    today: str
    yesterday: str
    end: tuple[float, float] | None
    last: int | None
    """Calls of the last whole quarter hour, None before the day's first is over."""
    then: int | None
    """Calls of the same quarter hour yesterday."""
    marks: tuple[tuple[float, str, int], ...]
    """Where the hours stand on the axis: x, text anchor, hour."""


def curve(today: Sequence[int], yesterday: Sequence[int]) -> Curve:
    """Both days on one scale from zero; ``today`` holds the whole quarters so far."""
    peak = max((LEAST_PEAK, *today, *yesterday))
    drawn = _points(today, peak)
    return Curve(
        today=_line(drawn),
        yesterday=_line(_points(yesterday, peak)),
        end=drawn[-1] if drawn else None,
        last=today[-1] if today else None,
        then=yesterday[len(today) - 1] if today and len(yesterday) >= len(today) else None,
        marks=tuple((hour * WIDTH / 24, _anchor(hour), hour) for hour in HOUR_MARKS),
    )


def _points(counts: Sequence[int], peak: int) -> list[tuple[float, float]]:
    """Each quarter hour stands at its middle."""
    step = WIDTH / QUARTERS
    return [
        ((index + 0.5) * step, BASE - count / peak * (BASE - TOP))
        for index, count in enumerate(counts)
    ]


def _line(points: list[tuple[float, float]]) -> str:
    return " ".join(f"{x:.0f},{y:.0f}" for x, y in points) if len(points) > 1 else ""


def _anchor(hour: int) -> str:
    return {HOUR_MARKS[0]: "start", HOUR_MARKS[-1]: "end"}.get(hour, "middle")
