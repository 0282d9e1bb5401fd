"""``zhishou net plan``, ``rehearse``, ``approve``, ``apply``, ``confirm``, ``resume``,
``rollback``, ``cancel``, ``history``.

Exit codes: 0 done (for ``apply`` and its like: every device is new, or it waits for ``confirm``),
1 the change did not come to that, and those of every command for refusals.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from ops_core.kernel.command_line import operator, print_json

if TYPE_CHECKING:
    from device_configs.changes.carrying import ChangeWork
    from device_configs.changes.history import NetworkChange

Number = Annotated[str, typer.Argument(metavar="NUMBER", help="As N-20261129-001.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]


def add_commands(net: typer.Typer) -> None:
    """Put the commands about changes into the group ``zhishou net``."""
    for name, command in (
        ("plan", plan), ("rehearse", rehearse), ("approve", approve), ("apply", apply),
        ("confirm", confirm), ("resume", resume), ("rollback", rollback), ("cancel", cancel),
        ("history", history),
    ):  # fmt: skip
        net.command(name)(command)


@contextmanager
def changing() -> Iterator["ChangeWork"]:
    """What changes need, of this installation."""
    from device_configs.changes.carrying import ChangeWork, reach_twin
    from device_configs.site import load_site
    from ops_core.kernel.clock import SystemClock
    from ops_core.kernel.command_line import stored
    from ops_core.kernel.events import EventBus
    from ops_core.kernel.settings import load_settings

    settings = load_settings()
    site = load_site(settings.inventory)
    with stored() as database:
        twin = reach_twin(settings)
        yield ChangeWork(site, settings, database, EventBus(), SystemClock(), twin)


def plan(
    limit: Annotated[
        list[str] | None, typer.Option("--limit", "-l", help="A device or role; may be repeated.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why; the plan is put on record then.")] = "",
    ticket: Annotated[str, typer.Option(help="Number of the request it belongs to.")] = "",
    window: Annotated[
        str, typer.Option(help="When: 22:00/02:00 or 2026-11-29 22:00/2026-11-30 02:00.")
    ] = "",
    widest: Annotated[
        int, typer.Option(help="The most devices without a partner that change at a time.")
    ] = 8,
    revert_in: Annotated[
        int, typer.Option(min=30, max=3600, help="Seconds a device waits for its confirmation.")
    ] = 180,
    repair: Annotated[
        bool, typer.Option("--repair", help="Something is broken, and this change mends it.")
    ] = False,
    set_secrets: Annotated[
        bool,
        typer.Option("--set-secrets", help="Set secrets of which the state is unknown, too."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show what would change, device by device and in which order; with a reason, record it."""
    from device_configs.changes.carrying import draw_up_plan, record_request
    from device_configs.changes.model import ChangeRequest
    from device_configs.changes.report import plan_json, show_plan
    from device_configs.changes.windows import read_window

    with changing() as work:
        actor = operator()
        asked = read_window(window, work.clock.now(), work.zone) if window else None
        drawn = draw_up_plan(
            work, actor, limit or (), widest=widest, revert_in_s=revert_in, repair=repair,
            sets_unknown=set_secrets,
        )  # fmt: skip
        number = ""
        if reason and drawn.stages:
            request = ChangeRequest(plan=drawn, reason=reason, ticket=ticket, window=asked)
            number = record_request(work, actor, request)
    if as_json:
        print_json(plan_json(drawn) | {"number": number})
    else:
        show_plan(drawn, number)


def rehearse(number: Number, as_json: AsJson = False) -> None:
    """Carry the plan out in a twin of its own, from what the devices have now, and drill there.

    Ctrl-C ends the twin and puts the cancellation on record.
    """
    from device_configs.changes.rehearsal import rehearse_change
    from device_configs.changes.report import show_progress, show_rehearsal

    with changing() as work:
        result = rehearse_change(work, operator(), number, show_progress(err=as_json))
    if as_json:
        print_json(dict(result.payload()))
    else:
        show_rehearsal(number, result)
    if not result.succeeded:
        raise typer.Exit(1)


