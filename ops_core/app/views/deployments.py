"""Deployments started from the browser, and all of them as the consoles show them."""

import logging
import os
import threading
from collections.abc import Sequence
from datetime import timedelta

from device_configs.deploy.record import (
    DeploymentRecord,
    DeploymentWork,
    StartedDeployment,
    read_deployment,
    read_deployments,
    record_failure,
    run_recorded,
    start_deployment,
)
from device_configs.deploy.results import DeviceState
from device_configs.twin.client import TwinClient
from monitors.evidence import Element, ElementKind
from ops_core.kernel.permissions import Actor
from wallboard.incidents.views import ChangeRecord
from wallboard.records import Deployment, DeploymentState, DeploymentStep

log = logging.getLogger(__name__)

RECENT_CHANGES = timedelta(hours=24)
LOOK_BACK = 100


class Deployments:
    """Runs one deployment at a time in a thread; what it did is in the event log."""

    def __init__(self, work: DeploymentWork, twin: TwinClient) -> None:
        self._work, self._twin = work, twin

    def recent(self, limit: int) -> Sequence[Deployment]:
        with self._work.database.reading() as session:
            return [self._shown(record) for record in read_deployments(session, limit)]

    def detail(self, number: str) -> Deployment:
        with self._work.database.reading() as session:
            return self._shown(read_deployment(session, number))

    def start(self, devices: Sequence[str], actor: Actor) -> str:
        started = start_deployment(self._work, actor, devices)
        threading.Thread(target=self._run, args=(started,), name="deployment", daemon=True).start()
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

    def _shown(self, record: DeploymentRecord) -> Deployment:
        everything = len(record.devices) == len(self._work.site.deployed)
        return Deployment(
            number=record.number,
            started_at=record.started_at,
            finished_at=record.finished_at,
            author=record.author,
            state=self._state(record),
            devices=() if everything else record.devices,
            steps=tuple(
                DeploymentStep(
                    at=outcome.at,
                    device=outcome.result.device,
                    text=outcome.result.message
                    or " ".join((outcome.result.state.value, *outcome.result.services)),
                    ok=outcome.result.state in (DeviceState.OK, DeviceState.CHANGED),
                )
                for outcome in record.outcomes
            ),
            diff="\n".join(o.result.diff for o in record.outcomes if o.result.diff),
        )

    def _state(self, record: DeploymentRecord) -> DeploymentState:
        if record.succeeded is None:
            abandoned = record.is_abandoned(self._work.clock.now())
            return DeploymentState.FAILED if abandoned else DeploymentState.RUNNING
        return DeploymentState.DONE if record.succeeded else DeploymentState.FAILED


def changes_before(
    records: Sequence[DeploymentRecord], roots: Sequence[Element], links_ends: Sequence[str]
) -> tuple[ChangeRecord, ...]:
    """Changes that the deployments made on the devices a fault's roots are about."""
    devices = {root.name for root in roots if root.kind is ElementKind.DEVICE} | set(links_ends)
    return tuple(
        ChangeRecord(
            number=record.number,
            at=outcome.at,
            author=record.author,
            device=outcome.result.device,
            summary=" ".join(outcome.result.services or outcome.result.files),
            diff=outcome.result.diff,
        )
        for record in records
        if not record.check
        for outcome in record.outcomes
        if outcome.result.state is DeviceState.CHANGED and outcome.result.device in devices
    )
