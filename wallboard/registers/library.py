"""The documents of the centre that are in effect, for everybody to read and acknowledge."""

from fastapi import APIRouter
from starlette.responses import HTMLResponse, RedirectResponse

from ops_core.kernel.permissions import Permission
from ops_core.registers.read import documents_in_effect
from ops_core.registers.service import acknowledge, zone_of
from ops_core.registers.store import ITEM
from wallboard.web import SignedInReader
from wallboard.work import Commanding, Reading

router = APIRouter(include_in_schema=False)

LIBRARY = "/library"


@router.get(LIBRARY)
async def list_documents(reader: SignedInReader, read: Reading) -> HTMLResponse:
    allowed = (Permission.ACKNOWLEDGE_DOCUMENTS, Permission.SEE_REGISTERS)
    user = await reader.require_any(allowed, "page", "library")
    zone = zone_of(reader.web.dependencies.site)
    found = await read(
        lambda seen: documents_in_effect(seen.session, user.name, seen.now.astimezone(zone))
    )
    return reader.page("console/library.html", here=LIBRARY, documents=found)


@router.post("/library/{number}/acknowledge")
async def acknowledge_document(
    reader: SignedInReader, command: Commanding, number: str
) -> RedirectResponse:
    site = reader.web.dependencies.site
    await command((ITEM, number), lambda uow: acknowledge(uow, site, number))
    return RedirectResponse(LIBRARY, 303)
