"""Changes of terminals, and what was in service, as a digest each, held against the audit log."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops_core.kernel.set_digests import digest_of, recorded_digests
from seat_assets.in_service import ServiceCorrection, ServiceMove
from seat_assets.model import Change
from seat_assets.read import read_corrections
from seat_assets.tables import SeatChangeRow, SeatServiceRow

CHANGED, MOVED, CORRECTED = "TerminalsChanged", "ServiceChanged", "ServiceCorrected"
"""The acts that the audit log has."""


@dataclass(frozen=True, slots=True)
class DigestDifference:
    """Where something else is stored than was recorded under an act."""

    act: str
    stored: str
    recorded: str


def digest_of_changes(changes: Iterable[Change]) -> str:
    """The digest of changes, in whatever order."""
    return digest_of(_change(c.seat, c.part.value, c.condition.value, c.at) for c in changes)


def digest_of_moves(moves: Iterable[ServiceMove]) -> str:
    """The digest of moves, in whatever order."""
    return digest_of(_move(m.seat, m.in_service, m.host, m.displays, m.at) for m in moves)


def digest_of_corrections(corrections: Iterable[ServiceCorrection]) -> str:
    """The digest of corrections, in whatever order."""
    return digest_of(
        (str(c.seat), _instant(c.recorded), _instant(c.to), c.reason, c.by, _instant(c.at))
        for c in corrections
    )


def digest_differences(session: Session, subject_type: str) -> Iterator[DigestDifference]:
    """What was changed, added or taken out; what was recorded before digests were is left out."""
    change, move = SeatChangeRow, SeatServiceRow
    changes = session.execute(select(change.seat, change.part, change.condition, change.at))
    moves = session.execute(select(move.seat, move.in_service, move.host, move.displays, move.at))
    stored = {
        CHANGED: digest_of(_change(*row) for row in changes),
        MOVED: digest_of(_move(*row) for row in moves),
        CORRECTED: digest_of_corrections(read_corrections(session)),
    }
    for act, digest in stored.items():
        recorded = recorded_digests(session, subject_type, act).get("*", digest_of(()))
        if recorded is not None and recorded != digest:
            yield DigestDifference(act, digest, recorded)


def _change(seat: int, part: str, condition: str, at: datetime) -> tuple[str, ...]:
    return str(seat), part, condition, _instant(at)


def _move(seat: int, in_service: bool, host: str, displays: str, at: datetime) -> tuple[str, ...]:
    return str(seat), str(bool(in_service)), host, displays, _instant(at)


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
