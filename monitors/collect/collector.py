"""All collectors of a plan on one loop, and how they fare."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime

from monitors.collect.configuration_notices import ConfigurationNotice
from monitors.collect.kernel_drops import read_drops
from monitors.collect.liveness import LivenessProber
from monitors.collect.plan import SNMP_PORT, CollectionPlan
from monitors.collect.polling.poller import Outlet, PollingState, SnmpPoller
from monitors.collect.probes import ProbeState, ServiceProber
from monitors.collect.syslog import SYSLOG_PORT, SyslogReceiver
from monitors.collect.trap_meaning import Trigger
from monitors.collect.traps import TRAP_PORT, TrapReceiver, TrapState
from monitors.evidence import Observation, Source
from monitors.impairment.meters import HEARTBEAT_S
from monitors.impairment.service import ImpairmentMonitor
from monitors.samples import Sample
from ops_core.kernel.clock import Clock
from ops_core.kernel.health import Concern, Measure, MeasureKind
from ops_core.kernel.workers import Worker, Workers

TRAP_HEARTBEAT_S = 0.5
DROPS_EVERY_S = 5.0
SILENT_AFTER_S = 30.0
"""A part of the collector that achieved nothing for so long is stuck."""


PART_OF = {str(Source.PROBE): "probes", str(Source.TRAP): "traps"}
"""Which part of the collector a source's observations show to work, where names differ."""


@dataclass(frozen=True, slots=True)
class CollectorState:
    """A snapshot for /metrics.

    ``late_s`` is how late the loop last woke, ``worst_s`` the worst of the last minute.
    """

    polling: PollingState
    traps: TrapState
    probing: ProbeState
    ping_rounds: int
    late_s: float
    worst_s: float = 0.0


