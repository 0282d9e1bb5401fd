"""Changes: what is planned, who approved it, how it went."""

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import HTMLResponse, RedirectResponse

from device_configs.changes import service
from device_configs.changes.happenings import CHANGE
from device_configs.changes.read import read_change, read_changes
from ops_core.kernel.permissions import Permission
from wallboard.changes.steps import offers_for
from wallboard.changes.words import vocabulary
from wallboard.web import SignedInReader
from wallboard.work import Commanding, Reading

router = APIRouter(include_in_schema=False)

RECENT = 100


@router.get("/network/changes")
async def list_changes(reader: SignedInReader, read: Reading) -> HTMLResponse:
    await reader.require(Permission.SEE_INCIDENTS, "page", "changes")
    changes = await read(lambda seen: read_changes(seen.session, RECENT))
    return reader.page("console/changes.html", changes=changes, **vocabulary(reader))


@router.get("/network/changes/{number}")
async def show_change(reader: SignedInReader, read: Reading, number: str) -> HTMLResponse:
    await reader.require(Permission.SEE_INCIDENTS, CHANGE, number)
    change = await read(lambda seen: read_change(seen.session, number))
    offers = offers_for(
        change,
        str(reader.actor),
        may_approve=reader.may(Permission.APPROVE_CHANGES),
        may_change=reader.may(Permission.DEPLOY),
    )
    return reader.page("console/change.html", change=change, offers=offers, **vocabulary(reader))


@router.post("/network/changes/{number}/approve")
async def approve_change(
    _reader: SignedInReader, command: Commanding, number: str
) -> RedirectResponse:
    await command((CHANGE, number), lambda uow: service.approve(uow, number))
    return RedirectResponse(f"/network/changes/{number}", 303)


@router.post("/network/changes/{number}/cancel")
async def cancel_change(
    _reader: SignedInReader, command: Commanding, number: str, reason: Annotated[str, Form()] = ""
) -> RedirectResponse:
    await command((CHANGE, number), lambda uow: service.cancel(uow, number, reason))
    return RedirectResponse(f"/network/changes/{number}", 303)
