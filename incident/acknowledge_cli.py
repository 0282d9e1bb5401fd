"""``zhishou incidents acknowledge``: one, many, or all that wait."""

from collections.abc import Sequence
from typing import Annotated

import typer

from device_configs.site.model import FaultClassName
from incident.bulk import (
    DONE,
    BulkAnswer,
    BulkItem,
    BulkOutcome,
    acknowledge_many,
    preview,
    waiting,
)
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.command_line import command_group, operator, print_json, stored
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.errors import Conflict, Invalid, NotFound
from ops_core.kernel.events import EventBus
from ops_core.kernel.i18n import translate
from ops_core.kernel.settings import load_settings

_CODES = {
    BulkOutcome.NOT_FOUND: NotFound.exit_code,
    BulkOutcome.REFUSED: Conflict.exit_code,
    BulkOutcome.STALE: Conflict.exit_code,
}

acknowledging = command_group("incidents", "Faults, their clocks, and what to do.")


@acknowledging.command("acknowledge")
def acknowledge(
    numbers: Annotated[
        list[str] | None, typer.Argument(help="For example F-20261123-007; may be repeated.")
    ] = None,
    all_open: Annotated[
        bool, typer.Option("--all-open", help="All that nobody has acknowledged.")
    ] = False,
    fault_class: Annotated[
        FaultClassName | None, typer.Option("--class", help="With --all-open: of this class only.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="With --all-open: do not ask first.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would become of each.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")] = False,
) -> None:
    """Say that somebody has seen them: each by itself, with an answer for each.

    Asking again is safe. Exit code 0 when all are acknowledged; that of the refusal (3 not found,
    4 conflict) when all refusals are of one kind; else 1.
    """
    if all_open is bool(numbers) or (fault_class is not None and not all_open):
        raise Invalid(
            "请指明要确认的故障", "", "请写故障编号，或用 --all-open；--class 与后者同用。"
        )
    with stored() as database:
        items = _chosen(database, numbers or (), all_open, fault_class)
        if dry_run or (all_open and not yes):
            with database.reading() as session:
                foreseen = preview(session, items)
            if dry_run:
                _finish(foreseen, as_json, dry_run=True)
            _ask(foreseen)
        answers = acknowledge_many(
            lambda: unit_of_work(database, EventBus(), SystemClock(), operator()), items
        )
    _finish(answers, as_json, dry_run=False)


def _chosen(
    database: Database,
    numbers: Sequence[str],
    all_open: bool,
    fault_class: FaultClassName | None,
) -> tuple[BulkItem, ...]:
    if not all_open:
        return tuple(BulkItem(number) for number in numbers)
    with database.reading() as session:
        return waiting(session, fault_class)


def _ask(foreseen: Sequence[BulkAnswer]) -> None:
    """On standard error, so that a JSON document stays alone; without a yes it ends with 1."""
    for answer in foreseen:
        typer.echo(answer.number, err=True)
    question = _("确认以上 {count} 起故障？").format(count=len(foreseen))
    if foreseen:
        typer.confirm(question, abort=True, err=True)


def _finish(answers: Sequence[BulkAnswer], as_json: bool, *, dry_run: bool) -> None:
    """Print the answers and end with the exit code they amount to."""
    if as_json:
        print_json(
            [
                {"number": a.number, "outcome": a.outcome.value, "state": a.state,
                 "version": a.version, "reason": _(a.reason), "dry_run": dry_run}
                for a in answers
            ]
        )  # fmt: skip
    else:
        for a in answers:
            parts = (a.number, a.state or "—", a.outcome.value, _(a.reason))
            typer.echo("\t".join(parts).rstrip())
    raise typer.Exit(exit_code_for(answers))


def exit_code_for(answers: Sequence[BulkAnswer]) -> int:
    """0 when everything is acknowledged; one code for refusals of one kind, else 1."""
    codes = {_CODES.get(a.outcome, 1) for a in answers if a.outcome not in DONE}
    return codes.pop() if len(codes) == 1 else int(bool(codes))


def _(text: str) -> str:
    return translate(text, load_settings().language)
