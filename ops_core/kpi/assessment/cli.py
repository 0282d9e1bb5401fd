"""``zhishou indicators assessment|submit|object|seal|restate|decline``: the periods of a month."""

from collections.abc import Sequence
from typing import Annotated

import typer
from pydantic import JsonValue
from rich.console import Console

from device_configs.site import load_site
from device_configs.site.model import Site
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.command_line import print_json, stored
from ops_core.kernel.database import Database
from ops_core.kernel.errors import Conflict
from ops_core.kernel.permissions import Actor, Side
from ops_core.kernel.personal_commands import who_signs_in, work_in_person
from ops_core.kernel.settings import load_settings
from ops_core.kpi.assessment.month import AssessmentRow, read_month
from ops_core.kpi.assessment.period_store import ASSESSMENT
from ops_core.kpi.assessment.period_terms import PeriodStep
from ops_core.kpi.assessment.periods import (
    ALLOWED,
    AssessedPeriod,
    state_at,
)
from ops_core.kpi.assessment.sealing import (
    SEALING,
    PeriodWords,
    draft_seal,
    take_period_step,
)

Month = Annotated[str, typer.Argument(help="As 2026-11.")]
Numbers = Annotated[
    list[int] | None,
    typer.Option("--indicator", help="May be given repeatedly; all if not given."),
]
Number = Annotated[int, typer.Option("--indicator", help="For example 4.")]
Reason = Annotated[str, typer.Option("--reason", help="Why.")]
Who = Annotated[str, typer.Option("--as", help="Your user name; the password is asked for.")]
FromInput = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")]


def add_commands(group: typer.Typer) -> None:
    """The commands on periods, among those on indicators."""
    group.command("assessment")(assessment)
    group.command("submit")(submit)
    group.command("object")(object_to)
    group.command("seal")(seal)
    group.command("restate")(restate)
    group.command("decline")(decline)


def assessment(
    month: Annotated[str, typer.Option("--month", help="As 2026-11; the running one.")] = "",
    as_json: AsJson = False,
) -> None:
    """Each indicator of a month: its period, value, what is missing, what was sealed."""
    now = SystemClock().now()
    with stored() as database, database.reading() as session:
        found = read_month(session, _site(), now, month)
    rows: list[dict[str, JsonValue]] = [
        _row(row, state_at(row.period, now).value) for row in found.rows
    ]
    if as_json:
        print_json(
            {
                "month": found.chosen.month.label,
                "rows": [*rows],
                "without_source": list(found.without_source),
            }
        )
        return
    for row in rows:
        typer.echo("\t".join(str(value) for value in row.values()))
    for number in found.without_source:
        typer.echo(f"{number}\tno source")


def submit(
    month: Month, number: Numbers = None, who: Who = "", password_stdin: FromInput = False
) -> None:
    """Hand a month's figures in, for the operator."""
    _take_all(month, number, PeriodStep.SUBMIT, "", who, password_stdin)


def object_to(
    month: Month,
    number: Number,
    reason: Reason,
    who: Who = "",
    password_stdin: FromInput = False,
) -> None:
    """Object to a submitted figure, for the purchaser."""
    _take_all(month, [number], PeriodStep.OBJECT, reason, who, password_stdin)


def seal(
    month: Month, number: Numbers = None, who: Who = "", password_stdin: FromInput = False
) -> None:
    """Seal what was submitted, for the purchaser: it never changes again."""
    _take_all(month, number, PeriodStep.SEAL, "", who, password_stdin)


def restate(
    month: Month,
    number: Number,
    reason: Reason = "",
    who: Who = "",
    password_stdin: FromInput = False,
) -> None:
    """Take in what came after the seal: the operator proposes with a reason, the purchaser accepts.

    The sealed value stays; the new one stands next to it.
    """
    with stored() as database:
        actor = who_signs_in(database, who, password_stdin)
        by_purchaser = actor.side is Side.PURCHASER
        step = PeriodStep.RESTATE if by_purchaser else PeriodStep.PROPOSE
        _take(database, actor, month, number, step, reason)


def decline(
    month: Month,
    number: Number,
    reason: Reason,
    who: Who = "",
    password_stdin: FromInput = False,
) -> None:
    """Leave the sealed value as it is, for the purchaser."""
    _take_all(month, [number], PeriodStep.DECLINE, reason, who, password_stdin)


def _take_all(
    month: str,
    numbers: Sequence[int] | None,
    step: PeriodStep,
    reason: str,
    who: str,
    password_stdin: bool,
) -> None:
    with stored() as database:
        actor = who_signs_in(database, who, password_stdin)
        if numbers:
            for number in numbers:
                _take(database, actor, month, number, step, reason)
            return
        refused = False
        for number in _numbers_for(database, month, step):
            try:
                _take(database, actor, month, number, step, reason)
            except Conflict as conflict:
                typer.echo(f"{month}/{number}\t{conflict.detail}", err=True)
                refused = True
    raise typer.Exit(4 if refused else 0)


def _numbers_for(database: Database, month: str, step: PeriodStep) -> Sequence[int]:
    """Every indicator whose period is where this step leaves from."""
    now = SystemClock().now()
    with database.reading() as session:
        rows = read_month(session, _site(), now, month).rows
    return [r.indicator.number for r in rows if step in ALLOWED[state_at(r.period, now)]]


def _take(
    database: Database, actor: Actor, month: str, number: int, step: PeriodStep, reason: str
) -> None:
    with Console(stderr=True).status(
        f"{month}/{number}"
    ):  # a month of many calls takes a while to be read
        after = _taken(database, actor, month, number, step, reason)
    typer.echo(f"{after.name}\t{after.state}")


def _taken(
    database: Database, actor: Actor, month: str, number: int, step: PeriodStep, reason: str
) -> AssessedPeriod:
    site, draft = _site(), None
    if step in SEALING:
        with database.reading() as session:
            draft = draft_seal(session, site, month, number, SystemClock().now())
    subject = (ASSESSMENT, f"{month}/{number}")
    with work_in_person(database, actor, subject, step.value) as uow:
        return take_period_step(uow, site, month, number, step, PeriodWords(reason), draft)


def _row(row: AssessmentRow, state: str) -> dict[str, JsonValue]:
    return {
        "indicator": row.indicator.number,
        "state": state,
        "value": row.month.display,
        "raw": (row.month.raw or row.month).display,
        "sealed": None if row.sealed is None else row.sealed.display,
        "differs": row.differs,
        "missing": ",".join(one.kind.value for one in row.missing),
        "misses_left": row.figure.misses_left,
    }


def _site() -> Site:
    return load_site(load_settings().inventory)
