"""Signing in at a seat from the agent's page, and out again; which terminals were in service."""

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import HTMLResponse, RedirectResponse

from ops_core.hotline.presence.service import sign_out_of_seat
from ops_core.kernel.permissions import Permission
from wallboard.seats.gate import sign_in_trained
from wallboard.seats.served import served_intervals
from wallboard.web import SignedInReader
from wallboard.work import Commanding, Reading

router = APIRouter(include_in_schema=False)

_AGENT_PAGE = "/agent"


@router.get("/seats/in-service")
async def list_in_service(reader: SignedInReader, read: Reading) -> HTMLResponse:
    await reader.require(Permission.SEE_INDICATORS, "page", "seats/in-service")
    return reader.page("console/in_service.html", served=await read(served_intervals))


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
