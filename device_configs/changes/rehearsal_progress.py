"""How far a rehearsal is, for whoever waits for it; and how it is asked to end."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum

from device_configs.changes.happenings import GateJudged, Happening, StageReached
from device_configs.changes.states import StageState
from device_configs.drills.judging import DrillVerdict
from device_configs.twin.client import TwinClient
from ops_core.kernel.errors import DomainError

WATCHED_EVERY_S = 0.2


class RehearsalPart(StrEnum):
    """The parts in their order."""

    READ = "read"
    """The devices' files are read."""
    START = "start"
    CONFIGURE = "configure"
    """The twin's devices get what the real ones have."""
    CHANGE = "change"
    DRILL = "drill"


@dataclass(frozen=True, slots=True)
class RehearsalProgress:
    """One line. ``stage`` counts from 0 as in the plan, None for the gate before the first;
    ``subject`` is what a drill breaks."""

    part: RehearsalPart
    stage: int | None = None
    state: StageState | None = None
    passed: bool | None = None
    subject: str = ""
    verdict: DrillVerdict | None = None


OnProgress = Callable[[RehearsalProgress], None]


class RehearsalCancelled(Exception):
    """Somebody asked it to end; args: who."""


@dataclass
class RehearsalCancellation:
    """Asks a rehearsal to end, from any thread."""

    _asked_by: list[str] = field(default_factory=list)

    def request(self, who: str) -> None:
        self._asked_by.append(who)

    def check(self) -> None:
        """Raises RehearsalCancelled once somebody asked."""
        if self._asked_by:
            raise RehearsalCancelled(self._asked_by[0])

    @property
    def by(self) -> str:
        """Who asked first; empty while nobody did."""
        return self._asked_by[0] if self._asked_by else ""

    @contextmanager
    def ending(self, client: TwinClient) -> Iterator[None]:
        """End the twin as soon as somebody asks, whatever the block waits for then."""
        is_over = threading.Event()

        def watch() -> None:
            while not is_over.wait(WATCHED_EVERY_S):
                if self._asked_by:
                    with suppress(DomainError, OSError):  # it is just ending by itself
                        client.down()
                    return

        watcher = threading.Thread(target=watch, name="rehearsal-cancellation", daemon=True)
        watcher.start()
        try:
            yield
        finally:
            is_over.set()
            watcher.join()


def progress_of(happening: Happening) -> RehearsalProgress | None:
    """The line of a step of the change; None for steps that have none; pure."""
    match happening:
        case StageReached():
            return RehearsalProgress(RehearsalPart.CHANGE, happening.stage, happening.state)
        case GateJudged():
            stage = happening.stage if happening.stage >= 0 else None
            return RehearsalProgress(RehearsalPart.CHANGE, stage, passed=happening.passed)
        case _:
            return None