def approve(
    number: Number,
    user: Annotated[str, typer.Option(help="Who approves; the password is asked for.")],
) -> None:
    """Approve a change as its second person."""
    from device_configs.changes import service
    from ops_core.kernel.commands import unit_of_work
    from ops_core.kernel.identity.sign_in import authenticate

    password = typer.prompt("Password", hide_input=True)
    with changing() as work:
        person = authenticate(work.database, user, password, work.clock).actor
        with unit_of_work(work.database, work.bus, work.clock, person) as uow:
            service.approve(uow, number)
    typer.echo(f"{number} approved by {user}")


def apply(
    number: Number,
    hold: Annotated[
        bool, typer.Option("--hold", help="Wait behind each stage for `zhishou net confirm`.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Carry an approved change out, half by half, each on trial until the gates have passed."""
    _carry(number, as_json=as_json, again=False, hold=hold)


def confirm(number: Number, as_json: AsJson = False) -> None:
    """Confirm the stage that waits on trial, and go on."""
    from device_configs.changes.decisions import require_waiting
    from device_configs.changes.read import read_change

    with changing() as work, work.database.reading() as session:
        require_waiting(read_change(session, number))
    _carry(number, as_json=as_json, again=True, hold=None)


def resume(number: Number, as_json: AsJson = False) -> None:
    """Go on with a change whose controller is gone: ask each device what it has, and decide."""
    _carry(number, as_json=as_json, again=True, hold=None)


def rollback(
    number: Number,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what it would do.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take back what a change confirmed, half by half, as a change of its own."""
    from device_configs.changes.carrying import draw_up_rollback, record_request
    from device_configs.changes.report import plan_json, show_plan

    with changing() as work:
        request = draw_up_rollback(work, operator(), number)
        if dry_run:
            print_json(plan_json(request.plan)) if as_json else show_plan(request.plan, "")
            return
        back = record_request(work, operator(), request)
    _carry(back, as_json=as_json, again=False, hold=False)


def cancel(
    number: Number, reason: Annotated[str, typer.Option(help="Why.")], as_json: AsJson = False
) -> None:
    """End a change that has not begun, or ask the running one to take back its stage and stop."""
    from device_configs.changes import service
    from device_configs.changes.read import read_change
    from device_configs.changes.report import change_json
    from ops_core.kernel.commands import unit_of_work

    with changing() as work:
        with unit_of_work(work.database, work.bus, work.clock, operator()) as uow:
            service.cancel(uow, number, reason)
        with work.database.reading() as session:
            change = read_change(session, number)
    if as_json:
        print_json(change_json(change))
    else:
        typer.echo(f"{number}: {change.state}")


def history(
    number: Annotated[str, typer.Argument(help="One change; all of them without.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="The newest ones.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Show changes: who, why, when, every step and what became of each device."""
    from device_configs.changes.read import read_change, read_changes
    from device_configs.changes.report import change_json, show_change, show_list

    with changing() as work, work.database.reading() as session:
        found = [read_change(session, number)] if number else read_changes(session, limit)
    if as_json:
        listed = [change_json(change) for change in found]
        print_json(listed[0] if number else listed)
    elif number:
        show_change(found[0])
    else:
        show_list(found)


def _silent(_happened: str, _happening: object) -> None:
    """Nothing is shown on the way to one JSON document."""


def _carry(number: str, *, as_json: bool, again: bool, hold: bool | None) -> None:
    from device_configs.changes.carrying import carry_out
    from device_configs.changes.report import change_json, show_end, show_step

    with changing() as work:
        on_step = _silent if as_json else show_step
        change = carry_out(work, operator(), number, again=again, hold=hold, on_step=on_step)
    if as_json:
        print_json(change_json(change))
    else:
        show_end(change)
    if not _is_good(change):
        raise typer.Exit(1)


def _is_good(change: "NetworkChange") -> bool:
    from device_configs.changes.states import ChangeState

    return change.state in (ChangeState.CONFIRMED, ChangeState.RUNNING)
