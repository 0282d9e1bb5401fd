"""``zhishou seats ...``: who is at which seat."""

from datetime import datetime
from typing import Annotated

import typer
from pydantic import TypeAdapter
from rich.console import Console
from rich.table import Table

from device_configs.site import load_site
from ops_core.hotline.presence.read import people_at_seats
from ops_core.hotline.presence.service import sign_out_of_seat
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.command_line import command_group, operators_work, print_json, stored
from ops_core.kernel.errors import Invalid
from ops_core.kernel.i18n import message, translate
from ops_core.kernel.settings import load_settings
from ops_core.kernel.times import date_time
from ops_core.kernel.written_instant import instant_written
from seat_assets.correcting import correct_service
from seat_assets.in_service import ServiceInterval
from wallboard.seats.gate import sign_in_trained
from wallboard.seats.served import served_intervals
from wallboard.snapshot import Snapshot

seats = command_group("seats", "Seats: who is at them, and their terminals.")
_SERVED = TypeAdapter(tuple[ServiceInterval, ...])

AsJson = Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")]
Number = Annotated[int, typer.Argument(min=1, help="The seat's declared number.")]


@seats.command("people")
def show_people(as_json: AsJson = False) -> None:
    """List who is signed in at which seat."""
    with stored() as database, database.reading() as session:
        found = people_at_seats(session, SystemClock().now())
    if as_json:
        print_json(
            [
                {"seat": one.seat, "person": one.person, "at": one.at.isoformat(),
                 "until": one.until.isoformat()}
                for one in found
            ]
        )  # fmt: skip
        return
    table = Table(_("席位"), _("话务员"), _("签入"), _("至迟"))
    for one in found:
        table.add_row(str(one.seat), one.person, date_time(one.at), date_time(one.until))
    Console().print(table)


@seats.command("in-service")
def show_in_service(as_json: AsJson = False) -> None:
    """List which terminals were in service when: what indicator 13 counts."""
    site = load_site(load_settings().inventory)
    with stored() as database, database.reading() as session:
        found = served_intervals(Snapshot(session, site, SystemClock().now()))
    if as_json:
        print_json(_SERVED.dump_python(found, mode="json"))
        return
    table = Table(_("席位"), _("主机"), _("显示器"), _("起"), _("止"))
    for one in found:
        end = _("在用") if one.end is None else date_time(one.end)
        table.add_row(str(one.seat), one.host, one.displays, date_time(one.start), end)
    Console().print(table)


@seats.command("correct")
def correct(
    seat: Number,
    recorded: Annotated[str, typer.Argument(help="The instant on record, ISO 8601 with offset.")],
    to: Annotated[str, typer.Argument(help="When it really was, ISO 8601 with offset.")],
    reason: Annotated[str, typer.Option("--reason", help="By what: a protocol, for example.")],
) -> None:
    """Correct when a terminal came into service or left it: the purchaser's, by ZHISHOU_TOKEN."""
    with operators_work() as uow:
        found = correct_service(uow, seat, _instant(recorded), _instant(to), reason)
    typer.echo(f"{found.seat}\t{date_time(found.recorded)}\t{date_time(found.to)}")


def _instant(text: str) -> datetime:
    at = instant_written(text.strip(), None)
    if at is None:
        raise Invalid("时刻格式不正确", text, "请写成 2026-03-02T09:00:00+08:00。")
    return at


@seats.command("sign-in")
def sign_in(seat: Number) -> None:
    """Be at the seat from now on, in the name of the account of ZHISHOU_TOKEN."""
    site = load_site(load_settings().inventory)
    with operators_work() as uow:
        found = sign_in_trained(uow, site, seat)
    until = date_time(found.until)
    typer.echo(_(message("席位 {seat} 由 {person} 签入，至迟 {until}。", seat=found.seat,
                         person=found.person, until=until)))  # fmt: skip


@seats.command("sign-out")
def sign_out() -> None:
    """Be at no seat any more, in the name of the account of ZHISHOU_TOKEN."""
    with operators_work() as uow:
        seat = sign_out_of_seat(uow)
    typer.echo(_(message("席位 {seat} 已签出。", seat=seat)))


def _(text: str) -> str:
    return translate(text, load_settings().language)
