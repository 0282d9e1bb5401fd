"""Puts every report that becomes owed on record, once a minute."""

import threading

from device_configs.site.model import Site
from ops_core.kernel.clock import Clock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor
from ops_core.kernel.workers import Worker
from ops_core.obligations.read import has_unrecorded
from ops_core.obligations.service import owe_reports

LOOK_EVERY_S = 60.0
RECORDER = Actor.system("reports")


class ReportCalendar:
    """One thread's work: :meth:`run`. What was not recorded in time is, at the next look."""

    def __init__(self, site: Site, database: Database, bus: EventBus, clock: Clock) -> None:
        self._site, self._database, self._bus, self._clock = site, database, bus, clock

    def run(self, worker: Worker, stop: threading.Event) -> None:
        """Look once a minute until ``stop``."""
        while not stop.is_set():
            with worker.boundary("reports"):
                self.look()
                worker.succeeded()
            stop.wait(LOOK_EVERY_S)

    def look(self) -> int:
        """How many were put on record; none, and no transaction, where nothing is new."""
        with self._database.reading() as session:
            if not has_unrecorded(session, self._site, self._clock.now()):
                return 0
        with unit_of_work(self._database, self._bus, self._clock, RECORDER) as uow:
            return owe_reports(uow, self._site)
