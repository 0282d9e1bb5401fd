"""Showing the number to dial for a callback: a command, on record."""

from ops_core.hotline.callbacks.model import CALLBACK
from ops_core.hotline.callbacks.service import require_task
from ops_core.hotline.contacts.requesters import Contact, unmask_case
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.hotline.orders.store import find_row
from ops_core.kernel.commands import UnitOfWork


def unmask_requester(uow: UnitOfWork, vault: ContactVault, order: str, cycle: int) -> Contact:
    """Number and name in the clear, to whoever may work on the open callback.

    Raises Forbidden, NotFound and Conflict.
    """
    task = require_task(uow, order, cycle)
    case = find_row(uow.session, task.order).case_number
    return unmask_case(uow, vault, case, CALLBACK, f"{task.order}/{task.cycle}")
