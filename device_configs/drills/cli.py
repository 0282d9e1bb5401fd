"""``zhishou drill ...``: break the twin on purpose, and hold what it costs against the bounds."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from ops_core.kernel.command_line import command_group, operator, print_json
from ops_core.kernel.errors import Invalid

if TYPE_CHECKING:
    from pydantic import JsonValue
    from sqlalchemy.orm import Session

    from device_configs.deploy.lab import Lab
    from device_configs.drills.faults import DrillFault
    from device_configs.drills.history import DrillRecord
    from device_configs.drills.judging import DrillFigure, Worsening
    from device_configs.site import Site

app = command_group("drill", "Break the twin on purpose, and measure what seats see of it.")

MOST_REPEATS = 100
_EXIT_CODES = {"holds": 0, "exceeded": 1, "unknown": 2}
_RECENT = 50

Only = Annotated[
    str, typer.Option("--only", help="Faults whose name matches this regular expression.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]


@app.command("list")
def list_faults(only: Only = "", as_json: AsJson = False) -> None:
    """Every fault that can be drilled, with the longest gap it may cost."""
    faults = _selected(_site(), only)
    if as_json:
        print_json([_fault_json(fault) for fault in faults])
        return
    for fault in faults:
        typer.echo(f"{fault.name:36} {fault.seat:10} {fault.bound_ms} ms")


@app.command()
def run(
    only: Only = "",
    repeats: Annotated[
        int, typer.Option("--repeats", min=1, max=MOST_REPEATS, help="How often each is done.")
    ] = 1,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only list what would be done; break nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Do the faults one after the other in the running twin; everything is mended at the end.

    Exit code: 0 all hold, 1 a bound is exceeded or a gap grew against former drills, 2 something
    could not be measured.
    """
    site = _site()
    faults = _selected(site, only)
    if dry_run:
        list_faults(only, as_json)
        return
    with _lab(site) as lab:
        drill = _run(lab, faults, repeats, quiet=as_json)
    _conclude(drill, as_json)


@app.command("handover")
def plan_handover(
    device: Annotated[str, typer.Argument(help="One of a pair: it hands over and takes back.")],
    reason: Annotated[str, typer.Option("--reason", help="Why, for the record.")],
    window: Annotated[
        str, typer.Option("--window", help="22:00/02:00, or with dates; in the site's time.")
    ],
    ticket: Annotated[str, typer.Option("--ticket", help="Its number elsewhere.")] = "",
    revert_in: Annotated[
        int,
        typer.Option("--revert-in", min=60, max=3600, help="Seconds of its own timer."),
    ] = 180,
    as_json: AsJson = False,
) -> None:
    """Plan a drill in production: a device's traffic moves to its partner and comes back.

    Nothing is touched: a second person approves it in the browser, then `zhishou net apply NUMBER`.
    """
    from device_configs.changes.carrying import record_request
    from device_configs.changes.cli import changing
    from device_configs.changes.windows import read_window
    from device_configs.drills.handing_over import draw_up_handover

    with changing() as work:
        asked = read_window(window, work.clock.now(), work.zone)
        request = draw_up_handover(
            work, operator(), device, reason=reason, window=asked, ticket=ticket,
            revert_in_s=revert_in,
        )  # fmt: skip
        number = record_request(work, operator(), request)
    if as_json:
        print_json({"number": number, "device": device, "opens": asked.opens.isoformat(),
                    "closes": asked.closes.isoformat()})  # fmt: skip
    else:
        typer.echo(f"{number}: {device} hands over between {asked.opens:%Y-%m-%d %H:%M} and "
                   f"{asked.closes:%Y-%m-%d %H:%M}, once a second person approves it")  # fmt: skip


@app.command()
def show(number: str, as_json: AsJson = False) -> None:
    """One drill: each fault with its gaps, its bound and its verdict."""
    from device_configs.drills.read import read_drill

    with _session() as session:
        _show(read_drill(session, number), as_json)


@app.command()
def history(as_json: AsJson = False) -> None:
    """The newest drills first."""
    from device_configs.drills.read import read_drills

    with _session() as session:
        drills = read_drills(session, _RECENT)
    if as_json:
        print_json([_drill_json(drill) for drill in drills])
        return
    for drill in drills:
        typer.echo(f"{drill.number}  {drill.started_at:%Y-%m-%d %H:%M}Z  {drill.verdict:9} "
                   f"{len(drill.outcomes)}/{len(drill.faults)}  {drill.author}")  # fmt: skip


