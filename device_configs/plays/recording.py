"""Puts what a running play does on record; what a busy database does not take waits in memory."""

import logging
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pydantic import JsonValue

from device_configs.plays.model import FINISHED, OUTPUT, PLAY, STEP_DONE, PlayState, PlayStep
from device_configs.site.model import Site
from ops_core.kernel.clock import Clock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.errors import DatabaseBusy
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor
from ops_core.kernel.settings import Settings

log = logging.getLogger(__name__)

END_TRIES, END_PAUSE = 6, timedelta(seconds=5)
MOST_OUTPUT = 2_000_000
"""Characters of output kept of a run."""


@dataclass(frozen=True)
class PlayWork:
    """What a recorded play needs besides its hosts."""

    site: Site
    settings: Settings
    database: Database
    bus: EventBus
    clock: Clock


@dataclass
class PlayRecorder:
    """The record of one running play. Used by one thread at a time."""

    work: PlayWork
    actor: Actor
    number: str
    _waiting: list[tuple[datetime, str, dict[str, JsonValue]]] = field(default_factory=list)
    _room: int = MOST_OUTPUT

    def happened(self, step: PlayStep | None, text: str) -> None:
        """Record a step and what was printed at it, now, or with the next when it cannot be."""
        at = self.work.clock.now()
        if step is not None:
            self._waiting.append((at, STEP_DONE, step.payload()))
        if text and self._room > 0:
            self._waiting.append((at, OUTPUT, {"text": text[: self._room]}))
            self._room -= len(text)
        if not self._waiting:
            return
        try:
            self._write()
        except DatabaseBusy as busy:
            log.warning("play %s: a step is not on record yet: %s", self.number, busy)

    def finished(self, state: PlayState, *, whole: bool, reason: str) -> None:
        """Record the end, and what was not on record before. Raises DatabaseBusy in the end."""
        end: dict[str, JsonValue] = {"state": state.value, "whole": whole, "reason": reason}
        self._waiting.append((self.work.clock.now(), FINISHED, end))
        for left in reversed(range(END_TRIES)):
            try:
                self._write()
            except DatabaseBusy:
                if not left:
                    raise
                time.sleep(END_PAUSE.total_seconds())
            else:
                return

    def _write(self) -> None:
        work = self.work
        with unit_of_work(work.database, work.bus, work.clock, self.actor) as uow:
            for at, kind, payload in self._waiting:
                uow.event(PLAY, self.number, kind, payload, at)
                if kind == FINISHED:
                    uow.audit(FINISHED, PLAY, self.number, payload)
        self._waiting.clear()
