"""Backups on record."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from device_configs.backups.model import BackupCause, BackupRecord, CopyState, DeviceCopyResult
from device_configs.backups.service import BACKUP
from ops_core.kernel.events import Event, events_of
from ops_core.kernel.tables import EventRow


def read_backups(session: Session, limit: int) -> list[BackupRecord]:
    """The newest backups first."""
    numbers = session.scalars(
        select(EventRow.aggregate_id)
        .where(EventRow.aggregate_type == BACKUP)
        .order_by(EventRow.position.desc())
        .limit(limit)
    )
    return [backup_of(events_of(session, BACKUP, number)[0]) for number in numbers]


def last_nightly(session: Session) -> datetime | None:
    """When the last nightly backup was recorded, of the newest thousand."""
    nightly = (b for b in read_backups(session, 1_000) if b.cause is BackupCause.NIGHTLY)
    found = next(nightly, None)
    return None if found is None else found.at


def backup_of(event: Event) -> BackupRecord:
    """The backup that an event records; pure."""
    payload = event.payload
    devices, changes = payload.get("devices"), payload.get("changes")
    return BackupRecord(
        number=event.aggregate_id,
        at=event.occurred_at,
        author=str(payload["author"]),
        cause=BackupCause(str(payload["cause"])),
        changes=tuple(str(one) for one in changes) if isinstance(changes, list) else (),
        revision=str(payload.get("revision", "")),
        results=tuple(
            DeviceCopyResult(
                str(one["device"]), CopyState(str(one["state"])), str(one.get("message", ""))
            )
            for one in (devices if isinstance(devices, list) else ())
            if isinstance(one, dict)
        ),
    )