@app.command()
def heal() -> None:
    """Mend what a drill left broken that was killed; the next drill does so by itself."""
    from device_configs.drills.settling import SETTLER, settle_killed
    from device_configs.twin.client import TwinClient
    from ops_core.kernel.clock import SystemClock
    from ops_core.kernel.command_line import stored
    from ops_core.kernel.commands import unit_of_work
    from ops_core.kernel.environment import state_directory
    from ops_core.kernel.events import EventBus

    directory = state_directory()
    with stored() as database:
        mended = settle_killed(
            lambda: unit_of_work(database, EventBus(), SystemClock(), SETTLER),
            TwinClient.of(directory), directory,
        )  # fmt: skip
    typer.echo("\n".join(mended) if mended else "no drill left anything broken")


def _site() -> "Site":
    from device_configs.site import load_site
    from ops_core.kernel.settings import load_settings

    return load_site(load_settings().inventory)


def _selected(site: "Site", only: str) -> "tuple[DrillFault, ...]":
    import re

    from device_configs.drills.faults import select_faults

    try:
        faults = select_faults(site, only)
    except re.error as error:
        raise Invalid(
            "--only 不是正则表达式", detail=str(error), remedy="例如 'cut rt-a'"
        ) from None
    if not faults:
        raise Invalid(
            "没有匹配的故障", detail=only, remedy="用 zhishou drill list 查看可演练的故障"
        )
    return faults


@contextmanager
def _lab(site: "Site") -> "Iterator[Lab]":
    from device_configs.deploy.lab import Lab
    from device_configs.twin.client import TwinClient
    from ops_core.kernel.settings import load_settings

    settings = load_settings()
    client = TwinClient.of(settings.state_directory)
    network = client.network_namespace(site.monitoring_host.name)
    try:
        yield Lab(site, settings, client, network)
    finally:
        os.close(network)


def _run(
    lab: "Lab", faults: "tuple[DrillFault, ...]", repeats: int, *, quiet: bool
) -> "DrillRecord":
    from device_configs.drills.judging import line_of
    from device_configs.drills.read import read_drill
    from device_configs.drills.running import DrillWork, run_drill
    from device_configs.drills.terms import DrillTerms
    from ops_core.kernel.clock import SystemClock
    from ops_core.kernel.command_line import stored
    from ops_core.kernel.events import EventBus

    done = 0

    def progress(figure: "DrillFigure", worsening: "Worsening | None") -> None:
        nonlocal done
        done += 1
        typer.echo(f"[{done}/{len(faults)}] {line_of(figure, worsening)}", err=quiet)

    with stored() as database:
        work = DrillWork(lab, database, EventBus(), SystemClock(), operator())
        number = run_drill(work, faults, DrillTerms(repeats), progress)
        with database.reading() as session:
            return read_drill(session, number)


@contextmanager
def _session() -> "Iterator[Session]":
    from ops_core.kernel.command_line import stored

    with stored() as database, database.reading() as session:
        yield session


def _conclude(drill: "DrillRecord", as_json: bool) -> None:
    if as_json:
        print_json(_drill_json(drill))
    else:
        typer.echo(f"{drill.number}: {drill.verdict}")
    code = _EXIT_CODES[drill.verdict]
    if code == 0 and drill.worsenings:
        code = 1
    if code:
        raise typer.Exit(code)


def _show(drill: "DrillRecord", as_json: bool) -> None:
    from device_configs.drills.judging import line_of

    if as_json:
        print_json(_drill_json(drill))
        return
    typer.echo(f"{drill.number} by {drill.author}, {drill.started_at:%Y-%m-%d %H:%M:%S}Z: "
               f"{drill.verdict}{' ' + drill.trouble if drill.trouble else ''}")  # fmt: skip
    for outcome in drill.outcomes:
        typer.echo(line_of(outcome.figure, outcome.worsening))


def _fault_json(fault: "DrillFault") -> "dict[str, JsonValue]":
    return {
        "name": fault.name,
        "kind": fault.kind.value,
        "target": fault.target,
        "seat": fault.seat,
        "bound_ms": fault.bound_ms,
    }


def _drill_json(drill: "DrillRecord") -> "dict[str, JsonValue]":
    from device_configs.drills.history import measured_payload

    return {
        "number": drill.number,
        "author": drill.author,
        "started_at": drill.started_at.isoformat(),
        "finished_at": drill.finished_at.isoformat() if drill.finished_at else None,
        "verdict": drill.verdict.value,
        "trouble": drill.trouble,
        "place": drill.place.value,
        "cause": drill.cause.value,
        "repeats": drill.repeats,
        "faults": list(drill.faults),
        "outcomes": [
            {"at": o.at.isoformat(), **measured_payload(o.figure, o.worsening)}
            for o in drill.outcomes
        ],
    }
