"""Deployments that a person starts and does not wait for: one at a time, in a thread."""

import logging
import os
import threading
from collections.abc import Sequence

from device_configs.deploy.record import DeploymentWork, run_recorded, start_record
from device_configs.twin.client import TwinClient
from ops_core.kernel.errors import Conflict
from ops_core.kernel.permissions import Actor, Permission, require

log = logging.getLogger(__name__)


class BackgroundDeployments:
    """Runs one deployment at a time; what it did is in the event log."""

    def __init__(self, work: DeploymentWork, twin: TwinClient) -> None:
        self._work, self._twin = work, twin
        self._running = threading.Lock()

    def start(self, devices: Sequence[str], actor: Actor) -> str:
        """Deploy to the devices (all when empty); returns the run's number at once.

        Raises Forbidden, Invalid for unknown names, and :class:`Conflict` while another run is
        under way.
        """
        require(actor, Permission.DEPLOY)
        if not self._running.acquire(blocking=False):
            raise Conflict("另一次部署正在进行", remedy="等它结束后再试")
        try:
            number = start_record(self._work, actor, devices)
        except BaseException:
            self._running.release()
            raise
        threading.Thread(
            target=self._run, args=(number, tuple(devices), actor), name="deployment", daemon=True
        ).start()
        return number

    def _run(self, number: str, devices: tuple[str, ...], actor: Actor) -> None:
        # Playbooks inherit this thread's precedence; the platform's own is not for them.
        os.setpriority(os.PRIO_PROCESS, 0, max(0, os.getpriority(os.PRIO_PROCESS, 0)))
        try:
            network = self._twin.network_namespace(self._work.site.monitoring_host.name)
            try:
                run_recorded(self._work, number, network, actor, devices)
            finally:
                os.close(network)
        except Exception:
            log.exception("deployment %s was not finished", number)
        finally:
            self._running.release()
