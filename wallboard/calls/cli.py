"""``zhishou calls ...``: the telephone system's log taken in, and calls looked up."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from pydantic import JsonValue, TypeAdapter
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from device_configs.site import load_site
from device_configs.site.model import Site
from ops_core.hotline.calls.event_batch import seats_by_extension
from ops_core.hotline.calls.growing_log import GrowingLog
from ops_core.hotline.calls.listing import CallFilter, CallSummary, read_page
from ops_core.hotline.calls.log_files import SecondPlaces, batches, read_file
from ops_core.hotline.calls.queue_log import IncomingEvent, LogReading, LogSource
from ops_core.hotline.calls.service import BATCH, Taken, take_events
from ops_core.hotline.calls.telephone_systems import require_declared
from ops_core.hotline.calls.words import outcome_word
from ops_core.hotline.contacts.vault import ContactVault, open_vault
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.command_line import command_group, operator, print_json, stored
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.errors import Invalid
from ops_core.kernel.events import EventBus
from ops_core.kernel.i18n import message, translate, translations
from ops_core.kernel.settings import load_settings
from ops_core.kernel.times import date_time
from wallboard.calls.detail import CallDetail, read_detail
from wallboard.calls.log_follower import LogFollower, ended_by_signal
from wallboard.snapshot import Snapshot

calls = command_group("calls", "Calls of the hotline.")

AsJson = Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")]
Source = Annotated[
    str, typer.Option("--source", help="Names the telephone system; its lines' numbers are its own")
]
_SUMMARIES = TypeAdapter(list[CallSummary])
_DETAIL = TypeAdapter(CallDetail)


@calls.command("import")
def import_file(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Asterisk's queue_log, rotated ones before it; its table, or FreeSWITCH's CDRs."
        ),
    ],
    source: Source,
    as_json: AsJson = False,
) -> None:
    """Take a log in; what was taken before, or in part, may be taken again.

    All files are checked first: one fault, and no line is taken. Rotated files come oldest first.
    """
    site = load_site(load_settings().inventory)
    reading, places = LogReading(log_source(site, source)), SecondPlaces()
    for file in files:
        _read(file, reading, places)
    reading.require_faultless()
    with stored() as database:
        vault = open_vault(load_settings().state_directory)
        taken = _take(database, vault, reading.events, ZoneInfo(site.contract.timezone), as_json)
    passed_over = dict(sorted(reading.passed_over.items()))
    if as_json:
        counts: dict[str, JsonValue] = {**passed_over}
        print_json({"new": taken.new, "known": taken.known, "calls": len(taken.calls),
                    "passed_over": counts})  # fmt: skip
        return
    for name, count in passed_over.items():
        typer.echo(_(message("略过 {name}：{count} 行", name=name, count=count)))
    words = message(
        "新事件 {new}，已有 {known}，来电 {calls}。",
        new=taken.new, known=taken.known, calls=len(taken.calls),
    )  # fmt: skip
    typer.echo(_(words))


@calls.command("follow")
def follow_file(
    file: Annotated[Path, typer.Argument(help="Asterisk's queue_log, or FreeSWITCH's CDRs.")],
    source: Source,
) -> None:
    """Take a log in as it grows, through its rotations, until Ctrl-C.

    What it holds already is taken first. A line that cannot be read is said and keeps no other
    from being taken; while the database cannot be written, lines wait.
    """
    site = load_site(load_settings().inventory)
    with stored() as database:
        vault = open_vault(load_settings().state_directory)
        follower = LogFollower(
            GrowingLog(file), log_source(site, source), database, vault,
            lambda text: typer.echo(text, err=True),
        )  # fmt: skip
        follower.run(ended_by_signal())
    typer.echo(_(message("新事件 {new}，有误的行 {faulty}。", new=follower.new,
                         faulty=follower.faulty)))  # fmt: skip


@calls.command("list")
def show_list(
    abnormal: Annotated[bool, typer.Option("--abnormal", help="Only these.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=500)] = 50,
    as_json: AsJson = False,
) -> None:
    """List today's calls, the latest first."""
    chosen = CallFilter(abnormal=abnormal)
    with _snapshot() as seen:
        page = read_page(seen.session, seen.site, seen.now, chosen, limit=limit)
    if as_json:
        print_json(_SUMMARIES.dump_python(list(page.calls), mode="json"))
        return
    table = Table(_("来电"), _("进入"), _("结果"), _("等待"), _("席位"), _("话务员"))
    for call in page.calls:
        waited = "" if call.waited is None else f"{call.waited.total_seconds():.0f}s"
        seat = "" if call.seat is None else str(call.seat)
        table.add_row(
            call.call, date_time(call.entered_at), _outcome(call), waited, seat, call.agent
        )
    Console().print(table)


