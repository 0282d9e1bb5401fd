"""What is stored of terminals: changes, present conditions, since when."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from seat_assets.history import states_at
from seat_assets.in_service import ServiceCorrection, ServiceMove, corrected, moves_by
from seat_assets.model import Change, Part, Terminal, TerminalCondition, TerminalState
from seat_assets.tables import SeatChangeRow, SeatServiceCorrectionRow, SeatServiceRow

_PARTS = {part.value: part for part in Part}
_CONDITIONS = {condition.value: condition for condition in TerminalCondition}
"""A year has thousands of changes, and to call an enumeration costs ten times a look-up."""


def current_conditions(session: Session) -> dict[tuple[int, Part], TerminalCondition]:
    """The last stored condition of every part."""
    newest = select(func.max(SeatChangeRow.id)).group_by(SeatChangeRow.seat, SeatChangeRow.part)
    rows = session.scalars(select(SeatChangeRow).where(SeatChangeRow.id.in_(newest)))
    return {(row.seat, Part(row.part)): TerminalCondition(row.condition) for row in rows}


def read_changes(session: Session, start: datetime, end: datetime) -> list[Change]:
    """What held at ``start`` and every change after it up to ``end``, in order.

    The changes before ``start`` are not read one by one: there may be years of them.
    """
    newest = (
        select(func.max(SeatChangeRow.id))
        .where(SeatChangeRow.at <= start)
        .group_by(SeatChangeRow.seat, SeatChangeRow.part)
    )
    row = SeatChangeRow
    rows = session.execute(
        select(row.seat, row.part, row.condition, row.at)
        .where(
            or_(
                SeatChangeRow.id.in_(newest),
                and_(SeatChangeRow.at > start, SeatChangeRow.at <= end),
            )
        )
        .order_by(SeatChangeRow.at, SeatChangeRow.id)
    )
    return [Change(seat, _PARTS[part], _CONDITIONS[held], at) for seat, part, held, at in rows]


def changes_until(session: Session, end: datetime) -> tuple[int, int]:
    """How many changes are on record up to ``end``, and the last of them to be recorded."""
    row = SeatChangeRow
    last = func.coalesce(func.max(row.id), 0)
    count, newest = session.execute(select(func.count(), last).where(row.at <= end)).one()
    return count, newest


def recording_began(session: Session) -> datetime | None:
    """When the first terminal was recorded, or came into service; before it nothing is counted."""
    first = (session.scalar(select(func.min(row.at))) for row in (SeatChangeRow, SeatServiceRow))
    return min((at for at in first if at is not None), default=None)


def read_moves(session: Session, end: datetime, declared: Sequence[Terminal]) -> list[ServiceMove]:
    """Every terminal that came into or left service up to ``end``, in order.

    Before the declaration was read for the first time, what it says is what was in service.
    """
    stored = read_recorded_moves(session)
    if not stored:
        began = recording_began(session) or end
        return list(moves_by({}, declared, min(began, end)))
    moves = corrected(stored, read_corrections(session))
    return [move for move in moves if move.at <= end]


def read_recorded_moves(session: Session) -> list[ServiceMove]:
    """Every move as it was recorded, whatever was corrected, in order."""
    row = SeatServiceRow
    stored = session.execute(
        select(row.seat, row.in_service, row.at, row.host, row.displays).order_by(row.at, row.id)
    )
    return [ServiceMove(*move) for move in stored]


def read_corrections(session: Session) -> list[ServiceCorrection]:
    """Every correction, the first one first."""
    row = SeatServiceCorrectionRow
    stored = session.execute(
        select(row.seat, row.recorded, row.to, row.reason, row.by, row.at).order_by(row.id)
    )
    return [ServiceCorrection(*one) for one in stored]


def latest_moves(session: Session) -> dict[int, ServiceMove]:
    """The last move of every seat that ever was in service."""
    newest = select(func.max(SeatServiceRow.id)).group_by(SeatServiceRow.seat)
    rows = session.scalars(select(SeatServiceRow).where(SeatServiceRow.id.in_(newest)))
    return {r.seat: ServiceMove(r.seat, r.in_service, r.at, r.host, r.displays) for r in rows}


def read_terminals(
    session: Session, terminals: Sequence[Terminal], at: datetime
) -> tuple[TerminalState, ...]:
    """The state of every terminal at the instant."""
    changes = read_changes(session, at, at)
    return states_at(changes, [terminal.seat for terminal in terminals], at)
