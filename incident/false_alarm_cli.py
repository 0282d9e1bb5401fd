"""``zhishou incidents false-alarm ...``: each step in the name of a person who types a password.

Two people's words are asked for (:mod:`ops_core.kernel.personal_commands`).
"""

from typing import Annotated

import typer

from incident.documents import alarm_view
from incident.false_alarm import Words
from incident.false_alarm_terms import Cause, FalseAlarmStep
from incident.marking import take_step
from incident.model import Incident
from incident.store import INCIDENT
from ops_core.kernel.command_line import command_group, print_json, stored
from ops_core.kernel.personal_commands import who_signs_in, work_in_person

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
    _take(
        number, FalseAlarmStep.PROPOSE, Words(reason, cause), who, password_stdin, version, as_json
    )


def _add_step(step: FalseAlarmStep, help_text: str, *, needs_reason: bool) -> None:
    """Add the command of a step that says no more than why."""

    def take(
        number: Number,
        reason: Reason = ... if needs_reason else "",  # type: ignore[assignment]  # required
        who: Who = "",
        password_stdin: FromInput = False,
        version: Version = None,
        as_json: AsJson = False,
    ) -> None:
        _take(number, step, Words(reason), who, password_stdin, version, as_json)

    false_alarm.command(step.value, help=help_text)(take)


_add_step(
    FalseAlarmStep.CONFIRM,
    "Confirm what another person proposed: the incident leaves indicator 12.",
    needs_reason=False,
)
_add_step(FalseAlarmStep.REJECT, "Reject what another person proposed.", needs_reason=True)
_add_step(FalseAlarmStep.WITHDRAW, "Take an own proposal back.", needs_reason=False)
_add_step(
    FalseAlarmStep.REVOKE,
    "End a confirmed one: the incident counts again from its own time stamps.",
    needs_reason=True,
)


def _take(
    number: str,
    step: FalseAlarmStep,
    words: Words,
    who: str,
    password_stdin: bool,
    version: int | None,
    as_json: bool,
) -> None:
    with stored() as database:
        actor = who_signs_in(database, who, password_stdin)
        with work_in_person(database, actor, (INCIDENT, number), step.value) as uow:
            _say(take_step(uow, number, step, words, version), as_json)


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
