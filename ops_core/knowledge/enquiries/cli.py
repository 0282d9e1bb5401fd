"""``zhishou knowledge enquiries ...``: corrections and questions; everything masked."""

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
from ops_core.knowledge.enquiries.model import (
    ENQUIRY_KIND_WORDS,
    ENQUIRY_STATE_WORDS,
    ENQUIRY_STEP_WORDS,
    EnquiryKind,
    EnquiryState,
)
from ops_core.knowledge.enquiries.read import list_enquiries, read_enquiry
from ops_core.knowledge.enquiries.service import (
    answer_enquiry,
    ask_again,
    close_enquiry,
    raise_enquiry,
)

enquiries = command_group("enquiries", "Corrections of articles, and questions.")

AsJson = Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")]
Number = Annotated[str, typer.Argument(help="For example Q-20261124-0001.")]
Text = Annotated[str, typer.Option(help="What is said.")]


@enquiries.command("list")
def show_list(
    state: Annotated[EnquiryState | None, typer.Option()] = None, as_json: AsJson = False
) -> None:
    """List corrections and questions, the latest first."""
    with stored() as database, database.reading() as session:
        found = list_enquiries(session, state)
    if as_json:
        print_json([_plain(asdict(one)) for one in found])
        return
    table = Table(_("编号"), _("类型"), _("状态"), _("知识条目"), _("提出人"))
    for one in found:
        kind, word = _(ENQUIRY_KIND_WORDS[one.kind]), _(ENQUIRY_STATE_WORDS[one.state])
        table.add_row(one.number, kind, word, one.article or "—", one.raised_by)
    Console().print(table)


@enquiries.command("show")
def show(number: Number, as_json: AsJson = False) -> None:
    """Show one with all that was written."""
    with stored() as database, database.reading() as session:
        record = read_enquiry(session, number)
    if as_json:
        print_json(_plain(asdict(record)))
        return
    for one in record.enquiry.remarks:
        word = _(ENQUIRY_STEP_WORDS[one.step])
        typer.echo(f"{date_time(one.at)}  {word}  {one.actor}  {one.text}".rstrip())


@enquiries.command("raise")
def raise_one(
    kind: EnquiryKind,
    text: Text,
    article: Annotated[str, typer.Option(help="Which article it is about.")] = "",
    version: Annotated[int, typer.Option(help="Which version of it.")] = 0,
) -> None:
    """Report an error, or ask something."""
    site = load_site(load_settings().inventory)
    with operators_work() as uow:
        typer.echo(raise_enquiry(uow, site, kind, article, version, text).number)


@enquiries.command("answer")
def answer(
    number: Number,
    text: Text,
    adopt: Annotated[bool, typer.Option("--adopt", help="It is right: a version follows.")] = False,
) -> None:
    """Answer one that another person raised."""
    with operators_work() as uow:
        answer_enquiry(uow, number, text, adopt)


@enquiries.command("ask-again")
def again(number: Number, text: Text) -> None:
    """The answer was none: by whoever raised it."""
    with operators_work() as uow:
        ask_again(uow, number, text)


@enquiries.command("close")
def close(number: Number) -> None:
    """Content with the answer: by whoever raised it."""
    with operators_work() as uow:
        close_enquiry(uow, number)


def _plain(value: object) -> Any:
    return TypeAdapter(Any).dump_python(value, mode="json")


def _(text: str) -> str:
    return translate(text, load_settings().language)
