"""Lets the demonstration's day go by: catches up to the present, then lives in real time.

What began just now comes first, then today, then the days before
(:mod:`ops_core.hotline.demonstration.backlogs`): the wall lives at once on the slowest machine.

Where it had come is kept in the transaction of what it did, and everything is tried once more from
there: what is on record already is left alone, so a kill at any moment neither doubles nor loses.
"""

import logging
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.app.demonstration.acts import Acts
from ops_core.app.demonstration.ahead import HappeningsAhead, local_midnight
from ops_core.app.demonstration.deadline_words import ensure_agreed_deadlines
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.hotline.demonstration.backlogs import (
    MAIN,
    Backlog,
    backlogs_from,
    backlogs_of,
    share_done,
    slowest,
)
from ops_core.hotline.demonstration.happening import Happening, subject_of
from ops_core.kernel.clock import Clock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.consumers import advance_position, forget_position, read_positions
from ops_core.kernel.database import Database
from ops_core.kernel.errors import DatabaseBusy, DomainError
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor
from ops_core.kernel.workers import Worker

log = logging.getLogger(__name__)

FEED = Actor.system("demonstration")
DAYS_BEFORE = timedelta(days=3)
"""How much of the past there is at the first start: calls, and the orders still under way."""
AFTERWARDS = timedelta(days=15)
"""A completed order is called back, or reopened, within this."""
HELD_S = 0.05
"""How long a transaction may hold others up; batches are made as large as that allows."""
SMALLEST_BATCH, LARGEST_BATCH = 4.0, 40.0
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
        self._ahead: tuple[HappeningsAhead, ...] = ()
        self._begun: Mapping[str, datetime] = {}
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
        self._ahead = ()
        return None

    def share_done(self) -> int | None:
        """Percent of what had to be caught up with at the start; None once all of it is."""
        backlogs = [one.backlog for one in self._ahead]
        return share_done(backlogs, self._begun, self._clock.now()) if backlogs else None

    def catch_up(self, stop: threading.Event) -> int:
        """Let everything happen that is due, in batches with pauses; returns how much it was."""
        if not self._ahead:
            self._begin()
        done = 0
        while not stop.is_set():
            now = self._clock.now()
            one, batch = self._due(now)
            if one is None:
                self._join(now)
                break
            begun_at = self._clock.monotonic()
            try:
                self._carry_out(one.backlog, batch)
            except BaseException:
                self._ahead = ()  # begin again where the records have come
                raise
            one.move_to(batch[-1].at)
            done += len(batch)
            stop.wait(self._pause(self._clock.monotonic() - begun_at))
        if done:
            self._bus.notify()
        return done

    def _begin(self) -> None:
        """Find out where the records have come, and by which backlogs to go on."""
        present = local_midnight(self._clock.now(), self._zone)
        with unit_of_work(self._database, None, self._clock, FEED) as uow:
            before = present - self._days_before
            ensure_agreed_deadlines(uow, self._site, before, self._clock.now())
            backlogs = self._backlogs(uow.session, present)
            for backlog in backlogs:
                advance_position(uow, backlog.consumer, int(backlog.reached.timestamp()))
            reached = slowest(backlogs)
            earliest = self._acts.resume(uow.session, reached - AFTERWARDS) or reached
        self._begun = {backlog.consumer: backlog.reached for backlog in backlogs}
        self._ahead = tuple(
            HappeningsAhead(self._seed, self._site, backlog, earliest, present, self._days_before)
            for backlog in backlogs
        )

    def _backlogs(self, session: Session, present: datetime) -> tuple[Backlog, ...]:
        on_record = backlogs_of(read_positions(session, MAIN))
        if len(on_record) > 1:
            return on_record
        reached = on_record[0].reached if on_record else present - self._days_before
        return backlogs_from(reached, self._clock.now(), present)

    def _due(self, now: datetime) -> tuple[HappeningsAhead | None, list[Happening]]:
        """The first backlog that is behind, with its next batch."""
        for one in self._ahead:
            if batch := one.due(now, self._batch_cost):
                return one, batch
        return None, []

    def _join(self, now: datetime) -> None:
        """One backlog again, once all have come to ``now``."""
        if len(self._ahead) < 2:
            return
        with unit_of_work(self._database, None, self._clock, FEED) as uow:
            advance_position(uow, MAIN, int(now.timestamp()))
            for one in self._ahead:
                if one.backlog.consumer != MAIN:
                    forget_position(uow, one.backlog.consumer)
        self._ahead = ()

    def _pause(self, held_s: float) -> float:
        """How long to let others go before; the next batch is made to fit the machine's pace."""
        fits = held_s <= HELD_S
        self._batch_cost = self._batch_cost + 1 if fits else self._batch_cost / 2
        self._batch_cost = min(max(self._batch_cost, SMALLEST_BATCH), LARGEST_BATCH)
        return max(SHORTEST_PAUSE_S, held_s * self._pause_share)

    def _carry_out(self, backlog: Backlog, batch: Sequence[Happening]) -> None:
        """Together if nothing is refused, else one by one, passing over what is."""
        try:
            self._transact(backlog, batch)
        except DatabaseBusy:  # no refusal: all of it is tried again
            raise
        except DomainError:
            for happening in batch:
                self._carry_out_alone(backlog, happening)
        now = self._clock.monotonic()
        if now - self._notified_at >= NOTIFY_EVERY_S:
            self._notified_at = now
            self._bus.notify()

    def _carry_out_alone(self, backlog: Backlog, happening: Happening) -> None:
        try:
            self._transact(backlog, [happening])
        except DatabaseBusy:
            raise
        except DomainError as refusal:
            self.refused += 1
            log.warning("refused at %s: %s", subject_of(happening), refusal)

    def _transact(self, backlog: Backlog, batch: Sequence[Happening]) -> None:
        # Readers are woken from time to time (NOTIFY_EVERY_S), not after every batch.
        with unit_of_work(self._database, None, self._clock, FEED) as uow:
            self._acts.act(uow, batch, backlog.beginnings.since)
            advance_position(uow, backlog.consumer, int(batch[-1].at.timestamp()))
