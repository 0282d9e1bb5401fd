"""Terminals in order or not, over time: pure rules (indicator 13's subject).

A terminal is a host and its display; it is available while both are in order. Unknown is a
state of its own and never counts as good.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from device_configs.site.model import Site


class Part(StrEnum):
    HOST = "host"
    DISPLAY = "display"


class TerminalCondition(StrEnum):
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
    condition: TerminalCondition
    at: datetime


@dataclass(frozen=True, slots=True)
class TerminalState:
    """A terminal at one instant; ``since`` is when it last became available or ceased to be."""

    seat: int
    host: TerminalCondition
    display: TerminalCondition
    since: datetime | None = None

    @property
    def condition(self) -> TerminalCondition:
        """Bad when either part is bad, else unknown when either is, else in order."""
        both = (self.host, self.display)
        if TerminalCondition.BAD in both:
            return TerminalCondition.BAD
        return (
            TerminalCondition.UNKNOWN if TerminalCondition.UNKNOWN in both else TerminalCondition.OK
        )

    @property
    def is_available(self) -> bool:
        return self.condition is TerminalCondition.OK


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


Current = Mapping[tuple[int, Part], TerminalCondition]
