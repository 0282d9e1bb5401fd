"""What was lately changed on the devices of a fault, by changes and by deployments (pure)."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from device_configs.changes.recent import DeviceChange
from device_configs.deploy.record import DeploymentRecord
from device_configs.deploy.results import DeviceState

RECENT_CHANGES = timedelta(hours=24)
LOOK_BACK = 100
"""The latest deployments among which they are looked for."""


@dataclass(frozen=True, slots=True)
class ChangeRecord:
    """A change made on the affected devices in the 24 hours before."""

    number: str
    at: datetime
    author: str
    device: str
    summary: str
    diff: str
    href: str


def changes_before(
    changes: Sequence[DeviceChange],
    deployments: Sequence[DeploymentRecord],
    devices: Collection[str],
) -> tuple[ChangeRecord, ...]:
    """Both kinds on these devices, the newest first. A change is listed where it wrote, even if it
    was taken back since."""
    found = [*map(_changed, changes), *_deployed(deployments, devices)]
    return tuple(sorted(found, key=lambda one: (one.at, one.number, one.device), reverse=True))


def _changed(change: DeviceChange) -> ChangeRecord:
    return ChangeRecord(
        number=change.number,
        at=change.at,
        author=change.author,
        device=change.device,
        summary=" ".join(filter(None, (change.reason, change.ticket))),
        diff=change.diff,
        href=f"/network/changes/{change.number}",
    )


def _deployed(
    records: Sequence[DeploymentRecord], devices: Collection[str]
) -> Iterator[ChangeRecord]:
    for record in records:
        for outcome in record.outcomes:
            result = outcome.result
            if record.check or result.state is not DeviceState.CHANGED:
                continue
            if result.device in devices:
                yield ChangeRecord(
                    number=record.number,
                    at=outcome.at,
                    author=record.author,
                    device=result.device,
                    summary=" ".join(result.services or result.files),
                    diff=result.diff,
                    href=f"/deployments/{record.number}",
                )
