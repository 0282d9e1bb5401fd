"""``zhishou orders ...``: what is to be done, and one order's course; everything masked."""

from pathlib import Path
from typing import Annotated

import typer
from pydantic import JsonValue, TypeAdapter
from rich.console import Console
from rich.table import Column, Table

from device_configs.site import load_site
from device_configs.site.model import Site
from ops_core.hotline.deadline_policies.cli import deadlines
from ops_core.hotline.deadline_policies.rules import URGENCY_WORDS, Urgency
from ops_core.hotline.orders.deadlines import DeadlineReading
from ops_core.hotline.orders.exporting import MOST_EXPORTED, order_table
from ops_core.hotline.orders.listed import ListedOrder
from ops_core.hotline.orders.listing import list_orders
from ops_core.hotline.orders.particulars import (
    DECLINE_REASON_WORDS,
    EMERGENCY_WORDS,
    DeclineReason,
    EmergencyService,
)
from ops_core.hotline.orders.read import HistoryEntry, OrderRecord, read_order
from ops_core.hotline.orders.step_commands import add_steps
from ops_core.hotline.orders.step_words import STATE_WORDS, STEP_WORDS
from ops_core.hotline.orders.steps import OrderState
from ops_core.hotline.orders.tabs import OrderFilter, OrderTab
from ops_core.hotline.words import DEADLINE_WORDS, KIND_WORDS, VERDICT_WORDS
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.command_line import command_group, print_json, stored
from ops_core.kernel.exported_tables import TableFormat
from ops_core.kernel.i18n import Language, translate
from ops_core.kernel.settings import load_settings

orders = command_group("orders", "Work orders and their deadlines.")
add_steps(orders)
orders.add_typer(deadlines)

AsJson = Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")]
_LISTED: TypeAdapter[ListedOrder] = TypeAdapter(ListedOrder)
_RECORD: TypeAdapter[OrderRecord] = TypeAdapter(OrderRecord)


@orders.command("list")
def show_list(
    tab: Annotated[OrderTab, typer.Option(help="Which list.")] = OrderTab.ALL,
    unit: Annotated[str, typer.Option(help="Of this unit only, by its name.")] = "",
    state: Annotated[OrderState | None, typer.Option(help="In this state only.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List orders, as the dispatcher's page does."""
    site, now = _site(), SystemClock().now()
    with stored() as database, database.reading() as session:
        found = list_orders(session, site, OrderFilter(tab, state, unit, limit=limit), now).orders
    if as_json:
        print_json([_json(_LISTED, order) for order in found])
        return
    table = Table(Column(_("编号"), no_wrap=True), _("状态"), _("类型"),
                  Column(_("标题"), overflow="fold"), _("承办单位"), _("时限"))  # fmt: skip
    for listed in found:
        table.add_row(
            listed.order.number,
            _(STATE_WORDS[listed.order.state]),
            _(KIND_WORDS[listed.kind]),
            listed.title,
            listed.order.unit or "—",
            "—" if listed.next_deadline is None else _deadline(listed.next_deadline),
        )
    Console().print(table)


@orders.command("export")
def export(
    output: Annotated[Path, typer.Argument(help="A file that ends in .xlsx or .csv.")],
    tab: Annotated[OrderTab, typer.Option(help="Which list.")] = OrderTab.ALL,
    unit: Annotated[str, typer.Option(help="Of this unit only, by its name.")] = "",
    state: Annotated[OrderState | None, typer.Option(help="In this state only.")] = None,
) -> None:
    """Write a list of orders to a table, masked."""
    site, now = _site(), SystemClock().now()
    language = Language(load_settings().language)
    as_format = TableFormat.CSV if output.suffix.lower() == ".csv" else TableFormat.XLSX
    filters = OrderFilter(tab, state, unit, limit=MOST_EXPORTED)
    with stored() as database, database.reading() as session:
        found = list_orders(session, site, filters, now)
    output.write_bytes(order_table(found, site, language, as_format))
    typer.echo(str(output))


@orders.command("show")
def show(
    number: Annotated[str, typer.Argument(help="For example W-20261124-00001.")],
    as_json: AsJson = False,
) -> None:
    """Show one order with its request, its deadlines and its course."""
    with stored() as database, database.reading() as session:
        record = read_order(session, _site(), number, SystemClock().now())
    if as_json:
        print_json(_json(_RECORD, record))
        return
    listed, case = record.listed, record.case
    order = listed.order
    typer.echo(f"{order.number}  {_(STATE_WORDS[order.state])}  {order.unit or '—'}")
    typer.echo(f"{case.number}  {_(KIND_WORDS[listed.kind])}  {listed.title}")
    typer.echo(case.text)
    if record.lead is not None:
        typer.echo(f"{_('并入')} {record.lead.number}")
    for one in record.merged:
        typer.echo(f"{_('并入此工单')} {one.number}  {one.title}")
    for deadline in listed.deadlines:
        typer.echo(_deadline(deadline))
    for entry in record.course:
        at = entry.at.astimezone().isoformat(timespec="seconds")
        what = "  ".join(filter(None, (_chosen(entry), entry.remark)))
        typer.echo(f"{at}  {_(STEP_WORDS[entry.step])}  {entry.actor}  {what}".rstrip())
    if record.broken_at is not None:
        typer.echo(_("事件链在第 {n} 环断裂。").format(n=record.broken_at), err=True)
        raise typer.Exit(1)


def _chosen(entry: HistoryEntry) -> str:
    """What was chosen with a step: a reason, a service, a lead order, versions of articles."""
    chosen = [f"{one.article}/{one.version}" for one in entry.cited]
    if entry.reason:
        chosen.append(_(DECLINE_REASON_WORDS[DeclineReason(entry.reason)]))
    if entry.service:
        chosen.append(_(EMERGENCY_WORDS[EmergencyService(entry.service)]))
    if entry.urgency:
        chosen.append(_(URGENCY_WORDS[Urgency(entry.urgency)]))
    return "  ".join(filter(None, (*chosen, entry.lead, entry.co_unit, entry.until)))


def _deadline(deadline: DeadlineReading) -> str:
    due = (
        "—"
        if deadline.due_at is None
        else deadline.due_at.astimezone().isoformat(timespec="minutes")
    )
    return f"{_(DEADLINE_WORDS[deadline.kind])} {due} {_(VERDICT_WORDS[deadline.verdict])}"


def _json(adapter: TypeAdapter[ListedOrder] | TypeAdapter[OrderRecord], value: object) -> JsonValue:
    dumped: JsonValue = adapter.dump_python(value, mode="json")  # type: ignore[arg-type]
    return dumped


def _(text: str) -> str:
    return translate(text, load_settings().language)


def _site() -> Site:
    return load_site(load_settings().inventory)
