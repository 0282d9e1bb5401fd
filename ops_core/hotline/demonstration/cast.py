"""Who appears in the demonstration, and who sits where on which shift (pure).

Their names say what they are: ``demo.agent-07``. Nobody signs in under them; the accounts of those
who try the pages out are named without a number (``demo.agent``), and what such a person has
taken in hand the demonstration leaves to him.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from zoneinfo import ZoneInfo

from device_configs.site.model import Site
from ops_core.hotline.demonstration.dice import Dice, dice_for
from ops_core.hotline.demonstration.hours import is_worked
from ops_core.kernel.permissions import Actor, Role
from ops_core.kernel.working_days import ONE_DAY

_CAST = re.compile(r"demo\.[a-z0-9_]+-\d+")
TELEPHONY = Actor.user("demo.pbx-1", (Role.INTERFACE,))
WEB_FORM = Actor.user("demo.web-1", (Role.INTERFACE,))
PURCHASER = Actor.user("demo.purchaser-1", (Role.PURCHASER_SUPERVISOR,))
GUEST_AGENT = "demo.agent"
"""The account of a newcomer who tries the agent's page: calls reach him, too, and what comes of
them is for him to write."""
DISPATCHERS, REVIEWERS, CALLERS_BACK, HANDLERS, WRITERS = 6, 2, 5, 2, 4


class Shift(StrEnum):
    """From 0, 8 and 16 o'clock on, eight hours each."""

    NIGHT = "night"
    DAY = "day"
    EVENING = "evening"


_SEATS_STAFFED: Mapping[Shift, float] = MappingProxyType(
    {Shift.NIGHT: 0.10, Shift.DAY: 0.42, Shift.EVENING: 0.25}
)
_FREE_DAY_STAFF = 0.8
_POOL = 1.5
"""Agents of a shift's team for each of its posts: the others have the day off."""


@dataclass(frozen=True, slots=True)
class Post:
    """An agent at a seat for one shift."""

    agent: str
    seat: int


def is_cast(name: str) -> bool:
    """Whether this is somebody of the demonstration rather than a person."""
    return _CAST.fullmatch(name) is not None


def agent(name: str) -> Actor:
    return Actor.user(name, (Role.AGENT,))


def writer(dice: Dice) -> Actor:
    """Who answers what comes in by the web."""
    return Actor.user(_member(dice, "writer", WRITERS), (Role.AGENT,))


def dispatcher(dice: Dice) -> Actor:
    return Actor.user(_member(dice, "dispatcher", DISPATCHERS), (Role.DISPATCHER,))


def reviewer(dice: Dice) -> Actor:
    return Actor.user(_member(dice, "reviewer", REVIEWERS), (Role.SUPERVISOR,))


def caller_back(dice: Dice) -> Actor:
    return Actor.user(_member(dice, "callback", CALLERS_BACK), (Role.CALLBACK_AGENT,))


def handler(dice: Dice, unit: str) -> Actor:
    return Actor.user(_member(dice, unit, HANDLERS), (Role.UNIT_HANDLER,), unit)


def shift_at(at: datetime, zone: ZoneInfo) -> Shift:
    return tuple(Shift)[at.astimezone(zone).hour // 8]


def posts_of(seed: int, day: date, site: Site) -> Mapping[Shift, tuple[Post, ...]]:
    """Every shift's posts of a local day.

    Nobody works two shifts running: each has its own team. The night's seats are not those of the
    evening before, where a call may still go on after midnight.
    """
    seats = sorted(seat.number for seat in site.seats.values())
    evening_before = set(_seats(seed, day - ONE_DAY, site, seats)[Shift.EVENING])
    chosen = _seats(seed, day, site, seats)
    rested = [seat for seat in _shuffled(seed, day, seats) if seat not in evening_before]
    night = rested[: len(chosen[Shift.NIGHT])] or chosen[Shift.NIGHT]
    found = {}
    for shift, taken in {**chosen, Shift.NIGHT: night}.items():
        found[shift] = _posts(seed, day, shift, taken, len(seats))
    return found


def _seats(seed: int, day: date, site: Site, seats: list[int]) -> Mapping[Shift, list[int]]:
    order = _shuffled(seed, day, seats)
    share = 1.0 if is_worked(day, site.calendar) else _FREE_DAY_STAFF
    found, begin = {}, 0
    for shift in (Shift.DAY, Shift.EVENING, Shift.NIGHT):
        size = min(len(seats), _size(shift, len(seats), share))
        if begin + size > len(order):
            begin = 0
        found[shift] = order[begin : begin + size]
        begin += size
    return found


def _shuffled(seed: int, day: date, seats: list[int]) -> list[int]:
    return dice_for(seed, "seats", day).sample(seats, len(seats))


def _size(shift: Shift, seats: int, share: float) -> int:
    return max(2, math.ceil(seats * _SEATS_STAFFED[shift] * share))


def _posts(
    seed: int, day: date, shift: Shift, seats: list[int], all_seats: int
) -> tuple[Post, ...]:
    team = _team(shift, all_seats)
    on_duty = dice_for(seed, "team", day, shift).sample(team, len(seats))
    return tuple(
        Post(GUEST_AGENT if place == 0 and len(seats) > 2 else name, seat)
        for place, (name, seat) in enumerate(zip(on_duty, seats, strict=True))
    )


def _team(shift: Shift, seats: int) -> list[str]:
    first = 1
    for other in Shift:
        size = math.ceil(_POOL * _size(other, seats, 1.0))
        if other is shift:
            return [f"demo.agent-{first + n:02d}" for n in range(size)]
        first += size
    raise AssertionError(shift)


def _member(dice: Dice, name: str, count: int) -> str:
    return f"demo.{name}-{1 + int(dice.random() * count)}"
