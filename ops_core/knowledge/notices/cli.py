"""``zhishou knowledge notices ...``: what was asked to be published, and its clock."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter
from rich.console import Console
from rich.table import Table

from device_configs.site import load_site
from ops_core.kernel.command_line import command_group, operators_work, print_json, stored
from ops_core.kernel.i18n import translate
from ops_core.kernel.settings import load_settings
from ops_core.kernel.times import SITE_ZONE, date_time
from ops_core.knowledge.notices.model import NOTICE_STATE_WORDS, NoticeState
from ops_core.knowledge.notices.read import list_notices, read_notice
from ops_core.knowledge.notices.service import record_notice, withdraw_notice

notices = command_group("notices", "Update notices and their 24 hours.")

AsJson = Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")]
Number = Annotated[str, typer.Argument(help="For example U-20261124-001.")]


@notices.command("list")
def show_list(
    state: Annotated[NoticeState | None, typer.Option()] = None, as_json: AsJson = False
) -> None:
    """List update notices, the latest first."""
    with stored() as database, database.reading() as session:
        found = list_notices(session, state)
    if as_json:
        print_json([_plain(asdict(one)) for one in found])
        return
    table = Table(_("编号"), _("状态"), _("来源"), _("收到"), _("时限"), _("生效"))
    for one in found:
        live = date_time(one.live_at) if one.live_at else "—"
        word = _(NOTICE_STATE_WORDS[one.state])
        table.add_row(
            one.number, word, one.source, date_time(one.received_at), date_time(one.due_at), live
        )
    Console().print(table)


@notices.command("show")
def show(number: Number, as_json: AsJson = False) -> None:
    """Show one notice with its points."""
    with stored() as database, database.reading() as session:
        record = read_notice(session, number)
    if as_json:
        print_json(_plain(asdict(record)))
        return
    notice = record.notice
    typer.echo(f"{notice.number}  {_(NOTICE_STATE_WORDS[notice.state])}  {notice.source}")
    done = {one.point: one for one in notice.fulfilled}
    for point, text in enumerate(notice.points, start=1):
        by = done.get(point)
        cited = f"{by.article}/{by.version}  {date_time(by.live_at)}" if by else "—"
        typer.echo(f"{point}  {text}  {cited}")


@notices.command("record")
def record(
    source: Annotated[str, typer.Option(help="Whose document it is.")],
    asked_by: Annotated[str, typer.Option(help="Who asked.")],
    point: Annotated[list[str], typer.Option(help="What is to be published; repeatable.")],
    received_at: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%dT%H:%M"], help="Its stamp, site's time; now if not given."),
    ] = None,
) -> None:
    """Record an update notice."""
    at = None if received_at is None else received_at.replace(tzinfo=SITE_ZONE)
    site = load_site(load_settings().inventory)
    with operators_work() as uow:
        typer.echo(record_notice(uow, site, source, asked_by, point, at).number)


@notices.command("withdraw")
def withdraw(number: Number, reason: Annotated[str, typer.Option(help="Why.")]) -> None:
    """Take a notice back in the name of who issued it."""
    with operators_work() as uow:
        withdraw_notice(uow, number, reason)


def _plain(value: object) -> Any:
    return TypeAdapter(Any).dump_python(value, mode="json")


def _(text: str) -> str:
    return translate(text, load_settings().language)
