"""``zhishou incidents ...``"""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from device_configs.site import Site, load_site
from incident import service
from incident.acknowledge_cli import acknowledge
from incident.false_alarm import LIVE
from incident.false_alarm_cli import false_alarm
from incident.model import Incident
from incident.read import IncidentDetail, list_incidents, open_incidents, read_incident
from incident.views import IncidentView, alarm_view, detail_view_of, view_of
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.command_line import RefusingGroup, operators_work, print_json, stored
from ops_core.kernel.i18n import translate
from ops_core.kernel.settings import load_settings

incidents = typer.Typer(
    name="incidents",
    help="Faults, their clocks, and what to do.",
    no_args_is_help=True,
    cls=RefusingGroup,
)

incidents.command("acknowledge")(acknowledge)
incidents.add_typer(false_alarm)

AsJson = Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")]
Number = Annotated[str, typer.Argument(help="For example F-20261123-007.")]
Text = Annotated[str, typer.Option("--text", help="Why, or what was found.")]


@incidents.command("list")
def show_list(
    everything: Annotated[bool, typer.Option("--all", help="Closed ones as well.")] = False,
    as_json: AsJson = False,
) -> None:
    """List open incidents, the latest first."""
    with stored() as database, database.reading() as session:
        found = list_incidents(session) if everything else open_incidents(session)
    site, now = _site(), SystemClock().now()
    views = [view_of(incident, site.contract, now) for incident in found]
    if as_json:
        print_json([view.model_dump(mode="json") for view in views])
        return
    table = Table(Column(_("编号"), no_wrap=True, min_width=14), _("等级"), _("状态"),
                  Column(_("根因"), overflow="fold"), Column(_("发现"), overflow="fold"),
                  _("席位"), _("业务"))  # fmt: skip
    for view in views:
        table.add_row(
            view.number,
            view.fault_class,
            _listed_state(view),
            " ".join(view.roots),
            view.detected_at.astimezone().isoformat(timespec="seconds"),
            str(len(view.seats)),
            str(len(view.services)),
        )
    Console().print(table)


@incidents.command("show")
def show(number: Number, as_json: AsJson = False) -> None:
    """Show one incident with its evidence, clocks and timeline."""
    site = _site()
    with stored() as database, database.reading() as session:
        detail = read_incident(session, site.contract, number, SystemClock().now())
    if as_json:
        print_json(detail_view_of(detail, site.contract).model_dump(mode="json"))
    else:
        _print_detail(detail)


@incidents.command("respond")
def respond(number: Number) -> None:
    """Say that remote support has begun; the response clock stops."""
    with operators_work() as uow:
        _say(service.respond(uow, number))


@incidents.command("restore")
def restore(number: Number, text: Text = "") -> None:
    """Say that service is restored; against monitoring's word only with --text."""
    with operators_work() as uow:
        _say(service.restore(uow, number, text))


@incidents.command("close")
def close(number: Number, text: Text = "") -> None:
    """Confirm the restoration and put the incident away."""
    with operators_work() as uow:
        _say(service.close(uow, number, text))


@incidents.command("note")
def note(number: Number, text: Annotated[str, typer.Argument(help="What to write.")]) -> None:
    """Write into the timeline."""
    with operators_work() as uow:
        _say(service.note(uow, number, text))


def _(text: str) -> str:
    return translate(text, load_settings().language)


def _site() -> Site:
    return load_site(load_settings().inventory)


def _listed_state(view: IncidentView) -> str:
    """The state, and that two people called it a false alarm, or that one did."""
    alarm = view.false_alarm
    if alarm is None or alarm.state not in LIVE:
        return view.state
    return f"{view.state} ({_('误报') if alarm.state == 'confirmed' else _('误报待确认')})"


def _say(incident: Incident) -> None:
    typer.echo(f"{incident.number}\t{incident.state}")


def _print_detail(detail: IncidentDetail) -> None:
    incident = detail.incident
    roots = " ".join(str(root) for root in incident.fault.roots)
    typer.echo(f"{incident.number}\t{incident.fault_class}\t{incident.state}\t{roots}")
    if (alarm := alarm_view(incident.false_alarm)) is not None:
        typer.echo(f"{_('误报')}\t{alarm.state}\t{alarm.cause}\t{alarm.text}")
    for clock in detail.clocks:
        left = clock.remaining.total_seconds()
        typer.echo(f"{clock.kind}\t{clock.due_at.isoformat(timespec='seconds')}\t{left:.0f}s")
    for line in incident.fault.evidence:
        at = line.observed_at.isoformat(timespec="milliseconds")
        typer.echo(f"{_('依据')}\t{at}\t{line.element}\t{line.source}\t{line.detail}")
    for loss in incident.fault.redundancy_lost:
        typer.echo(f"{_('冗余丢失')}\t{loss.kind}\t{loss.name}\t{loss.detail}")
    for entry in detail.timeline:
        at = entry.at.isoformat(timespec="milliseconds")
        typer.echo(f"{at}\t{entry.type}\t{entry.actor}")
