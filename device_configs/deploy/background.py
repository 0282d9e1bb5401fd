"""Deployments that a person starts and does not wait for: one at a time, in a thread."""

import logging
import os
import threading
from collections.abc import Sequence

from device_configs.deploy.record import (
    DeploymentWork,
    StartedDeployment,
    record_failure,
    run_recorded,
    start_deployment,
)
from device_configs.twin.client import TwinClient
from ops_core.kernel.permissions import Actor, Permission, require

log = logging.getLogger(__name__)


class BackgroundDeployments:
    """Runs one deployment at a time; what it did is in the event log."""

    def __init__(self, work: DeploymentWork, twin: TwinClient) -> None:
        self._work, self._twin = work, twin

    def start(self, devices: Sequence[str], actor: Actor) -> str:
        """Deploy to the devices (all when empty); returns the run's number at once.

        Raises Forbidden, Invalid for unknown names, and Conflict while another run is under way,
        in this process or in another one.
        """
        require(actor, Permission.DEPLOY)
        started = start_deployment(self._work, actor, devices)
        thread = threading.Thread(target=self._run, args=(started,), name="deployment", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:  # the system has no thread left: others may deploy again
            record_failure(self._work, started, str(error))
            raise
        return started.number

    def _run(self, started: StartedDeployment) -> None:
        # Playbooks inherit this thread's precedence; the platform's own is not for them.
        os.setpriority(os.PRIO_PROCESS, 0, max(0, os.getpriority(os.PRIO_PROCESS, 0)))
        try:
            network = self._twin.network_namespace(self._work.site.monitoring_host.name)
        except Exception as error:
            log.exception("deployment %s was not begun", started.number)
            record_failure(self._work, started, str(error) or type(error).__name__)
            return
        try:
            run_recorded(self._work, started, network)
        except Exception:
            log.exception("deployment %s was not finished", started.number)
        finally:
            os.close(network)
