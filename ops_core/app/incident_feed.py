"""From fault events to incidents: in order, exactly once, and past an event that cannot be taken.

An event that fails by itself (and not because the database is away) is tried some times, then put
aside: recorded as an event and an audit entry of its own, counted, and a concern until the next
start. Waiting for it for ever would leave every later fault without an incident.
"""

import logging
import threading
from datetime import datetime
from http import HTTPStatus

from pydantic import JsonValue
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from device_configs.site.model import Site
from incident.service import CONSUMER, IncidentPolicy, consume_faults
from monitors.alerts.engine import FAULT
from ops_core.kernel.clock import Clock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.consumers import advance_position, read_position
from ops_core.kernel.database import Database
from ops_core.kernel.errors import DomainError
from ops_core.kernel.events import EventBus, last_position, read_events
from ops_core.kernel.health import Concern, Measure, MeasureKind
from ops_core.kernel.i18n import message
from ops_core.kernel.permissions import Actor
from ops_core.kernel.workers import ENDINGS, Worker

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
BATCH = 100
TRIES = 3
ACTOR = Actor.system("incident")


def is_of_the_database(error: BaseException) -> bool:
    """Whether the database is the cause: locked, full, away. The same step may succeed later."""
    busy = isinstance(error, DomainError) and error.status == HTTPStatus.SERVICE_UNAVAILABLE
    return busy or isinstance(error, OperationalError | InterfaceError | PoolTimeout | OSError)


class IncidentFeed:
    """One worker's work: :meth:`run`."""

    def __init__(
        self,
        site: Site,
        database: Database,
        bus: EventBus,
        clock: Clock,
        policy: IncidentPolicy | None = None,
    ) -> None:
        self._site, self._database, self._bus, self._clock = site, database, bus, clock
        self._policy = policy or IncidentPolicy()
        self._news = threading.Event()
        self._failing, self._tries = -1, 0
        self._behind = 0
        self._put_aside: list[int] = []

    def run(self, worker: Worker, stop: threading.Event) -> None:
        """Carry events over as soon as they are committed, until ``stop``."""
        unsubscribe = self._bus.subscribe(self._news.set)
        try:
            while not stop.is_set():
                with worker.boundary("fault events"):
                    self.carry()
                    worker.succeeded()
                self._news.wait(LOOK_EVERY_S)
                self._news.clear()
        finally:
            unsubscribe()

    def wake(self) -> None:
        """End the wait for news."""
        self._news.set()

    def carry(self) -> int:
        """Carry every pending event into incidents; returns how many were passed.

        It looks before it opens a unit of work, for that wakes everybody who waits for events.
        Raises when the database is away, or when one event keeps failing and is not given up yet.
        """
        passed = 0
        while self._is_behind():
            try:
                passed += self._step(BATCH)
            except ENDINGS:
                raise
            except BaseException as error:
                if is_of_the_database(error):
                    raise
                passed += self._one_by_one()
        return passed

    def _step(self, limit: int) -> int:
        with unit_of_work(self._database, self._bus, self._clock, ACTOR) as uow:
            return consume_faults(uow, self._site.contract, self._policy, limit)

    def _one_by_one(self) -> int:
        """Up to the event that fails: tried again later, or put aside after some tries."""
        for passed in range(BATCH):
            try:
                if self._step(1) == 0:
                    return passed
            except ENDINGS:
                raise
            except BaseException as error:
                if is_of_the_database(error) or not self._gives_up():
                    raise
                self._put_next_aside(error)
                return passed + 1
        return BATCH

    def _gives_up(self) -> bool:
        with self._database.reading() as session:
            failing = read_position(session, CONSUMER)
        self._tries = self._tries + 1 if failing == self._failing else 1
        self._failing = failing
        return self._tries >= TRIES

    def _put_next_aside(self, error: BaseException) -> None:
        """Pass the next event by, on record."""
        kind = type(error).__name__
        with unit_of_work(self._database, self._bus, self._clock, ACTOR) as uow:
            (event,) = read_events(uow.session, read_position(uow.session, CONSUMER), 1)
            advance_position(uow, CONSUMER, event.position)
            about: dict[str, JsonValue] = {
                "position": event.position,
                "type": event.type,
                "error": kind,
            }
            uow.event(FAULT, event.aggregate_id, "FaultEventPutAside", about)
            uow.audit("FaultEventPutAside", FAULT, event.aggregate_id, about)
        self._put_aside.append(event.position)
        log.error("event %s cannot be carried into an incident", event.position, exc_info=error)

    def _is_behind(self) -> bool:
        with self._database.reading() as session:
            self._behind = last_position(session) - read_position(session, CONSUMER)
        return self._behind > 0

    def measures(self) -> list[Measure]:
        return [
            Measure(
                "zhishou_incident_events_behind",
                "Events of the log that incidents had not seen at the last look.",
                self._behind,
            ),
            Measure(
                "zhishou_incident_events_put_aside_total",
                "Fault events that could not be carried into an incident.",
                len(self._put_aside),
                MeasureKind.COUNTER,
            ),
        ]

    def concerns(self, _: datetime) -> list[Concern]:
        """One while an event of this run was put aside."""
        if not self._put_aside:
            return []
        text = message(
            "{count} 条故障事件无法生成故障单，已搁置并记入审计", count=len(self._put_aside)
        )
        return [Concern("incidents/put-aside", text)]
