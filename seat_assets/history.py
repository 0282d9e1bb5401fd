"""Every terminal's state at instants, from what changed (pure)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from seat_assets.in_service import ServiceMove
from seat_assets.model import Change, Part, TerminalCondition, TerminalState


def states_at(
    changes: Iterable[Change], seats: Iterable[int], at: datetime
) -> tuple[TerminalState, ...]:
    """Every seat's terminal at the instant; what nothing is known about is unknown."""
    ordered = sorted((c for c in changes if c.at <= at), key=lambda change: change.at)
    latest: dict[tuple[int, Part], Change] = {}
    for change in ordered:
        latest[change.seat, change.part] = change
    return tuple(state_of(latest, seat) for seat in sorted(seats))


def states_through(
    changes: Iterable[Change],
    seats: Iterable[int],
    instants: Sequence[datetime],
    moves: Iterable[ServiceMove] = (),
) -> Iterator[tuple[TerminalState, ...]]:
    """:func:`states_at` for instants in ascending order, in one pass over the changes.

    ``seats`` were in service before the first instant; ``moves`` say which came and left since.
    """
    latest: dict[tuple[int, Part], Change] = {}
    states = {seat: state_of(latest, seat) for seat in seats}
    passing = zip(moved_until(changes, instants), moved_until(moves, instants), strict=True)
    for changed, moved in passing:
        for change in changed:
            latest[change.seat, change.part] = change
        for move in moved:
            if move.in_service:
                states[move.seat] = state_of(latest, move.seat)
            else:
                states.pop(move.seat, None)
        for seat in {change.seat for change in changed} & states.keys():
            states[seat] = state_of(latest, seat)
        yield tuple(states[seat] for seat in sorted(states))


class _Dated(Protocol):
    @property
    def at(self) -> datetime: ...


D = TypeVar("D", bound=_Dated)


def moved_until(changes: Iterable[D], instants: Iterable[datetime]) -> Iterator[list[D]]:
    """For each instant, in ascending order, the changes since the one before, up to itself."""
    waiting = sorted(changes, key=lambda change: change.at)
    reached = 0
    for at in instants:
        start = reached
        while reached < len(waiting) and waiting[reached].at <= at:
            reached += 1
        yield waiting[start:reached]


def state_of(latest: Mapping[tuple[int, Part], Change], seat: int) -> TerminalState:
    parts = [latest.get((seat, part)) for part in (Part.HOST, Part.DISPLAY)]
    host, display = (part.condition if part else TerminalCondition.UNKNOWN for part in parts)
    since = max((part.at for part in parts if part), default=None)
    return TerminalState(seat, host, display, since)
