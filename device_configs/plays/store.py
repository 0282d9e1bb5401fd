"""Plays as they are stored: their events."""

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from device_configs.plays.model import (
    CANCEL_REQUESTED,
    FINISHED,
    PLAY,
    STARTED,
    PlayRecord,
    play_of,
)
from ops_core.kernel.errors import NotFound
from ops_core.kernel.events import events_of
from ops_core.kernel.i18n import message
from ops_core.kernel.tables import EventRow


def read_play(session: Session, number: str) -> PlayRecord:
    """One run. Raises NotFound."""
    events = events_of(session, PLAY, number)
    if not events:
        raise NotFound("没有这次运行", message("找不到剧本运行 {number}。", number=number))
    return play_of(events)


def read_plays(session: Session, limit: int) -> list[PlayRecord]:
    """The newest runs first."""
    numbers = session.scalars(
        select(EventRow.aggregate_id)
        .where(EventRow.aggregate_type == PLAY, EventRow.type == STARTED)
        .order_by(EventRow.position.desc())
        .limit(limit)
    )
    return [play_of(events_of(session, PLAY, number)) for number in numbers]


def unfinished_plays(session: Session) -> list[PlayRecord]:
    """Runs whose end is not on record."""
    end = aliased(EventRow)
    ended = select(end.position).where(
        end.aggregate_type == PLAY,
        end.aggregate_id == EventRow.aggregate_id,
        end.type == FINISHED,
    )
    numbers = session.scalars(
        select(EventRow.aggregate_id).where(
            EventRow.aggregate_type == PLAY, EventRow.type == STARTED, ~ended.exists()
        )
    )
    return [play_of(events_of(session, PLAY, number)) for number in numbers]


def is_cancel_requested(session: Session, number: str) -> bool:
    """Whether somebody asked for the run to be broken off."""
    found = select(EventRow.position).where(
        EventRow.aggregate_type == PLAY,
        EventRow.aggregate_id == number,
        EventRow.type == CANCEL_REQUESTED,
    )
    return session.scalar(found.limit(1)) is not None
