"""Changes that deployments made on the devices of a fault, shortly before it (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from device_configs.deploy.record import DeploymentRecord
from device_configs.deploy.results import DeviceState
from monitors.evidence import Element, ElementKind

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
