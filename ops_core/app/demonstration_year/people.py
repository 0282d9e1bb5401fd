"""Accounts of the cast's front line: the rosters of hot topics are made of accounts.

Their passwords are generated and kept nowhere: nobody signs in under them until an administrator
gives one a password.
"""

from datetime import datetime

from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.identity import create_user, generate_password, list_users
from ops_core.kernel.permissions import Role

AGENTS, CALLBACK_AGENTS = 8, 2


def ensure_front_line(uow: UnitOfWork, at: datetime) -> None:
    """Add the accounts that are not there, as of an instant."""
    work = uow.acting_as(uow.actor, FixedClock(at))
    known = {user.name for user in list_users(uow.session)}
    for name, role in front_line_names():
        if name not in known:
            create_user(work, name, f"演示{name[5:]}", generate_password(), (role,))


def front_line_names() -> tuple[tuple[str, Role], ...]:
    """Name and role of each."""
    agents = tuple((f"demo.agent-{n:02d}", Role.AGENT) for n in range(1, AGENTS + 1))
    others = range(1, CALLBACK_AGENTS + 1)
    return agents + tuple((f"demo.callback-{n}", Role.CALLBACK_AGENT) for n in others)
