"""The command ``zhishou``: the commands of every part under one name."""

from typing import Annotated

import typer
from rich.console import Console

from device_configs import net_cli as net_commands
from device_configs.deploy import cli as deploy_commands
from device_configs.documents import cli as document_commands
from device_configs.site import cli as inventory_commands
from device_configs.twin import cli as twin_commands
from incident import cli as incident_commands
from ops_core.app import calendar_cli as calendar_commands
from ops_core.app import calls_cli as calls_commands
from ops_core.app import indicator_cli as indicator_commands
from ops_core.hotline import cli as hotline_commands
from ops_core.kernel import cli as kernel_commands
from ops_core.kernel.command_line import RefusingGroup
from ops_core.kernel.settings import load_settings

app = typer.Typer(
    name="zhishou",
    help="值守: the declared centre, its twin, its faults and its indicators.",
    no_args_is_help=True,
    cls=RefusingGroup,
)
app.add_typer(twin_commands.app)
app.add_typer(deploy_commands.app)
app.add_typer(net_commands.net)
document_commands.add_commands(inventory_commands.inventory)
app.add_typer(inventory_commands.inventory)
app.add_typer(incident_commands.incidents)
app.add_typer(hotline_commands.orders)
app.add_typer(kernel_commands.users)
app.add_typer(kernel_commands.audit)
app.add_typer(calendar_commands.calendar)
app.add_typer(indicator_commands.indicators)
app.add_typer(calls_commands.calls)


@app.command()
def run() -> None:
    """Everything on this machine: twin, deployment, platform; Ctrl-C ends all of it."""
    from ops_core.app.launcher import run as launch

    raise typer.Exit(launch(load_settings(), Console()))


@app.command()
def serve() -> None:
    """The platform alone, beside a twin that runs already (or simulated agents)."""
    from ops_core.app.serve import serve as serve_platform

    serve_platform(load_settings())


@app.command("check")
def check_declaration(
    as_json: Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")] = False,
) -> None:
    """Read the declaration and name every fault in it; exit code 1 when there is one."""
    from ops_core.app.declaration import check

    raise typer.Exit(check(load_settings().inventory, as_json))


def main() -> None:
    """Entry point of the command."""
    app()


if __name__ == "__main__":
    main()
