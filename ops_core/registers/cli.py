"""``zhishou registers ...``: planned work and its registers, in the operator's name."""

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from pydantic import JsonValue
from rich.console import Console
from rich.table import Column, Table

from device_configs.site import load_site
from device_configs.site.model import Site
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.command_line import command_group, operators_work, print_json, stored
from ops_core.kernel.errors import Invalid
from ops_core.kernel.evidence_files import evidence_store
from ops_core.kernel.exported_tables import TableFormat
from ops_core.kernel.i18n import translate
from ops_core.kernel.settings import load_settings
from ops_core.registers.entries import checked_date
from ops_core.registers.exporting import plan_template, register_table
from ops_core.registers.importing import import_plan
from ops_core.registers.kinds import every_kind, kind_named
from ops_core.registers.read import ItemFilter, ItemTab, ListedItem, list_items, read_item
from ops_core.registers.service import (
    PlanDraft,
    StepTaken,
    plan_item,
    propose_due_date,
    take_step,
    zone_of,
)

registers = command_group("registers", "Planned work: items, their steps and their evidence.")

AsJson = Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")]
Kind = Annotated[str, typer.Argument(help="Such as activities; `zhishou registers kinds`.")]
Number = Annotated[str, typer.Argument(help="For example R-20261124-00001.")]
Fields = Annotated[list[str] | None, typer.Option("--field", help="NAME=VALUE; repeatable.")]
Reason = Annotated[str, typer.Option(help="Why.")]
_EVERYTHING = 100_000


@registers.command("kinds")
def show_kinds(as_json: AsJson = False) -> None:
    """List the kinds of registers, with their fields and steps."""
    if as_json:
        print_json([kind.model_dump(mode="json", by_alias=True) for kind in every_kind().values()])
        return
    for kind in every_kind().values():
        typer.echo(f"{kind.name}\t{_(kind.title)}")
        for field in kind.fields:
            mark = "*" if field.required else ""
            choices = "、".join(field.choices)
            typer.echo(f"\t{field.name}{mark}\t{_(field.title)}\t{choices}")
        typer.echo(f"\t{' '.join(step.name for step in kind.steps)}")


@registers.command("list")
def show_list(
    kind: Kind,
    tab: Annotated[ItemTab, typer.Option(help="Which list.")] = ItemTab.OPEN,
    query: Annotated[str, typer.Option(help="Part of a number or title.")] = "",
    as_json: AsJson = False,
) -> None:
    """List the items of a register by their due date."""
    found = _listed(kind, ItemFilter(tab, query, limit=1_000))
    if as_json:
        print_json([_item_json(one) for one in found])
        return
    table = Table(Column(_("编号"), no_wrap=True), _("状态"), Column(_("名称"), overflow="fold"),
                  _("到期日"), _("是否逾期"))  # fmt: skip
    for one in found:
        item = one.item
        overdue = _("是") if one.is_overdue else _("否")
        state = _(kind_named(kind).state_word(item.state))
        table.add_row(item.number, state, item.title, item.due_on.isoformat(), overdue)
    Console().print(table)


@registers.command("show")
def show(number: Number, as_json: AsJson = False) -> None:
    """Show one item with its chain and its files; exit code 1 when the chain is broken."""
    with stored() as database, database.reading() as session:
        record = read_item(session, number, SystemClock().now())
    if as_json:
        print_json(
            {
                **_item_json(record.listed),
                "events": [
                    {"step": e.step, "at": e.at.isoformat(), "actor": e.actor, "state": e.state,
                     "due_on": e.due_on.isoformat(), "detail": dict(e.detail)}
                    for e in record.events
                ],
                "files": [
                    {"number": f.number, "name": f.name, "sha256": f.sha256} for f in record.files
                ],
                "chain_broken_at": record.broken_at,
            }
        )  # fmt: skip
        raise typer.Exit(0 if record.broken_at is None else 1)
    item, kind = record.listed.item, record.kind
    typer.echo(f"{item.number}  {_(kind.state_word(item.state))}  {item.title}  {item.due_on}")
    for event in record.events:
        at = event.at.astimezone().isoformat(timespec="seconds")
        reason = event.detail.get("reason", "")
        typer.echo(f"{at}  {_(kind.word_of(event.step))}  {event.actor}  {reason}".rstrip())
    for file in record.files:
        typer.echo(f"{file.number}  {file.name}  {file.sha256}")
    if record.broken_at is not None:
        typer.echo(_("事件链在第 {n} 环断裂。").format(n=record.broken_at), err=True)
        raise typer.Exit(1)


