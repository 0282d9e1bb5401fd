"""The happenings of a local day: always the same for the same seed, day and site (pure)."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from device_configs.site.model import Site
from ops_core.hotline.demonstration import figures
from ops_core.hotline.demonstration.backlogs import Beginnings
from ops_core.hotline.demonstration.dice import dice_for
from ops_core.hotline.demonstration.happening import (
    Happening,
    Heard,
    RatedCall,
    Requested,
    order_key,
)
from ops_core.hotline.demonstration.history import end_of, history_of
from ops_core.hotline.demonstration.hours import local_day
from ops_core.hotline.demonstration.purchaser import matters_of_day
from ops_core.hotline.demonstration.requests import requests_of
from ops_core.hotline.demonstration.telephone import PlannedCall, calls_of
from ops_core.kernel.working_days import ONE_DAY

HORIZON = timedelta(days=60)
"""No order goes on for longer: what happens on a day follows from so many days before it."""


def happenings_of(seed: int, day: date, site: Site) -> Iterator[Happening]:
    """What happens on a local day, in order of time, steps of earlier days' orders included.

    For days one after the other take a :class:`Simulation`: it plans each day once.
    """
    return iter(Simulation(seed, site, day - HORIZON).happenings_of(day))


class Simulation:
    """Days of one seed and site, to be asked for in ascending order.

    Orders accepted before ``first`` are left out; apart from that a day is the same whatever was
    asked before. ``volume`` is the share of the published volume of calls and requests; nothing new
    comes in after ``last``, while what is under way goes on. ``beginnings`` limit it to what began
    in them; what lies before the purchaser, who decides over all that was filed until then, comes
    where they reach back without a bound.
    """

    def __init__(
        self,
        seed: int,
        site: Site,
        first: date,
        volume: float = 1.0,
        last: date | None = None,
        beginnings: Beginnings | None = None,
    ) -> None:
        self._seed, self._site = seed, site
        self._volume, self._last = volume, last
        self._beginnings = beginnings or Beginnings()
        self._zone = ZoneInfo(site.contract.timezone)
        self._planned_to = first
        self._days: dict[date, list[Happening]] = defaultdict(list)

    def happenings_of(self, day: date) -> list[Happening]:
        """A day's happenings. Raises ValueError for a day before one that was asked for."""
        while self._planned_to <= day:
            self._plan(self._planned_to)
            self._planned_to += ONE_DAY
        if day < self._planned_to - ONE_DAY:
            raise ValueError(f"{day} lies before a day that was asked for")
        for past in [d for d in self._days if d < day]:
            del self._days[past]
        return sorted(self._days.pop(day, []), key=order_key)

    def _plan(self, day: date) -> None:
        for happening in self._begun_on(day):
            self._days[local_day(happening.at, self._zone)].append(happening)

    def _begun_on(self, day: date) -> Iterator[Happening]:
        """Everything that follows from a day's calls and requests, on whatever day it happens."""
        is_over = self._last is not None and day > self._last
        if self._beginnings.since is None:
            volume = 0.0 if is_over else self._volume
            yield from matters_of_day(self._seed, day, self._site, volume)
        if is_over or not self._beginnings.touches(day, self._zone):
            return
        calls = [
            call
            for call in calls_of(self._seed, day, self._site, self._volume)
            if self._beginnings.holds(call.entered_at)
        ]
        for call in calls:
            yield from (Heard(item.event.at, item) for item in call.events)
            yield from self._ratings(day, call)
        yield from self._requests(day, calls)

    def _requests(self, day: date, calls: list[PlannedCall]) -> Iterator[Happening]:
        for request in requests_of(self._seed, day, self._site, calls, self._volume):
            if not self._beginnings.holds(request.draft.received_at):
                continue
            history = history_of(self._seed, self._site, request) if request.is_order else []
            until = end_of(history, request.at)
            yield Requested(request.at, request.draft, request.actor, until)
            yield from (h for h in history if h.at - request.at < HORIZON)

    def _ratings(self, day: date, call: PlannedCall) -> Iterator[RatedCall]:
        """Who stays on the line after the agent has hung up may press a key."""
        dice = dice_for(self._seed, "rating", day, call.index)
        if not call.agent or call.transferred or not dice.happens(figures.CALLS_RATED):
            return
        known = self._site.hotline.satisfaction.scores
        usable = {score: w for score, w in figures.ATTITUDE.items() if score in known}
        if usable:
            yield RatedCall(call.ended_at + dice.seconds(4, 20), call.name, dice.one_of(usable))
