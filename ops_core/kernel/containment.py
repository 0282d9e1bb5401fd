"""What fails for one item stays with it: counted, and logged with its stack once per spell.

Items are taken again every second or every few; a boundary that logged each failure would fill the
log with one item's troubles. ``BaseException`` is contained as well: a panic in an extension module
is one (gufo-snmp raises ``PanicException``). Only what ends a program on purpose passes.
"""

import asyncio
import logging
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from ops_core.kernel.clock import Clock

log = logging.getLogger(__name__)

LONGEST_ERROR = 200
"""Characters kept of an error: its words may come from outside."""
ITEMS_KEPT = 1_000
"""Failing items remembered by name; more are counted together: their names come from outside."""
OTHERS = "(others)"

ENDINGS = (KeyboardInterrupt, SystemExit, GeneratorExit, asyncio.CancelledError)
"""What is meant to end work; never contained."""


@dataclass(frozen=True, slots=True)
class Failing:
    """An item that fails now."""

    since: datetime
    error: str


class Containment:
    """The items of one kind of work; for any thread.

    ``failures`` counts by item since the start, ``failing`` holds those that fail now.
    """

    def __init__(self, name: str, clock: Clock) -> None:
        self._name, self._clock = name, clock
        self._lock = threading.Lock()
        self.failures: Counter[str] = Counter()
        self.failing: dict[str, Failing] = {}
        self.last_error = ""

    @contextmanager
    def boundary(self, item: str) -> Iterator[None]:
        """Contain what the block raises, but for what ends work on purpose."""
        try:
            yield
        except ENDINGS:
            raise
        except BaseException as error:  # noqa: BLE001 - a panic is no Exception
            self._fails(item, error)
        else:
            self._works(item)

    def failed(self, item: str, error: BaseException) -> None:
        """Count a failure that no boundary contained, and log it: nobody says when it is over."""
        with self._lock:
            self._count(item, text_of(error)[:LONGEST_ERROR])
        self._log(item, error)

    def _fails(self, item: str, error: BaseException) -> None:
        words = text_of(error)[:LONGEST_ERROR]
        with self._lock:
            name = self._count(item, words)
            known = self.failing.get(name)
            self.failing[name] = Failing(known.since if known else self._clock.now(), words)
        if known is None:
            self._log(item, error)

    def _count(self, item: str, words: str) -> str:
        """Returns the name under which it is counted."""
        is_kept = item in self.failures or len(self.failures) < ITEMS_KEPT
        name = item if is_kept else OTHERS
        self.failures[name] += 1
        self.last_error = f"{item}: {words}"
        return name

    def _log(self, item: str, error: BaseException) -> None:
        log.error("%s: %s failed, the others go on", self._name, item, exc_info=error)

    def _works(self, item: str) -> None:
        if item not in self.failing:  # as nearly always: no lock for it
            return
        with self._lock:
            was_failing = self.failing.pop(item, None)
        if was_failing is not None:
            log.info("%s: %s works again", self._name, item)


def text_of(error: BaseException) -> str:
    """An error as one line names it."""
    return f"{type(error).__name__}: {error}"
