"""Nobody goes to a seat before he has been trained in the hot topics that concern him."""

from device_configs.site.model import Site
from ops_core.hotline.presence.model import SeatSignIn
from ops_core.hotline.presence.service import sign_in_at
from ops_core.kernel.commands import UnitOfWork
from ops_core.knowledge.training.read import require_trained


def sign_in_trained(uow: UnitOfWork, site: Site, seat: int) -> SeatSignIn:
    """Sign in at a seat. Raises what that raises, and Conflict for a topic that is outstanding."""
    signed_in = sign_in_at(uow, site, seat)
    require_trained(uow.session, str(uow.actor))  # a refusal undoes it all
    return signed_in
