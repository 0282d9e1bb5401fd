"""What fails for one item stays with it: counted, and logged with its stack once per spell.

The items are polled every few seconds; a boundary that logged each failure would fill the log
with one agent's troubles. Otherwise it is as that of ops_core.kernel.workers.
"""

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from ops_core.kernel.clock import Clock
from ops_core.kernel.workers import ENDINGS

log = logging.getLogger(__name__)

LONGEST_ERROR = 200
"""Characters kept of an error: its words may come from outside."""


@dataclass(frozen=True, slots=True)
class Failing:
    """An item that fails now."""

    since: datetime
    error: str


class Containment:
    """The items of one kind of work. ``failures`` counts by item since the start."""

    def __init__(self, name: str, clock: Clock) -> None:
        self._name, self._clock = name, clock
        self.failures: Counter[str] = Counter()
        self.failing: dict[str, Failing] = {}

    @contextmanager
    def boundary(self, item: str) -> Iterator[None]:
        """Contain what the block raises, but for what ends work on purpose."""
        try:
            yield
        except ENDINGS:
            raise
        except BaseException as error:  # noqa: BLE001 - a panic is no Exception
            self._failed(item, error)
        else:
            if self.failing.pop(item, None) is not None:
                log.info("%s: %s works again", self._name, item)

    def _failed(self, item: str, error: BaseException) -> None:
        self.failures[item] += 1
        words = f"{type(error).__name__}: {error}"[:LONGEST_ERROR]
        known = self.failing.get(item)
        if known is None:
            log.error("%s: %s failed, the others go on", self._name, item, exc_info=error)
        self.failing[item] = Failing(known.since if known else self._clock.now(), words)
