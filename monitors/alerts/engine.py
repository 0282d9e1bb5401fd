"""The shell around the judge: takes evidence from any thread, ticks, and tells what changed.

What a restart needs is in the database: the open faults, and what was bad since when. The rest
of the register fills again from the first observations; until then it is unknown, and unknown
neither resolves nor opens.
"""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from device_configs.site.model import Site
from monitors.alerts.faults import (
    TRANSITION,
    FaultStep,
    FaultTransition,
    TransitionKind,
    advance,
    awaits_time,
    named_by,
)
from monitors.alerts.gathering import Seen, gathered
from monitors.alerts.graph import build_graph
from monitors.alerts.memory import (
    bad_keys,
    declared_only,
    drop_fault,
    keep_evidence,
    keep_fault,
    load_evidence,
    load_faults,
    relearned,
    resumed_timing,
    still_fresh,
    without_future,
)
from monitors.alerts.model import JudgeSettings, Timing, Verdict
from monitors.alerts.verdict import judge
from monitors.evidence import Element, EvidenceRegister, Observation
from monitors.impairment.gate import ImpairmentView
from monitors.impairment.guard import EvidenceGuard
from monitors.impairment.service import ImpairmentMonitor
from ops_core.kernel.clock import Clock
from ops_core.kernel.commands import UnitOfWork, unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor
from ops_core.kernel.workers import Worker

log = logging.getLogger(__name__)

FAULT = "fault"
"""Aggregate type of the engine's events."""
ENGINE = Actor.system("alerts")
TICK = timedelta(milliseconds=200)
STALE_AFTER = timedelta(seconds=15)
"""A source that was heard once and then is quiet for so long is lost."""
RELEARN = timedelta(seconds=8)
"""A polling interval and what a poll may take: after it everybody was asked once."""
AHEAD = timedelta(seconds=2)
"""An observation stamped further ahead of the clock was made before the clock was set back."""
WARM_UP = timedelta(seconds=4)
"""From the first word on: until then a cable may be known dead, but not its silent device."""


@dataclass(frozen=True, slots=True)
class EngineView:
    """What others may read of the engine: the newest verdict and the evidence behind it.

    ``impairment`` is what people see while monitoring itself is late; ``is_gated`` is true
    while bad evidence may be our own lateness, if only for a moment.
    """

    verdict: Verdict
    register: EvidenceRegister
    lost_sources: frozenset[str]
    impairment: ImpairmentView | None = None
    is_gated: bool = False
    named: frozenset[Element] = frozenset()
    """Roots of the faults that are open."""


