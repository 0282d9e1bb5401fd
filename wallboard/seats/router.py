"""Signing in at a seat from the agent's page, and out again; which terminals were in service."""

from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form
from starlette.responses import HTMLResponse, RedirectResponse

from ops_core.hotline.presence.service import sign_out_of_seat
from ops_core.kernel.permissions import Permission
from ops_core.kernel.written_instant import WRITTEN_OUT
from seat_assets.correcting import correct_service
from wallboard.seats.gate import sign_in_trained
from wallboard.seats.served import recorded_moves, served_intervals
from wallboard.web import SignedInReader
from wallboard.work import Commanding, Reading

router = APIRouter(include_in_schema=False)

_AGENT_PAGE = "/agent"


@router.get("/seats/in-service")
async def list_in_service(reader: SignedInReader, read: Reading) -> HTMLResponse:
    await reader.require(Permission.SEE_INDICATORS, "page", "seats/in-service")
    served, moves = await read(lambda seen: (served_intervals(seen), recorded_moves(seen)))
    return reader.page("console/in_service.html", served=served, moves=moves)


@router.post("/seats/in-service/correct")
async def submit_correction(
    reader: SignedInReader,
    command: Commanding,
    seat: Annotated[int, Form()],
    recorded: Annotated[datetime, WRITTEN_OUT, Form()],
    to: Annotated[datetime, WRITTEN_OUT, Form()],
    reason: Annotated[str, Form(max_length=500)] = "",
) -> RedirectResponse:
    """``to`` without an offset is local time of the centre."""
    zone = ZoneInfo(reader.web.dependencies.site.contract.timezone)
    really = to if to.tzinfo else to.replace(tzinfo=zone)
    await command(
        ("seat", str(seat)),
        lambda uow: correct_service(
            uow, seat, recorded.astimezone(UTC), really.astimezone(UTC), reason
        ),
    )
    return RedirectResponse("/seats/in-service", 303)


@router.post("/seats/sign-in")
async def submit_sign_in(
    reader: SignedInReader, command: Commanding, seat: Annotated[int, Form()]
) -> RedirectResponse:
    site = reader.web.dependencies.site
    await command(("seat", str(seat)), lambda uow: sign_in_trained(uow, site, seat))
    return RedirectResponse(_AGENT_PAGE, 303)


@router.post("/seats/sign-out")
async def submit_sign_out(_reader: SignedInReader, command: Commanding) -> RedirectResponse:
    await command(("seat", "*"), sign_out_of_seat)
    return RedirectResponse(_AGENT_PAGE, 303)
