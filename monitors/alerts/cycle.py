"""What one verdict hands to the next: the judge's memory while it runs, apart from clock, threads
and database.

The engine turns the cycle with the machine's clock and stores what comes of it; the event
simulation turns the same cycle with a clock of its own.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitors.alerts.faults import FaultStep, OpenFault, advance, awaits_time, named_by
from monitors.alerts.gathering import Seen, gathered
from monitors.alerts.graph import Graph
from monitors.alerts.memory import (
    EvidenceKey,
    bad_keys,
    declared_only,
    relearned,
    resumed_timing,
    still_fresh,
    without_future,
)
from monitors.alerts.model import JudgeSettings, Timing, Verdict
from monitors.alerts.verdict import judge
from monitors.evidence import EvidenceRegister, Observation
from monitors.impairment.guard import EvidenceGuard

log = logging.getLogger(__name__)

RELEARN = timedelta(seconds=8)
"""A polling interval and what a poll may take: after it everybody was asked once."""
AHEAD = timedelta(seconds=2)
"""An observation stamped further ahead of the clock was made before the clock was set back."""
WARM_UP = timedelta(seconds=4)
"""From the first word on: until then a cable may be known dead, but not its silent device."""


ASLEEP = timedelta(seconds=1.5)
"""Without a verdict for longer the judge has slept: it looks once a second at least."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What one turn of the cycle found.

    ``register``: the evidence as the judge read it; ``step``: what becomes of the faults, once it
    is kept; ``bad``: what is bad by which source, for the next start to know.
    """

    verdict: Verdict
    register: EvidenceRegister
    step: FaultStep
    bad: frozenset[EvidenceKey]


class JudgeCycle:
    """Holds register, timing and open faults; used by one thread alone."""

    def __init__(
        self,
        graph: Graph,
        guard: EvidenceGuard,
        now: datetime,
        faults: Sequence[OpenFault] = (),
        stored: EvidenceRegister | None = None,
        settings: JudgeSettings | None = None,
        relearn: timedelta = RELEARN,
        warm_up: timedelta = WARM_UP,
    ) -> None:
        """Go on from what was stored: open faults, and the bad evidence of before."""
        self._graph, self._guard = graph, guard
        self._settings = settings or JudgeSettings()
        self.faults: tuple[OpenFault, ...] = tuple(faults)
        self._remembered = declared_only(stored or EvidenceRegister(), graph)
        self.heard = still_fresh(self._remembered, now)
        """All that was heard, whether or not it may be read."""
        self._timing = resumed_timing(self.faults, self._remembered)
        self._relearned_at, self._warm_up = now + relearn, warm_up
        self._first_heard_at: datetime | None = None
        self._conditions_seen: Seen = {}
        self._last: Verdict | None = None

    @property
    def is_waiting(self) -> bool:
        """True when time alone may change something."""
        return self._last is None or self._last.pending or awaits_time(self.faults)

    def judged(
        self,
        fresh: Iterable[Observation],
        now: datetime,
        lost_sources: frozenset[str] = frozenset(),
    ) -> Judged:
        """Judge what is known at ``now`` with these observations.

        What is heard is held from now on; faults stay as they are until :meth:`keep`.
        """
        self._mind_the_clock(now)
        fresh = [seen for seen in fresh if seen.observed_at <= now + AHEAD]
        self.heard = self._relearned(self.heard.merged(fresh), now)
        register = self._guard.admit(fresh, self.heard, now)
        self._timing = replace(self._timing, awake_since=self._awake_since(now))
        timing = self._guard.starts(self._timing_with_memory())
        verdict = judge(self._graph, register, timing, now, self._settings, lost_sources)
        step = FaultStep(self.faults, ())
        if self._is_warm(fresh, now):
            step = self._advanced(verdict, register)
        # Since when things are bad is known whether or not it can be stored.
        self._timing = replace(verdict.timing, named=named_by(self.faults))
        bad = bad_keys(register) | bad_keys(self._remembered)
        return Judged(verdict, register, step, bad)

    def keep(self, judged: Judged) -> None:
        """It is stored: the faults are as this turn found them."""
        self.faults = judged.step.faults
        self._timing = replace(judged.verdict.timing, named=named_by(self.faults))
        self._last = judged.verdict

    def _advanced(self, verdict: Verdict, register: EvidenceRegister) -> FaultStep:
        """Faults by what may be named now: not what is our own lateness, and one cause as one."""
        verdict, self._conditions_seen = gathered(verdict, self.faults, self._conditions_seen)
        verdict = self._guard.faults(verdict, self.faults, register)
        return advance(self.faults, verdict, register, self._graph)

    def _awake_since(self, now: datetime) -> datetime | None:
        """When it last went on after a sleep: the words it finds on waking name nothing new.

        What came and went meanwhile has left no trace in a register of newest words, so what is
        found must be said once more. A judge that comes late every time believes what was said
        since the verdict before: else it would never name anything.
        """
        if self._last is None or now - self._last.at <= ASLEEP:
            return self._timing.awake_since
        slept_again = self._timing.awake_since == self._last.at
        return self._last.at if slept_again else now

    def _mind_the_clock(self, now: datetime) -> None:
        """After the clock was set back nothing waits for instants that lie ahead again."""
        if self._last is not None and now < self._last.at - AHEAD:
            log.warning("the clock was set back from %s to %s", self._last.at, now)
            self.heard = without_future(self.heard, now)
            self._timing = self._timing.not_after(now)
            self._relearned_at = min(self._relearned_at, now + RELEARN)
            if self._first_heard_at is not None:
                self._first_heard_at = min(self._first_heard_at, now - self._warm_up)

    def _is_warm(self, fresh: Sequence[Observation], now: datetime) -> bool:
        """Whether enough was heard since the start to name faults or to end them."""
        if self._first_heard_at is None and fresh:
            self._first_heard_at = now
        return self._first_heard_at is not None and now >= self._first_heard_at + self._warm_up

    def _relearned(self, register: EvidenceRegister, now: datetime) -> EvidenceRegister:
        if not len(self._remembered):
            return register
        is_over = now >= self._relearned_at
        register, self._remembered = relearned(register, self._remembered, is_over)
        return register

    def _timing_with_memory(self) -> Timing:
        """The start of what was bad before a restart is the start of what is bad still."""
        if not len(self._remembered):
            return self._timing
        starts = dict(self._timing.bad_since)
        for entry in self._remembered:
            starts[entry.element] = min(starts.get(entry.element, entry.begins_at), entry.begins_at)
        return replace(self._timing, bad_since=starts)
