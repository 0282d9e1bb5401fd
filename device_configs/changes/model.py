"""What a change is made of: differences, devices, stages, the plan (values)."""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum

from pydantic import Field

from device_configs.drivers.revert_class import RevertClass
from device_configs.site.values import Frozen

REVERT_IN_S = 180
"""Seconds after which a device that hears no confirmation takes itself back."""


class ChangeMethod(StrEnum):
    """How a device is changed."""

    LINUX = "linux"
    """The rendered tree, by the Ansible module ``device_change``."""
    NAPALM = "napalm"
    """The rendered text, by a NAPALM driver."""


class DeviceDifference(Frozen):
    """How a device differs from what is intended, asked just now.

    ``diff`` is unified text, or the lines that a vendor box is sent, with secrets masked; empty
    where nothing changes. ``running`` and ``intended`` are fingerprints: equal exactly where
    nothing would change. ``active`` is true where the device carries its pair's traffic, ``copied``
    where it changes lines that the halves of its pair copy to each other, so that no half can be
    changed alone. ``problem`` says why it could not be asked; then nothing else is known. ``bare``:
    nothing was ever configured on it, so that it carries nothing yet. ``unknown`` are lines with
    secrets, masked, of which nobody knows whether the device has the declared ones, and which are
    left as they are.
    """

    device: str
    method: ChangeMethod = ChangeMethod.LINUX
    revert: RevertClass = RevertClass.TIMER
    diff: str = ""
    running: str = ""
    intended: str = ""
    services: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    active: bool = False
    copied: bool = False
    problem: str = ""
    reached: bool = True
    bare: bool = False
    unknown: tuple[str, ...] = ()

    @property
    def is_known(self) -> bool:
        return not self.problem and bool(self.running)

    @property
    def changes(self) -> bool:
        return self.running != self.intended


class StageKind(StrEnum):
    """Why its devices are changed at that point."""

    STANDBY_HALF = "standby_half"
    COPYING_PAIR = "copying_pair"
    """Both halves of a firewall pair: what is made on the active one is in force on both."""
    ACTIVE_HALF = "active_half"
    CANARY = "canary"
    """The first of several that have no partner."""
    REST = "rest"
    """Others that have no partner, after their canary."""
    SINGLE = "single"
    """The one device of its role."""
    BOOTSTRAP = "bootstrap"
    """The whole site at once, none of whose devices was ever configured: no half carries traffic
    for the other, no gate could pass before, and there is nothing to take a device back to."""


class ChangeStage(Frozen):
    """Devices that are changed at the same time; what they serve is carried by others meanwhile."""

    kind: StageKind
    devices: tuple[str, ...] = Field(min_length=1)

    @property
    def drains(self) -> bool:
        """Whether partners carry the traffic, so that the devices can be emptied before."""
        return self.kind in (StageKind.STANDBY_HALF, StageKind.ACTIVE_HALF)

    @property
    def on_trial(self) -> bool:
        """Whether its devices go on trial, and gates are asked around it."""
        return self.kind is not StageKind.BOOTSTRAP


class ChangePlan(Frozen):
    """What is changed in which order. ``unchanged`` are devices that are as intended already, but
    for those with secrets of which it is not known: ``unknown`` has these lines, masked, by device.

    ``repair``: something is broken before and this change mends it, so the gate before the first
    stage is reported and does not bind.
    """

    stages: tuple[ChangeStage, ...]
    differences: tuple[DeviceDifference, ...]
    unchanged: tuple[str, ...] = ()
    revert_in_s: int = Field(default=REVERT_IN_S, ge=1, le=3_600)
    repair: bool = False
    unknown: dict[str, tuple[str, ...]] = Field(default_factory=dict)

    @property
    def devices(self) -> tuple[str, ...]:
        """Every device that changes, in the order of the stages."""
        return tuple(name for stage in self.stages for name in stage.devices)

    def difference(self, device: str) -> DeviceDifference:
        """KeyError for a device that does not change."""
        for found in self.differences:
            if found.device == device:
                return found
        raise KeyError(device)

    def after(self, index: int) -> tuple[str, ...]:
        """The devices of the stages behind that one: still as they were."""
        return tuple(name for stage in self.stages[index + 1 :] for name in stage.devices)

    def until(self, index: int) -> tuple[str, ...]:
        """The devices of the stages up to that one; none for -1."""
        return tuple(name for stage in self.stages[: index + 1] for name in stage.devices)

    def numbered(self) -> Iterator[tuple[int, ChangeStage]]:
        return iter(enumerate(self.stages))


class ChangeWindow(Frozen):
    """When a change may touch devices: aware instants, the end excluded."""

    opens: datetime
    closes: datetime

    def is_open(self, at: datetime) -> bool:
        return self.opens <= at < self.closes


class ChangeKind(StrEnum):
    CHANGE = "change"
    """From what the devices have to what the declaration says."""
    ROLLBACK = "rollback"
    """Back to what the devices had before another change."""
    RESTORE = "restore"
    """To what the devices had as of a backup."""
    DRILL = "drill"
    """To what they have: their traffic is handed over and comes back, and nothing changes."""
    DEPLOYMENT = "deployment"
    """To the declaration as well; carried out as soon as it is planned, by its author alone."""

    @property
    def to_declaration(self) -> bool:
        """Whether devices it has come to are as the declaration has them."""
        return self in (ChangeKind.CHANGE, ChangeKind.DEPLOYMENT)


class ChangeRequest(Frozen):
    """Who wants what, why: as it is put on record with the plan. ``of``: what is rolled back."""

    plan: ChangePlan
    reason: str = Field(min_length=1)
    ticket: str = ""
    kind: ChangeKind = ChangeKind.CHANGE
    of: str = ""
    former: dict[str, str] = Field(default_factory=dict)
    """Of a rollback: the token of the trial that each device is taken back from."""
    revision: str = ""
    """Of a restore: the whole identifier of the backup's commit."""
    window: ChangeWindow | None = None
