"""Lets the demonstration's day go by: catches up to the present, then lives in real time.

Where it had come is kept in the transaction of what it did, and everything is tried once more from
there: what is on record already is left alone, so a kill at any moment neither doubles nor loses.
"""

import logging
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from device_configs.site.model import Site
from ops_core.app.demonstration.acts import Acts
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.hotline.demonstration.happening import (
    Happening,
    Heard,
    RatedCall,
    Requested,
    subject_of,
)
from ops_core.hotline.demonstration.hours import local_day, midnight
from ops_core.hotline.demonstration.simulation import HORIZON, Simulation
from ops_core.kernel.clock import Clock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.consumers import advance_position, read_position
from ops_core.kernel.database import Database
from ops_core.kernel.errors import DatabaseBusy, DomainError
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor
from ops_core.kernel.workers import Worker
from ops_core.kernel.working_days import ONE_DAY

log = logging.getLogger(__name__)

FEED = Actor.system("demonstration")
CONSUMER = "demonstration"
"""Its position is the second (since 1970) up to which everything has happened."""
DAYS_BEFORE = timedelta(days=3)
"""How much of the past there is at the first start: calls, and the orders still under way."""
AFTERWARDS = timedelta(days=15)
"""A completed order is called back, or reopened, within this."""
HELD_S = 0.05
"""How long a transaction may hold others up; batches are made as large as that allows."""
SMALLEST_BATCH, LARGEST_BATCH, HEARD_COST = 4.0, 40.0, 0.05
"""A command costs 1. Smaller ones would hold others up no less in all, for most of such a batch is
what every transaction costs: of 1 a happening takes 2.8 ms of processor time, of 4 1.3 ms, of 40
0.5 ms."""
SHORTEST_PAUSE_S, PAUSE_SHARE = 0.01, 2.0
"""Between two batches others get their turn, the longer the slower the machine is just now: SQLite
lets waiters look again from time to time, and none must miss every pause; and the collectors, which
share the interpreter with this thread, must not be kept from the answers they wait for."""
LOOK_EVERY_S = 1.0
NOTIFY_EVERY_S = 0.5
RETRY_AFTER_S = 5.0


class DemonstrationFeed:
    """One thread's work: :meth:`run`. Touches only what the demonstration itself brought."""

    def __init__(
        self,
        site: Site,
        database: Database,
        bus: EventBus,
        clock: Clock,
        vault: ContactVault,
        seed: int,
        days_before: timedelta = DAYS_BEFORE,
        pause_share: float = PAUSE_SHARE,
    ) -> None:
        self._site, self._database, self._bus, self._clock = site, database, bus, clock
        self._zone = ZoneInfo(site.contract.timezone)
        self._seed, self._days_before, self._pause_share = seed, days_before, pause_share
        self._acts = Acts(seed, site, vault)
        self._ahead: Iterator[Happening] | None = None
        self._next: Happening | None = None
        self._batch_cost = LARGEST_BATCH / 5
        self._notified_at = clock.monotonic()
        self.refused = 0
        """Happenings that a service refused since the start."""

    def run(self, worker: Worker, stop: threading.Event) -> None:
        """Until ``stop``; a failure of the database is waited out, and counted at the worker."""
        begun_at, caught_up = self._clock.monotonic(), False
        while not stop.is_set():
            done = self._catch_up_as(worker, stop)
            if done is None:
                stop.wait(RETRY_AFTER_S)
                continue
            if not caught_up:
                caught_up = True
                spent = self._clock.monotonic() - begun_at
                log.info("the demonstration is up to date: %s happenings, %.1f s", done, spent)
            stop.wait(LOOK_EVERY_S)

    def _catch_up_as(self, worker: Worker, stop: threading.Event) -> int | None:
        """How much happened; None when it broke off: it goes on where the records have come."""
        with worker.boundary("happenings"):
            done = self.catch_up(stop)
            worker.succeeded()
            return done
        self._ahead = None
        return None

    def catch_up(self, stop: threading.Event) -> int:
        """Let everything happen that is due, in batches with pauses; returns how much it was."""
        if self._ahead is None:
            self._ahead = self._begin()
            self._next = next(self._ahead)
        done = 0
        while not stop.is_set():
            batch = self._due(self._ahead, self._clock.now())
            if not batch:
                break
            begun_at = self._clock.monotonic()
            try:
                self._carry_out(batch)
            except BaseException:
                self._ahead = None  # begin again where the records have come
                raise
            done += len(batch)
            stop.wait(self._pause(self._clock.monotonic() - begun_at))
        if done:
            self._bus.notify()
        return done

    def _begin(self) -> Iterator[Happening]:
        """What lies ahead of where the records have come, without an end."""
        present = midnight(local_day(self._clock.now(), self._zone), self._zone)
        with self._database.reading() as session:
            position = read_position(session, CONSUMER)
            reached = (
                datetime.fromtimestamp(position, UTC) if position else present - self._days_before
            )
            earliest = self._acts.resume(session, reached - AFTERWARDS)
        # Calls of the day before may go on after midnight.
        first = max(min(earliest or reached, reached) - ONE_DAY, reached - HORIZON)
        simulation = Simulation(self._seed, self._site, local_day(first, self._zone))

        def is_due(happening: Happening) -> bool:
            in_story = is_in_story(happening, present, self._days_before)
            return happening.at >= reached and in_story

        return filter(is_due, _from_day_on(simulation, local_day(reached, self._zone)))

    def _pause(self, held_s: float) -> float:
        """How long to let others go before; the next batch is made to fit the machine's pace."""
        fits = held_s <= HELD_S
        self._batch_cost = self._batch_cost + 1 if fits else self._batch_cost / 2
        self._batch_cost = min(max(self._batch_cost, SMALLEST_BATCH), LARGEST_BATCH)
        return max(SHORTEST_PAUSE_S, held_s * self._pause_share)

    def _due(self, ahead: Iterator[Happening], now: datetime) -> list[Happening]:
        batch: list[Happening] = []
        cost = 0.0
        while self._next is not None and self._next.at <= now and cost < self._batch_cost:
            batch.append(self._next)
            cost += HEARD_COST if isinstance(self._next, Heard) else 1
            self._next = next(ahead)
        return batch

    def _carry_out(self, batch: Sequence[Happening]) -> None:
        """Together if nothing is refused, else one by one, passing over what is."""
        try:
            self._transact(batch)
        except DatabaseBusy:  # no refusal: all of it is tried again
            raise
        except DomainError:
            for happening in batch:
                self._carry_out_alone(happening)
        now = self._clock.monotonic()
        if now - self._notified_at >= NOTIFY_EVERY_S:
            self._notified_at = now
            self._bus.notify()

    def _carry_out_alone(self, happening: Happening) -> None:
        try:
            self._transact([happening])
        except DatabaseBusy:
            raise
        except DomainError as refusal:
            self.refused += 1
            log.warning("refused at %s: %s", subject_of(happening), refusal)

    def _transact(self, batch: Sequence[Happening]) -> None:
        # Readers are woken from time to time (NOTIFY_EVERY_S), not after every batch.
        with unit_of_work(self._database, None, self._clock, FEED) as uow:
            self._acts.act(uow, batch)
            advance_position(uow, CONSUMER, int(batch[-1].at.timestamp()))


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


def _from_day_on(simulation: Simulation, day: date) -> Iterator[Happening]:
    """Every happening of the day and of all that follow."""
    while True:
        yield from simulation.happenings_of(day)
        day += ONE_DAY
