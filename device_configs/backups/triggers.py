"""Which events of the log call for a backup: a change of the network that ended."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from device_configs.changes.happenings import CHANGE, DEVICE_PLACED, ENDED
from ops_core.kernel.events import Event, events_of


@dataclass(frozen=True, slots=True)
class EndedChange:
    """A change that ended and has, or may have, changed ``devices``; ``author`` planned it.

    ``position`` is that of its end in the event log.
    """

    position: int
    number: str
    author: str
    devices: tuple[str, ...]


def ended_changes(session: Session, events: Iterable[Event]) -> list[EndedChange]:
    """What ended in these events, in their order."""
    return [
        ended_change(event, events_of(session, CHANGE, event.aggregate_id))
        for event in events
        if (event.aggregate_type, event.type) == (CHANGE, ENDED)
    ]


def ended_change(end: Event, events: list[Event]) -> EndedChange:
    """The end that a change's events amount to; pure."""
    placed = (str(event.payload["device"]) for event in events if event.type == DEVICE_PLACED)
    devices = tuple(dict.fromkeys(placed))
    return EndedChange(end.position, end.aggregate_id, events[0].actor, devices)
