"""Commands that are people's own: on the command line, whoever commands types a password.

The machine's login is proof enough for the other commands. Where two people's words are asked for
it is not: whoever works at the machine could be both.
"""

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from ops_core.kernel.clock import SystemClock
from ops_core.kernel.command_line import operator
from ops_core.kernel.commands import UnitOfWork, unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.errors import Forbidden
from ops_core.kernel.events import EventBus
from ops_core.kernel.identity.sign_in import authenticate
from ops_core.kernel.permissions import Actor


def who_signs_in(database: Database, name: str, from_input: bool) -> Actor:
    """The person of that name by the password; without a name the machine's operator.

    Raises as :func:`~ops_core.kernel.identity.sign_in.authenticate`.
    """
    if not name:
        return operator()
    password = sys.stdin.readline().rstrip("\n") if from_input else getpass.getpass()
    return authenticate(database, name, password, SystemClock()).actor


@contextmanager
def refusals_on_record(
    database: Database, actor: Actor, subject: tuple[str, str], step: str
) -> Iterator[None]:
    """That somebody was refused within the block is audited, as it is on the web."""
    try:
        yield
    except Forbidden as error:
        detail = {"step": step, "reason": str(error.title)}
        with unit_of_work(database, None, SystemClock(), actor) as uow:
            uow.audit("refused", *subject, detail)
        raise


@contextmanager
def work_in_person(
    database: Database, actor: Actor, subject: tuple[str, str], step: str
) -> Iterator[UnitOfWork]:
    """A unit of work; that somebody was the wrong person is audited though it is undone."""
    with (
        refusals_on_record(database, actor, subject, step),
        unit_of_work(database, EventBus(), SystemClock(), actor) as uow,
    ):
        yield uow
