"""What is stored of sign-ins at seats."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ops_core.hotline.presence.model import LONGEST_SIGN_IN, SeatSignIn
from ops_core.hotline.presence.tables import SeatSignInRow

_ROW = SeatSignInRow
_COLUMNS = (_ROW.seat, _ROW.person, _ROW.at, _ROW.until)


def sign_ins_around(
    session: Session, seats: Collection[int], start: datetime, end: datetime
) -> tuple[SeatSignIn, ...]:
    """Everything that decides who was at these seats within [start, end], in order."""
    if not seats:
        return ()
    rows = session.execute(
        select(*_COLUMNS)
        .where(_ROW.seat.in_(seats), _ROW.at > start - LONGEST_SIGN_IN, _ROW.at <= end)
        .order_by(_ROW.at, _ROW.id)
    )
    return tuple(SeatSignIn(*row) for row in rows)


def all_sign_ins(session: Session) -> tuple[SeatSignIn, ...]:
    """Every one there was, in order."""
    rows = session.execute(select(*_COLUMNS).order_by(_ROW.at, _ROW.id))
    return tuple(SeatSignIn(*row) for row in rows)


def people_at_seats(session: Session, now: datetime) -> tuple[SeatSignIn, ...]:
    """Who is at a seat now, by seat."""
    newest = select(func.max(_ROW.id)).group_by(_ROW.seat)
    rows = session.execute(
        select(*_COLUMNS)
        .where(_ROW.id.in_(newest), _ROW.person != "", _ROW.until > now)
        .order_by(_ROW.seat)
    )
    return tuple(SeatSignIn(*row) for row in rows)


def seat_of(session: Session, person: str, now: datetime) -> SeatSignIn | None:
    """Where a person is signed in."""
    return next((one for one in people_at_seats(session, now) if one.person == person), None)
