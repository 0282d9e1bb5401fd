"""The SNMP poller: one task an agent, each at its own phase of the interval."""

import asyncio
import logging
import math
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from monitors.collect.plan import CollectionPlan, SnmpTarget
from monitors.collect.polling.agent_reading import AgentReading, PollReading
from monitors.collect.polling.channel import Unanswered
from monitors.collect.polling.dialect import RefusedKind
from monitors.collect.polling.figures import (
    AgentFigures,
    AgentReport,
    concerns_of,
    measures_of,
)
from monitors.collect.polling.interpretation import AgentMemory, interpret, silence
from monitors.collect.polling.pace import Pace
from monitors.collect.polling.snmp import SnmpReader, TroubleKind
from monitors.evidence import Observation
from monitors.samples import Sample
from ops_core.kernel.clock import Clock
from ops_core.kernel.containment import LONGEST_ERROR, Containment
from ops_core.kernel.health import Concern, Measure

log = logging.getLogger(__name__)

DEADLINE_SHARE = 0.9
URGENT_DEADLINE_S = 2.5
SPARE_S = 0.3
"""More than the tries of one question take, so that the deadline never cuts the last one short."""
PHASES = 1_000
PAUSE_AFTER_FAILURE_S = 0.5


@dataclass(frozen=True, slots=True)
class PollingState:
    """Counts since the start. ``slowest`` is the agent whose last full poll took longest."""

    polls: int = 0
    failures: int = 0
    partial: int = 0
    skipped: int = 0
    urgent: int = 0
    loops: int = 0
    slowest: str = ""
    slowest_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Outlet:
    """Where what was collected goes; both are called on the collector's loop and must be quick."""

    samples: Callable[[list[Sample]], None]
    observations: Callable[[list[Observation]], None]


def phase_of(name: str, interval_s: float) -> float:
    """Seconds into the interval at which an agent is polled: stable, and spread evenly."""
    return zlib.crc32(name.encode()) % PHASES / PHASES * interval_s


