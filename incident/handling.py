"""A person's command on an incident, by its name: what pages and programs ask for."""

from incident import service
from incident.model import Incident, IncidentCommand
from incident.undoing import undo
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.written_text import written


def carry_out(
    uow: UnitOfWork, number: str, command: IncidentCommand, version: int | None, comment: str = ""
) -> Incident:
    """Do it in the actor's name; the comment is the note, the reason or the closing words.

    ``version`` is what the actor saw; a note is added to whatever the incident is by now. Raises
    Forbidden, NotFound, Conflict and Invalid as the service does.
    """
    match command:
        case IncidentCommand.ACKNOWLEDGE:
            return service.acknowledge(uow, number, version)
        case IncidentCommand.RESPOND:
            return _respond(uow, number, version, comment)
        case IncidentCommand.RESTORE:
            return service.restore(uow, number, comment, version)
        case IncidentCommand.CLOSE:
            return service.close(uow, number, comment, version)
        case IncidentCommand.NOTE:
            return service.note(uow, number, comment)
        case IncidentCommand.UNDO:
            return undo(uow, number, version)


def _respond(uow: UnitOfWork, number: str, version: int | None, comment: str) -> Incident:
    responded = service.respond(uow, number, version)
    return service.note(uow, number, comment) if written(comment) else responded
