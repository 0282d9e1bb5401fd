"""Intervals of state and what follows from them; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitors.alerts.model import State
from monitors.evidence import Element

NOTHING = timedelta(0)


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
    """Time up and time recorded. Unknown time is recorded, but it is not up (D13)."""

    up: timedelta = NOTHING
    recorded: timedelta = NOTHING

    def __add__(self, other: "Availability") -> "Availability":
        return Availability(self.up + other.up, self.recorded + other.recorded)


def availability(intervals: Iterable[Interval], start: datetime, end: datetime) -> Availability:
    """Sum over the intervals, cut to [start, end)."""
    up = recorded = NOTHING
    for interval in intervals:
        covered = interval.within(start, end)
        recorded += covered
        if interval.state.works:
            up += covered
    return Availability(up, recorded)


def changes(
    held: Mapping[Element, State], now: Mapping[Element, State]
) -> Mapping[Element, State | None]:
    """What to record: the new state of each element that changed; None for one that is gone."""
    found: dict[Element, State | None] = {
        element: state for element, state in now.items() if held.get(element) is not state
    }
    found.update(dict.fromkeys(held.keys() - now.keys()))
    return found
