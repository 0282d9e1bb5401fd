"""Keeps which terminals were in service: what each reading of the declaration changes, for ever."""

from collections.abc import Collection, Sequence

from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.set_digests import DIGEST
from seat_assets.digest import digest_of_moves
from seat_assets.in_service import ServiceMove, moves_by
from seat_assets.model import Change, Terminal, TerminalCondition
from seat_assets.read import current_conditions, latest_moves, recording_began
from seat_assets.tables import SeatServiceRow

SEAT = "seat"
"""Aggregate type of the events about a seat's terminal."""


def record_service(uow: UnitOfWork, terminals: Sequence[Terminal]) -> tuple[Change, ...]:
    """Append what the declaration, read now, changes: terminals that came into or left service.

    It holds from now on, so that no figure of the past moves. The first reading of a database in
    which terminals were recorded before holds since then: they were counted, known or not.
    Returns what becomes unknown by it, which the caller stores: of a terminal that came, left or
    was replaced, the last word is another's or old.
    """
    latest, now = latest_moves(uow.session), uow.clock.now()
    is_first = not latest
    at = max([now, *(move.at for move in latest.values())])
    if is_first:
        at = min(recording_began(uow.session) or now, now)
    moves = moves_by(latest, terminals, at)
    for move in moves:
        _append(uow, move)
    if moves:
        _audit(uow, moves)
    return () if is_first else _unknown_again(uow, {move.seat: move for move in moves})


def _unknown_again(uow: UnitOfWork, moves: dict[int, ServiceMove]) -> tuple[Change, ...]:
    if not moves:
        return ()
    known = current_conditions(uow.session)
    return tuple(
        Change(seat, part, TerminalCondition.UNKNOWN, moves[seat].at)
        for (seat, part), condition in sorted(known.items())
        if seat in moves and condition is not TerminalCondition.UNKNOWN
    )


def _append(uow: UnitOfWork, move: ServiceMove) -> None:
    uow.session.add(
        SeatServiceRow(
            seat=move.seat,
            in_service=move.in_service,
            host=move.host,
            displays=move.displays,
            at=move.at,
        )
    )
    kind = "TerminalInService" if move.in_service else "TerminalOutOfService"
    uow.event(SEAT, str(move.seat), kind, {"host": move.host, "displays": move.displays}, move.at)


def _audit(uow: UnitOfWork, moves: Collection[ServiceMove]) -> None:
    came, left = ([m.seat for m in moves if m.in_service is held] for held in (True, False))
    uow.audit(
        "ServiceChanged",
        SEAT,
        "*",
        {"in_service": [*came], "out_of_service": [*left], DIGEST: digest_of_moves(moves)},
    )
