"""``zhishou incidents ...``

What only one command needs is imported in it: the list, which is asked for most, needs nothing of
the declaration, the models or SQLAlchemy (:mod:`incident.listing`).
"""

from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

from incident.listing import ListedIncident, read_listed
from ops_core.kernel.command_line import (
    DeferredCommand,
    DeferringGroup,
    command_group,
    operators_work,
    print_json,
    stored,
)
from ops_core.kernel.environment import language, sqlite_file
from ops_core.kernel.i18n import translate
from ops_core.kernel.text_table import text_table

if TYPE_CHECKING:
    from device_configs.site import Site
    from incident.documents import IncidentView
    from incident.model import Incident
    from incident.read import IncidentDetail


class IncidentCommands(DeferringGroup):
    """Those of this module, and two that need more."""

    deferred: ClassVar[tuple[DeferredCommand, ...]] = (
        DeferredCommand(
            "acknowledge", "incident.acknowledge_cli", "acknowledging",
            "Say that somebody has seen them: each by itself, with an answer for each.",
        ),
        DeferredCommand(
            "false-alarm", "incident.false_alarm_cli", "false_alarm",
            "Say that an incident was a false alarm; a second person decides.",
        ),
    )  # fmt: skip


incidents = command_group("incidents", "Faults, their clocks, and what to do.", IncidentCommands)

AsJson = Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")]
Number = Annotated[str, typer.Argument(help="For example F-20261123-007.")]
Text = Annotated[str, typer.Option("--text", help="Why, or what was found.")]


@incidents.command("list")
def show_list(
    everything: Annotated[bool, typer.Option("--all", help="Closed ones as well.")] = False,
    as_json: AsJson = False,
) -> None:
    """List open incidents, the latest first."""
    if as_json:
        print_json([view.model_dump(mode="json") for view in _views(everything)])
        return
    head = (_("编号"), _("等级"), _("状态"), _("发现"), _("席位"), _("业务"), _("根因"))
    typer.echo(text_table(head, [_cells(listed) for listed in _listed(everything)]))


def _listed(everything: bool) -> list[ListedIncident]:
    file = sqlite_file()
    found = None if file is None else read_listed(file, everything)
    if found is not None:
        return found
    return [
        ListedIncident(
            view.number,
            view.fault_class,
            view.state,
            tuple(view.roots),
            view.detected_at,
            len(view.seats),
            len(view.services),
            None if view.false_alarm is None else view.false_alarm.state,
        )
        for view in _views(everything)
    ]


def _views(everything: bool) -> "list[IncidentView]":
    from incident.documents import view_of
    from incident.read import list_incidents, open_incidents
    from ops_core.kernel.clock import SystemClock

    with stored() as database, database.reading() as session:
        found = list_incidents(session) if everything else open_incidents(session)
    site, now = _site(), SystemClock().now()
    return [view_of(incident, site.contract, now) for incident in found]


def _cells(listed: ListedIncident) -> tuple[str, ...]:
    return (
        listed.number,
        listed.fault_class,
        _state_word(listed),
        listed.detected_at.astimezone().isoformat(timespec="seconds"),
        str(listed.seats),
        str(listed.services),
        " ".join(listed.roots),
    )


@incidents.command("show")
def show(number: Number, as_json: AsJson = False) -> None:
    """Show one incident with its evidence, clocks and timeline."""
    from incident.documents import detail_view_of
    from incident.read import read_incident
    from ops_core.kernel.clock import SystemClock

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
    from incident import service

    with operators_work() as uow:
        _say(service.respond(uow, number))


@incidents.command("restore")
def restore(number: Number, text: Text = "") -> None:
    """Say that service is restored; against monitoring's word only with --text."""
    from incident import service

    with operators_work() as uow:
        _say(service.restore(uow, number, text))


@incidents.command("close")
def close(number: Number, text: Text = "") -> None:
    """Confirm the restoration and put the incident away."""
    from incident import service

    with operators_work() as uow:
        _say(service.close(uow, number, text))


@incidents.command("undo")
def undo(number: Number) -> None:
    """Take one's own last step back, within a minute; both stay on record."""
    from incident.undoing import undo as take_back

    with operators_work() as uow:
        _say(take_back(uow, number))


@incidents.command("note")
def note(number: Number, text: Annotated[str, typer.Argument(help="What to write.")]) -> None:
    """Write into the timeline."""
    from incident import service

    with operators_work() as uow:
        _say(service.note(uow, number, text))


def _(text: str) -> str:
    return translate(text, language())


def _site() -> "Site":
    from device_configs.site import load_site
    from ops_core.kernel.settings import load_settings

    return load_site(load_settings().inventory)


def _state_word(listed: ListedIncident) -> str:
    """The state, and that two people called it a false alarm, or that one did."""
    words = {"confirmed": _("误报"), "pending": _("误报待确认")}
    word = words.get(listed.false_alarm or "")
    return listed.state if word is None else f"{listed.state} ({word})"


def _say(incident: "Incident") -> None:
    typer.echo(f"{incident.number}\t{incident.state}")


def _print_detail(detail: "IncidentDetail") -> None:
    from incident.documents import alarm_view

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
