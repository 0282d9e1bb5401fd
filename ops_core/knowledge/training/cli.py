"""``zhishou training ...``: hot topics, and who was trained in them."""

from dataclasses import asdict
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter
from rich.console import Console
from rich.table import Table

from device_configs.site import load_site
from ops_core.kernel.command_line import command_group, operators_work, print_json, stored
from ops_core.kernel.i18n import translate
from ops_core.kernel.settings import load_settings
from ops_core.kernel.times import date_time
from ops_core.knowledge.training.model import TRAINEE_WORDS
from ops_core.knowledge.training.read import list_topics, read_topic
from ops_core.knowledge.training.service import (
    complete_training,
    declare_topic,
    excuse_absence,
    record_attendance,
)
from ops_core.knowledge.training.written_test import questions_of

training = command_group("training", "Hot topics that the front line is trained in.")

AsJson = Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")]
Number = Annotated[str, typer.Argument(help="For example T-20261124-001.")]


@training.command("list")
def show_list(as_json: AsJson = False) -> None:
    """List topics, the latest first, with how many of the front line know of each."""
    with stored() as database, database.reading() as session:
        found = list_topics(session)
    if as_json:
        print_json([_plain(asdict(one)) for one in found])
        return
    table = Table(_("编号"), _("热点"), _("时限"), _("已完成"))
    for one in found:
        table.add_row(one.number, one.title, date_time(one.due_at), f"{one.done}/{one.required}")
    Console().print(table)


@training.command("show")
def show(number: Number, as_json: AsJson = False) -> None:
    """Show one topic with everybody it concerns."""
    with stored() as database, database.reading() as session:
        record = read_topic(session, number)
    if as_json:
        print_json(_plain(asdict(record)))
        return
    typer.echo(f"{record.topic.number}  {record.topic.title}")
    for one in record.trainees:
        done = date_time(one.done_at) if one.done_at else "—"
        typer.echo(f"{one.person}  {_(TRAINEE_WORDS[one.state])}  {done}")


@training.command("declare")
def declare(
    title: Annotated[str, typer.Option(help="One line.")],
    points: Annotated[str, typer.Option(help="What everybody has to know.")],
    article: Annotated[str, typer.Option(help="Material: an article.")] = "",
    version: Annotated[int, typer.Option(help="Which version of it.")] = 0,
    question: Annotated[
        list[str] | None, typer.Option(help="'text | option | *right option'; repeatable.")
    ] = None,
) -> None:
    """Declare a topic: 24 hours begin for everybody of the front line."""
    asked = questions_of("\n".join(question or []))
    site = load_site(load_settings().inventory)
    with operators_work() as uow:
        typer.echo(declare_topic(uow, site, title, points, article, version, asked).number)


@training.command("attend")
def attend(number: Number, person: Annotated[list[str], typer.Argument()]) -> None:
    """Record who was at a session just now."""
    with operators_work() as uow:
        record_attendance(uow, number, person)


@training.command("excuse")
def excuse(
    number: Number,
    person: Annotated[str, typer.Argument()],
    reason: Annotated[str, typer.Option(help="Leave, illness ...")],
) -> None:
    """Approve an absence: not counted, and trained before the next call."""
    with operators_work() as uow:
        excuse_absence(uow, number, person, reason)


@training.command("complete")
def complete(
    number: Number,
    answer: Annotated[list[int] | None, typer.Option(help="An option each, from 1.")] = None,
) -> None:
    """Answer the test, in the name of the account of ZHISHOU_TOKEN."""
    with operators_work() as uow:
        complete_training(uow, number, answer or [])


def _plain(value: object) -> Any:
    return TypeAdapter(Any).dump_python(value, mode="json")


def _(text: str) -> str:
    return translate(text, load_settings().language)
