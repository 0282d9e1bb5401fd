"""What changes did to devices in a stretch of time (pure)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from device_configs.changes.history import DeviceTrail, NetworkChange
from device_configs.changes.states import Place


@dataclass(frozen=True, slots=True)
class DeviceChange:
    """A change that wrote to a device; ``at`` is its last step there, ``diff`` has secrets masked.

    ``place`` says what the device has since: a change that was taken back touched it, too.
    """

    number: str
    device: str
    at: datetime
    author: str
    approved_by: str
    reason: str
    ticket: str
    place: Place
    diff: str


def device_changes(
    changes: Iterable[NetworkChange], devices: Collection[str], since: datetime, until: datetime
) -> Sequence[DeviceChange]:
    """Newest first; a device that a change never wrote to is not listed."""
    found = [
        _device_change(change, trail, trail.at)
        for change in changes
        for trail in change.devices.values()
        if trail.device in devices and trail.at is not None and since <= trail.at <= until
    ]
    return sorted(found, key=lambda one: (one.at, one.number, one.device), reverse=True)


def _device_change(change: NetworkChange, trail: DeviceTrail, at: datetime) -> DeviceChange:
    return DeviceChange(
        number=change.number,
        device=trail.device,
        at=at,
        author=change.author,
        approved_by=change.approved_by,
        reason=change.request.reason,
        ticket=change.request.ticket,
        place=trail.place,
        diff=change.request.plan.difference(trail.device).diff,
    )
