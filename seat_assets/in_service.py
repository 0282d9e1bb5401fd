"""Which terminals are in service, over time (pure): what indicator 13 counts.

The denominator of an instant is what was in service then, whatever the seat list says today.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ops_core.kernel.errors import Invalid, NotFound
from ops_core.kernel.i18n import message
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


@dataclass(frozen=True, slots=True)
class ServiceCorrection:
    """The move of the seat that is on record as of ``recorded`` was ``to`` (aware UTC)."""

    seat: int
    recorded: datetime
    to: datetime
    reason: str
    by: str
    at: datetime


def corrected(
    moves: Iterable[ServiceMove], corrections: Iterable[ServiceCorrection]
) -> list[ServiceMove]:
    """The moves when they really were, in order of that; of one move the last correction holds."""
    held = {(one.seat, one.recorded): one.to for one in corrections}
    return ordered(replace(move, at=held.get((move.seat, move.at), move.at)) for move in moves)


def check_correction(
    moves: Iterable[ServiceMove],
    corrections: Sequence[ServiceCorrection],
    correction: ServiceCorrection,
) -> None:
    """Raises NotFound for a move that is none, Invalid for an instant of the future, no reason, or
    one that would pass another move of the seat."""
    mine = [move for move in moves if move.seat == correction.seat]
    if correction.recorded not in {move.at for move in mine}:
        raise NotFound(
            "没有这次变动",
            message("席位 {seat} 在该时刻没有记录变动。", seat=correction.seat),
            "请按列表中的记录时刻更正。",
        )
    if correction.to > correction.at:
        raise Invalid("时间在将来", "", "请填写实际发生的时刻。")
    if not correction.reason.strip():
        raise Invalid("更正须写明依据", "", "请填写依据，例如安装验收单编号。")
    kinds = [
        [(move.in_service, move.host, move.displays) for move in corrected(mine, held)]
        for held in (corrections, [*corrections, correction])
    ]
    if kinds[0] != kinds[1]:
        raise Invalid("更正越过了该席位的另一次变动", "", "请先更正相邻的变动。")


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
