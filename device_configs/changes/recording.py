"""The record of a change that is carried out, also past a database that is away for a while."""

import logging
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from device_configs.changes.happenings import CHANGE, ENDED, Happening
from device_configs.changes.history import NetworkChange
from device_configs.changes.read import read_change
from ops_core.kernel.clock import Clock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.errors import DatabaseBusy
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor

log = logging.getLogger(__name__)

END_TRIES, END_PAUSE = 6, timedelta(seconds=5)


@dataclass
class ChangeRecorder:
    """A :class:`device_configs.changes.engine.ChangeLog` in the database. Used by one thread.

    What a device did while the database was away stays in memory, with its instant, and goes on
    record with what follows.
    """

    database: Database
    bus: EventBus
    clock: Clock
    actor: Actor
    number: str
    _unrecorded: list[tuple[datetime, str, Happening]] = field(default_factory=list)

    def record(self, happened: str, happening: Happening, *, at_once: bool = False) -> None:
        """Raises DatabaseBusy if it has to be on record ``at_once``, or is the end."""
        self._unrecorded.append((self.clock.now(), happened, happening))
        for left in reversed(range(END_TRIES)):
            try:
                self._flush()
            except DatabaseBusy as busy:
                log.warning("change %s: not on record yet: %s", self.number, busy)
                if not (at_once or happened == ENDED):
                    return
                if not left:
                    self._unrecorded.pop()
                    raise
                time.sleep(END_PAUSE.total_seconds())
            else:
                return

    def change(self) -> NetworkChange:
        with self.database.reading() as session:
            return read_change(session, self.number)

    def _flush(self) -> None:
        with unit_of_work(self.database, self.bus, self.clock, self.actor) as uow:
            for at, happened, happening in self._unrecorded:
                uow.event(CHANGE, self.number, happened, happening.payload(), at)
                uow.audit(happened, CHANGE, self.number, happening.payload())
        self._unrecorded.clear()
