"""The command ``zhishou``: the commands of every part under one name.

The table below stands for the parts until one of them is used: whoever asks for help, or cuts a
cable of the twin, waits for no part that he does not need.
"""

import gc
from typing import Annotated, ClassVar

import typer

from ops_core.kernel.command_line import DeferredCommand, DeferringGroup, command_group

COMMANDS = (
    DeferredCommand(
        "twin", "device_configs.twin.cli", "app",
        "The site as Linux namespaces: build it, break it, look into it.",
    ),
    DeferredCommand(
        "deploy", "device_configs.deploy.cli", "app",
        "Bring the devices to what the declaration says.",
    ),
    DeferredCommand(
        "verify", "device_configs.deploy.cli", "app",
        "Check over SSH and SNMP that every device does what its role demands.",
    ),
    DeferredCommand(
        "render", "device_configs.deploy.cli", "app",
        "Print every file of a device as it would be deployed, secrets masked.",
    ),
    DeferredCommand(
        "backup", "device_configs.backups.cli", "backup",
        "Configurations as the devices have them, kept in git.",
    ),
    DeferredCommand(
        "accounts", "device_configs.accounts.cli", "accounts",
        "Accounts on the devices, against the declared ones.",
    ),
    DeferredCommand(
        "drift", "device_configs.compliance.cli", "app",
        "Hold every device against what is declared; exit code 1: drifted, 2: unknown.",
    ),
    DeferredCommand(
        "compliance", "device_configs.compliance.devices_cli", "compliance",
        "Configurations against the compliance rules.",
    ),
    DeferredCommand(
        "play", "device_configs.plays.cli", "play_app",
        "Run a playbook on the declared hosts, on record. Ctrl-C breaks it off.",
    ),
    DeferredCommand(
        "plays", "device_configs.plays.cli", "plays_app",
        "Playbooks that can be run, and their runs.",
    ),
    DeferredCommand(
        "net", "device_configs.net_cli", "net", "The declared network: text rendered and checked."
    ),
    DeferredCommand(
        "drill", "device_configs.drills.cli", "app",
        "Break the twin on purpose, and measure what seats see of it.",
    ),
    DeferredCommand(
        "inventory", "device_configs.inventory_cli", "inventory", "Look into the declaration."
    ),
    DeferredCommand(
        "incidents", "incident.cli", "incidents", "Faults, their clocks, and what to do."
    ),
    DeferredCommand(
        "orders", "ops_core.app.order_commands", "orders", "Work orders and their deadlines."
    ),
    DeferredCommand(
        "knowledge", "ops_core.knowledge.cli", "knowledge",
        "The knowledge base: search, articles, notices, questions.",
    ),
    DeferredCommand(
        "training", "ops_core.knowledge.training.cli", "training",
        "Hot topics that the front line is trained in.",
    ),
    DeferredCommand(
        "views", "ops_core.hotline.saved_views.cli", "views",
        "Saved views of the list of orders, as a person.",
    ),
    DeferredCommand(
        "attachments", "wallboard.attachments.cli", "attachments",
        "Files attached to orders, decisions, exemptions and topics, as a person.",
    ),
    DeferredCommand(
        "adjudications", "ops_core.hotline.adjudications.cli", "adjudications",
        "What the purchaser's side decides of orders, returns, complaints and events.",
    ),
    DeferredCommand(
        "registers", "ops_core.registers.cli", "registers",
        "Planned work: items, their steps and their evidence.",
    ),
    DeferredCommand("users", "ops_core.kernel.cli", "users", "Who may sign in, and as what."),
    DeferredCommand("audit", "ops_core.app.audit_cli", "audit", "Who did what, provably."),
    DeferredCommand(
        "evidence", "ops_core.kernel.evidence_cli", "evidence", "Files of evidence, by their hash."
    ),
    DeferredCommand(
        "data", "ops_core.app.data_cli", "data", "What is stored: its size, and archives of it."
    ),
    DeferredCommand(
        "calendar", "device_configs.calendar_cli", "calendar", "Working days and deadlines."
    ),
    DeferredCommand(
        "indicators", "ops_core.kpi.cli", "indicators",
        "The assessed indicators and the records behind them.",
    ),
    DeferredCommand(
        "reports", "ops_core.reports.cli", "reports",
        "Reports that are owed: calendar, drafts, submission, receipt.",
    ),
    DeferredCommand(
        "demo", "ops_core.app.demonstration_year.cli", "demo",
        "A demonstration year: load it, see how far it has come.",
    ),
    DeferredCommand("lab", "device_configs.emulator.cli", "lab", "Boxes to practise on."),
    DeferredCommand("calls", "wallboard.calls.cli", "calls", "Calls of the hotline."),
    DeferredCommand(
        "seats", "wallboard.seats.cli", "seats", "Seats: who is at them, and their terminals."
    ),
)  # fmt: skip


class AllCommands(DeferringGroup):
    """The commands of every part."""

    deferred: ClassVar[tuple[DeferredCommand, ...]] = COMMANDS


app = command_group(
    "zhishou",
    "值守: the declared centre, its twin, its faults and its indicators.",
    AllCommands,
    add_completion=True,
)


def _show_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(version("zhishou"))
        raise typer.Exit


@app.callback()
def zhishou(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """What holds before every command."""


@app.command()
def run() -> None:
    """Everything on this machine: twin, deployment, platform; Ctrl-C ends all of it."""
    from rich.console import Console

    from ops_core.app.launcher import run as launch
    from ops_core.kernel.settings import load_settings

    raise typer.Exit(launch(load_settings(), Console()))


@app.command()
def serve() -> None:
    """The platform alone, beside a twin that runs already (or simulated agents)."""
    # Modules are no garbage: to look through them again and again was a fifth of a start.
    gc.disable()
    from ops_core.app.serve import serve as serve_platform
    from ops_core.kernel.settings import load_settings

    serve_platform(load_settings())  # lets it run again when all that remains is there


@app.command("check")
def check_declaration(
    as_json: Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")] = False,
) -> None:
    """Read the declaration and name every fault in it; exit code 1 when there is one."""
    from ops_core.app.declaration import check
    from ops_core.kernel.settings import load_settings

    raise typer.Exit(check(load_settings().inventory, as_json))


GARBAGE_AT = (50_000, 20, 50)
"""Thresholds of the collector: what a start makes are modules and models, which all remain."""


def main() -> None:
    """Entry point of the command."""
    gc.set_threshold(*GARBAGE_AT)
    app()


if __name__ == "__main__":
    main()
