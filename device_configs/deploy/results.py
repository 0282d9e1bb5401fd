"""What a deployment did, device by device, and how far it is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

NO_REASON = "the run ended before it came to this device"


class DeviceState(StrEnum):
    """Outcome at one device; in check mode ``changed`` means that it would change."""

    OK = "ok"
    CHANGED = "changed"
    FAILED = "failed"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True)
class DeviceResult:
    """One device. ``diff`` is unified text with secrets masked; ``message`` says what failed."""

    device: str
    state: DeviceState
    files: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    diff: str = ""
    message: str = ""


@dataclass(frozen=True)
class DeployProgress:
    """A device has been dealt with; ``done`` of ``total`` have."""

    result: DeviceResult
    done: int
    total: int


@dataclass
class DeviceReports:
    """Collects the results of a run, the first one of each device. Used by one thread at a time."""

    devices: tuple[str, ...]
    on_progress: Callable[[DeployProgress], None]
    found: dict[str, DeviceResult] = field(default_factory=dict)
    reason: str = ""
    """Why the run ended before it came to every device."""

    def __call__(self, result: DeviceResult) -> None:
        if result.device in self.found:
            return
        self.found[result.device] = result
        self.on_progress(DeployProgress(result, len(self.found), len(self.devices)))

    def missing(self) -> tuple[str, ...]:
        """Devices without a result yet, in their order."""
        return tuple(name for name in self.devices if name not in self.found)

    def end(self, reason: str) -> None:
        """The run comes to no further device: the missing ones have the reason's first line."""
        self.reason = reason
        first, *_ = reason.splitlines() or [NO_REASON]
        for name in self.missing():
            self(DeviceResult(name, DeviceState.FAILED, message=first))


@dataclass(frozen=True)
class DeployResult:
    """The whole run, in the declaration's order of devices.

    ``reason`` is what Ansible said where it ended before it came to every device, else empty.
    """

    devices: Mapping[str, DeviceResult]
    check: bool
    duration: timedelta
    reason: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether every device was reached and took its configuration."""
        good = (DeviceState.OK, DeviceState.CHANGED)
        return all(result.state in good for result in self.devices.values())

    @property
    def changed(self) -> bool:
        """Whether any device changed, or would."""
        return any(result.state is DeviceState.CHANGED for result in self.devices.values())
