"""``zhishou adjudications ...``: matters, and each step in the name of a person with a password."""

from datetime import datetime
from typing import Annotated

import typer
from pydantic import JsonValue, TypeAdapter

from device_configs.site import load_site
from ops_core.hotline.adjudications.kinds import (
    CAUSE_WORDS,
    KIND_WORDS,
    AdjudicationCause,
    AdjudicationKind,
    EventLevel,
)
from ops_core.hotline.adjudications.model import (
    STATE_WORDS,
    Adjudication,
    AdjudicationState,
    AdjudicationStep,
    Ruling,
    Submission,
)
from ops_core.hotline.adjudications.read import (
    AdjudicationFilter,
    list_adjudications,
    read_adjudication,
)
from ops_core.hotline.adjudications.service import submit, take_step
from ops_core.hotline.adjudications.store import ADJUDICATION
from ops_core.kernel.command_line import command_group, print_json, stored
from ops_core.kernel.i18n import translate
from ops_core.kernel.personal_commands import who_signs_in, work_in_person
from ops_core.kernel.settings import load_settings
from ops_core.kernel.times import SITE_ZONE, date_time

adjudications = command_group(
    "adjudications", "What the purchaser's side decides of orders, returns, complaints and events."
)

Number = Annotated[str, typer.Argument(help="For example J-20261124-001.")]
Who = Annotated[str, typer.Option("--as", help="Your user name; the password is asked for.")]
FromInput = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")]
_MATTER: TypeAdapter[Adjudication] = TypeAdapter(Adjudication)


@adjudications.command("list")
def show_list(
    kind: Annotated[AdjudicationKind | None, typer.Option(help="Of this kind only.")] = None,
    state: Annotated[AdjudicationState | None, typer.Option(help="In this state only.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List matters, the newest first."""
    filters = AdjudicationFilter(kind, state, limit=limit)
    with stored() as database, database.reading() as session:
        found = list_adjudications(session, filters).matters
    if as_json:
        print_json([_json(matter) for matter in found])
        return
    for matter in found:
        typer.echo(_line(matter))


@adjudications.command("show")
def show(number: Number, as_json: AsJson = False) -> None:
    """Show one matter with what happened to it."""
    with stored() as database, database.reading() as session:
        history = read_adjudication(session, number)
    if as_json:
        print_json(_json(history.matter))
        return
    typer.echo(_line(history.matter))
    typer.echo(history.matter.submission.text)
    for event in history.events:
        words = event.payload.get("text") or ""
        typer.echo(f"{date_time(event.occurred_at)}\t{event.type}\t{event.actor}\t{words}".rstrip())


@adjudications.command("submit")
def submit_one(
    kind: Annotated[AdjudicationKind, typer.Argument(help="What it is.")],
    text: Annotated[str, typer.Option("--text", help="What happened, or why.")],
    subject: Annotated[
        str, typer.Option(help="An event's title; the month of a nil return, 2026-11.")
    ] = "",
    order: Annotated[str, typer.Option(help="The order it is about.")] = "",
    call: Annotated[str, typer.Option(help="The call it is about.")] = "",
    person: Annotated[str, typer.Option(help="Whom a complaint is about.")] = "",
    nature: Annotated[str, typer.Option(help="Of which sort.")] = "",
    level: Annotated[EventLevel | None, typer.Option(help="Of an event.")] = None,
    at: Annotated[datetime | None, typer.Option(help="When it happened, in Shanghai.")] = None,
    who: Who = "",
    password_stdin: FromInput = False,
    as_json: AsJson = False,
) -> None:
    """Submit a matter for the purchaser to decide."""
    site = load_site(load_settings().inventory)
    with stored() as database:
        actor = who_signs_in(database, who, password_stdin)
        about = (ADJUDICATION, kind.value)
        with work_in_person(database, actor, about, AdjudicationStep.SUBMIT.value) as uow:
            happened = uow.clock.now() if at is None else at.replace(tzinfo=SITE_ZONE)
            matter = submit(
                uow,
                site,
                Submission(kind, subject, happened, text, nature, level, order, call, person),
            )
    _say(matter, as_json)


def _add_step(step: AdjudicationStep, help_text: str) -> None:
    """Add the command of a step."""

    def take(
        number: Number,
        text: Annotated[str, typer.Option("--text", help="Why.")] = "",
        cause: Annotated[AdjudicationCause | None, typer.Option(help="Of a return.")] = None,
        level: Annotated[EventLevel | None, typer.Option(help="Of an event.")] = None,
        version: Annotated[
            int | None, typer.Option(help="Refuse when the matter has another version.")
        ] = None,
        who: Who = "",
        password_stdin: FromInput = False,
        as_json: AsJson = False,
    ) -> None:
        with stored() as database:
            actor = who_signs_in(database, who, password_stdin)
            with work_in_person(database, actor, (ADJUDICATION, number), step.value) as uow:
                matter = take_step(uow, number, step, Ruling(text, cause, level), version)
        _say(matter, as_json)

    adjudications.command(step.value, help=help_text)(take)


_add_step(AdjudicationStep.UPHOLD, "Decide that it is so; the indicator counts it accordingly.")
_add_step(AdjudicationStep.REJECT, "Decide that it is not so.")
_add_step(AdjudicationStep.REOPEN, "Take a decision back: the matter is pending again.")
_add_step(AdjudicationStep.WITHDRAW, "Take an own appeal or nil return back.")


def _say(matter: Adjudication, as_json: bool) -> None:
    if as_json:
        print_json(_json(matter))
    else:
        typer.echo(_line(matter))


def _line(matter: Adjudication) -> str:
    cause = "" if matter.cause is None else _(CAUSE_WORDS[matter.cause])
    kind = _(KIND_WORDS[matter.submission.kind])
    fields = (matter.number, kind, _(STATE_WORDS[matter.state]), matter.submission.subject, cause)
    return "\t".join(fields).rstrip()


def _json(matter: Adjudication) -> JsonValue:
    dumped: JsonValue = _MATTER.dump_python(matter, mode="json")
    return dumped


def _(text: str) -> str:
    return translate(text, load_settings().language)
