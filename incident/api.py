"""``/api/incidents``: lists, one incident, and the commands on it.

Refusals are raised as domain errors; the application turns them into problem+json.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from device_configs.site.model import Contract
from incident import service
from incident.model import Command, Incident
from incident.read import list_incidents, open_incidents, read_incident
from incident.views import IncidentDetailView, IncidentView, detail_view_of, view_of
from ops_core.kernel.clock import Clock
from ops_core.kernel.commands import UnitOfWork, unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor, Permission, require


class CommandBody(BaseModel):
    """What goes with a command: the version that was seen, and a text where one belongs."""

    version: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class IncidentWeb:
    """What the routes work with; ``actor`` is a FastAPI dependency that yields who asks."""

    contract: Contract
    database: Database
    bus: EventBus
    clock: Clock
    actor: Callable[..., Actor]


def execute(uow: UnitOfWork, number: str, command: Command, body: CommandBody) -> Incident:
    """Carry out a command by its name."""
    if command is Command.ACKNOWLEDGE:
        return service.acknowledge(uow, number, body.version)
    if command is Command.RESPOND:
        return service.respond(uow, number, body.version)
    if command is Command.RESTORE:
        return service.restore(uow, number, body.text, body.version)
    if command is Command.CLOSE:
        return service.close(uow, number, body.text, body.version)
    return service.note(uow, number, body.text, body.version)


def incident_router(web: IncidentWeb) -> APIRouter:
    """The routes, to be included by the application."""
    router = APIRouter(prefix="/api/incidents", tags=["incidents"])
    asking = Annotated[Actor, Depends(web.actor)]

    @router.get("")
    def incidents(actor: asking, everything: bool = False) -> list[IncidentView]:
        """Open incidents, or with ``everything`` the newest of all."""
        require(actor, Permission.SEE_INCIDENTS)
        with web.database.reading() as session:
            found = list_incidents(session) if everything else open_incidents(session)
        now = web.clock.now()
        return [view_of(incident, web.contract, now) for incident in found]

    @router.get("/{number}")
    def incident(actor: asking, number: str) -> IncidentDetailView:
        """One incident with evidence, clocks and timeline."""
        require(actor, Permission.SEE_INCIDENTS)
        with web.database.reading() as session:
            detail = read_incident(session, web.contract, number, web.clock.now())
        return detail_view_of(detail, web.contract)

    @router.post("/{number}/{command}")
    def act(actor: asking, number: str, command: Command, body: CommandBody) -> IncidentView:
        """Acknowledge, respond, restore, close or note."""
        with unit_of_work(web.database, web.bus, web.clock, actor) as uow:
            done = execute(uow, number, command, body)
        return view_of(done, web.contract, web.clock.now())

    return router
