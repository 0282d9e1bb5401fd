"""``zhishou deploy``, ``zhishou verify`` and ``zhishou render``.

Ansible, testinfra and the declaration are imported by the command that needs them.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from ops_core.kernel.command_line import command_group, operator, print_json
from ops_core.kernel.errors import NotFound

if TYPE_CHECKING:
    from device_configs.site import Site
    from device_configs.verify.results import VerifyResult
    from ops_core.kernel.settings import Settings

app = command_group(None, "Bring devices to the declaration, and check them.")

Limit = Annotated[
    list[str] | None, typer.Option("--limit", "-l", help="A device or role; may be repeated.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]


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
        bool, typer.Option("--check", help="Only show what would change, and in which order.")
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Show the difference of each device.")
    ] = False,
    limit: Limit = None,
    reason: Annotated[str, typer.Option(help="Why; it stands on record.")] = "",
    ticket: Annotated[str, typer.Option(help="Number of the request it belongs to.")] = "",
    repair: Annotated[
        bool, typer.Option("--repair", help="Something is broken, and this mends it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring the devices to what the declaration says.

    A change that is carried out at once: planned, on record, in stages, each on trial until the
    gates have passed. Whoever gives the command does so alone; `zhishou net plan` is the same with
    a second person.
    """
    from device_configs.changes.carrying import draw_up_plan
    from device_configs.changes.cli import changing
    from device_configs.changes.deploying import DeploymentWish
    from device_configs.changes.deploying import deploy as carry_out
    from device_configs.changes.model import REVERT_IN_S
    from device_configs.changes.report import plan_json, show_deployment, show_plan, show_step

    with changing() as work:
        if check:
            plan = draw_up_plan(
                work, operator(), limit or (), revert_in_s=REVERT_IN_S, repair=repair
            )
            print_json(plan_json(plan)) if as_json else show_plan(plan, diff=diff)
            return
        wish = DeploymentWish(limit or (), reason, ticket, repair)
        began = time.monotonic()
        if as_json:
            done = carry_out(work, operator(), wish)
        else:
            done = carry_out(
                work, operator(), wish, on_plan=lambda plan: show_plan(plan, diff=diff),
                on_number=typer.echo, on_step=show_step,
            )  # fmt: skip
    show_deployment(done, time.monotonic() - began, as_json=as_json)
    if not done.succeeded:
        raise typer.Exit(1)


@app.command()
def verify(limit: Limit = None, as_json: AsJson = False) -> None:
    """Check over SSH and SNMP that every device does what its role demands."""
    from device_configs.deploy.selection import select_devices
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
def render(
    device: Annotated[str, typer.Argument(help="A declared device.")], as_json: AsJson = False
) -> None:
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
    files = render_device(site, secrets, device).files
    if as_json:
        print_json([
            {"path": file.path, "mode": f"{file.mode:04o}", "owner": file.owner,
             "content": secrets.mask(file.content)}
            for file in files
        ])  # fmt: skip
        return
    for file in files:
        typer.echo(f"# {file.path}  {file.mode:04o} {file.owner}")
        typer.echo(secrets.mask(file.content))
