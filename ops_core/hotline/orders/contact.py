"""Showing who asked for what an order is about: a command, on record."""

from ops_core.hotline.contacts.requesters import Contact, unmask_case
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.hotline.orders.access import require_sight, require_sight_of
from ops_core.hotline.orders.order import names_of
from ops_core.hotline.orders.service import ORDER
from ops_core.hotline.orders.store import find_row
from ops_core.kernel.commands import UnitOfWork


def unmask_requester(uow: UnitOfWork, vault: ContactVault, number: str) -> Contact:
    """Number and name in the clear, to whoever may see the order and unmask contacts.

    Raises Forbidden and NotFound.
    """
    require_sight(uow.actor)
    row = find_row(uow.session, number)
    require_sight_of(uow.actor, row.unit, *names_of(row.co_units))
    return unmask_case(uow, vault, row.case_number, ORDER, number)