class Collector:
    """Runs where the device side is: whoever calls ``run`` has entered its network namespace.

    The callables are called on the loop of ``run`` and must return at once. A trigger is followed
    by a reading of its devices' states without being asked. Log lines are heard where somebody
    takes notices of them (``on_notice``). ``poll_now`` and ``stop`` are for
    the same loop; other threads use ``asyncio.run_coroutine_threadsafe``.
    """

    def __init__(
        self,
        plan: CollectionPlan,
        on_samples: Callable[[list[Sample]], None],
        on_observations: Callable[[list[Observation]], None],
        on_trigger: Callable[[Trigger], None],
        clock: Clock,
        *,
        with_traps: bool = True,
        trap_address: str = "0.0.0.0",  # noqa: S104 - the device side's namespace
        trap_port: int = TRAP_PORT,
        engine_ids: Mapping[str, bytes] | None = None,
        on_notice: Callable[[ConfigurationNotice], None] | None = None,
        syslog_port: int = SYSLOG_PORT,
        workers: Workers | None = None,
        impairment: ImpairmentMonitor | None = None,
    ) -> None:
        self._workers = workers or Workers(clock)
        self._impairment = impairment or ImpairmentMonitor(clock)
        self._at_work: dict[str, Worker] = {}
        self._on_observations = on_observations
        self._on_trigger = on_trigger
        self._clock = clock
        self._with_traps = with_traps
        self._heartbeats: dict[str, datetime] = {}
        self._stopped = asyncio.Event()
        self._triggered: set[asyncio.Task[None]] = set()
        slowest_s = max((target.interval_s for target in plan.targets.values()), default=0.0)
        self._silent_after_s = max(SILENT_AFTER_S, 3 * slowest_s)
        outlet = Outlet(on_samples, self._observe)
        self._poller = SnmpPoller(plan, outlet, clock)
        self._liveness = LivenessProber(plan.liveness, outlet, clock, self._impairment.drops.look)
        self._probes = ServiceProber(plan.checks, outlet, clock)
        self._traps = TrapReceiver(
            plan,
            outlet,
            self._follow,
            clock,
            address=trap_address,
            port=trap_port,
            engine_ids=engine_ids,
            on_notice=on_notice or _nobody_asks,
        )
        self._syslog = (
            SyslogReceiver(
                plan.devices_by_address, on_notice, clock, address=trap_address, port=syslog_port
            )
            if on_notice is not None
            else None
        )
        self._parts = self._parts_of(plan)

    async def run(self) -> None:
        """Collect until ``stop``; a part that fails starts again by itself and is counted."""
        running = [
            asyncio.create_task(self._keep(name, work), name=name)
            for name, work in self._parts.items()
        ]
        try:
            await self._stopped.wait()
        finally:
            ending = [*running, *self._triggered]
            for task in ending:
                task.cancel()
            await asyncio.gather(*ending, return_exceptions=True)

    def _parts_of(self, plan: CollectionPlan) -> dict[str, Callable[[Worker], Awaitable[None]]]:
        """What there is to do, by the name of its worker."""
        parts: dict[str, Callable[[Worker], Awaitable[None]]] = {
            "beat": lambda _: self._keep_heartbeat()
        }
        if plan.targets:
            parts["snmp"] = lambda _: self._poller.run()
        if plan.liveness:
            parts["icmp"] = lambda _: self._liveness.run()
        if plan.checks:
            parts["probes"] = lambda _: self._probes.run()
        if self._with_traps:
            parts["traps"] = self._listen
        if self._with_traps and self._syslog is not None:
            parts["syslog"] = self._syslog.run
        return parts

    async def _keep(self, name: str, work: Callable[[Worker], Awaitable[None]]) -> None:
        """Do one part's work in the runner; what it observes shows that it gets on."""

        async def work_as(worker: Worker) -> None:
            self._at_work[name] = worker
            await work(worker)

        await self._workers.task(name, work_as, longest_silence_s=self._silent_after_s)

    async def _listen(self, worker: Worker) -> None:
        self._traps.is_listening.clear()
        await self._traps.run(worker)

    def stop(self) -> None:
        self._stopped.set()

    async def poll_now(self, names: Iterable[str]) -> Mapping[str, bool]:
        """Read the states of these targets at once; whether each answered."""
        return await self._poller.poll_now(names)

    def heartbeat(self) -> Mapping[str, datetime]:
        """When each source last showed that it works; ``trap`` while its receiver listens."""
        return dict(self._heartbeats)

    def state(self) -> CollectorState:
        return CollectorState(
            polling=self._poller.state(),
            traps=self._traps.state,
            probing=self._probes.state,
            ping_rounds=self._liveness.rounds,
            late_s=self._impairment.collector.last_s,
            worst_s=self._impairment.collector.worst_s,
        )

    def measures(self) -> list[Measure]:
        """The figures of every part."""
        rounds = Measure(
            "zhishou_ping_rounds_total",
            "Rounds of ICMP echo.",
            self._liveness.rounds,
            MeasureKind.COUNTER,
        )
        return [
            rounds,
            *self._poller.measures(),
            *self._probes.measures(),
            *self._traps.measures(),
            *(self._syslog.measures() if self._syslog is not None else ()),
        ]

    def concerns(self, now: datetime) -> list[Concern]:
        """What every part has to say against itself."""
        return [
            *self._poller.concerns(now),
            *self._probes.concerns(now),
            *self._traps.concerns(now),
        ]

    def _observe(self, observations: list[Observation]) -> None:
        parts: set[str] = set()
        for observation in observations:
            # The checks of a service are sources of their own; they beat as one.
            source = Source.family(observation.source)
            self._heartbeats[source] = max(
                observation.observed_at, self._heartbeats.get(source, observation.observed_at)
            )
            parts.add(PART_OF.get(source, source))
        for part in parts:
            self._succeeded(part)
        self._on_observations(observations)

    def _succeeded(self, part: str) -> None:
        worker = self._at_work.get(part)
        if worker is not None:
            worker.succeeded()

    def _follow(self, trigger: Trigger) -> None:
        task = asyncio.get_running_loop().create_task(self._look_at(trigger))
        self._triggered.add(task)
        task.add_done_callback(self._triggered.discard)
        self._on_trigger(trigger)

    async def _look_at(self, trigger: Trigger) -> None:
        worker = self._at_work.get("traps")
        with worker.boundary(", ".join(trigger.devices)) if worker else nullcontext():
            await self._poller.poll_now(trigger.devices)

    async def _keep_heartbeat(self) -> None:
        """Measure how late this loop is, and say that the trap receiver listens."""
        meter = self._impairment.collector
        meter.begin()
        rounds = 0
        try:
            while True:
                await asyncio.sleep(HEARTBEAT_S)
                meter.heartbeat()
                if rounds % round(TRAP_HEARTBEAT_S / HEARTBEAT_S) == 0:
                    self._succeeded("beat")
                    if self._traps.is_listening.is_set():
                        self._heartbeats[Source.TRAP] = self._clock.now()
                if rounds % round(DROPS_EVERY_S / HEARTBEAT_S) == 0:
                    self._look_for_drops()
                rounds += 1
        finally:
            meter.end()

    def _look_for_drops(self) -> None:
        dropped = read_drops(SNMP_PORT)
        if dropped is not None:
            self._impairment.drops.look("snmp", dropped)


def _nobody_asks(_: ConfigurationNotice) -> None:
    """Where no device is checked, a notice is a trap that says nothing."""
