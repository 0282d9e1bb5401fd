"""``zhishou twin ...``: build the twin, break it, mend it, look into it.

All but ``up`` only talk to the supervisor's socket; what ``up`` and completion need of the
declaration is imported there, for it costs twenty times as much as a cut.
"""

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from device_configs.twin.client import TwinClient
from device_configs.twin.refusals import TwinError, TwinNotRunning
from device_configs.twin.state import LinkState, NodeState, TwinStatus
from device_configs.twin.wire import encode_whole
from ops_core.kernel.command_line import command_group
from ops_core.kernel.environment import state_directory
from ops_core.kernel.text_table import text_table

if TYPE_CHECKING:
    from rich.console import Console


app = command_group("twin", "The site as Linux namespaces: build it, break it, look into it.")


def _complete(kind: str) -> Callable[[str], Iterator[str]]:
    def names(incomplete: str) -> Iterator[str]:
        from device_configs.site import load_site
        from device_configs.twin.plan import plan_twin
        from ops_core.kernel.settings import load_settings

        plan = plan_twin(load_site(load_settings().inventory))
        known = {"link": plan.cables, "seat": plan.seats, "node": plan.nodes}[kind]
        yield from (name for name in known if name.startswith(incomplete))

    return names


LinkName = Annotated[str, typer.Argument(help="A link's name.", autocompletion=_complete("link"))]
NodeName = Annotated[
    str,
    typer.Argument(help="A device, a seat or a seat's number.", autocompletion=_complete("node")),
]
SeatName = Annotated[
    str, typer.Argument(help="A seat or its number.", autocompletion=_complete("seat"))
]


def _client() -> TwinClient:
    return TwinClient.of(state_directory())


@app.command()
def up() -> None:
    """Build the twin and hold it in the foreground; Ctrl-C ends it and all it started."""
    from rich.console import Console

    from device_configs.deploy.seeds import prepare_state
    from device_configs.site import load_site
    from device_configs.site.faults import SiteInvalid
    from device_configs.twin.supervisor import start_supervisor
    from ops_core.kernel.settings import load_settings

    settings = load_settings()
    console = Console()
    try:
        prepare_state(load_site(settings.inventory), settings.state_directory)
    except SiteInvalid as invalid:
        typer.echo(str(invalid), err=True)
        raise typer.Exit(2) from invalid
    supervisor = start_supervisor(settings.inventory, settings.state_directory)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        _show_start(console, supervisor)
        console.print("Ctrl-C ends the twin.")
        status = supervisor.wait()
    except KeyboardInterrupt:
        status = 0
    finally:
        supervisor.terminate()
        supervisor.wait()
    raise typer.Exit(status)


def _show_start(console: "Console", supervisor: subprocess.Popen[bytes]) -> None:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description:<12}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console) as bar:
        steps = {}

        def show(status: TwinStatus) -> None:
            step = status.progress
            if step.step and step.step not in steps:
                steps[step.step] = bar.add_task(step.step)
            if step.step:
                bar.update(steps[step.step], completed=step.done, total=step.total)

        try:
            status = _client().wait_until_ready(show, supervisor)
        except TwinError:
            if supervisor.poll() is not None:
                raise typer.Exit(supervisor.returncode or 1) from None
            raise
    console.print(f"{len(status.devices)} devices, {len(status.links)} links, "
                  f"{len(status.seats)} seats in {status.boot_seconds:.1f} s")  # fmt: skip


@app.command("status")
def show_status(
    as_json: Annotated[bool, typer.Option("--json", help="Everything, as JSON.")] = False,
) -> None:
    """Show what runs and what is broken."""
    status = _client().status()
    if as_json:
        typer.echo(json.dumps(encode_whole(status), ensure_ascii=False, indent=2))
        return
    typer.echo(f"twin {status.phase}: {len(status.devices)} devices, "
               f"{len(status.links)} links, {len(status.seats)} seats")  # fmt: skip
    departures = list(_departures(status))
    if departures:
        typer.echo(text_table(("element", "state"), departures))
    else:
        typer.echo("everything is in order")


def _departures(status: TwinStatus) -> Iterator[tuple[str, str]]:
    for name, state in status.devices.items():
        if state is not NodeState.RUNNING:
            yield name, state
    for name, link in status.links.items():
        if link is not LinkState.UP:
            yield name, link
    for name, seat in status.seats.items():
        if seat.host is not NodeState.RUNNING:
            yield name, seat.host
        if seat.display != "connected":
            yield f"{name} display", seat.display


@app.command()
def cut(
    link: LinkName,
    silent: Annotated[
        bool, typer.Option("--silent", help="Frames vanish, both ends keep the carrier.")
    ] = False,
) -> None:
    """Cut a cable."""
    _client().cut(link, silent=silent)


@app.command()
def heal(link: LinkName) -> None:
    """Mend a cut cable."""
    _client().heal(link)


@app.command()
def kill(name: NodeName) -> None:
    """Take the power from a device or a seat's host."""
    _client().kill(name)


@app.command()
def hang(name: NodeName) -> None:
    """Let a device fall silent on all ports while its links stay up."""
    _client().hang(name)


@app.command()
def start(name: NodeName) -> None:
    """Start what was killed, wake what was hung."""
    _client().start(name)


@app.command()
def display(
    seat: SeatName, state: Annotated[str, typer.Argument(help="on or off", metavar="on|off")]
) -> None:
    """Connect or disconnect a seat's display."""
    if state not in ("on", "off"):
        raise typer.BadParameter("on or off")
    _client().display(seat, on=state == "on")


@app.command()
def shell(
    name: NodeName,
    command: Annotated[list[str] | None, typer.Argument(help="Instead of a shell.")] = None,
) -> None:
    """Open a shell in a device, in all of its namespaces."""
    from device_configs.twin.node import ENVIRONMENT

    namespaces = _client().namespaces(name)
    options = [f"--{_NSENTER_NAMES[kind]}=/proc/self/fd/{fd}" for kind, fd in namespaces.items()]
    in_root = ["--wdns=/"] if "root" in namespaces else []
    argv = ["nsenter", *options, *in_root, "--", *(command or ["bash", "-l"])]
    done = subprocess.run(
        argv,
        pass_fds=list(namespaces.values()),
        env={**ENVIRONMENT, "TERM": os.environ.get("TERM", "dumb"), "PS1": f"{name}# "},
        check=False,
    )
    raise typer.Exit(done.returncode)


_NSENTER_NAMES = {
    "net": "net", "uts": "uts", "ipc": "ipc", "pid": "pid", "mnt": "mount", "root": "root",
}  # fmt: skip


@app.command()
def down() -> None:
    """End the twin; nothing of it is left. Does nothing when none runs."""
    try:
        _client().down()
    except TwinNotRunning:
        typer.echo("no twin runs", err=True)
