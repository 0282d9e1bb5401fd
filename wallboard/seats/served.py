"""Which terminals were in service when, as pages, programs and commands are shown it."""

from seat_assets.in_service import ServiceInterval, intervals
from seat_assets.model import terminals_of
from seat_assets.read import read_moves
from wallboard.snapshot import Snapshot


def served_intervals(seen: Snapshot) -> tuple[ServiceInterval, ...]:
    """By seat and start; before the declaration was read for the first time, what it says."""
    return intervals(read_moves(seen.session, seen.now, terminals_of(seen.site)))