@registers.command("plan")
def plan(
    kind: Kind,
    title: Annotated[str, typer.Option(help="What is to be done.")],
    due: Annotated[str, typer.Option(help="By when, as 2026-11-30.")],
    field: Fields = None,
) -> None:
    """Put an item into a plan; print its number."""
    draft = PlanDraft(title, checked_date(due), _fields(field))
    with operators_work() as uow:
        item = plan_item(uow, _site(), kind, draft)
    typer.echo(item.number)


@registers.command("import")
def import_file(
    kind: Kind,
    file: Annotated[Path, typer.Argument(help="A table: .xlsx or .csv.", exists=True)],
) -> None:
    """Plan every row of a table, or none; print the numbers."""
    content = file.read_bytes()
    with operators_work() as uow:
        items = import_plan(uow, _site(), kind, file.name, content)
    for item in items:
        typer.echo(f"{item.number}\t{item.title}")


@registers.command("export")
def export(
    kind: Kind,
    output: Annotated[Path, typer.Argument(help="The file to write: .xlsx or .csv.")],
    tab: Annotated[ItemTab, typer.Option(help="Which list.")] = ItemTab.ALL,
    template: Annotated[bool, typer.Option("--template", help="The header of an import.")] = False,
) -> None:
    """Write a register as a table."""
    as_format = TableFormat.CSV if output.suffix.lower() == ".csv" else TableFormat.XLSX
    named, zone, language = kind_named(kind), _zone(), load_settings().language
    if template:
        output.write_bytes(plan_template(named, as_format))
        return
    found = _listed(kind, ItemFilter(tab, limit=_EVERYTHING))
    output.write_bytes(register_table(named, found, language, zone, as_format))


@registers.command("step")
def step(
    number: Number,
    name: Annotated[str, typer.Argument(help="Such as submit; `zhishou registers kinds`.")],
    reason: Reason = "",
    field: Fields = None,
    file: Annotated[
        list[Path] | None, typer.Option("--file", help="Evidence; repeatable.", exists=True)
    ] = None,
) -> None:
    """Take a step of the operator's; what is the purchaser's is refused here."""
    store, kept = evidence_store(load_settings()), []
    for path in file or ():
        with path.open("rb") as source:
            kept.append(store.take_in(path.name, source))
    taken = StepTaken(reason, _fields(field), kept)
    with operators_work() as uow:
        item = take_step(uow, _site(), number, name, taken)
    typer.echo(f"{item.number}\t{item.state}")


@registers.command("amend")
def amend(
    number: Number,
    due: Annotated[str, typer.Option(help="The new due date, as 2026-11-30.")],
    reason: Reason = "",
) -> None:
    """Ask the purchaser's side for another due date."""
    with operators_work() as uow:
        item = propose_due_date(uow, _site(), number, checked_date(due), reason)
    typer.echo(f"{item.number}\t{item.proposed_due_on}")


def _listed(kind: str, filters: ItemFilter) -> list[ListedItem]:
    with stored() as database, database.reading() as session:
        return list_items(session, kind_named(kind), filters, SystemClock().now())[0]


def _item_json(listed: ListedItem) -> dict[str, JsonValue]:
    item = listed.item
    done = None if item.done_at is None else item.done_at.isoformat()
    return {
        "number": item.number, "kind": item.kind, "title": item.title, "state": item.state,
        "due_on": item.due_on.isoformat(), "done_at": done, "overdue": listed.is_overdue,
        "version": item.version, "fields": dict(item.fields),
    }  # fmt: skip


def _fields(given: list[str] | None) -> dict[str, str]:
    pairs = [one.partition("=") for one in given or ()]
    if not all(equals for _name, equals, _value in pairs):
        raise Invalid("栏目格式不正确", " ".join(given or ()),
                      "请写成 NAME=VALUE 的形式。")  # fmt: skip
    return {name.strip(): value for name, _equals, value in pairs}


def _(text: str) -> str:
    return translate(text, load_settings().language)


def _site() -> Site:
    return load_site(load_settings().inventory)


def _zone() -> ZoneInfo:
    return zone_of(_site())
