"""``zhishou views ...``: saved views of the list of orders, each as the person whose they are."""

from typing import Annotated

import typer
from pydantic import JsonValue, TypeAdapter

from ops_core.hotline.orders.access import require_sight
from ops_core.hotline.orders.steps import OrderState
from ops_core.hotline.orders.tabs import OrderFilter, OrderTab
from ops_core.hotline.saved_views.read import SavedView, list_views
from ops_core.hotline.saved_views.service import SAVED_VIEW, remove_view, save_view
from ops_core.kernel.command_line import command_group, print_json, stored
from ops_core.kernel.personal_commands import (
    refusals_on_record,
    who_signs_in,
    work_in_person,
)

views = command_group("views", "Saved views of the list of orders, as a person.")

Who = Annotated[str, typer.Option("--as", help="Your user name; the password is asked for.")]
FromInput = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")]
_VIEW: TypeAdapter[SavedView] = TypeAdapter(SavedView)


@views.command("list")
def show_list(who: Who = "", password_stdin: FromInput = False, as_json: AsJson = False) -> None:
    """List your own views, and those that others share with you."""
    with stored() as database:
        actor = who_signs_in(database, who, password_stdin)
        with refusals_on_record(database, actor, (SAVED_VIEW, "all"), "list"):
            require_sight(actor)
        with database.reading() as session:
            found = list_views(session, actor)
    if as_json:
        print_json([_json(one) for one in found])
        return
    for one in found:
        _print(one)


@views.command("save")
def save(
    name: Annotated[str, typer.Argument(help="What to keep it under.")],
    tab: Annotated[OrderTab, typer.Option(help="Which list.")] = OrderTab.ALL,
    query: Annotated[str, typer.Option(help="Part of a number or title.")] = "",
    unit: Annotated[str, typer.Option(help="Of this unit only, by its name.")] = "",
    state: Annotated[OrderState | None, typer.Option(help="In this state only.")] = None,
    shared: Annotated[bool, typer.Option("--shared", help="Others may use it, too.")] = False,
    who: Who = "",
    password_stdin: FromInput = False,
) -> None:
    """Keep a filter of the list of orders under a name."""
    filters = OrderFilter(tab, state, unit, query)
    with stored() as database:
        actor = who_signs_in(database, who, password_stdin)
        with work_in_person(database, actor, (SAVED_VIEW, "new"), "save") as uow:
            _print(save_view(uow, name, filters, shared=shared))


@views.command("remove")
def remove(
    number: Annotated[int, typer.Argument(help="As `zhishou views list` prints it.")],
    who: Who = "",
    password_stdin: FromInput = False,
) -> None:
    """Take an own view away."""
    with stored() as database:
        actor = who_signs_in(database, who, password_stdin)
        with work_in_person(database, actor, (SAVED_VIEW, str(number)), "remove") as uow:
            remove_view(uow, number)


def _print(one: SavedView) -> None:
    typer.echo(f"{one.id}\t{one.name}\t{one.owner}\t{one.tab.value}\t{one.query}".rstrip())


def _json(one: SavedView) -> JsonValue:
    dumped: JsonValue = _VIEW.dump_python(one, mode="json")
    return dumped
