"""The shell around the judge: takes evidence from any thread, ticks, and tells what changed.

What a restart needs is in the database: the open faults, and what was bad since when. The rest
of the register fills again from the first observations; until then it is unknown, and unknown
neither resolves nor opens.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta

from device_configs.site.model import Site
from monitors.alerts.cycle import RELEARN, WARM_UP, JudgeCycle, Judged
from monitors.alerts.faults import TRANSITION, FaultTransition, TransitionKind, named_by
from monitors.alerts.graph import build_graph
from monitors.alerts.memory import (
    bad_keys,
    drop_fault,
    keep_evidence,
    keep_fault,
    load_evidence,
    load_faults,
)
from monitors.alerts.model import JudgeSettings, Verdict
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

FAULT = "fault"
"""Aggregate type of the engine's events."""
ENGINE = Actor.system("alerts")
TICK = timedelta(milliseconds=200)
STALE_AFTER = timedelta(seconds=15)
"""A source that was heard once and then is quiet for so long is lost."""


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
        graph = build_graph(site)
        self._guard = EvidenceGuard(graph, impairment)
        self._impairment = impairment
        self._database, self._bus, self._clock = database, bus, clock
        self._on_recheck, self._stale_after = on_recheck, stale_after
        self._lock = threading.Lock()
        self._inbox: list[Observation] = []
        self._heard: dict[str, datetime] = {}
        self._news = threading.Event()
        with database.reading() as session:
            stored = load_evidence(session)
            faults = load_faults(session)
        self._stored = bad_keys(stored)
        self._cycle = JudgeCycle(
            graph, self._guard, clock.now(), faults, stored, settings, relearn, warm_up
        )
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
        lost = lost_sources(heard, now, self._stale_after)
        judged = self._cycle.judged(fresh, now, lost)
        with self._impairment.storing() if self._impairment else nullcontext():
            self._store(judged)
        self._cycle.keep(judged)
        self._view = self._view_of(judged, lost)
        recheck = judged.verdict.recheck
        if recheck and self._on_recheck is not None:
            self._on_recheck(recheck)
        return judged.step.transitions

    def _view_of(self, judged: Judged, lost: frozenset[str]) -> EngineView:
        outlook = self._guard.outlook
        return EngineView(
            judged.verdict,
            judged.register,
            lost,
            outlook.view,
            outlook.is_gated,
            named_by(judged.step.faults),
        )

    def run(self, stop: threading.Event, worker: Worker | None = None) -> None:
        """Tick while there is something to judge, and once a second in any case."""
        worker = worker or Worker("alerts", self._clock, is_vital=True, longest_silence_s=None)
        while not stop.is_set():
            self._news.wait(TICK.total_seconds() if self._cycle.is_waiting else 1.0)
            self._news.clear()
            # A tick that fails is repeated by the next one.
            with worker.boundary("tick"):
                self.tick()
                worker.succeeded()
            stop.wait(TICK.total_seconds())

    def _store(self, judged: Judged) -> None:
        """Evidence before the fault is named, faults with their events: one transaction."""
        step, register, bad = judged.step, judged.register, judged.bad
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
