"""Terminals at the contract's snapshots, and weighted by time (pure)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from operator import attrgetter
from zoneinfo import ZoneInfo

from seat_assets.in_service import ServiceMove, intervals, time_in_service
from seat_assets.model import (
    Change,
    Part,
    TerminalCondition,
)

Parts = tuple[TerminalCondition, TerminalCondition]
"""A host's condition and its display's."""
_at = attrgetter("at")
_UNKNOWN = (TerminalCondition.UNKNOWN, TerminalCondition.UNKNOWN)


def count_through(
    changes: Iterable[Change],
    seats: Iterable[int],
    instants: Sequence[datetime],
    moves: Iterable[ServiceMove] = (),
) -> Counter[Parts]:
    """How often a terminal in service was seen with this host and this display, at all instants.

    The sum over :func:`states_through`; a year of snapshots costs no more than its changes: each
    holds for all instants from itself on, until another one takes them back.
    """
    in_service, now = set(seats), dict[int, Parts]()
    total = Counter({_UNKNOWN: len(in_service) * len(instants)})
    events: list[ServiceMove | Change] = [*moves, *changes]
    events.sort(key=_at)
    for event, following in zip(events, _following(events, instants), strict=True):
        before = now.get(event.seat, _UNKNOWN)
        if isinstance(event, ServiceMove):
            total[before] += following * (event.in_service - (event.seat in in_service))
            (in_service.add if event.in_service else in_service.discard)(event.seat)
            continue
        now[event.seat] = after = _changed(before, event)
        if event.seat in in_service:
            total[before] -= following
            total[after] += following
    return +total


def _following(
    events: Iterable[ServiceMove | Change], instants: Iterable[datetime]
) -> Iterator[int]:
    """For each event, in order of time, at how many of the instants it has happened."""
    left = [at.astimezone(UTC) for at in instants]  # the zone of events: compared fastest
    left.reverse()
    for event in events:
        while left and left[-1] < event.at:
            left.pop()
        yield len(left)


def _changed(before: Parts, change: Change) -> Parts:
    host, display = before
    return (change.condition, display) if change.part is Part.HOST else (host, change.condition)


def snapshot_instants(
    times: Iterable[time], timezone: str, start: datetime, end: datetime
) -> tuple[datetime, ...]:
    """The contract's snapshot times that fall into [start, end), in order."""
    zone = ZoneInfo(timezone)
    day: date = start.astimezone(zone).date()
    last = end.astimezone(zone).date()
    found: list[datetime] = []
    ordered_seats = sorted(times)
    while day <= last:
        found += [datetime.combine(day, at, zone) for at in ordered_seats]
        day += timedelta(days=1)
    return tuple(at for at in found if start <= at < end)


def time_weighted(
    changes: Iterable[Change],
    seats: Iterable[int],
    start: datetime,
    end: datetime,
    moves: Iterable[ServiceMove] = (),
) -> Fraction | None:
    """Available time over all time in service in [start, end); None when nothing was.

    The cross-check of the snapshots: equal to their mean as their step goes to zero.
    """
    microsecond = timedelta(microseconds=1)
    before = [ServiceMove(seat, True, start) for seat in sorted(set(seats))]
    served = [*before, *(move for move in moves if move.at >= start)]
    total = time_in_service(served, start, end) // microsecond
    if total <= 0:
        return None
    by_seat: dict[int, list[Change]] = defaultdict(list)
    for change in changes:
        by_seat[change.seat].append(change)
    good = sum(
        _available_time(by_seat[held.seat], max(held.start, start), min(held.end or end, end))
        // microsecond
        for held in intervals(served)
        if held.start < end
    )
    return Fraction(good, total)


def _available_time(changes: Iterable[Change], start: datetime, end: datetime) -> timedelta:
    ordered = sorted(changes, key=lambda change: change.at)
    parts = dict.fromkeys(Part, TerminalCondition.UNKNOWN)
    good, since = timedelta(), start
    for change in ordered:
        at = min(max(change.at, start), end)
        if all(condition is TerminalCondition.OK for condition in parts.values()):
            good += at - since
        since, parts[change.part] = at, change.condition
    if all(condition is TerminalCondition.OK for condition in parts.values()):
        good += end - since
    return good
