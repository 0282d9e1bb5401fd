"""Which changes of terminals are not those of their events: what a digest cannot say."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops_core.kernel.tables import EventRow
from seat_assets.service_record import SEAT
from seat_assets.tables import SeatChangeRow

Place = tuple[int, str, datetime]
"""A seat's number, the part, the instant."""


@dataclass(frozen=True, slots=True)
class ChangeFlaw:
    """A part of a terminal at an instant; what is stored of it and what its events say."""

    seat: int
    part: str
    at: datetime
    stored: str
    by_events: str


def change_flaws(session: Session) -> Iterator[ChangeFlaw]:
    """Every change of a terminal that its event does not give, by seat, part and instant."""
    stored, events = _stored(session), _by_events(session)
    for place in sorted(stored.keys() | events.keys()):
        sides = [", ".join(sorted(side.get(place, ()))) or "none" for side in (stored, events)]
        if sides[0] != sides[1]:
            yield ChangeFlaw(*place, *sides)


def _stored(session: Session) -> Mapping[Place, list[str]]:
    row = SeatChangeRow
    found: dict[Place, list[str]] = defaultdict(list)
    for seat, part, at, condition in session.execute(
        select(row.seat, row.part, row.at, row.condition)
    ):
        found[seat, str(part), at.astimezone(UTC)].append(str(condition))
    return found


def _by_events(session: Session) -> Mapping[Place, list[str]]:
    row = EventRow
    found: dict[Place, list[str]] = defaultdict(list)
    for seat, at, payload in session.execute(
        select(row.aggregate_id, row.occurred_at, row.payload).where(
            row.aggregate_type == SEAT, row.type == "TerminalChanged"
        )
    ):
        place = int(seat), str(payload.get("part")), at.astimezone(UTC)
        found[place].append(str(payload.get("condition")))
    return found
