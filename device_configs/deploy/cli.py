"""``zhishou deploy``, ``zhishou verify`` and ``zhishou render``.

Ansible, testinfra and the declaration are imported by the command that needs them.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from ops_core.kernel.command_line import command_group, operator, print_json
from ops_core.kernel.errors import NotFound

if TYPE_CHECKING:
    from rich.console import Console

    from device_configs.deploy.results import DeployProgress, DeployResult
    from device_configs.site import Site
    from device_configs.verify.results import VerifyResult
    from ops_core.kernel.settings import Settings

app = command_group(None, "Bring devices to the declaration, and check them.")

Limit = Annotated[
    list[str] | None, typer.Option("--limit", "-l", help="A device or role; may be repeated.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]

_STYLES = {"ok": "green", "changed": "yellow", "failed": "red", "unreachable": "red"}
"""Of a device's state (:class:`device_configs.deploy.results.DeviceState`)."""


@contextmanager
def _monitoring_network(settings: "Settings", site: "Site") -> Iterator[int]:
    """The network namespace of the monitoring host, from where devices are reached."""
    from device_configs.twin.client import TwinClient

    network = TwinClient.of(settings.state_directory).network_namespace(site.monitoring_host.name)
    try:
        yield network
    finally:
        os.close(network)


@app.command()
def deploy(
    check: Annotated[
        bool, typer.Option("--check", help="Only find out what would change.")
    ] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Show the changes of each file.")] = False,
    limit: Limit = None,
    as_json: AsJson = False,
) -> None:
    """Bring the devices to what the declaration says."""
    from rich.console import Console
    from rich.markup import escape

    from device_configs.deploy.record import DeploymentWork, run_recorded, start_deployment
    from device_configs.site import load_site
    from ops_core.kernel.clock import SystemClock
    from ops_core.kernel.database import migrate, open_database
    from ops_core.kernel.events import EventBus
    from ops_core.kernel.settings import load_settings

    settings = load_settings()
    site = load_site(settings.inventory)
    console = Console(stderr=as_json)

    def show(progress: "DeployProgress") -> None:
        result = progress.result
        style = _STYLES[result.state]
        services = f"  {', '.join(result.services)}" if result.services else ""
        console.print(f"[{progress.done:2}/{progress.total}] {result.device:8} "
                      f"[{style}]{result.state}[/{style}]{services}",
                      highlight=False)  # fmt: skip
        if result.message:
            console.print(escape(result.message), style="red", highlight=False)
        if diff and result.diff:
            console.print(escape(result.diff), highlight=False)

    database = open_database(settings)
    migrate(database.engine)
    work = DeploymentWork(site, settings, database, EventBus(), SystemClock())
    try:
        with _monitoring_network(settings, site) as network:
            started = start_deployment(work, operator(), limit or (), check)
            done = run_recorded(work, started, network, show)
    finally:
        database.close()
    _conclude_deploy(done, as_json, console)


def _conclude_deploy(done: "DeployResult", as_json: bool, console: "Console") -> None:
    from rich.markup import escape

    from device_configs.deploy.results import DeviceState

    if as_json:
        print_json(
            {
                "check": done.check,
                "succeeded": done.succeeded,
                "changed": done.changed,
                "reason": done.reason,
                "seconds": round(done.duration.total_seconds(), 1),
                "devices": [
                    {
                        "device": result.device,
                        "state": str(result.state),
                        "files": list(result.files),
                        "services": list(result.services),
                        "diff": result.diff,
                        "message": result.message,
                    }
                    for result in done.devices.values()
                ],
            }
        )
    else:
        if done.reason:
            console.print(escape(done.reason), style="red", highlight=False)
        changed = sum(r.state is DeviceState.CHANGED for r in done.devices.values())
        console.print(f"{len(done.devices)} devices, {changed} changed, "
                      f"{done.duration.total_seconds():.1f} s", highlight=False)  # fmt: skip
    if not done.succeeded:
        raise typer.Exit(1)


@app.command()
def verify(limit: Limit = None, as_json: AsJson = False) -> None:
    """Check over SSH and SNMP that every device does what its role demands."""
    from device_configs.deploy.runner import select_devices
    from device_configs.site import load_site
    from device_configs.verify.session import verify as run_verification
    from ops_core.kernel.settings import load_settings

    settings = load_settings()
    site = load_site(settings.inventory)
    select_devices(site, limit or ())
    with _monitoring_network(settings, site) as network:
        found = run_verification(settings, network, limit or ())
    if as_json:
        print_json(found.model_dump(mode="json") | {"passed": found.passed})
    else:
        _show_verification(found)
    if not found.passed:
        raise typer.Exit(1)


def _show_verification(found: "VerifyResult") -> None:
    from rich.console import Console
    from rich.markup import escape

    console = Console()
    for check in found.checks:
        if not check.passed:
            console.print(f"[red]failed[/red] {check.subject}: {check.check}", highlight=False)
            console.print(escape(check.message), style="dim", highlight=False)
    if found.stopped:
        console.print(escape(found.stopped), style="red", highlight=False)
    passed = sum(check.passed for check in found.checks)
    console.print(f"{passed} of {len(found.checks)} checks passed, "
                  f"{found.duration.total_seconds():.1f} s", highlight=False)  # fmt: skip


@app.command()
def render(device: Annotated[str, typer.Argument(help="A declared device.")]) -> None:
    """Print every file of a device as it would be deployed, secrets masked."""
    from device_configs.deploy.rendered import SECRETS
    from device_configs.render import Secrets, render_device
    from device_configs.site import load_site
    from ops_core.kernel.settings import load_settings

    settings = load_settings()
    site = load_site(settings.inventory)
    if device not in site.devices:
        raise NotFound("没有这台设备", detail=device, remedy="、".join(site.devices))
    secrets = Secrets.load(settings.state_directory / SECRETS)
    for file in render_device(site, secrets, device).files:
        typer.echo(f"# {file.path}  {file.mode:04o} {file.owner}")
        typer.echo(secrets.mask(file.content))
