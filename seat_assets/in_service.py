"""Which terminals are in service, over time (pure): what indicator 13 counts.

The denominator of an instant is what was in service then, whatever the seat list says today.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from seat_assets.model import Terminal


@dataclass(frozen=True, slots=True)
class ServiceMove:
    """From ``at`` (aware UTC) on, the seat's terminal is in service, or no longer is.

    The terminal is its host and its displays; another one at the same seat is a move of its own,
    and the seat stays in service.
    """

    seat: int
    in_service: bool
    at: datetime
    host: str = ""
    displays: str = ""


@dataclass(frozen=True, slots=True)
class ServiceInterval:
    """A terminal in service in [start, end); ``end`` None: it still is."""

    seat: int
    host: str
    displays: str
    start: datetime
    end: datetime | None


def moves_by(
    latest: Mapping[int, ServiceMove], declared: Iterable[Terminal], at: datetime
) -> tuple[ServiceMove, ...]:
    """What a reading of the declaration at ``at`` changes about what is in service."""
    terminals = {terminal.seat: terminal for terminal in declared}
    found = [
        ServiceMove(seat, True, at, terminal.host_asset, terminal.display_asset)
        for seat, terminal in sorted(terminals.items())
        if not _is(latest.get(seat), terminal)
    ]
    found += [
        ServiceMove(seat, False, at, move.host, move.displays)
        for seat, move in sorted(latest.items())
        if move.in_service and seat not in terminals
    ]
    return tuple(found)


def seats_at(moves: Iterable[ServiceMove], at: datetime) -> frozenset[int]:
    """The seats in service at the instant."""
    latest = {move.seat: move for move in ordered(moves) if move.at <= at}
    return frozenset(seat for seat, move in latest.items() if move.in_service)


def intervals(moves: Iterable[ServiceMove]) -> tuple[ServiceInterval, ...]:
    """The moves as intervals, by seat and start; those of one seat never overlap."""
    found: list[ServiceInterval] = []
    open_: dict[int, ServiceMove] = {}
    for move in ordered(moves):
        begun = open_.pop(move.seat, None)
        if begun is not None and begun.at < move.at:
            found.append(_interval(begun, move.at))
        if move.in_service:
            open_[move.seat] = move
    found += [_interval(move, None) for move in open_.values()]
    return tuple(sorted(found, key=lambda interval: (interval.seat, interval.start)))


def time_in_service(moves: Iterable[ServiceMove], start: datetime, end: datetime) -> timedelta:
    """The sum of all terminals' time in service within [start, end)."""
    held = (
        min(interval.end or end, end) - max(interval.start, start) for interval in intervals(moves)
    )
    return sum((max(length, timedelta()) for length in held), timedelta())


def ordered(moves: Iterable[ServiceMove]) -> list[ServiceMove]:
    """By instant; of one instant the later one in the order given holds."""
    return sorted(moves, key=lambda move: move.at)


def _is(move: ServiceMove | None, terminal: Terminal) -> bool:
    identity = (True, terminal.host_asset, terminal.display_asset)
    return move is not None and (move.in_service, move.host, move.displays) == identity


def _interval(move: ServiceMove, end: datetime | None) -> ServiceInterval:
    return ServiceInterval(move.seat, move.host, move.displays, move.at, end)
