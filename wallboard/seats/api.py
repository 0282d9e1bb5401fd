"""Seats for programs: who is signed in at which, and signing in and out, each for himself."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from ops_core.hotline.presence.model import SeatSignIn
from ops_core.hotline.presence.read import people_at_seats
from ops_core.hotline.presence.service import sign_out_of_seat
from ops_core.kernel.permissions import Permission
from ops_core.kernel.written_instant import WrittenInstant
from seat_assets.correcting import correct_service
from seat_assets.in_service import ServiceCorrection, ServiceInterval
from wallboard.seats.gate import sign_in_trained
from wallboard.seats.served import RecordedMove, recorded_moves, served_intervals
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


class CorrectionAsked(BaseModel):
    """The move by the instant under which it is on record, when it really was, and by what."""

    model_config = ConfigDict(extra="forbid")

    recorded: WrittenInstant
    to: WrittenInstant
    reason: str = Field(max_length=500)


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


@router.get("/in-service/moves")
async def list_moves(reader: ApiReader, read: Reading) -> tuple[RecordedMove, ...]:
    """Every recorded move with its last correction."""
    await reader.require(Permission.SEE_INDICATORS, "api", "seats")
    return await read(recorded_moves)


@router.post("/{seat}/in-service/correct")
async def correct(
    _reader: ApiReader, command: Commanding, seat: int, asked: CorrectionAsked
) -> ServiceCorrection:
    """A recorded move really was at another instant; the purchaser's side says so."""
    return await command(
        ("seat", str(seat)),
        lambda uow: correct_service(uow, seat, asked.recorded, asked.to, asked.reason),
    )


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
