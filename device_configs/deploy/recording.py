"""Puts what a running deployment does on record, also past a database that is away for a while.

A deployment is not broken off because its record cannot be written: what is done to a device stays
in memory until it can, in its order and with its instant. The end is tried again for a bounded
time (:data:`END_TRIES`, each of which waits for the database as long as the settings say).
"""

import logging
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pydantic import JsonValue

from device_configs.deploy.results import DeviceResult
from ops_core.kernel.clock import Clock
from ops_core.kernel.commands import UnitOfWork, unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.errors import DatabaseBusy
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor

log = logging.getLogger(__name__)

DEPLOYMENT = "deployment"
STARTED, DEVICE_DONE, FINISHED = "DeploymentStarted", "DeploymentDeviceDone", "DeploymentFinished"
END_TRIES, END_PAUSE = 6, timedelta(seconds=5)


@dataclass(frozen=True)
class DeploymentRecorder:
    """The record of one running deployment. Used by one thread at a time."""

    database: Database
    bus: EventBus
    clock: Clock
    actor: Actor
    number: str
    _unrecorded: list[tuple[datetime, DeviceResult]] = field(default_factory=list)

    def device_done(self, result: DeviceResult) -> None:
        """Record a device now, or with the next one when the database is busy."""
        self._unrecorded.append((self.clock.now(), result))
        try:
            with self._work() as uow:
                self._record_devices(uow)
        except DatabaseBusy as busy:
            log.warning("deployment %s: a device is not on record yet: %s", self.number, busy)
            return
        self._unrecorded.clear()

    def finished(self, *, succeeded: bool, text: str) -> None:
        """Record the end, and what was not on record before. Raises DatabaseBusy in the end."""
        at = self.clock.now()
        for left in reversed(range(END_TRIES)):
            try:
                with self._work() as uow:
                    self._record_devices(uow)
                    self._record_end(uow, at, succeeded, text)
            except DatabaseBusy:
                if not left:
                    raise
                time.sleep(END_PAUSE.total_seconds())
            else:
                self._unrecorded.clear()
                return

    def _work(self) -> AbstractContextManager[UnitOfWork]:
        return unit_of_work(self.database, self.bus, self.clock, self.actor)

    def _record_devices(self, uow: UnitOfWork) -> None:
        for at, result in self._unrecorded:
            uow.event(DEPLOYMENT, self.number, DEVICE_DONE, _payload(result), at)
            about = {"deployment": self.number, "state": result.state.value}
            uow.audit(DEVICE_DONE, "device", result.device, about)

    def _record_end(self, uow: UnitOfWork, at: datetime, succeeded: bool, text: str) -> None:
        detail: dict[str, JsonValue] = {"succeeded": succeeded, "message": text}
        uow.event(DEPLOYMENT, self.number, FINISHED, detail, at)
        uow.audit(FINISHED, DEPLOYMENT, self.number, detail)


def _payload(result: DeviceResult) -> dict[str, JsonValue]:
    return {
        "device": result.device,
        "state": result.state.value,
        "files": list(result.files),
        "services": list(result.services),
        "diff": result.diff,
        "message": result.message,
    }