class AgentPolling:
    """The polls of one agent, never two at a time. Whatever fails in them stays with it."""

    def __init__(
        self,
        target: SnmpTarget,
        plan: CollectionPlan,
        outlet: Outlet,
        clock: Clock,
        containment: Containment,
    ) -> None:
        self._target, self._plan = target, plan
        self._outlet, self._clock = outlet, clock
        self._containment = containment
        self._reader = SnmpReader(target, plan.secrets, clock)
        self._reading = AgentReading(target.profile, self._reader, clock)
        self._memory = AgentMemory()
        self._busy = asyncio.Lock()
        self._waiting: asyncio.Task[bool] | None = None
        self._cycle = 0
        self._is_silent = False
        self._gaps = ""
        self._pace = Pace(target.interval_s)
        self._figures = AgentFigures()

    async def keep_polling(self) -> None:
        """Poll at this agent's phase of every interval, until cancelled."""
        while True:
            with self._containment.boundary(self._target.name):
                await self._poll_in_cycles()
            await asyncio.sleep(PAUSE_AFTER_FAILURE_S)

    async def poll_urgently(self) -> bool:
        """Read the states now, after a poll that is under way; True when the agent answered.

        Whoever asks while such a reading still waits shares it.
        """
        if self._waiting is None:
            self._waiting = asyncio.create_task(self._urgent_poll())
        return await asyncio.shield(self._waiting)

    def close(self) -> None:
        self._reader.close()

    @property
    def state(self) -> PollingState:
        counts = self._figures.counts
        return PollingState(
            polls=counts["polls"],
            failures=counts["failures"],
            partial=counts["partial"],
            skipped=counts["skipped"],
            urgent=counts["urgent"],
            loops=self._reader.troubles[TroubleKind.NOT_INCREASING],
            slowest=self._target.name,
            slowest_s=self._figures.last_poll_s,
        )

    def report(self) -> AgentReport:
        """Everything counted about this agent; from any thread."""
        name = self._target.name
        return AgentReport(
            name=name,
            figures=self._figures,
            refused=self._reader.refused.copy(),
            troubles=self._reader.troubles.copy(),
            late_attended=self._reader.late,
            interval_s=self._pace.interval_s,
            is_stretched=self._pace.is_stretched,
            broken=self._containment.failures[name],
            failing=self._containment.failing.get(name),
        )

    @property
    def interval_s(self) -> float:
        """How often the agent is polled now."""
        return self._pace.interval_s

    async def _poll_in_cycles(self) -> None:
        """Poll at every turn; the turns of a stretched interval have a phase of their own."""
        interval_s = self._pace.interval_s
        cycle = self._cycle_at(self._clock.monotonic(), math.ceil)
        while True:
            due_s = phase_of(self._target.name, interval_s) + cycle * interval_s
            await asyncio.sleep(max(0.0, due_s - self._clock.monotonic()))
            await self._poll_in_cycle()
            if self._pace.interval_s != interval_s:
                interval_s = self._pace.interval_s
                cycle = self._cycle_at(self._clock.monotonic(), math.ceil)
                continue
            due = self._cycle_at(self._clock.monotonic(), math.floor) + 1
            self._figures.counts["skipped"] += due - cycle - 1
            cycle = due

    def _cycle_at(self, now_s: float, rounded: Callable[[float], int]) -> int:
        interval_s = self._pace.interval_s
        return rounded((now_s - phase_of(self._target.name, interval_s)) / interval_s)

    async def _poll_in_cycle(self) -> None:
        interval_s = self._pace.interval_s
        async with self._busy:
            started = self._clock.monotonic()
            tries = 1 if self._is_silent else None
            # An agent that breaks its poll must not be polled without a pause for it.
            with self._containment.boundary(self._target.name):
                allowed_s = max(DEADLINE_SHARE * interval_s, self._time_of_a_question())
                reading = await self._poll(self._cycle, started + allowed_s, tries)
                # After a silence everything is read anew.
                self._cycle = 0 if self._is_silent else self._cycle + 1
                self._figures.last_poll_s = self._clock.monotonic() - started
                self._keep_pace(reading)
            self._figures.counts["polls"] += 1

    def _keep_pace(self, reading: PollReading) -> None:
        """Late replies are our own trouble: polling more seldom would not mend it."""
        before = self._pace
        is_slow = reading.was_cut and reading.answer is not None and not reading.was_late
        self._pace = before.after(self._figures.last_poll_s, was_cut=is_slow)
        if self._pace.factor != before.factor:
            log.warning(
                "%s takes %.1f s to answer: polled every %.0f s now",
                self._target.name,
                self._figures.last_poll_s,
                self._pace.interval_s,
            )

    def _time_of_a_question(self) -> float:
        """Until the last try of one question has had its time."""
        return self._target.polling.timeout_s * self._target.polling.tries + SPARE_S

    async def _urgent_poll(self) -> bool:
        allowed_s = max(URGENT_DEADLINE_S, self._time_of_a_question())
        try:
            async with asyncio.timeout(allowed_s):
                await self._busy.acquire()
        except TimeoutError:
            # The poll that is under way says what there is to say.
            self._waiting = None
            return False
        try:
            # From here on a new question needs a new reading.
            self._waiting = None
            self._figures.counts["urgent"] += 1
            with self._containment.boundary(self._target.name):
                deadline_s = self._clock.monotonic() + allowed_s
                return (await self._poll(None, deadline_s, None)).answer is not None
            return False
        finally:
            self._busy.release()

    async def _poll(self, cycle: int | None, deadline_s: float, tries: int | None) -> PollReading:
        """Ask and report; ``turn`` None reads states only."""
        refused, late = self._reader.refused.copy(), self._reader.late
        reading = PollReading()
        try:
            reading = await self._reading.read(cycle, deadline_s, tries)
            reading.was_late = self._reader.late > late
            if reading.silence is not None:
                self._report_silence(reading.silence)
            else:
                self._report(reading)
        except BaseException:
            self._reader.close()
            raise
        finally:
            if _is_hostile(self._reader.refused - refused, reading):
                self._figures.saw_refused(self._clock.now())
        return reading

    def _report(self, reading: PollReading) -> None:
        assert reading.answer is not None  # noqa: S101 - the caller looked
        self._is_silent = False
        self._note_gaps(reading)
        answer = replace(reading.answer, interval_s=self._pace.interval_s)
        findings = interpret(self._target, self._plan, answer, self._memory)
        self._memory = findings.memory
        self._figures.no_rates.update(findings.no_rates)
        self._note_duplicates(findings.duplicates)
        self._outlet.samples(list(findings.samples))
        self._outlet.observations(list(findings.observations))

    def _note_gaps(self, reading: PollReading) -> None:
        """Count a partial answer; log it when what is missing changes."""
        gaps = "; ".join(reading.gaps)
        if reading.gaps or reading.was_cut:
            self._figures.counts["partial"] += 1
            self._figures.last_error = (gaps or "the poll did not end in time")[:LONGEST_ERROR]
        if gaps and not self._gaps:
            log.warning("%s answers in part: %s", self._target.name, gaps)
        self._gaps = gaps

    def _note_duplicates(self, duplicates: tuple[str, ...]) -> None:
        if duplicates and duplicates != self._figures.duplicates:
            names = ", ".join(duplicates[:10])
            log.warning("%s: rows of one name are not measured: %s", self._target.name, names)
        self._figures.duplicates = duplicates

    def _report_silence(self, reason: Unanswered) -> None:
        """No answer; unknown when it was this process that was late."""
        if reason.is_ours:
            self._figures.counts["late"] += 1
            ok = None
        else:
            self._figures.failed(reason.text)
            self._is_silent = True
            ok = False
        self._reader.close()
        now = self._clock.now()
        found = silence(self._target, now, reason.text, ok=ok, interval_s=self._pace.interval_s)
        self._outlet.observations(list(found))


