"""Which terminals were in service when, and what was corrected, as pages and programs see it."""

from dataclasses import dataclass
from datetime import datetime

from seat_assets.in_service import ServiceCorrection, ServiceInterval, intervals
from seat_assets.model import terminals_of
from seat_assets.read import read_corrections, read_moves, read_recorded_moves
from wallboard.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class RecordedMove:
    """A seat's terminal came into service or left it, as recorded, and when that really was."""

    seat: int
    in_service: bool
    recorded: datetime
    to: datetime
    correction: ServiceCorrection | None


def served_intervals(seen: Snapshot) -> tuple[ServiceInterval, ...]:
    """By seat and start; before the declaration was read for the first time, what it says."""
    return intervals(read_moves(seen.session, seen.now, terminals_of(seen.site)))


def recorded_moves(seen: Snapshot) -> tuple[RecordedMove, ...]:
    """Every recorded move with its last correction, by seat and instant."""
    last = {(one.seat, one.recorded): one for one in read_corrections(seen.session)}
    found = []
    for move in read_recorded_moves(seen.session):
        correction = last.get((move.seat, move.at))
        to = move.at if correction is None else correction.to
        found.append(RecordedMove(move.seat, move.in_service, move.at, to, correction))
    return tuple(sorted(found, key=lambda one: (one.seat, one.recorded)))
