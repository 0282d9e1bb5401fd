"""Ends the changes of the network that nobody carries out any more."""

import os
import threading

from device_configs.changes.carrying import ChangeWork
from device_configs.changes.left_changes import end_left_changes
from ops_core.kernel.workers import Worker

LOOK_EVERY_S = 60.0


class LeftChanges:
    """Looks for them as long as the platform runs; used from one thread."""

    def __init__(self, work: ChangeWork) -> None:
        self._work = work

    def run(self, worker: Worker, stop: threading.Event) -> None:
        """Look until ``stop``."""
        # Playbooks inherit this thread's precedence; the platform's own is not for them.
        os.setpriority(os.PRIO_PROCESS, 0, max(0, os.getpriority(os.PRIO_PROCESS, 0)))
        while not stop.is_set():
            with worker.boundary("changes"):
                end_left_changes(self._work, worker.boundary)
            worker.succeeded()
            stop.wait(LOOK_EVERY_S)
