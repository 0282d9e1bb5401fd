"""The notices of our own lateness, on record in the event log and the audit chain."""

import logging
import threading

from sqlalchemy import select

from monitors.impairment.model import Notice, NoticeStep
from monitors.impairment.service import ImpairmentMonitor
from ops_core.kernel.clock import Clock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.events import EventBus
from ops_core.kernel.json_values import JsonObject
from ops_core.kernel.permissions import Actor
from ops_core.kernel.tables import EventRow
from ops_core.kernel.workers import Worker

log = logging.getLogger(__name__)

MONITORING = "monitoring"
"""Aggregate type of the notices."""
SUBJECT = "own-lateness"
IMPAIRMENT = Actor.system("impairment")
LOOK_EVERY_S = 0.5


class ImpairmentNotices:
    """Records in the event log and the audit chain that monitoring is impaired, and when it is not.

    It is no fault of the contract: it has no class and no clock.
    """

    def __init__(
        self, monitor: ImpairmentMonitor, database: Database, bus: EventBus, clock: Clock
    ) -> None:
        self._monitor, self._database, self._bus, self._clock = monitor, database, bus, clock
        self._unrecorded: list[tuple[NoticeStep, Notice]] = []
        self._has_resumed = False

    def run(self, worker: Worker, stop: threading.Event) -> None:
        """Look twice a second until ``stop``."""
        while not stop.wait(LOOK_EVERY_S):
            self.record()
            worker.succeeded()

    def record(self) -> None:
        """Store what is new; what cannot be stored now is stored by a later call."""
        self._unrecorded += self._monitor.take_steps()
        if not self._has_resumed:
            self._resume()
            self._has_resumed = True
        while self._unrecorded:
            step, notice = self._unrecorded[0]
            self._store(step, notice)
            del self._unrecorded[0]

    def _resume(self) -> None:
        """A notice that an earlier process left ends with it: nobody measured since."""
        with self._database.reading() as session:
            last = session.scalars(
                select(EventRow)
                .where(EventRow.aggregate_type == MONITORING, EventRow.aggregate_id == SUBJECT)
                .order_by(EventRow.sequence.desc())
                .limit(1)
            ).first()
        if last is not None and last.type == NoticeStep.IMPAIRED:
            at = self._clock.now()
            self._store(NoticeStep.RESTORED, Notice(last.occurred_at, at, frozenset()))

    def _store(self, step: NoticeStep, notice: Notice) -> None:
        at = notice.since if step is NoticeStep.IMPAIRED else notice.late_until
        detail: JsonObject = {
            "since": notice.since.isoformat(),
            "until": None if step is NoticeStep.IMPAIRED else notice.late_until.isoformat(),
            "kinds": [str(kind) for kind in sorted(notice.kinds)],
            "reasons": [str(reason) for reason in self._monitor.reasons()],
        }
        with unit_of_work(self._database, self._bus, self._clock, IMPAIRMENT) as uow:
            uow.event(MONITORING, SUBJECT, step, detail, at)
            uow.audit(step, MONITORING, SUBJECT, detail)
        log.warning("%s since %s: %s", step, notice.since, ", ".join(sorted(notice.kinds)))
