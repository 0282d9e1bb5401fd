"""``zhishou demo load|status``: a whole demonstration year in an empty database."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Annotated

import typer
from pydantic import JsonValue
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from device_configs.site import load_site
from ops_core.app.demonstration_year.loading import LoadCount, YearLoader
from ops_core.app.demonstration_year.records_there import loaded_years, position_of, records_there
from ops_core.app.demonstration_year.scope import PREFIX, YearScope, year_scope
from ops_core.app.tables import TABLE_MODULES
from ops_core.hotline.contacts.vault import open_vault
from ops_core.hotline.demonstration.figures import MONTH_CALLS, MONTH_ORDERS, average_day
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.command_line import command_group, print_json, stored
from ops_core.kernel.evidence_files import evidence_store
from ops_core.kernel.i18n import translate
from ops_core.kernel.settings import load_settings

demo = command_group("demo", "A demonstration year: load it, see how far it has come.")

Year = Annotated[int, typer.Option("--year", help="As 2026; of the running year what is over.")]
Scale = Annotated[
    float, typer.Option("--scale", help="Of the published volume; 1 is 677,000 calls on 72 seats.")
]
Seed = Annotated[int | None, typer.Option("--seed", help="As set for the demonstration if unset.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be loaded.")]
AsJson = Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")]


@demo.command("load")
def load(
    year: Year, scale: Scale = 0.1, seed: Seed = None, dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Load a year of every indicator's records through the product's own commands.

    Only into a database without records. Each day is stored whole; the same command goes on where
    a broken-off load has come.
    """
    settings = load_settings()
    site, clock = load_site(settings.inventory), SystemClock()
    chosen = settings.demonstration_seed if seed is None else seed
    scope = year_scope(site, year, scale, chosen, clock.now())
    with stored(TABLE_MODULES) as database:
        with database.reading() as session:
            days = len(scope.days_after(position_of(session, scope)))
        if dry_run:
            _show(_foreseen(scope, len(site.seats), days), as_json)
            return
        store = evidence_store(settings)
        paper = store.take_in("演示材料.txt", io.BytesIO("演示数据：成果材料\n".encode()))
        vault = open_vault(settings.state_directory)
        loader = YearLoader(site, database, clock, vault, store, paper, scope)
        with _progress(days) as loaded:
            count = loader.run(loaded)
    _show(_brought(scope, count), as_json)


@demo.command("status")
def status(as_json: AsJson = False) -> None:
    """Show which year was loaded, up to which day, and how many records there are."""
    with stored(TABLE_MODULES) as database, database.reading() as session:
        loads, records = loaded_years(session), dict(records_there(session))
    _show(
        {
            "loads": {
                name.removeprefix(PREFIX): date.fromordinal(position).isoformat()
                for name, position in loads.items()
            },
            "records": {**records},
        },
        as_json,
    )


def _foreseen(scope: YearScope, seats: int, days: int) -> dict[str, JsonValue]:
    calls = average_day(seats) * scope.scale * scope.days_with_calls
    return {
        **_named(scope),
        "days": days,
        "calls_about": round(calls),
        "orders_about": round(calls * MONTH_ORDERS / MONTH_CALLS),
    }


def _brought(scope: YearScope, count: LoadCount) -> dict[str, JsonValue]:
    return {
        **_named(scope),
        "days": count.days,
        "happenings": count.happenings,
        "incidents": count.incidents,
        "sealed": count.sealed,
        "restated": count.restated,
    }


def _named(scope: YearScope) -> dict[str, JsonValue]:
    return {
        "year": scope.year,
        "scale": scope.scale,
        "seed": scope.seed,
        "first": scope.first.isoformat(),
        "last": scope.last.isoformat(),
        "end": scope.end.isoformat(),
    }


def _show(found: dict[str, JsonValue], as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    for name, value in found.items():
        listed = value.items() if isinstance(value, dict) else ((name, value),)
        for key, one in listed:
            typer.echo(f"{key}\t{one}")


@contextmanager
def _progress(days: int) -> Iterator[Callable[[date], None]]:
    """A bar on standard error, a step a day."""
    shown = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=Console(stderr=True),
    )  # fmt: skip
    title = translate("演示数据", load_settings().language)
    with shown:
        task = shown.add_task(title, total=days)
        yield lambda day: shown.update(task, advance=1, description=f"{title} {day}")
