"""What a deployment did, device by device, and how far it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


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
