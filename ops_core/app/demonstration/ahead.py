"""What lies ahead in one backlog of the demonstration, in order of time."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from device_configs.site.model import Site
from ops_core.hotline.demonstration.backlogs import Backlog, moved
from ops_core.hotline.demonstration.happening import Happening, Heard, RatedCall, Requested
from ops_core.hotline.demonstration.hours import local_day, midnight
from ops_core.hotline.demonstration.simulation import HORIZON, Simulation
from ops_core.kernel.working_days import ONE_DAY

HEARD_COST = 0.05
"""An event of a call, where any other happening costs 1."""


class HappeningsAhead:
    """What is still to come; days are planned when it is first asked, as that takes a while."""

    def __init__(
        self, seed: int, site: Site, backlog: Backlog, earliest: datetime, present: datetime,
        days_before: timedelta,
    ) -> None:  # fmt: skip
        self.backlog = backlog
        self._seed, self._site, self._zone = seed, site, ZoneInfo(site.contract.timezone)
        self._earliest, self._present, self._days_before = earliest, present, days_before
        self._ahead: Iterator[Happening] | None = None
        self._next: Happening | None = None

    def due(self, now: datetime, most: float) -> list[Happening]:
        """The next ones that are due, of a cost of ``most`` in all; empty when it has caught up."""
        if self._ahead is None:
            self._ahead = self._happenings()
            self._next = next(self._ahead, None)
        batch: list[Happening] = []
        cost = 0.0
        while self._next is not None and self._next.at <= now and cost < most:
            batch.append(self._next)
            cost += HEARD_COST if isinstance(self._next, Heard) else 1
            self._next = next(self._ahead, None)
        if not batch:
            self.move_to(now)
        return batch

    def move_to(self, at: datetime) -> None:
        """Everything up to ``at`` has happened."""
        self.backlog = moved(self.backlog, at)

    def _happenings(self) -> Iterator[Happening]:
        reached, zone = self.backlog.reached, self._zone
        # Calls of the day before may go on after midnight.
        first = local_day(max(min(self._earliest, reached) - ONE_DAY, reached - HORIZON), zone)
        simulation = Simulation(self._seed, self._site, first, beginnings=self.backlog.beginnings)
        for happening in self._from_day_on(simulation, local_day(reached, zone)):
            in_story = is_in_story(happening, self._present, self._days_before)
            if in_story and happening.at >= reached:
                yield happening

    def _from_day_on(self, simulation: Simulation, day: date) -> Iterator[Happening]:
        """Every happening of the day and of those that follow, while any may follow."""
        before = self.backlog.beginnings.before
        last = None if before is None else local_day(before + HORIZON, self._zone)
        while last is None or day <= last:
            yield from simulation.happenings_of(day)
            day += ONE_DAY


def local_midnight(now: datetime, zone: ZoneInfo) -> datetime:
    """The instant at which the present local day began."""
    return midnight(local_day(now, zone), zone)


def is_in_story(happening: Happening, present: datetime, days_before: timedelta) -> bool:
    """Whether a happening is let happen by a start on the day that begins at ``present``.

    Of the days before there are the calls of so many, their requests whose orders go on, and every
    step of orders on record: enough for callbacks to be due, little enough to be caught up with
    soon.
    """
    if happening.at >= present:
        return True
    recent = happening.at >= present - days_before
    match happening:
        case Heard():
            return recent
        case RatedCall():
            return False
        case Requested():
            return recent and happening.until >= present and not happening.draft.direct_answer
        case _:
            return True
