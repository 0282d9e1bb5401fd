"""Showing who called: a command, on record."""

from device_configs.site.model import Site
from ops_core.hotline.calls.read import require_call
from ops_core.hotline.contacts.requesters import Contact, unmask
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.errors import NotFound
from ops_core.kernel.permissions import Permission, require

CALL = "call"
"""Kind of subject under which the audit log says who looked."""


def unmask_caller(uow: UnitOfWork, site: Site, vault: ContactVault, call: str) -> Contact:
    """Number and name in the clear, to whoever may see calls and unmask contacts.

    Raises Forbidden, and NotFound for an unknown call or one without a number.
    """
    require(uow.actor, Permission.SEE_CALLS)
    stored = require_call(uow.session, site, call)
    if stored.requester is None:
        require(uow.actor, Permission.UNMASK_CONTACTS)
        raise NotFound("没有联系方式", "", "来电未显示号码。")
    return unmask(uow, vault, stored.requester, CALL, stored.call.call)
