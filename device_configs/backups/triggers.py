"""Which events of the log call for a backup: a deployment or a change of the network that ended."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from device_configs.changes.happenings import CHANGE, DEVICE_PLACED
from device_configs.changes.happenings import ENDED as CHANGE_ENDED
from device_configs.deploy.record import DeploymentRecord, record_of
from device_configs.deploy.recording import DEPLOYMENT, FINISHED
from device_configs.deploy.results import DeviceState
from ops_core.kernel.events import Event, events_of

_ENDS = ((DEPLOYMENT, FINISHED), (CHANGE, CHANGE_ENDED))


@dataclass(frozen=True, slots=True)
class EndedChange:
    """Something that ended and has, or may have, changed ``devices``; ``author`` began it.

    ``touched`` are all it came to: worth a look for drift. ``position`` is that of its end in the
    event log.
    """

    position: int
    number: str
    author: str
    devices: tuple[str, ...]
    touched: tuple[str, ...]


def ended_changes(session: Session, events: Iterable[Event]) -> list[EndedChange]:
    """What ended in these events, in their order."""
    return [
        ended_change(event, events_of(session, event.aggregate_type, number))
        for event in events
        if (event.aggregate_type, event.type) in _ENDS and (number := event.aggregate_id)
    ]


def ended_change(end: Event, events: list[Event]) -> EndedChange:
    """The end that an aggregate's events amount to; pure."""
    if end.aggregate_type == DEPLOYMENT:
        record = record_of(events)
        changed = _changed(record)
        return EndedChange(end.position, record.number, record.author, changed, record.devices)
    placed = (str(event.payload["device"]) for event in events if event.type == DEVICE_PLACED)
    devices = tuple(dict.fromkeys(placed))
    return EndedChange(end.position, end.aggregate_id, events[0].actor, devices, devices)


def _changed(record: DeploymentRecord) -> tuple[str, ...]:
    """Devices on which a deployment has left something else than it found, or may have."""
    if record.check:
        return ()
    untouched = (DeviceState.OK, DeviceState.UNREACHABLE)
    return tuple(one.result.device for one in record.outcomes if one.result.state not in untouched)
