"""Terminals in order or not, over time: pure rules (indicator 13's subject).

A terminal is a host and its display; it is available while both are in order. Unknown is a
state of its own and never counts as good.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from fractions import Fraction
from zoneinfo import ZoneInfo

from device_configs.site.model import Site
from monitors.evidence import Element, EvidenceRegister, Observation


class Part(StrEnum):
    HOST = "host"
    DISPLAY = "display"


class Condition(StrEnum):
    OK = "ok"
    BAD = "bad"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Terminal:
    """A seat's terminal as declared."""

    seat: int
    name: str
    switch: str
    row: int
    column: int
    phone: str
    host_asset: str
    display_asset: str


@dataclass(frozen=True, slots=True)
class Change:
    """From ``at`` (aware UTC) on, this part of the seat's terminal is in this condition."""

    seat: int
    part: Part
    condition: Condition
    at: datetime


@dataclass(frozen=True, slots=True)
class TerminalState:
    """A terminal at one instant; ``since`` is when it last became available or ceased to be."""

    seat: int
    host: Condition
    display: Condition
    since: datetime | None = None

    @property
    def condition(self) -> Condition:
        """Bad when either part is bad, else unknown when either is, else in order."""
        both = (self.host, self.display)
        if Condition.BAD in both:
            return Condition.BAD
        return Condition.UNKNOWN if Condition.UNKNOWN in both else Condition.OK

    @property
    def is_available(self) -> bool:
        return self.condition is Condition.OK


def terminals_of(site: Site) -> tuple[Terminal, ...]:
    """The declared terminals by seat number."""
    return tuple(
        Terminal(
            seat.number,
            seat.name,
            seat.switch,
            seat.row,
            seat.column,
            seat.phone,
            seat.host_asset,
            seat.display_asset,
        )
        for seat in sorted(site.seats.values(), key=lambda seat: seat.number)
    )


Current = Mapping[tuple[int, Part], Condition]


def changes_by(
    current: Current,
    register: EvidenceRegister,
    seats: Iterable[int],
    now: datetime,
    stale_after: timedelta,
) -> tuple[Change, ...]:
    """What the evidence changes about the current conditions.

    A part nobody reported on for ``stale_after`` is unknown since then; the display of a host
    that does not answer is unknown.
    """
    found: list[Change] = []
    reported: dict[Element, list[Observation]] = {}
    for entry in register:
        reported.setdefault(entry.element, []).append(entry)
    for seat in seats:
        host_reports = reported.get(Element.seat_host(seat), ())
        display_reports = reported.get(Element.seat_display(seat), ())
        host, host_at = _condition(host_reports, now, stale_after)
        display, display_at = _condition(display_reports, now, stale_after)
        if host is not Condition.OK:
            display, display_at = Condition.UNKNOWN, host_at
        for part, condition, at in (
            (Part.HOST, host, host_at),
            (Part.DISPLAY, display, display_at),
        ):
            known = current.get((seat, part))
            if known is not condition and not (known is None and condition is Condition.UNKNOWN):
                found.append(Change(seat, part, condition, at))
    return tuple(found)


def _condition(
    entries: Sequence[Observation], now: datetime, stale_after: timedelta
) -> tuple[Condition, datetime]:
    if not entries:
        return Condition.UNKNOWN, now
    newest = max(entries, key=lambda entry: (entry.observed_at, entry.rank))
    if now - newest.observed_at > stale_after:
        return Condition.UNKNOWN, newest.observed_at + stale_after
    if newest.ok is None:
        return Condition.UNKNOWN, newest.observed_at
    return (Condition.OK if newest.ok else Condition.BAD), newest.observed_at


def states_at(
    changes: Iterable[Change], seats: Iterable[int], at: datetime
) -> tuple[TerminalState, ...]:
    """Every seat's terminal at the instant; what nothing is known about is unknown."""
    ordered = sorted((c for c in changes if c.at <= at), key=lambda change: change.at)
    latest: dict[tuple[int, Part], Change] = {}
    for change in ordered:
        latest[change.seat, change.part] = change
    return tuple(_state_of(latest, seat) for seat in sorted(seats))


def states_through(
    changes: Iterable[Change], seats: Iterable[int], instants: Iterable[datetime]
) -> Iterator[tuple[TerminalState, ...]]:
    """:func:`states_at` for instants in ascending order, in one pass over the changes."""
    ordered_seats = sorted(seats)
    latest: dict[tuple[int, Part], Change] = {}
    states = {seat: _state_of(latest, seat) for seat in ordered_seats}
    for moved in _moved_until(changes, instants):
        for change in moved:
            latest[change.seat, change.part] = change
        for seat in {change.seat for change in moved} & states.keys():
            states[seat] = _state_of(latest, seat)
        yield tuple(states[seat] for seat in ordered_seats)


def count_through(
    changes: Iterable[Change], seats: Iterable[int], instants: Iterable[datetime]
) -> Counter[tuple[Condition, Condition]]:
    """How often a terminal was seen with this host and this display, over all the instants.

    The sum over :func:`states_through`; a year of snapshots costs no more than its changes.
    """
    unknown = (Condition.UNKNOWN, Condition.UNKNOWN)
    now = dict.fromkeys(seats, unknown)
    present, total = Counter(now.values()), Counter[tuple[Condition, Condition]]()
    for moved in _moved_until(changes, instants):
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


def _moved_until(changes: Iterable[Change], instants: Iterable[datetime]) -> Iterator[list[Change]]:
    """For each instant, in ascending order, the changes since the one before, up to itself."""
    waiting = sorted(changes, key=lambda change: change.at)
    reached = 0
    for at in instants:
        start = reached
        while reached < len(waiting) and waiting[reached].at <= at:
            reached += 1
        yield waiting[start:reached]


def _state_of(latest: Mapping[tuple[int, Part], Change], seat: int) -> TerminalState:
    parts = [latest.get((seat, part)) for part in (Part.HOST, Part.DISPLAY)]
    host, display = (part.condition if part else Condition.UNKNOWN for part in parts)
    since = max((part.at for part in parts if part), default=None)
    return TerminalState(seat, host, display, since)


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
    parts = dict.fromkeys(Part, Condition.UNKNOWN)
    good, since = timedelta(), start
    for change in ordered:
        at = min(max(change.at, start), end)
        if all(condition is Condition.OK for condition in parts.values()):
            good += at - since
        since, parts[change.part] = at, change.condition
    if all(condition is Condition.OK for condition in parts.values()):
        good += end - since
    return good
