"""How the product itself fares, in one place: read by /healthz, /metrics, a page and the wall.

Each part adds a source: figures (``measures``) and what is wrong with it now (``concerns``). A
source that fails is a concern itself, and the others are read all the same.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from ops_core.kernel.clock import Clock
from ops_core.kernel.i18n import Message, message
from ops_core.kernel.workers import ENDINGS, Workers, WorkerState


class MeasureKind(StrEnum):
    COUNTER = "counter"
    """Only grows while the process lives."""
    GAUGE = "gauge"


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure about ourselves, named as Prometheus names them (``zhishou_polls_total``).

    All measures of one name have the same label names; ``text`` explains it in a sentence.
    """

    name: str
    text: str
    value: float
    kind: MeasureKind = MeasureKind.GAUGE
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Concern:
    """Something of ours that does not work as it should.

    ``key`` is stable (``worker/alerts``, ``spool/full``); a vital one makes the process unhealthy;
    ``since`` is aware UTC where it is known. ``text`` is for anybody; what an error said stands in
    ``detail``, for those who may see it.
    """

    key: str
    text: Message
    is_vital: bool = False
    since: datetime | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Health:
    """Everything at one instant."""

    at: datetime
    workers: tuple[WorkerState, ...]
    measures: tuple[Measure, ...]
    concerns: tuple[Concern, ...]

    @property
    def is_healthy(self) -> bool:
        return not any(concern.is_vital for concern in self.concerns)


@dataclass(frozen=True, slots=True)
class _Source:
    name: str
    measures: Callable[[], Iterable[Measure]] | None
    concerns: Callable[[datetime], Iterable[Concern]] | None


class HealthRegistry:
    """Collects what the parts say of themselves."""

    def __init__(self, workers: Workers, clock: Clock) -> None:
        self._workers, self._clock = workers, clock
        self._sources: list[_Source] = []

    def add(
        self,
        name: str,
        *,
        measures: Callable[[], Iterable[Measure]] | None = None,
        concerns: Callable[[datetime], Iterable[Concern]] | None = None,
    ) -> None:
        """A part that says how it fares. Both are called from any thread and return at once."""
        self._sources.append(_Source(name, measures, concerns))

    def health(self) -> Health:
        """How everything fares now."""
        now = self._clock.now()
        workers = self._workers.states()
        measures: list[Measure] = []
        concerns = self._concerns(workers, now)
        for source in self._sources:
            try:
                measures += source.measures() if source.measures else ()
            except ENDINGS:
                raise
            except BaseException as error:  # noqa: BLE001 - it is said, and the others are read
                concerns.append(_unreadable(source.name, error))
        return Health(now, workers, tuple(measures), tuple(concerns))

    def concerns(self) -> tuple[Concern, ...]:
        """What is wrong now, without the figures: cheap enough to be asked every second."""
        return tuple(self._concerns(self._workers.states(), self._clock.now()))

    def _concerns(self, workers: Iterable[WorkerState], now: datetime) -> list[Concern]:
        found = [concern for state in workers for concern in _concerns_of(state)]
        for source in self._sources:
            try:
                found += source.concerns(now) if source.concerns else ()
            except ENDINGS:
                raise
            except BaseException as error:  # noqa: BLE001 - it is said, and the others are read
                found.append(_unreadable(source.name, error))
        return found


def _concerns_of(state: WorkerState) -> Iterable[Concern]:
    key = f"worker/{state.name}"
    if not state.is_alive:
        text = message("工作线程 {name} 已停止", name=state.name)
        yield Concern(key, text, state.is_vital, detail=state.last_error)
    elif state.is_stuck:
        text = message(
            "工作线程 {name} 已 {seconds} 秒没有进展", name=state.name, seconds=int(state.silent_s)
        )
        yield Concern(key, text, state.is_vital, state.last_success)


def _unreadable(name: str, error: BaseException) -> Concern:
    text = message("{name} 的运行指标读不出", name=name)
    return Concern(f"health/{name}", text, detail=f"{type(error).__name__}: {error}")
