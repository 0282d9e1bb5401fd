"""``zhishou incidents false-alarm ...``: each step in the name of a person who types a password.

The machine's login is proof enough for the other commands; here it is not, for two people's words
are asked for, and whoever works at the machine could be both.
"""

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from incident.documents import alarm_view
from incident.false_alarm import Cause, Step, Words
from incident.marking import take_step
from incident.model import Incident
from incident.store import INCIDENT
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.command_line import command_group, operator, print_json, stored
from ops_core.kernel.commands import UnitOfWork, unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.errors import Forbidden
from ops_core.kernel.events import EventBus
from ops_core.kernel.identity.sign_in import authenticate
from ops_core.kernel.permissions import Actor

false_alarm = command_group(
    "false-alarm", "Say that an incident was a false alarm; a second person decides."
)

Number = Annotated[str, typer.Argument(help="For example F-20261123-007.")]
Reason = Annotated[str, typer.Option("--reason", help="Why.")]
Who = Annotated[str, typer.Option("--as", help="Your user name; the password is asked for.")]
FromInput = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]
Version = Annotated[
    int | None, typer.Option("--version", help="Refuse when the incident has another version.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")]


@false_alarm.command("propose")
def propose(
    number: Number,
    cause: Annotated[Cause, typer.Option("--cause", help="Of what kind.")],
    reason: Reason,
    who: Who = "",
    password_stdin: FromInput = False,
    version: Version = None,
    as_json: AsJson = False,
) -> None:
    """Propose it; the incident goes on counting until somebody else confirms."""
    _take(number, Step.PROPOSE, Words(reason, cause), who, password_stdin, version, as_json)


@false_alarm.command("confirm")
def confirm(
    number: Number,
    reason: Reason = "",
    who: Who = "",
    password_stdin: FromInput = False,
    version: Version = None,
    as_json: AsJson = False,
) -> None:
    """Confirm what another person proposed: the incident leaves indicator 12."""
    _take(number, Step.CONFIRM, Words(reason), who, password_stdin, version, as_json)


@false_alarm.command("reject")
def reject(
    number: Number,
    reason: Reason,
    who: Who = "",
    password_stdin: FromInput = False,
    version: Version = None,
    as_json: AsJson = False,
) -> None:
    """Reject what another person proposed."""
    _take(number, Step.REJECT, Words(reason), who, password_stdin, version, as_json)


@false_alarm.command("withdraw")
def withdraw(
    number: Number,
    reason: Reason = "",
    who: Who = "",
    password_stdin: FromInput = False,
    version: Version = None,
    as_json: AsJson = False,
) -> None:
    """Take an own proposal back."""
    _take(number, Step.WITHDRAW, Words(reason), who, password_stdin, version, as_json)


@false_alarm.command("revoke")
def revoke(
    number: Number,
    reason: Reason,
    who: Who = "",
    password_stdin: FromInput = False,
    version: Version = None,
    as_json: AsJson = False,
) -> None:
    """End a confirmed one: the incident counts again from its own time stamps."""
    _take(number, Step.REVOKE, Words(reason), who, password_stdin, version, as_json)


def _take(
    number: str,
    step: Step,
    words: Words,
    who: str,
    password_stdin: bool,
    version: int | None,
    as_json: bool,
) -> None:
    with stored() as database:
        actor = _person(database, who, password_stdin)
        with _work(database, actor, number, step) as uow:
            _say(take_step(uow, number, step, words, version), as_json)


@contextmanager
def _work(database: Database, actor: Actor, number: str, step: Step) -> Iterator[UnitOfWork]:
    """A unit of work; that somebody was the wrong person is audited though it is undone."""
    clock = SystemClock()
    try:
        with unit_of_work(database, EventBus(), clock, actor) as uow:
            yield uow
    except Forbidden as error:
        detail = {"step": step.value, "reason": str(error.title)}
        with unit_of_work(database, None, clock, actor) as uow:
            uow.audit("refused", INCIDENT, number, detail)
        raise


def _person(database: Database, who: str, password_stdin: bool) -> Actor:
    """Who signs in; without a name the machine's operator, whom the rules refuse."""
    if not who:
        return operator()
    password = sys.stdin.readline().rstrip("\n") if password_stdin else getpass.getpass()
    return authenticate(database, who, password, SystemClock()).actor


def _say(incident: Incident, as_json: bool) -> None:
    view = alarm_view(incident.false_alarm)
    if as_json:
        print_json(
            {
                "number": incident.number,
                "state": incident.state.value,
                "version": incident.version,
                "false_alarm": None if view is None else view.model_dump(mode="json"),
            }
        )
    elif view is not None:
        typer.echo(f"{incident.number}\t{view.state}\t{view.cause}\t{view.text}")
