"""Intervals of state and what follows from them; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitors.alerts.model import State
from monitors.evidence import Element

NOTHING = timedelta(0)
UNDECIDED = (State.UNKNOWN, State.SUSPECTED, State.RECHECKING)
"""Nobody knew then whether the element was up: before the first evidence, or while it was late."""


@dataclass(frozen=True, slots=True)
class Interval:
    """``element`` was in ``state`` in [start, end); ``end`` None while it lasts. Aware UTC."""

    element: Element
    state: State
    start: datetime
    end: datetime | None = None

    def within(self, start: datetime, end: datetime) -> timedelta:
        """How much of [start, end) it covers; one that lasts covers up to ``end``."""
        last = end if self.end is None else min(self.end, end)
        return max(last - max(self.start, start), NOTHING)


@dataclass(frozen=True, slots=True)
class Availability:
    """Time up, time recorded, and how much of that was unknown.

    Unknown time is recorded, but it is not up (D13); it is not down either, so it is kept apart.
    """

    up: timedelta = NOTHING
    recorded: timedelta = NOTHING
    unknown: timedelta = NOTHING

    def __add__(self, other: "Availability") -> "Availability":
        return Availability(
            self.up + other.up, self.recorded + other.recorded, self.unknown + other.unknown
        )


def availability(intervals: Iterable[Interval], start: datetime, end: datetime) -> Availability:
    """Sum over the intervals, cut to [start, end)."""
    return sum((share_of(interval, start, end) for interval in intervals), Availability())


def share_of(interval: Interval, start: datetime, end: datetime) -> Availability:
    """What one interval adds to [start, end)."""
    covered = interval.within(start, end)
    return Availability(
        up=covered if interval.state.works else NOTHING,
        recorded=covered,
        unknown=covered if interval.state in UNDECIDED else NOTHING,
    )


def changes(
    held: Mapping[Element, State], now: Mapping[Element, State]
) -> Mapping[Element, State | None]:
    """What to record: the new state of each element that changed; None for one that is gone."""
    found: dict[Element, State | None] = {
        element: state for element, state in now.items() if held.get(element) is not state
    }
    found.update(dict.fromkeys(held.keys() - now.keys()))
    return found
