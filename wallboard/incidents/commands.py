"""An action on an incident, from a form or from the API: who may, then the desk decides."""

from ops_core.kernel.permissions import Permission
from wallboard.incidents.views import Action
from wallboard.web import Reader, in_thread


async def carry_out(
    reader: Reader, number: str, action: Action, version: int, comment: str
) -> None:
    """Do it in the reader's name. Raises Forbidden (audited) and whatever the desk raises."""
    user = await reader.require(Permission.HANDLE_INCIDENTS, "incident", number)
    desk = reader.web.dependencies.incidents

    def work() -> None:
        match action:
            case Action.ACKNOWLEDGE:
                desk.acknowledge(number, version, user.actor)
            case Action.RESPOND:
                desk.respond(number, version, user.actor, comment)
            case Action.RESTORE:
                desk.restore(number, version, user.actor, comment)
            case Action.CLOSE:
                desk.close(number, version, user.actor, comment)
            case Action.NOTE:
                desk.note(number, user.actor, comment)

    await in_thread(work)
