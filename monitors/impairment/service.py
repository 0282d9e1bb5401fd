"""Monitoring's watch over itself: meters in, spells and one notice out."""

import logging
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from monitors.impairment.gate import ImpairmentView, Outlook
from monitors.impairment.meters import HEARTBEAT_S, DropCounter, Meter
from monitors.impairment.model import (
    SPOILS_EVIDENCE,
    ImpairmentSettings,
    Lateness,
    Notice,
    NoticeStep,
    Sign,
    SignKind,
    Spell,
    next_notice,
)
from monitors.impairment.withholding import Windows
from ops_core.kernel.clock import Clock, SteadyClock
from ops_core.kernel.health import Concern, Measure, MeasureKind
from ops_core.kernel.i18n import Message, message
from ops_core.kernel.workers import Worker

log = logging.getLogger(__name__)

IMPAIRED = "monitoring/impaired"
"""The concern's key."""
STORING_IS_LATE_S = 2.0
CLOCK_IS_OFF_S = 2.0


class ImpairmentMonitor:
    """Whether monitoring is late now, and was when. All methods may be called from any thread."""

    def __init__(
        self,
        clock: Clock,
        settings: ImpairmentSettings | None = None,
        windows: Windows | None = None,
    ) -> None:
        self._clock = clock
        self.settings = settings or ImpairmentSettings()
        self.windows = windows or Windows()
        slight_s = self.settings.slight.total_seconds()
        self.collector = Meter(SignKind.COLLECTOR, clock, slight_s)
        self.threads = Meter(SignKind.THREADS, clock, slight_s)
        self.drops = DropCounter(clock)
        self._lock = threading.Lock()
        self._waits: list[Sign] = []
        self._evidence, self._anything = Lateness(), Lateness()
        self._counted: datetime | None = None
        self._spells, self._impaired = 0, timedelta(0)
        self._notice: Notice | None = None
        self._steps: list[tuple[NoticeStep, Notice]] = []
        self._worst: dict[SignKind, timedelta] = {}
        self._withheld: dict[str, int] = {}

    @contextmanager
    def storing(self) -> Iterator[None]:
        """Time a write of what was judged: one that takes long is a sign."""
        began = self._clock.monotonic()
        try:
            yield
        finally:
            took_s = self._clock.monotonic() - began
            if took_s >= STORING_IS_LATE_S:
                now = self._clock.now()
                with self._lock:
                    self._waits.append(
                        Sign(now, now - timedelta(seconds=took_s), SignKind.DATABASE)
                    )

    def outlook(self) -> Outlook:
        """How far the evidence can be trusted now."""
        with self._lock:
            now = self._clock.now()
            self._look(now)
            return Outlook(
                spells=self._evidence.spells,
                is_gated=not self._evidence.is_settled(now, self.windows.grace),
                view=self._view(),
                signs=self._evidence.signs,
            )

    def withheld(self, sources: Iterable[str]) -> None:
        """Bad evidence by these sources was held back; counted once for each observation."""
        with self._lock:
            for source in sources:
                family = source.partition(":")[0]
                self._withheld[family] = self._withheld.get(family, 0) + 1

    def take_steps(self) -> list[tuple[NoticeStep, Notice]]:
        """What is to be said since the last call, in order."""
        with self._lock:
            self._look(self._clock.now())
            found, self._steps = self._steps, []
            return found

    def reasons(self) -> tuple[Message, ...]:
        """Why monitoring is impaired now, or was a moment ago."""
        with self._lock:
            return self._reasons()

    def run(self, worker: Worker, stop: threading.Event) -> None:
        """Beat as a thread of this process, until ``stop``."""
        self.threads.begin()
        heartbeats = 0
        while not stop.wait(HEARTBEAT_S):
            self.threads.heartbeat()
            heartbeats += 1
            if heartbeats % 20 == 0:
                worker.succeeded()
        self.threads.end()

    def concerns(self, now: datetime) -> Iterable[Concern]:  # noqa: ARG002 - the registry's way
        """What is wrong now; nothing of it makes the process unhealthy."""
        view = self.outlook().view
        if view is not None:
            text = message("监测受损：{reasons}", reasons=view.reasons)
            yield Concern(IMPAIRED, text, since=view.since)
        if isinstance(self._clock, SteadyClock):
            ahead_s = self._clock.difference_s
            if abs(ahead_s) >= CLOCK_IS_OFF_S:
                yield Concern(
                    "clock/difference",
                    message(
                        "机器时钟比平台时钟快 {seconds} 秒；平台时钟缓慢跟随，重启平台则立即采用",
                        seconds=round(ahead_s),
                    ),
                )

    def measures(self) -> Iterable[Measure]:
        """Figures for /metrics."""
        yield from self._lateness_measures()
        yield from self._spell_measures()
        if isinstance(self._clock, SteadyClock):
            yield from _clock_measures(self._clock)

    def _lateness_measures(self) -> Iterable[Measure]:
        for meter in (self.collector, self.threads):
            part = {"part": str(meter.kind)}
            yield Measure(
                "zhishou_lateness_seconds",
                "How late the last heartbeat was.",
                meter.last_s,
                labels=part,
            )
            yield Measure(
                "zhishou_lateness_worst_seconds",
                "The greatest lateness of the last minute.",
                meter.worst_s,
                labels=part,
            )
        yield Measure(
            "zhishou_replies_dropped_total",
            "Replies the kernel dropped unread.",
            self.drops.total,
            MeasureKind.COUNTER,
        )

    def _spell_measures(self) -> Iterable[Measure]:
        counter = MeasureKind.COUNTER
        outlook = self.outlook()
        with self._lock:
            spells, impaired_s = self._spells, self._impaired.total_seconds()
            withheld = dict(self._withheld)
        yield Measure(
            "zhishou_monitoring_impaired",
            "1 while evidence is not trusted because monitoring is late.",
            float(outlook.is_gated),
        )
        yield Measure(
            "zhishou_monitoring_impaired_spells_total", "Spells of lateness.", spells, counter
        )
        yield Measure(
            "zhishou_monitoring_impaired_seconds_total",
            "Time in which evidence was not trusted.",
            impaired_s,
            counter,
        )
        for source, count in sorted(withheld.items()):
            yield Measure(
                "zhishou_observations_withheld_total",
                "Bad evidence held back because monitoring was late.",
                count,
                counter,
                {"source": source},
            )

    def _look(self, now: datetime) -> None:
        """Take new signs in; called with the lock held."""
        signs = [*self.collector.take(), *self.threads.take(), *self.drops.take(), *self._waits]
        self._waits = []
        spoiling = [sign for sign in signs if sign.kind in SPOILS_EVIDENCE]
        before = self._evidence
        self._evidence = before.with_signs(spoiling, now, self.settings)
        self._anything = self._anything.with_signs(signs, now, self.settings)
        self._count(before.spells, now)
        notice, step = next_notice(self._notice, self._anything, now, self.settings)
        if step is not None:
            shown = notice or self._notice
            assert shown is not None  # noqa: S101 - a step is about a notice
            self._steps.append((step, shown))
        if notice is None and not self._anything.signs:
            self._worst = {}
        for sign in signs:
            self._worst[sign.kind] = max(self._worst.get(sign.kind, sign.lasted), sign.lasted)
        self._notice = notice

    def _count(self, before: Iterable[Spell], now: datetime) -> None:
        starts = {spell.start for spell in before}
        fresh = [spell for spell in self._evidence.spells if spell.start not in starts]
        joined_up = [spell for spell in fresh if any(spell.start < s < spell.end for s in starts)]
        self._spells += len(fresh) - len(joined_up)
        if self._counted is not None and self._evidence.current(now):
            self._impaired += now - self._counted
        self._counted = now

    def _view(self) -> ImpairmentView | None:
        if self._notice is None:
            return None
        return ImpairmentView(self._notice.since, self._reasons())

    def _reasons(self) -> tuple[Message, ...]:
        kinds = self._notice.kinds if self._notice else frozenset(self._worst)
        return tuple(_reason(kind, self._worst.get(kind)) for kind in sorted(kinds))


def _clock_measures(clock: SteadyClock) -> Iterable[Measure]:
    yield Measure(
        "zhishou_clock_difference_seconds",
        "How far the machine's clock is ahead of the platform's.",
        clock.difference_s,
    )
    yield Measure(
        "zhishou_clock_steps_total",
        "Jumps of the machine's clock.",
        clock.steps,
        MeasureKind.COUNTER,
    )


def _reason(kind: SignKind, worst: timedelta | None) -> Message:
    seconds = round((worst or timedelta(0)).total_seconds(), 1)
    match kind:
        case SignKind.COLLECTOR:
            return message("采集最多迟到 {seconds} 秒", seconds=seconds)
        case SignKind.REPLIES:
            return message("有应答未及读取，被内核丢弃")
        case SignKind.THREADS:
            return message("研判最多迟到 {seconds} 秒", seconds=seconds)
        case SignKind.DATABASE:
            return message("数据库写入最多用了 {seconds} 秒", seconds=seconds)
