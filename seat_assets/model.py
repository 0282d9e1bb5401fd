"""Terminals in order or not, over time: pure rules (indicator 13's subject).

A terminal is a host and its display; it is available while both are in order. Unknown is a
state of its own and never counts as good.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

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
