"""All collectors of a plan on one loop, and how they fare."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from monitors.collect.liveness import LivenessProber
from monitors.collect.plan import CollectionPlan
from monitors.collect.poller import Outlet, PollingState, SnmpPoller
from monitors.collect.probes import ProbeState, ServiceProber
from monitors.collect.trap_meaning import Hint
from monitors.collect.traps import TRAP_PORT, TrapReceiver, TrapState
from monitors.evidence import Observation, Source
from monitors.samples import Sample
from ops_core.kernel.clock import Clock

BEAT_S = 0.5


@dataclass(frozen=True, slots=True)
class CollectorState:
    """A snapshot for /metrics. ``late_s`` is how late the loop last woke: its load."""

    polling: PollingState
    traps: TrapState
    probing: ProbeState
    ping_rounds: int
    late_s: float


class Collector:
    """Runs where the device side is: whoever calls ``run`` has entered its network namespace.

    The callables are called on the loop of ``run`` and must return at once. A hint is followed
    by a reading of its devices' states without being asked. ``poll_now`` and ``stop`` are for
    the same loop; other threads use ``asyncio.run_coroutine_threadsafe``.
    """

    def __init__(
        self,
        plan: CollectionPlan,
        on_samples: Callable[[list[Sample]], None],
        on_observations: Callable[[list[Observation]], None],
        on_hint: Callable[[Hint], None],
        clock: Clock,
        *,
        with_traps: bool = True,
        trap_address: str = "0.0.0.0",  # noqa: S104 - the device side's namespace
        trap_port: int = TRAP_PORT,
        engine_ids: Mapping[str, bytes] | None = None,
    ) -> None:
        self._on_observations = on_observations
        self._on_hint = on_hint
        self._clock = clock
        self._with_traps = with_traps
        self._beats: dict[str, datetime] = {}
        self._late_s = 0.0
        self._stopped = asyncio.Event()
        self._hinted: set[asyncio.Task[Mapping[str, bool]]] = set()
        outlet = Outlet(on_samples, self._observe)
        self._poller = SnmpPoller(plan, outlet, clock)
        self._liveness = LivenessProber(plan.liveness, outlet, clock)
        self._probes = ServiceProber(plan.checks, outlet, clock)
        self._traps = TrapReceiver(
            plan,
            outlet,
            self._follow,
            clock,
            address=trap_address,
            port=trap_port,
            engine_ids=engine_ids,
        )

    async def run(self) -> None:
        """Collect until ``stop``. A collector that fails ends all, with its exception group."""
        async with asyncio.TaskGroup() as tasks:
            running = [
                tasks.create_task(self._poller.run(), name="snmp"),
                tasks.create_task(self._liveness.run(), name="icmp"),
                tasks.create_task(self._probes.run(), name="probes"),
                tasks.create_task(self._beat(), name="beat"),
            ]
            if self._with_traps:
                running.append(tasks.create_task(self._traps.run(), name="traps"))
            await self._stopped.wait()
            for task in (*running, *self._hinted):
                task.cancel()

    def stop(self) -> None:
        self._stopped.set()

    async def poll_now(self, names: Iterable[str]) -> Mapping[str, bool]:
        """Read the states of these targets at once; whether each answered."""
        return await self._poller.poll_now(names)

    def heartbeat(self) -> Mapping[str, datetime]:
        """When each source last showed that it works; ``trap`` while its receiver listens."""
        return dict(self._beats)

    def state(self) -> CollectorState:
        return CollectorState(
            polling=self._poller.state(),
            traps=self._traps.state,
            probing=self._probes.state,
            ping_rounds=self._liveness.rounds,
            late_s=self._late_s,
        )

    def _observe(self, observations: list[Observation]) -> None:
        for observation in observations:
            # The checks of a service are sources of their own; they beat as one.
            source = Source.family(observation.source)
            self._beats[source] = max(
                observation.observed_at, self._beats.get(source, observation.observed_at)
            )
        self._on_observations(observations)

    def _follow(self, hint: Hint) -> None:
        task = asyncio.get_running_loop().create_task(self._poller.poll_now(hint.devices))
        self._hinted.add(task)
        task.add_done_callback(self._hinted.discard)
        self._on_hint(hint)

    async def _beat(self) -> None:
        while True:
            due = self._clock.monotonic() + BEAT_S
            await asyncio.sleep(BEAT_S)
            self._late_s = max(0.0, self._clock.monotonic() - due)
            if self._traps.is_listening.is_set():
                self._beats[Source.TRAP] = self._clock.now()
