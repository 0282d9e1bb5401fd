"""Who may see which matter: those who work on matters all of them, everybody else the own."""

from ops_core.hotline.adjudications.model import Adjudication
from ops_core.kernel.permissions import Actor, Permission, allows, require, require_any


def require_sight_of_matters(actor: Actor) -> None:
    """Raises :class:`Forbidden` for an actor who may see no matter at all."""
    require_any(actor, (Permission.SEE_ADJUDICATIONS, Permission.FILE_COMPLAINTS))


def require_sight_of_matter(actor: Actor, matter: Adjudication) -> None:
    """Raises :class:`Forbidden` unless the actor sees all matters or submitted this one."""
    if str(actor) != matter.submitted_by or not allows(actor, Permission.FILE_COMPLAINTS):
        require(actor, Permission.SEE_ADJUDICATIONS)
