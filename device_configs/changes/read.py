"""What screens, commands and other parts are shown of changes."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from device_configs.changes.happenings import CHANGE, PLANNED
from device_configs.changes.history import NetworkChange, change_of
from device_configs.changes.recent import DeviceChange, device_changes
from ops_core.kernel.errors import NotFound
from ops_core.kernel.events import events_of
from ops_core.kernel.i18n import message
from ops_core.kernel.tables import EventRow

LOOK_BACK = 100
"""The newest changes among which those of a device are looked for."""


def read_change(session: Session, number: str) -> NetworkChange:
    """One change with its whole history. Raises NotFound."""
    events = events_of(session, CHANGE, number)
    if not events:
        raise NotFound("没有这次变更", message("找不到变更 {number}。", number=number))
    return change_of(events)


def read_changes(session: Session, limit: int) -> list[NetworkChange]:
    """The newest changes first."""
    numbers = session.scalars(
        select(EventRow.aggregate_id)
        .where(EventRow.aggregate_type == CHANGE, EventRow.type == PLANNED)
        .order_by(EventRow.position.desc())
        .limit(limit)
    )
    return [change_of(events_of(session, CHANGE, number)) for number in numbers]


def read_device_changes(
    session: Session, devices: Collection[str], since: datetime, until: datetime
) -> Sequence[DeviceChange]:
    """What changes did to any of the devices between the instants (aware, both included), the
    newest first: for an incident's "changed in the last 24 h"."""
    return device_changes(read_changes(session, LOOK_BACK), devices, since, until)
