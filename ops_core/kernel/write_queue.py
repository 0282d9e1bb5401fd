"""A queue of one process's threads that write: first come, first served.

Where only one transaction can write, threads that look again and again whether they may cost those
who do write their processor, and leave the database idle between two looks. Here whoever is done
calls the next one. Other processes are met at the database's own lock.
"""

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from ops_core.kernel.errors import DatabaseBusy, DatabaseTrouble
from ops_core.kernel.waits import DatabaseWaits


class WriteQueue:
    """Hands the turn on in the order in which it was asked for; not to be asked for twice."""

    def __init__(self, waits: DatabaseWaits) -> None:
        """``waits`` counts who waits, and says for how long."""
        self._waits = waits
        self._lock = threading.Lock()
        self._is_taken = False
        self._queue: deque[threading.Event] = deque()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Have the turn while the block runs, however it ends.

        Raises :class:`DatabaseBusy` when it does not come in time.
        """
        call = self._take_or_queue()
        if call is not None:
            with self._waits.waiting():
                self._await(call)
        try:
            yield
        finally:
            self._hand_on()

    def _take_or_queue(self) -> threading.Event | None:
        """None when the turn was free, else what is set when it comes."""
        with self._lock:
            if not self._is_taken:
                self._is_taken = True
                return None
            call = threading.Event()
            self._queue.append(call)
        self._waits.refused()
        return call

    def _await(self, call: threading.Event) -> None:
        if call.wait(max(0.0, self._waits.deadline() - time.monotonic())):
            return
        with self._lock:
            if call not in self._queue:  # it came at the last moment
                return
            self._queue.remove(call)
        self._waits.failed(DatabaseTrouble.LOCKED)
        raise DatabaseBusy(DatabaseTrouble.LOCKED)

    def _hand_on(self) -> None:
        with self._lock:
            if self._queue:
                self._queue.popleft().set()
            else:
                self._is_taken = False
