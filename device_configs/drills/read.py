"""What screens and commands are shown of drills."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from device_configs.drills.history import DRILL, FINISHED, STARTED, DrillRecord, drill_of
from device_configs.drills.terms import DrillCause, DrillPlace
from ops_core.kernel.errors import NotFound
from ops_core.kernel.events import events_of
from ops_core.kernel.i18n import message
from ops_core.kernel.tables import EventRow


def read_drill(session: Session, number: str) -> DrillRecord:
    """One drill. Raises NotFound."""
    events = events_of(session, DRILL, number)
    if not events:
        raise NotFound("没有这次演练", message("找不到演练 {number}。", number=number))
    return drill_of(events)


def read_drills(session: Session, limit: int) -> list[DrillRecord]:
    """The newest drills first."""
    numbers = session.scalars(
        select(EventRow.aggregate_id)
        .where(EventRow.aggregate_type == DRILL, EventRow.type == STARTED)
        .order_by(EventRow.position.desc())
        .limit(limit)
    )
    return [drill_of(events_of(session, DRILL, number)) for number in numbers]


def unfinished_drills(session: Session, place: DrillPlace) -> list[DrillRecord]:
    """Drills whose end is not on record, the oldest first."""
    end = aliased(EventRow)
    ended = select(end.position).where(
        end.aggregate_type == DRILL,
        end.aggregate_id == EventRow.aggregate_id,
        end.type == FINISHED,
    )
    numbers = session.scalars(
        select(EventRow.aggregate_id)
        .where(EventRow.aggregate_type == DRILL, EventRow.type == STARTED, ~ended.exists())
        .order_by(EventRow.position)
    )
    found = (drill_of(events_of(session, DRILL, number)) for number in numbers)
    return [drill for drill in found if drill.place is place]


def last_scheduled(session: Session) -> datetime | None:
    """When the last drill of the schedule began, of the newest hundred drills."""
    scheduled = (d for d in read_drills(session, 100) if d.cause is DrillCause.SCHEDULE)
    found = next(scheduled, None)
    return None if found is None else found.started_at