class AlertEngine:
    """Holds the evidence register; :meth:`observe` may be called from any thread."""

    def __init__(
        self,
        site: Site,
        database: Database,
        bus: EventBus,
        clock: Clock,
        settings: JudgeSettings | None = None,
        on_recheck: Callable[[frozenset[Element]], None] | None = None,
        stale_after: timedelta = STALE_AFTER,
        relearn: timedelta = RELEARN,
        warm_up: timedelta = WARM_UP,
        impairment: ImpairmentMonitor | None = None,
    ) -> None:
        self._graph = build_graph(site)
        self._guard = EvidenceGuard(self._graph, impairment)
        self._impairment = impairment
        self._conditions_seen: Seen = {}
        self._database, self._bus, self._clock = database, bus, clock
        self._settings = settings or JudgeSettings()
        self._on_recheck, self._stale_after = on_recheck, stale_after
        self._lock = threading.Lock()
        self._inbox: list[Observation] = []
        self._heard: dict[str, datetime] = {}
        self._news = threading.Event()
        with database.reading() as session:
            stored = load_evidence(session)
            self._faults = load_faults(session)
        self._stored = bad_keys(stored)
        self._remembered = declared_only(stored, self._graph)
        self._register = still_fresh(self._remembered, clock.now())
        self._timing = resumed_timing(self._faults, self._remembered)
        self._relearned_at = clock.now() + relearn
        self._warm_up = warm_up
        self._first_heard_at: datetime | None = None
        self._view: EngineView | None = None

    @property
    def view(self) -> EngineView | None:
        """The newest verdict, None before the first tick."""
        return self._view

    def observe(self, observations: Sequence[Observation]) -> None:
        """Take evidence; it is judged at the next tick."""
        with self._lock:
            self._inbox.extend(observations)
        self._news.set()

    def heartbeat(self, heartbeats: Mapping[str, datetime]) -> None:
        """When each source last showed that it works (the collector's ``heartbeat()``)."""
        with self._lock:
            self._heard.update(heartbeats)

    def tick(self) -> tuple[FaultTransition, ...]:
        """Judge what is known now; store and emit what changed, in one transaction.

        If it cannot be stored (:class:`DatabaseBusy`) nothing is lost: the register keeps what was
        taken from the inbox, the timing since when it is bad, faults stay as they were, and the
        next tick repeats it.
        """
        now = self._clock.now()
        with self._lock:
            fresh, self._inbox = self._inbox, []
            heard = dict(self._heard)
        self._mind_the_clock(now)
        fresh = [seen for seen in fresh if seen.observed_at <= now + AHEAD]
        heard_of = self._register = self._relearned(self._register.merged(fresh), now)
        register = self._guard.admit(fresh, heard_of, now)
        lost = lost_sources(heard, now, self._stale_after)
        timing = self._guard.starts(self._timing_with_memory())
        verdict = judge(self._graph, register, timing, now, self._settings, lost)
        if self._is_warm(fresh, now):
            step = self._advanced(verdict, register)
        else:
            step = FaultStep(self._faults, ())
        # Since when things are bad is known whether or not it can be stored.
        self._timing = replace(verdict.timing, named=named_by(self._faults))
        with self._impairment.storing() if self._impairment else nullcontext():
            self._store(step, register)
        self._timing = replace(verdict.timing, named=named_by(step.faults))
        self._faults = step.faults
        self._view = self._view_of(verdict, register, lost)
        if verdict.recheck and self._on_recheck is not None:
            self._on_recheck(verdict.recheck)
        return step.transitions

    def _advanced(self, verdict: Verdict, register: EvidenceRegister) -> FaultStep:
        """Faults by what may be named now: not what is our own lateness, and one cause as one."""
        verdict, self._conditions_seen = gathered(verdict, self._faults, self._conditions_seen)
        verdict = self._guard.faults(verdict, self._faults, register)
        return advance(self._faults, verdict, register, self._graph)

    def _view_of(
        self, verdict: Verdict, register: EvidenceRegister, lost: frozenset[str]
    ) -> EngineView:
        outlook = self._guard.outlook
        named = frozenset(root for fault in self._faults for root in fault.group.roots)
        return EngineView(verdict, register, lost, outlook.view, outlook.is_gated, named)

    def run(self, stop: threading.Event, worker: Worker | None = None) -> None:
        """Tick while there is something to judge, and once a second in any case."""
        worker = worker or Worker("alerts", self._clock, is_vital=True, longest_silence_s=None)
        while not stop.is_set():
            self._news.wait(TICK.total_seconds() if self._is_waiting() else 1.0)
            self._news.clear()
            # A tick that fails is repeated by the next one.
            with worker.boundary("tick"):
                self.tick()
                worker.succeeded()
            stop.wait(TICK.total_seconds())

    def _mind_the_clock(self, now: datetime) -> None:
        """After the clock was set back nothing waits for instants that lie ahead again."""
        if self._view is not None and now < self._view.verdict.at - AHEAD:
            log.warning("the clock was set back from %s to %s", self._view.verdict.at, now)
            self._register = without_future(self._register, now)
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

    def _is_waiting(self) -> bool:
        pending = self._view is None or self._view.verdict.pending
        return pending or awaits_time(self._faults)

    def _store(self, step: FaultStep, register: EvidenceRegister) -> None:
        """Evidence before the fault is named, faults with their events: one transaction."""
        bad = bad_keys(register) | bad_keys(self._remembered)
        if step.transitions:
            with unit_of_work(self._database, self._bus, self._clock, ENGINE) as uow:
                keep_evidence(uow.session, register, self._stored, bad)
                for transition in step.transitions:
                    _record(uow, transition)
                for fault in step.faults:
                    keep_fault(uow.session, fault)
        elif bad != self._stored:
            with self._database.transaction() as session:
                keep_evidence(session, register, self._stored, bad)
        self._stored = bad


def lost_sources(
    heard: Mapping[str, datetime], now: datetime, stale_after: timedelta
) -> frozenset[str]:
    """Sources whose last heartbeat is too old."""
    return frozenset(source for source, at in heard.items() if now - at > stale_after)


def parse_transition(payload: Mapping[str, object]) -> FaultTransition:
    """The transition in the payload of a fault's event."""
    return TRANSITION.validate_python(payload)


def _record(uow: UnitOfWork, transition: FaultTransition) -> None:
    payload = TRANSITION.dump_python(transition, mode="json")
    uow.event(FAULT, transition.key, transition.kind, payload, transition.at)
    uow.audit(
        transition.kind,
        FAULT,
        transition.key,
        {"roots": [str(root) for root in transition.group.roots]},
    )
    if transition.kind in (TransitionKind.RESOLVED, TransitionKind.MERGED):
        drop_fault(uow.session, transition.key)
