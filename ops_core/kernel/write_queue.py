"""A queue of one process's threads that write: first come, first served.

Where only one transaction can write, threads that look again and again whether they may cost those
who do write their processor, and leave the database idle between two looks. Here whoever is done
calls the next one. Other processes are met at the database's own lock.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ops_core.kernel.errors import DatabaseBusy, DatabaseTrouble
from ops_core.kernel.waits import DatabaseWaits

LOOK_AGAIN_S = 0.5
"""A call that was lost with the thread that made it costs the next one no more than this."""


class WriteQueue:
    """Hands the turn on in the order in which it was asked for; not to be asked for twice.

    The first in the queue has the turn. Whoever joined it leaves it, whatever ends him: an
    exception that another thread put into this one strikes between any two calls, and a turn that
    nobody has would close the database to everybody.
    """

    def __init__(self, waits: DatabaseWaits) -> None:
        """``waits`` counts who waits, and says for how long."""
        self._waits = waits
        self._lock = threading.Lock()
        self._queue: list[threading.Event] = []

    @contextmanager
    def alone(self) -> Iterator[Callable[[], None]]:
        """Have the turn while the block runs, however it ends, or until it calls what it is given.

        Raises :class:`DatabaseBusy` when it does not come in time.
        """
        place = threading.Event()
        try:
            with self._lock:
                self._queue.append(place)
            if not self._is_first(place):
                self._waits.refused()
                with self._waits.waiting():
                    self._await(place)
            yield lambda: self._leave(place)
        finally:
            self._leave(place)

    def _leave(self, place: threading.Event) -> None:
        with self._lock:
            if place in self._queue:
                self._queue.remove(place)
        self._call_the_first()

    def _is_first(self, place: threading.Event) -> bool:
        with self._lock:
            return self._queue[0] is place

    def _await(self, place: threading.Event) -> None:
        deadline = self._waits.deadline()
        while not self._is_first(place):
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                self._waits.failed(DatabaseTrouble.LOCKED)
                raise DatabaseBusy(DatabaseTrouble.LOCKED)
            place.wait(min(left_s, LOOK_AGAIN_S))

    def _call_the_first(self) -> None:
        with self._lock:
            first = self._queue[0] if self._queue else None
        if first is not None:
            first.set()
