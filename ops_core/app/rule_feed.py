"""From what was measured to the judge: heartbeats of the sources, and the rules' findings."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from monitors.alerts.engine import AlertEngine
from monitors.alerts.rule_memory import StoredRules
from monitors.impairment.gate import Outlook
from monitors.samples import Sample
from ops_core.kernel.clock import Clock
from ops_core.kernel.health import Measure, MeasureKind
from ops_core.kernel.workers import Worker, repeat

FEED_EVERY_S = 0.25
WAITING_LIMIT = 50_000
"""Samples: minutes of the shipped centre's. What is older than these is counted and dropped."""


class RuleFeed:
    """Takes samples from any thread; one worker holds them against the rules."""

    def __init__(
        self,
        engine: AlertEngine,
        rules: StoredRules,
        heartbeat: Callable[[], Mapping[str, datetime]],
        outlook: Callable[[], Outlook],
        clock: Clock,
    ) -> None:
        self._engine, self._rules, self._outlook = engine, rules, outlook
        self._heartbeat, self._clock = heartbeat, clock
        self._waiting: deque[Sample] = deque(maxlen=WAITING_LIMIT)
        self._dropped = 0

    def submit(self, samples: Iterable[Sample]) -> None:
        """Hand samples over; returns at once."""
        for sample in samples:
            self._dropped += len(self._waiting) == WAITING_LIMIT
            self._waiting.append(sample)

    def run(self, worker: Worker, stop: threading.Event) -> None:
        """Feed the judge until ``stop``."""
        repeat(worker, stop, FEED_EVERY_S, self.feed)

    def feed(self) -> None:
        """Pass on the heartbeats, and what the rules find in the samples since the last time."""
        self._engine.heartbeat(self._heartbeat())
        measured = [self._waiting.popleft() for _ in range(len(self._waiting))]
        spells = self._outlook().spells
        observations = self._rules.take(
            measured, lambda start, end: any(spell.overlaps(start, end) for spell in spells)
        ) + self._rules.tick(self._clock.now())
        if observations:
            self._engine.observe(observations)

    def measures(self) -> list[Measure]:
        return [
            *self._rules.measures(),
            Measure(
                "zhishou_rule_samples_waiting",
                "Samples that no rule has seen yet.",
                len(self._waiting),
            ),
            Measure(
                "zhishou_rule_samples_dropped_total",
                "Samples dropped before a rule saw them.",
                self._dropped,
                MeasureKind.COUNTER,
            ),
        ]
