"""Seats for programs: who is signed in at which, and signing in and out, each for himself."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter

from ops_core.hotline.presence.model import SeatSignIn
from ops_core.hotline.presence.read import people_at_seats
from ops_core.hotline.presence.service import sign_out_of_seat
from ops_core.kernel.permissions import Permission
from seat_assets.in_service import ServiceInterval
from wallboard.seats.gate import sign_in_trained
from wallboard.seats.served import served_intervals
from wallboard.web import ApiReader
from wallboard.work import Commanding, Reading

router = APIRouter(prefix="/api/seats", tags=["seats"])


@dataclass(frozen=True, slots=True)
class PersonAtSeat:
    """Somebody is at a seat since ``at``; without signing out, until ``until``."""

    seat: int
    person: str
    at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class SeatLeft:
    """The seat at which nobody is signed in any more."""

    seat: int


@router.get("/people")
async def list_people(reader: ApiReader, read: Reading) -> tuple[PersonAtSeat, ...]:
    """Who is signed in now, by seat."""
    await reader.require(Permission.SEE_CALLS, "api", "seats")
    found = await read(lambda seen: people_at_seats(seen.session, seen.now))
    return tuple(map(_shown, found))


@router.get("/in-service")
async def list_in_service(reader: ApiReader, read: Reading) -> tuple[ServiceInterval, ...]:
    """Which terminals were in service when, by seat: what indicator 13 counts."""
    await reader.require(Permission.SEE_INDICATORS, "api", "seats")
    return await read(served_intervals)


@router.post("/{seat}/sign-in")
async def sign_in(reader: ApiReader, command: Commanding, seat: int) -> PersonAtSeat:
    """Be at this seat from now on, and at no other; 409 for who has a hot topic outstanding."""
    site = reader.web.dependencies.site
    return _shown(await command(("seat", str(seat)), lambda uow: sign_in_trained(uow, site, seat)))


@router.post("/sign-out")
async def sign_out(_reader: ApiReader, command: Commanding) -> SeatLeft:
    """Be at no seat any more; 409 for who is at none."""
    return SeatLeft(await command(("seat", "*"), sign_out_of_seat))


def _shown(one: SeatSignIn) -> PersonAtSeat:
    return PersonAtSeat(one.seat, one.person, one.at, one.until)
