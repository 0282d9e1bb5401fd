"""Incidents for programs: JSON in and out, problem+json for refusals."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from incident.handling import carry_out
from incident.model import IncidentCommand
from incident.store import INCIDENT
from ops_core.kernel.permissions import Permission
from wallboard.incidents import acknowledging, marking
from wallboard.incidents.detail import ShownIncident
from wallboard.incidents.page import read_detail
from wallboard.incidents.summary import IncidentSummary
from wallboard.incidents.summary import list_open as list_open_of
from wallboard.web import ApiReader
from wallboard.work import Commanding, Reading

router = APIRouter(prefix="/api/incidents", tags=["incidents"])
router.include_router(acknowledging.api_router)
router.include_router(marking.api_router)


class CommandBody(BaseModel):
    """What goes with an action: the version the caller saw, and a comment."""

    model_config = ConfigDict(extra="forbid")

    version: int = 0
    comment: str = Field(default="", max_length=2000)


@router.get("")
async def list_open(
    reader: ApiReader,
    read: Reading,
    limit: Annotated[int | None, Query(ge=1)] = None,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> list[IncidentSummary]:
    """Incidents that are not restored, most urgent first; all of them without a limit."""
    await reader.require(Permission.SEE_INCIDENTS, "api", "incidents")
    return await read(lambda seen: list_open_of(seen, limit, offset))


@router.get("/{number}")
async def read_one(reader: ApiReader, read: Reading, number: str) -> ShownIncident:
    """One incident with its evidence, clocks and timeline."""
    await reader.require(Permission.SEE_INCIDENTS, INCIDENT, number)
    return await read(lambda seen: read_detail(seen, number))


@router.post("/{number}/{action}", status_code=204)
async def act(
    _reader: ApiReader, command: Commanding, number: str, action: IncidentCommand, body: CommandBody
) -> Response:
    """Acknowledge, respond, restore, close, or add a note."""
    await command(
        (INCIDENT, number), lambda uow: carry_out(uow, number, action, body.version, body.comment)
    )
    return Response(status_code=204)
