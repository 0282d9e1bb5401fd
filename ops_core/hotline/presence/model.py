"""Who is at a seat at an instant (pure).

A telephone system's log names a channel such as ``PJSIP/8001``: its extension is a seat's, and the
person is whoever was signed in there at that instant. Who went home without signing out is not
taken for the one who sat down after him: a sign-in ends by itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

LONGEST_SIGN_IN = timedelta(hours=12)
"""Longer than any shift."""


@dataclass(frozen=True, slots=True)
class SeatSignIn:
    """From ``at`` (aware UTC) on, and not from ``until`` on, the person is at the seat.

    ``person`` is the name of an account; "" where nobody is any more.
    """

    seat: int
    person: str
    at: datetime
    until: datetime


def person_at(sign_ins: Iterable[SeatSignIn], seat: int, at: datetime) -> str:
    """Who was signed in at the seat; "" where nobody knows. Of one instant the later one holds."""
    held = [one for one in sign_ins if one.seat == seat and one.at <= at]
    last = max(enumerate(held), key=lambda each: (each[1].at, each[0]), default=None)
    return "" if last is None or at >= last[1].until else last[1].person


def signing_in(
    present: Sequence[SeatSignIn], seat: int, person: str, at: datetime
) -> tuple[SeatSignIn, ...]:
    """What follows from a person's signing in: he leaves every other seat where he still is."""
    left = tuple(one for one in leaving(present, person, at) if one.seat != seat)
    return (*left, SeatSignIn(seat, person, at, at + LONGEST_SIGN_IN))


def leaving(present: Sequence[SeatSignIn], person: str, at: datetime) -> tuple[SeatSignIn, ...]:
    """What follows from a person's signing out, wherever he is."""
    return tuple(
        SeatSignIn(one.seat, "", at, at)
        for one in sorted(present, key=lambda one: one.seat)
        if one.person == person
    )