@calls.command("show")
def show(
    call: Annotated[str, typer.Argument(help="The call, as SYSTEM:IDENTIFIER, or its identifier.")],
    as_json: AsJson = False,
) -> None:
    """Show one call with its events, and what is joined to it."""
    with _snapshot() as seen:
        detail = read_detail(seen, call)
    if as_json:
        print_json(_DETAIL.dump_python(detail, mode="json"))
        return
    found = detail.summary
    typer.echo(f"{found.call}\t{date_time(found.entered_at)}\t{_outcome(found)}\t{found.caller}")
    for event in detail.events:
        seat = "" if event.seat is None else str(event.seat)
        typer.echo(f"{date_time(event.at)}\t{event.kind}\t{event.queue}\t{event.agent}\t{seat}")
    for incident in detail.incidents:
        typer.echo(f"{_('故障')}\t{incident.number}\t{incident.headline.zh}")
    for case in detail.cases:
        typer.echo(f"{_('诉求')}\t{case.number}\t{case.order or '-'}")


def log_source(site: Site, name: str) -> LogSource:
    """A telephone system by its name. Raises Invalid for none, or one that is not declared."""
    return LogSource(
        require_declared(site, name), seats_by_extension(site), ZoneInfo(site.contract.timezone),
        frozenset(site.hotline.passed_over_events),
    )  # fmt: skip


def _read(file: Path, reading: LogReading, places: SecondPlaces) -> None:
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            read_file(opened, file.name, reading, places)
    except OSError as error:
        raise Invalid("文件无法读取", f"{file}: {error.strerror}", "请核对文件路径。") from error
    except UnicodeDecodeError as error:
        detail = message("{file}：第 {line} 行。", file=str(file), line=_undecodable_line(file))
        raise Invalid("文件不是 UTF-8 编码", detail, "请以 UTF-8 编码另存后导入。") from error


def _undecodable_line(file: Path) -> int:
    """The number of the first line that is no UTF-8."""
    with file.open("rb") as opened:
        for number, line in enumerate(opened, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return number
    return 0


def _take(
    database: Database,
    vault: ContactVault,
    events: list[IncomingEvent],
    zone: ZoneInfo,
    quiet: bool,
) -> Taken:
    new = known = 0
    touched: set[str] = set()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
               TimeRemainingColumn())  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), disable=quiet) as progress:
        task = progress.add_task(_("导入"), total=len(events))
        for batch in batches(events, BATCH):
            with unit_of_work(database, EventBus(), SystemClock(), operator()) as uow:
                taken = take_events(uow, vault, batch, zone)
            new, known = new + taken.new, known + taken.known
            touched.update(taken.calls)
            progress.advance(task, len(batch))
    return Taken(new, known, tuple(sorted(touched)))


def _(text: str) -> str:
    return translate(text, load_settings().language)


def _outcome(call: CallSummary) -> str:
    return outcome_word(call.outcome, translations(load_settings().language).gettext)


@contextmanager
def _snapshot() -> Iterator[Snapshot]:
    site = load_site(load_settings().inventory)
    with stored() as database, database.reading() as session:
        yield Snapshot(session, site, SystemClock().now())
