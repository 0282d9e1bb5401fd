"""``zhishou play`` and ``zhishou plays``: run a playbook, look at runs, break one off."""

import os
from typing import TYPE_CHECKING, Annotated

import typer

from ops_core.kernel.command_line import command_group, operator, operators_work, print_json, stored

if TYPE_CHECKING:
    from pydantic import JsonValue

    from device_configs.plays.model import PlayRecord, PlayStep

play_app = command_group(None, "Run a playbook.")
plays_app = command_group("plays", "Playbooks that can be run, and their runs.")

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]
Number = Annotated[str, typer.Argument(help="A run: P-20261124-001.")]

_STYLES = {"ok": "green", "changed": "yellow", "skipped": "dim"}
"""Of a step's state (:class:`device_configs.plays.model.HostState`); others are red."""


@play_app.command("play")
def run_named_play(
    name: Annotated[str, typer.Argument(help="Which one: see `zhishou plays list`.")],
    check: Annotated[
        bool, typer.Option("--check", help="Only find out what would change.")
    ] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Show the changes.")] = False,
    limit: Annotated[
        list[str] | None, typer.Option("--limit", "-l", help="A host or group; may be repeated.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run a playbook on the declared hosts, on record. Ctrl-C breaks it off."""
    from rich.console import Console
    from rich.markup import escape

    from device_configs.plays.recording import PlayWork
    from device_configs.plays.running import run_play
    from device_configs.plays.service import start_play
    from device_configs.plays.store import read_play
    from device_configs.site import load_site
    from device_configs.twin.client import TwinClient
    from ops_core.kernel.clock import SystemClock
    from ops_core.kernel.events import EventBus
    from ops_core.kernel.settings import load_settings

    settings = load_settings()
    site = load_site(settings.inventory)
    console = Console(stderr=as_json)

    def show(step: "PlayStep") -> None:
        style = _STYLES.get(step.state, "red")
        console.print(f"{step.host:8} [{style}]{step.state}[/{style}]  {escape(step.task)}",
                      highlight=False)  # fmt: skip
        if step.message:
            console.print(escape(step.message), style="red", highlight=False)
        if diff and step.diff:
            console.print(escape(step.diff), highlight=False)

    with stored() as database:
        work = PlayWork(site, settings, database, EventBus(), SystemClock())
        network = TwinClient.of(settings.state_directory).network_namespace(
            site.monitoring_host.name
        )
        try:
            started = start_play(work, operator(), name, limit or (), check)
            console.print(f"{started.number}: {name}, {len(started.hosts)} hosts", highlight=False)
            run_play(work, started, network, show)
        finally:
            os.close(network)
        with database.reading() as session:
            record = read_play(session, started.number)
    _conclude(record, as_json)


def _conclude(record: "PlayRecord", as_json: bool) -> None:
    from device_configs.plays.model import PlayState

    if as_json:
        print_json(_as_json(record))
    else:
        _show_end(record)
    if record.state is not PlayState.SUCCEEDED:
        raise typer.Exit(1)


def _show_end(record: "PlayRecord") -> None:
    from collections import Counter

    counts = Counter(record.host_states.values())
    counted = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
    typer.echo(f"{record.number}: {record.state} ({counted})")
    if record.reason:
        typer.echo(record.reason, err=True)


def _as_json(record: "PlayRecord") -> "JsonValue":
    return {
        **_summary(record),
        "reason": record.reason,
        "states": {name: state.value for name, state in record.host_states.items()},
        "steps": [{"at": timed.at.isoformat(), **timed.step.payload()} for timed in record.steps],
        "output": record.output,
    }


def _summary(record: "PlayRecord") -> dict[str, "JsonValue"]:
    return {
        "number": record.number,
        "play": record.play,
        "author": record.author,
        "check": record.check,
        "state": record.state.value,
        "started_at": record.started_at.isoformat(),
        "finished_at": record.finished_at.isoformat() if record.finished_at else None,
        "cancelled_by": record.cancelled_by or None,
        "hosts": list(record.hosts),
    }


@plays_app.command("list")
def list_plays(as_json: AsJson = False) -> None:
    """The playbooks that can be run."""
    from device_configs.plays.catalogue import PLAYS
    from ops_core.kernel.environment import language
    from ops_core.kernel.i18n import translate

    if as_json:
        print_json(
            [
                {
                    "name": play.name,
                    "title": translate(play.title, language()),
                    "playbook": play.playbook,
                    "hosts": play.group,
                    "permission": play.permission.value,
                }
                for play in PLAYS
            ]
        )
        return
    for play in PLAYS:
        typer.echo(f"{play.name:15} {play.playbook:30} {translate(play.title, language())}")


@plays_app.command("history")
def show_history(
    count: Annotated[int, typer.Option("--count", min=1, max=500, help="The newest so many.")] = 20,
    as_json: AsJson = False,
) -> None:
    """The runs, the newest first."""
    from device_configs.plays.store import read_plays

    with stored() as database, database.reading() as session:
        records = read_plays(session, count)
    if as_json:
        print_json([_summary(record) for record in records])
        return
    for record in records:
        check = " --check" if record.check else ""
        typer.echo(f"{record.number}  {record.started_at.astimezone():%Y-%m-%d %H:%M}  "
                   f"{record.state:11}  {record.play}{check}  {record.author}")  # fmt: skip


@plays_app.command("show")
def show_play(number: Number, as_json: AsJson = False) -> None:
    """A run: what it printed, and what became of each host."""
    from device_configs.plays.store import read_play

    with stored() as database, database.reading() as session:
        record = read_play(session, number)
    if as_json:
        print_json(_as_json(record))
        return
    typer.echo(record.output)
    _show_end(record)


@plays_app.command("cancel")
def cancel_running_play(number: Number) -> None:
    """Break a run off, whoever runs it; all its processes are ended."""
    from device_configs.plays.service import cancel_play

    with operators_work() as uow:
        cancel_play(uow, number)
    typer.echo(f"{number}: to be cancelled")