def _is_hostile(refused: Counter[RefusedKind], reading: PollReading) -> bool:
    """Whether datagrams came that no agent sends.

    An agent that restarted may refuse a question of ours once, by a Report without a code.
    """
    kinds = {kind for kind, count in refused.items() if count} - {RefusedKind.LATE}
    return bool(kinds - {RefusedKind.REPORT}) or (bool(kinds) and reading.answer is None)


class SnmpPoller:
    """All agents of a plan."""

    def __init__(self, plan: CollectionPlan, outlet: Outlet, clock: Clock) -> None:
        containment = Containment("polling", clock)
        self._agents = {
            name: AgentPolling(target, plan, outlet, clock, containment)
            for name, target in plan.targets.items()
        }

    async def run(self) -> None:
        """Poll until cancelled; no agent ends it."""
        try:
            async with asyncio.TaskGroup() as tasks:
                for name, agent in self._agents.items():
                    tasks.create_task(agent.keep_polling(), name=f"poll {name}")
        finally:
            for agent in self._agents.values():
                agent.close()

    async def poll_now(self, names: Iterable[str]) -> Mapping[str, bool]:
        """Read the states of these agents at once; whether each answered. Others are ignored."""
        asked = [name for name in dict.fromkeys(names) if name in self._agents]
        answers = await asyncio.gather(*(self._agents[name].poll_urgently() for name in asked))
        return dict(zip(asked, answers, strict=True))

    def intervals_s(self) -> Mapping[str, float]:
        """How often each agent is polled now: longer than declared for those that are slow."""
        return {name: agent.interval_s for name, agent in self._agents.items()}

    def measures(self) -> list[Measure]:
        """Figures of each agent; from any thread."""
        return list(measures_of(agent.report() for agent in self._agents.values()))

    def concerns(self, now: datetime) -> list[Concern]:
        """Agents that send what is no reply, break their polls or are too slow. None is vital."""
        return list(concerns_of((agent.report() for agent in self._agents.values()), now))

    def state(self) -> PollingState:
        """The counts of all agents together."""
        states = [agent.state for agent in self._agents.values()]
        slowest = max(states, key=lambda state: state.slowest_s, default=PollingState())
        return PollingState(
            polls=sum(state.polls for state in states),
            failures=sum(state.failures for state in states),
            partial=sum(state.partial for state in states),
            skipped=sum(state.skipped for state in states),
            urgent=sum(state.urgent for state in states),
            loops=sum(state.loops for state in states),
            slowest=slowest.slowest,
            slowest_s=slowest.slowest_s,
        )
