"""Deployments as the consoles show them (pure)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from device_configs.deploy.record import DeploymentRecord, DeviceOutcome
from device_configs.deploy.results import DeviceState
from device_configs.site.model import Site


class DeploymentState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class DeploymentStep:
    """What became of one device."""

    at: datetime
    device: str
    text: str
    ok: bool


@dataclass(frozen=True, slots=True)
class DeploymentRun:
    """One run; ``devices`` is empty where it goes to all of them."""

    number: str
    started_at: datetime
    finished_at: datetime | None
    author: str
    state: DeploymentState
    devices: tuple[str, ...]
    steps: tuple[DeploymentStep, ...] = ()
    diff: str = ""


def run_of(record: DeploymentRecord, site: Site, now: datetime) -> DeploymentRun:
    """The run of a record, seen at ``now``."""
    everything = len(record.devices) == len(site.deployed)
    return DeploymentRun(
        number=record.number,
        started_at=record.started_at,
        finished_at=record.finished_at,
        author=record.author,
        state=_state(record, now),
        devices=() if everything else record.devices,
        steps=tuple(_step(outcome) for outcome in record.outcomes),
        diff="\n".join(one.result.diff for one in record.outcomes if one.result.diff),
    )


def _step(outcome: DeviceOutcome) -> DeploymentStep:
    result = outcome.result
    return DeploymentStep(
        at=outcome.at,
        device=result.device,
        text=result.message or " ".join((result.state.value, *result.services)),
        ok=result.state in (DeviceState.OK, DeviceState.CHANGED),
    )


def _state(record: DeploymentRecord, now: datetime) -> DeploymentState:
    if record.succeeded is None:
        return DeploymentState.FAILED if record.is_abandoned(now) else DeploymentState.RUNNING
    return DeploymentState.DONE if record.succeeded else DeploymentState.FAILED
