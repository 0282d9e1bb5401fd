"""What was lately changed on the devices of a fault (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from device_configs.changes.recent import DeviceChange

RECENT_CHANGES = timedelta(hours=24)


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


def changes_before(changes: Sequence[DeviceChange]) -> tuple[ChangeRecord, ...]:
    """As the page lists them, the newest first. A change is listed where it wrote, even if it was
    taken back since."""
    found = map(_changed, changes)
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
