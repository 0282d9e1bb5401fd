"""The SNMP poller: one task an agent, each at its own phase of the interval."""

import asyncio
import logging
import math
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from monitors.collect.interpretation import (
    AgentAnswer,
    AgentMemory,
    TableRead,
    interpret,
    silence,
)
from monitors.collect.plan import CollectionPlan, SnmpTarget
from monitors.collect.profiles import Column, ScalarGroup, Table
from monitors.collect.snmp import AccessRefused, NoAnswer, SnmpReader, Value
from monitors.evidence import Observation
from monitors.samples import Sample
from ops_core.kernel.clock import Clock

log = logging.getLogger(__name__)

SYS_UPTIME = "1.3.6.1.2.1.1.3.0"
ENGINE_BOOTS = "1.3.6.1.6.3.10.2.1.2.0"
DEADLINE_SHARE = 0.9
URGENT_DEADLINE_S = 2.5
PHASES = 1_000


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
    """The polls of one agent, never two at a time."""

    def __init__(
        self, target: SnmpTarget, plan: CollectionPlan, outlet: Outlet, clock: Clock
    ) -> None:
        self._target = target
        self._plan = plan
        self._outlet = outlet
        self._clock = clock
        self._reader = SnmpReader(target, plan.secrets)
        self._memory = AgentMemory()
        self._busy = asyncio.Lock()
        self._waiting: asyncio.Task[bool] | None = None
        self._turn = 0
        self._is_silent = False
        self.state = PollingState()
        self.last_poll_s = 0.0

    async def keep_polling(self) -> None:
        """Poll at this agent's phase of every interval, until cancelled."""
        interval_s = self._target.interval_s
        phase = phase_of(self._target.name, interval_s)
        turn = math.ceil((self._clock.monotonic() - phase) / interval_s)
        while True:
            await asyncio.sleep(max(0.0, phase + turn * interval_s - self._clock.monotonic()))
            await self._poll_in_turn()
            due = math.floor((self._clock.monotonic() - phase) / interval_s) + 1
            self._count(skipped=due - turn - 1)
            turn = due

    async def poll_urgently(self) -> bool:
        """Read the states now, after a poll that is under way; True when the agent answered.

        Whoever asks while such a reading still waits shares it.
        """
        if self._waiting is None:
            self._waiting = asyncio.create_task(self._urgent_poll())
        return await asyncio.shield(self._waiting)

    def close(self) -> None:
        self._reader.close()

    async def _poll_in_turn(self) -> None:
        started = self._clock.monotonic()
        try:
            async with asyncio.timeout(DEADLINE_SHARE * self._target.interval_s), self._busy:
                is_probe_only = self._is_silent
                await self._poll(self._turn, tries=1 if is_probe_only else 2)
                self._turn += 1
        except TimeoutError:
            self._count(failures=1)
            self._report_silence("poll did not end in its interval")
        self._count(polls=1)
        self.last_poll_s = self._clock.monotonic() - started

    async def _urgent_poll(self) -> bool:
        try:
            async with asyncio.timeout(URGENT_DEADLINE_S), self._busy:
                # From here on a new question needs a new reading.
                self._waiting = None
                self._count(urgent=1)
                return await self._poll(None, tries=2)
        except TimeoutError:
            self._report_silence(f"no answer in {URGENT_DEADLINE_S} s")
            return False
        finally:
            self._waiting = None

    async def _poll(self, turn: int | None, tries: int) -> bool:
        """Ask and report; ``turn`` None reads states only."""
        try:
            system = await self._reader.get([SYS_UPTIME, ENGINE_BOOTS], tries=tries)
        except NoAnswer as error:
            self._count(failures=1)
            self._report_silence(str(error))
            return False
        except AccessRefused as error:
            self._count(failures=1)
            self._report_silence(f"SNMP access refused: {error}")
            return False
        self._is_silent = False
        self._report(await self._rest(self._first_answer(system), turn))
        return True

    def _first_answer(self, system: Mapping[str, Value]) -> AgentAnswer:
        uptime, boots = system.get(SYS_UPTIME), system.get(ENGINE_BOOTS)
        return AgentAnswer(
            at=self._clock.now(),
            uptime_cs=uptime if isinstance(uptime, int) else 0,
            boots=boots if isinstance(boots, int) else None,
        )

    async def _rest(self, answer: AgentAnswer, turn: int | None) -> AgentAnswer:
        """All that is due besides; what fails after the first answer does not silence it."""
        profile = self._target.profile
        try:
            for table in profile.tables:
                columns = _due(table, turn)
                if columns:
                    read = await self._read_table(table, columns)
                    answer = replace(answer, tables=(*answer.tables, read))
            for group in profile.scalars:
                if turn is not None and turn % group.every == 0:
                    values = await self._read_scalars(group)
                    answer = replace(answer, scalars=(*answer.scalars, (group, values)))
        except (NoAnswer, AccessRefused) as error:
            self._count(partial=1)
            log.warning("%s answers in part: %s", self._target.name, error)
        return answer

    async def _read_scalars(self, group: ScalarGroup) -> Mapping[str, Value]:
        return await self._reader.get([scalar.oid for scalar in group.fields])

    async def _read_table(self, table: Table, columns: Sequence[Column]) -> TableRead:
        """Walk the first column for the rows, then get the others' objects, many at a time."""
        first, *others = columns
        walked = await self._reader.walk(first.oid)
        rows: dict[str, dict[str, Value]] = {
            index: {first.name: value} for index, value in walked.items()
        }
        missing = await self._read_objects(rows, others)
        fallbacks = [
            fallback
            for column in others
            if column.name in missing and (fallback := table.fallback_of(column)) is not None
        ]
        await self._read_objects(rows, fallbacks)
        return TableRead(table, (*columns, *fallbacks), rows)

    async def _read_objects(
        self, rows: dict[str, dict[str, Value]], columns: Sequence[Column]
    ) -> set[str]:
        """Fill the columns in; the names of those that some row lacks."""
        asked = {
            f"{column.oid}.{index}": (index, column.name) for index in rows for column in columns
        }
        found = await self._reader.get(list(asked))
        for oid, (index, name) in asked.items():
            if oid in found:
                rows[index][name] = found[oid]
        return {name for oid, (_, name) in asked.items() if oid not in found}

    def _report(self, answer: AgentAnswer) -> None:
        findings = interpret(self._target, self._plan, answer, self._memory)
        self._memory = findings.memory
        self._outlet.samples(list(findings.samples))
        self._outlet.observations(list(findings.observations))

    def _report_silence(self, detail: str) -> None:
        self._is_silent = True
        self._reader.close()
        self._outlet.observations(list(silence(self._target, self._clock.now(), detail)))

    def _count(
        self,
        *,
        polls: int = 0,
        failures: int = 0,
        partial: int = 0,
        skipped: int = 0,
        urgent: int = 0,
    ) -> None:
        state = self.state
        self.state = replace(
            state,
            polls=state.polls + polls,
            failures=state.failures + failures,
            partial=state.partial + partial,
            skipped=state.skipped + skipped,
            urgent=state.urgent + urgent,
            loops=self._reader.loops,
        )


class SnmpPoller:
    """All agents of a plan."""

    def __init__(self, plan: CollectionPlan, outlet: Outlet, clock: Clock) -> None:
        self._agents = {
            name: AgentPolling(target, plan, outlet, clock) for name, target in plan.targets.items()
        }

    async def run(self) -> None:
        """Poll until cancelled."""
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

    def state(self) -> PollingState:
        """The counts of all agents together."""
        states = [agent.state for agent in self._agents.values()]
        slowest = max(self._agents.items(), key=lambda item: item[1].last_poll_s, default=None)
        return PollingState(
            polls=sum(state.polls for state in states),
            failures=sum(state.failures for state in states),
            partial=sum(state.partial for state in states),
            skipped=sum(state.skipped for state in states),
            urgent=sum(state.urgent for state in states),
            loops=sum(state.loops for state in states),
            slowest=slowest[0] if slowest else "",
            slowest_s=slowest[1].last_poll_s if slowest else 0.0,
        )


def _due(table: Table, turn: int | None) -> tuple[Column, ...]:
    if turn is not None:
        return table.due(turn)
    return tuple(column for column in table.columns if column.every == 1)
