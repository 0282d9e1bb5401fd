"""Takes a telephone system's log in while it grows."""

import signal
import threading
from collections.abc import Callable

from ops_core.hotline.calls.growing_log import GrowingLog
from ops_core.hotline.calls.log_files import SecondPlaces, batches, read_grown
from ops_core.hotline.calls.queue_log import IncomingEvent, LogReading, LogSource
from ops_core.hotline.calls.service import BATCH, take_events
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.command_line import operator
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.errors import DatabaseBusy, DomainError
from ops_core.kernel.events import EventBus

LOOK_EVERY_S = 1.0


class LogFollower:
    """Reads what a log has grown by, and stores it; ``say`` tells people what went wrong."""

    def __init__(
        self,
        log: GrowingLog,
        source: LogSource,
        database: Database,
        vault: ContactVault,
        say: Callable[[str], None],
    ) -> None:
        self._log, self._source = log, source
        self._database, self._vault, self._say = database, vault, say
        self._places, self._lines = SecondPlaces(), 0
        self._waiting: list[IncomingEvent] = []
        self.new = self.faulty = 0

    def run(self, ended: threading.Event) -> None:
        """Until ``ended``; what was read by then is stored."""
        while True:
            is_last = ended.is_set()
            self.look()
            if is_last:
                self._log.close()
                return
            ended.wait(LOOK_EVERY_S)

    def look(self) -> None:
        """Read once, and store what waits."""
        reading = LogReading(self._source)
        try:
            lines = self._log.lines()
        except OSError as error:
            self._say(f"{error}")
            lines = []
        read_grown(lines, self._source.name, reading, self._places, self._lines + 1)
        self._lines += len(lines)
        for _, fault in reading.faults:
            self._say(f"{self._source.name}: {fault}")
        self.faulty += len(reading.faults)
        self._waiting += reading.events
        self._store()

    def _store(self) -> None:
        for batch in list(batches(self._waiting, BATCH)):
            try:
                self._take(batch)
            except DatabaseBusy as error:
                self._say(f"{error}")
                return  # they wait for the next look
            del self._waiting[: len(batch)]

    def _take(self, batch: list[IncomingEvent]) -> None:
        """Store a batch; where an event of it is refused, each by itself."""
        try:
            self.new += self._stored(batch)
        except DatabaseBusy:
            raise
        except DomainError as error:
            if len(batch) == 1:
                self._say(f"{self._source.name}: {error}")
                self.faulty += 1
                return
            for event in batch:
                self._take([event])

    def _stored(self, batch: list[IncomingEvent]) -> int:
        clock = SystemClock()
        with unit_of_work(self._database, EventBus(), clock, operator()) as uow:
            return take_events(uow, self._vault, batch, self._source.zone).new


def ended_by_signal() -> threading.Event:
    """Set by SIGINT and SIGTERM, which then end nothing by themselves."""
    ended = threading.Event()
    for which in (signal.SIGINT, signal.SIGTERM):
        signal.signal(which, lambda *_: ended.set())
    return ended
