"""What the other consoles show, as pure data, and the protocols of whoever provides it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from device_configs.proofs.verdict import Proof
from ops_core.kernel.permissions import Actor
from wallboard.wall.state import Condition, Standing, Uptime


@dataclass(frozen=True, slots=True)
class DeviceRecord:
    """One device of the list; ``running_for`` is its own uptime, None when it did not say."""

    name: str
    condition: Condition
    standing: Standing
    since: datetime | None
    last_poll: datetime | None
    running_for: timedelta | None
    month: Uptime


class DeviceSource(Protocol):
    def devices(self) -> Sequence[DeviceRecord]: ...


class ElementKind(StrEnum):
    CIRCUIT = "circuit"
    DEVICE = "device"


@dataclass(frozen=True, slots=True)
class OutageRecord:
    """A stretch during which an element was not OK; ``incident`` names the case it belongs to."""

    kind: ElementKind
    name: str
    condition: Condition
    start: datetime
    end: datetime | None
    incident: str | None


@dataclass(frozen=True, slots=True)
class UptimeRecord:
    kind: ElementKind
    name: str
    today: Uptime
    month: Uptime


class AvailabilitySource(Protocol):
    """Uptime of circuits and devices with the outages it was computed from."""

    def uptimes(self) -> Sequence[UptimeRecord]: ...

    def outages(
        self, kind: ElementKind | None = None, name: str | None = None
    ) -> Sequence[OutageRecord]:
        """Outages of this month, newest first, of one element or of all."""
        ...


class ProofSource(Protocol):
    """What is proved about the declaration this platform works from."""

    def proofs(self) -> Sequence[Proof]:
        """Every proof in its order. Blocks while they are made, once."""
        ...


class DeploymentState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    ROLLED_BACK = "rolled_back"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class DeploymentStep:
    at: datetime
    device: str
    text: str
    ok: bool | None
    """None while the step runs."""


@dataclass(frozen=True, slots=True)
class Deployment:
    number: str
    started_at: datetime
    finished_at: datetime | None
    author: str
    state: DeploymentState
    devices: tuple[str, ...]
    steps: tuple[DeploymentStep, ...] = ()
    diff: str = ""


class DeploymentDesk(Protocol):
    """Starts and follows deployments. Called from worker threads; ``start`` returns at once."""

    def recent(self, limit: int) -> Sequence[Deployment]: ...

    def detail(self, number: str) -> Deployment:
        """Raises :class:`ops_core.kernel.errors.NotFound`."""
        ...

    def start(self, devices: Sequence[str], actor: Actor) -> str:
        """Deploy to the devices (all when empty) and return the run's number.

        Raises :class:`ops_core.kernel.errors.Conflict` while another run is under way.
        """
        ...
