"""Terminals at the contract's snapshots, and weighted by time (pure)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from seat_assets.history import moved_until
from seat_assets.model import (
    Change,
    Part,
    TerminalCondition,
)


def count_through(
    changes: Iterable[Change], seats: Iterable[int], instants: Iterable[datetime]
) -> Counter[tuple[TerminalCondition, TerminalCondition]]:
    """How often a terminal was seen with this host and this display, over all the instants.

    The sum over :func:`states_through`; a year of snapshots costs no more than its changes.
    """
    unknown = (TerminalCondition.UNKNOWN, TerminalCondition.UNKNOWN)
    now = dict.fromkeys(seats, unknown)
    present, total = Counter(now.values()), Counter[tuple[TerminalCondition, TerminalCondition]]()
    for moved in moved_until(changes, instants):
        for change in moved:
            if change.seat not in now:
                continue
            host, display = before = now[change.seat]
            is_host = change.part is Part.HOST
            after = (change.condition, display) if is_host else (host, change.condition)
            present[before] -= 1
            present[after] += 1
            now[change.seat] = after
        total.update(present)
    return +total


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
    changes: Iterable[Change], seats: Sequence[int], start: datetime, end: datetime
) -> Fraction | None:
    """Available time over all time of the seats in [start, end); None when it is empty.

    The cross-check of the snapshots: equal to their mean as their step goes to zero.
    """
    microsecond = timedelta(microseconds=1)
    total = len(seats) * ((end - start) // microsecond)
    if total <= 0:
        return None
    by_seat: dict[int, list[Change]] = {seat: [] for seat in seats}
    for change in changes:
        if change.seat in by_seat:
            by_seat[change.seat].append(change)
    good = sum(_available_time(found, start, end) // microsecond for found in by_seat.values())
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
