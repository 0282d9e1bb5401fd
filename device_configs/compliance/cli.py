"""``zhishou drift``: what devices run against what is declared for them."""

from typing import Annotated

import typer

from ops_core.kernel.command_line import command_group, operator, print_json, stored

app = command_group(None, "What devices run against what is declared.")


@app.command()
def drift(
    limit: Annotated[
        list[str] | None, typer.Option("--limit", "-l", help="A device or role; may be repeated.")
    ] = None,
    diff: Annotated[bool, typer.Option("--diff", help="Show what is otherwise.")] = False,
    plan: Annotated[
        str, typer.Option(metavar="REASON", help="Plan a change of what drifted, on record.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Hold every device against what is declared; exit code 1: drifted, 2: unknown."""
    from pydantic import TypeAdapter

    from device_configs.compliance.drift import DriftState
    from device_configs.compliance.service import check_drift
    from device_configs.compliance.store import DeviceDrift
    from device_configs.deploy.remote import shells_to
    from device_configs.deploy.selection import select_devices
    from device_configs.deploy.work import DeploymentWork
    from device_configs.site import load_site
    from ops_core.kernel.clock import SystemClock
    from ops_core.kernel.events import EventBus
    from ops_core.kernel.settings import load_settings

    settings = load_settings()
    site = load_site(settings.inventory)
    select_devices(site, limit or ())
    with stored() as database, shells_to(settings, site) as shells:
        work = DeploymentWork(site, settings, database, EventBus(), SystemClock())
        found = check_drift(work, shells, operator(), limit or ())
    if as_json:
        print_json(TypeAdapter(tuple[DeviceDrift, ...]).dump_python(found, mode="json"))
    else:
        for one in found:
            what = ", ".join(d.what for d in one.differences) or one.problem
            typer.echo(f"{one.device:10} {one.state:8} {what}"
                       f"{f'  ({one.author})' if one.author else ''}")  # fmt: skip
            for difference in one.differences if diff else ():
                typer.echo(difference.text, nl=False)
    drifted = [one.device for one in found if one.state is DriftState.DRIFTED]
    if plan and drifted:
        _plan(drifted, plan)
    states = {one.state for one in found}
    if DriftState.DRIFTED in states:
        raise typer.Exit(1)
    if DriftState.UNKNOWN in states:
        raise typer.Exit(2)


def _plan(devices: list[str], reason: str) -> None:
    """Put the change on record that brings these devices back; standard error shows it."""
    from device_configs.changes.carrying import draw_up_plan, record_request
    from device_configs.changes.cli import changing
    from device_configs.changes.model import REVERT_IN_S, ChangeRequest

    with changing() as work:
        drawn = draw_up_plan(work, operator(), devices, revert_in_s=REVERT_IN_S)
        if not drawn.stages:
            typer.echo("no change brings them back: see zhishou net plan", err=True)
            return
        number = record_request(work, operator(), ChangeRequest(plan=drawn, reason=reason))
        typer.echo(f"planned: {number}; zhishou net history {number}", err=True)
