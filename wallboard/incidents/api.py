"""Incidents for programs: JSON in and out, problem+json for refusals."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from ops_core.kernel.permissions import Permission
from wallboard.incidents import acknowledging, marking
from wallboard.incidents.commands import carry_out
from wallboard.incidents.views import Action, IncidentDetail, IncidentSummary
from wallboard.web import ApiReader, in_thread

router = APIRouter(prefix="/api/incidents", tags=["incidents"])
router.include_router(acknowledging.api_router)
router.include_router(marking.api_router)


class Command(BaseModel):
    """What goes with an action: the version the caller saw, and a comment."""

    model_config = ConfigDict(extra="forbid")

    version: int = 0
    comment: str = Field(default="", max_length=2000)


@router.get("")
async def list_open(
    reader: ApiReader,
    limit: Annotated[int | None, Query(ge=1)] = None,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> list[IncidentSummary]:
    """Incidents that are not restored, most urgent first; all of them without a limit."""
    await reader.require(Permission.SEE_INCIDENTS, "api", "incidents")
    desk = reader.web.dependencies.incidents
    return await in_thread(lambda: list(desk.open(limit, offset)))


@router.get("/{number}")
async def read(reader: ApiReader, number: str) -> IncidentDetail:
    """One incident with its evidence, clocks and timeline."""
    await reader.require(Permission.SEE_INCIDENTS, "incident", number)
    return await in_thread(lambda: reader.web.dependencies.incidents.detail(number))


@router.post("/{number}/{action}", status_code=204)
async def act(reader: ApiReader, number: str, action: Action, command: Command) -> Response:
    """Acknowledge, respond, restore, close, or add a note."""
    await carry_out(reader, number, action, command.version, command.comment)
    return Response(status_code=204)
