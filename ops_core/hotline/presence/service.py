"""Signing in at a seat, and out again: of those who take calls, each for himself."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.hotline.calls.tables import CallRow
from ops_core.hotline.presence.digest import CHANGED, PRESENCE, digest_of_sign_ins
from ops_core.hotline.presence.model import SeatSignIn, leaving, signing_in
from ops_core.hotline.presence.read import people_at_seats
from ops_core.hotline.presence.tables import SeatSignInRow
from ops_core.hotline.recorded_times import LONGEST_CALL
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.errors import Conflict, Forbidden, NotFound
from ops_core.kernel.i18n import message
from ops_core.kernel.permissions import ActorKind, Permission, require
from ops_core.kernel.set_digests import DIGEST

_JUST_AFTER = timedelta(microseconds=1)


def sign_in_at(uow: UnitOfWork, site: Site, seat: int) -> SeatSignIn:
    """Be at the seat from now on, and at no other; whoever was there is there no more.

    Raises Forbidden (also for a part of the product, which is nobody) and NotFound.
    """
    person = _person(uow)
    if seat not in {one.number for one in site.seats.values()}:
        raise NotFound(
            "没有这个席位",
            message("席位 {seat} 未在声明中。", seat=seat),
            "请选择已声明的席位。",
        )
    present = people_at_seats(uow.session, uow.clock.now())
    seats = {seat, *(one.seat for one in present if one.person == person)}
    found = signing_in(present, seat, person, _from_now(uow, seats))
    _store(uow, person, found)
    return found[-1]


def sign_out_of_seat(uow: UnitOfWork) -> int:
    """Be at no seat any more; gives the one that was left. Raises Forbidden and Conflict."""
    person = _person(uow)
    present = people_at_seats(uow.session, uow.clock.now())
    seats = {one.seat for one in present if one.person == person}
    if not seats:
        raise Conflict("尚未签入席位", "", "请先选择席位签入。")
    _store(uow, person, leaving(present, person, _from_now(uow, seats)))
    return min(seats)


def _person(uow: UnitOfWork) -> str:
    require(uow.actor, Permission.TAKE_CALLS)
    if uow.actor.kind is not ActorKind.USER:
        raise Forbidden(
            "只有话务员本人能签入席位", "", "请登录后在接话页签入，或以本人的令牌执行。"
        )
    return uow.actor.name


def _from_now(uow: UnitOfWork, seats: set[int]) -> datetime:
    """Now; but after whatever a telephone system whose clock is ahead reported of these seats.

    What was answered before keeps the person it has.
    """
    now = uow.clock.now()
    latest = _latest_answer(uow.session, seats, now)
    return now if latest is None or latest < now else latest + _JUST_AFTER


def _latest_answer(session: Session, seats: set[int], now: datetime) -> datetime | None:
    return session.scalar(
        select(func.max(CallRow.answered_at)).where(
            CallRow.seat.in_(seats), CallRow.entered_at > now - LONGEST_CALL
        )
    )


def _store(uow: UnitOfWork, person: str, found: Sequence[SeatSignIn]) -> None:
    for one in found:
        uow.session.add(SeatSignInRow(seat=one.seat, person=one.person, at=one.at, until=one.until))
        kind = "SignedInAtSeat" if one.person else "SignedOutOfSeat"
        uow.event(PRESENCE, person, kind, {"seat": one.seat}, one.at)
    uow.session.flush()
    seats = [one.seat for one in found]
    uow.audit(CHANGED, PRESENCE, "*", {"seats": [*seats], DIGEST: digest_of_sign_ins(found)})
