"""The device side of the platform: one thread with its own loop inside the monitoring host.

The network namespace is a property of the thread. Everything that talks to devices runs here and
nothing else does, so no packet for a device can take a route of the machine; where there is no
twin the thread stays on the machine and talks to simulated agents on its loopback address.
"""

import asyncio
import logging
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from device_configs.render.secrets import Secrets
from device_configs.site.model import Site
from device_configs.twin.client import TwinClient
from device_configs.twin.namespace import enter_network
from device_configs.twin.refusals import TwinError
from monitors.collect.collector import Collector
from monitors.collect.configuration_notices import ConfigurationNotice
from monitors.collect.plan import CollectionPlan, SnmpSecrets, plan_collection
from monitors.collect.simulation import SimulatedSite
from monitors.collect.trap_meaning import Trigger
from monitors.evidence import Observation
from monitors.impairment.service import ImpairmentMonitor
from monitors.samples import Sample
from ops_core.kernel.clock import Clock
from ops_core.kernel.health import Concern, Measure
from ops_core.kernel.settings import Settings
from ops_core.kernel.workers import Worker, Workers

log = logging.getLogger(__name__)

RESTART_PAUSE_S = 1.0
PRECEDENCE = -10


@dataclass(frozen=True)
class Outlets:
    """Where findings go; called on the device side's loop, and must return at once."""

    samples: Callable[[list[Sample]], None]
    observations: Callable[[list[Observation]], None]
    trigger: Callable[[Trigger], None]
    notice: Callable[[ConfigurationNotice], None] | None = None


def _take_precedence() -> None:
    """Let this thread go before others: who measures late on a busy machine measures wrongly."""
    with suppress(OSError):  # only root may; elsewhere it stays as it is
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), PRECEDENCE)


class DeviceSide:
    """Runs the collector; it comes back after a failure, and says when each source last beat."""

    def __init__(
        self,
        site: Site,
        settings: Settings,
        clock: Clock,
        outlets: Outlets,
        secrets: Secrets,
        twin: TwinClient | None,
        workers: Workers | None = None,
        impairment: ImpairmentMonitor | None = None,
    ) -> None:
        self._site, self._settings, self._clock = site, settings, clock
        self._outlets, self._secrets, self._twin = outlets, secrets, twin
        self._collector: Collector | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._inside = False
        self._stopping = threading.Event()
        self._workers = workers or Workers(clock)
        self._impairment = impairment or ImpairmentMonitor(clock)
        self._thread = self._workers.thread("device-side", self._work, self._stopping)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End collecting; returns when the thread has ended."""
        self._stopping.set()
        if self._loop is not None and self._collector is not None:
            self._loop.call_soon_threadsafe(self._collector.stop)
        self._thread.join(5)

    def heartbeat(self) -> Mapping[str, datetime]:
        """When each source (icmp, snmp, trap, probe) last showed that it works."""
        return self._collector.heartbeat() if self._collector is not None else {}

    def measures(self) -> list[Measure]:
        """Figures of the collector; none before its first start."""
        return self._collector.measures() if self._collector is not None else []

    def concerns(self, now: datetime) -> list[Concern]:
        """What the collector has to say against itself."""
        return self._collector.concerns(now) if self._collector is not None else []

    def poll_now(self, names: Iterable[str]) -> "Future[Mapping[str, bool]] | None":
        """Ask these targets at once; from any thread. None while nothing is collected."""
        if self._collector is None or self._loop is None or not self._loop.is_running():
            return None
        return asyncio.run_coroutine_threadsafe(self._collector.poll_now(names), self._loop)

    def _work(self, worker: Worker) -> None:
        _take_precedence()
        while not self._stopping.is_set():
            if self._twin is not None and not self._entered():
                self._stopping.wait(RESTART_PAUSE_S)
                continue
            asyncio.run(self._run(worker))

    def _entered(self) -> bool:
        """Enter the monitoring host's namespace; False while the twin cannot be asked."""
        assert self._twin is not None  # noqa: S101 - the caller looked
        if self._inside:
            return True
        try:
            network = self._twin.network_namespace(self._site.monitoring_host.name)
        except TwinError as error:
            log.warning("the twin does not answer: %s", error)
            return False
        try:
            enter_network(network)
        finally:
            os.close(network)
        self._inside = True
        return True

    async def _run(self, worker: Worker) -> None:
        with ExitStack() as cleanup:
            simulated = self._twin is None
            plan = await self._simulated_plan(cleanup) if simulated else self._plan(None)
            self._loop = asyncio.get_running_loop()
            self._collector = Collector(
                plan,
                self._outlets.samples,
                partial(self._observe, worker),
                self._outlets.trigger,
                self._clock,
                with_traps=self._settings.traps and not simulated,
                on_notice=self._outlets.notice,
                workers=self._workers,
                impairment=self._impairment,
            )
            await self._collector.run()

    def _observe(self, worker: Worker, observations: list[Observation]) -> None:
        """What was observed shows that the side gets on; that it has started shows nothing."""
        worker.succeeded()
        self._outlets.observations(observations)

    async def _simulated_plan(self, cleanup: ExitStack) -> CollectionPlan:
        simulation = SimulatedSite(self._site, self._secrets.snmp_community, self._clock)
        cleanup.callback(simulation.stop)
        return self._plan(await simulation.start())

    def _plan(self, simulated_ports: Mapping[str, int] | None) -> CollectionPlan:
        return plan_collection(
            self._site,
            SnmpSecrets(
                community=self._secrets.snmp_community,
                user=self._secrets.snmp_user,
                authentication_key=self._secrets.snmp_auth_password,
                privacy_key=self._secrets.snmp_priv_password,
                trap_community=self._secrets.snmp_community,
            ),
            interval_s=self._settings.polling_interval_s,
            simulated_ports=simulated_ports,
        )
