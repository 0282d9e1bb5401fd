"""``zhishou reports ...``: what is owed by when, and each step of a report in a person's name.

Who takes a step types a password: two people and two sides are asked for, and whoever works at the
machine could be all of them.
"""

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from pydantic import JsonValue
from rich.console import Console
from rich.table import Column, Table

from device_configs.site import load_site
from device_configs.site.model import Site
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.command_line import command_group, operator, print_json, stored
from ops_core.kernel.commands import UnitOfWork, unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.errors import Forbidden
from ops_core.kernel.events import EventBus
from ops_core.kernel.evidence_files import evidence_store
from ops_core.kernel.i18n import translate
from ops_core.kernel.identity.sign_in import authenticate
from ops_core.kernel.permissions import Actor
from ops_core.kernel.settings import load_settings
from ops_core.obligations.model import REPORT, REPORT_STATE_WORDS, REPORT_STEP_WORDS, OwedReport
from ops_core.obligations.read import ListedReport, ReportTab, list_reports, read_report
from ops_core.obligations.service import (
    TEXT_NAMES,
    DeliveryMeans,
    hand_back_report,
    receive_report,
    return_report,
    review_report,
    trigger_flash_report,
    waive_report,
    write_report,
)
from ops_core.obligations.store import find_report
from ops_core.reports.service import (
    ReportFile,
    draft_report,
    file_of_report,
    prepare_draft,
    prepare_submission,
    submit_report,
)
from ops_core.reports.words import TIMING_WORDS, report_model

reports = command_group("reports", "Reports that are owed: calendar, drafts, submission, receipt.")

Key = Annotated[str, typer.Argument(help="For example monthly-2026-11.")]
Why = Annotated[str, typer.Option("--reason", help="Why.")]
Who = Annotated[str, typer.Option("--as", help="Your user name; the password is asked for.")]
FromInput = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")]


@reports.command("due")
def show_due(
    tab: Annotated[ReportTab, typer.Option(help="Which list.")] = ReportTab.OPEN,
    as_json: AsJson = False,
) -> None:
    """List what is owed, with its deadline; one without a published calendar says so."""
    with stored() as database, database.reading() as session:
        found = list_reports(session, _site(), SystemClock().now(), tab)
    if as_json:
        print_json([_json(one) for one in found])
        return
    table = Table(Column(_("编号"), no_wrap=True), _("报告"), _("状态"), _("时限"), "")
    for one in found:
        due = one.deadline.due_at
        table.add_row(
            one.report.key,
            f"{one.report.label} {one.report.subject}".strip(),
            _(REPORT_STATE_WORDS[one.report.state]),
            "—" if due is None else due.astimezone().isoformat(timespec="minutes"),
            _(TIMING_WORDS[one.deadline.timing]),
        )
    Console().print(table)


@reports.command("show")
def show(key: Key, as_json: AsJson = False) -> None:
    """Show one report with its history; exit code 1 where its chain is broken."""
    with stored() as database, database.reading() as session:
        record = read_report(session, _site(), key, SystemClock().now())
    if as_json:
        print_json(_json(record.listed))
    else:
        report = record.listed.report
        typer.echo(
            f"{report.key}  {_(REPORT_STATE_WORDS[report.state])}  {report.subject}".rstrip()
        )
        for event in record.history:
            at = event.at.astimezone().isoformat(timespec="seconds")
            why = str(event.detail.get("reason", ""))
            typer.echo(f"{at}  {_(REPORT_STEP_WORDS[event.step])}  {event.actor}  {why}".rstrip())
        for name, checksum in report.files.items():
            typer.echo(f"{name}  sha256 {checksum}")
    if record.broken_at is not None:
        typer.echo(_("事件链在第 {n} 环断裂。").format(n=record.broken_at), err=True)
        raise typer.Exit(1)


@reports.command("flash")
def flash(
    subject: Annotated[str, typer.Argument(help="What it is about.")],
    duty: Annotated[str, typer.Option(help="Which declared flash report.")] = "flash",
    minutes_ago: Annotated[int, typer.Option(min=0, help="How long ago it happened.")] = 0,
    who: Who = "",
    password_stdin: FromInput = False,
    as_json: AsJson = False,
) -> None:
    """Begin a flash report; its clock runs from now."""
    with _step(duty, who, password_stdin) as uow:
        at = uow.clock.now() - timedelta(minutes=minutes_ago)
        _say(trigger_flash_report(uow, _site(), duty, subject, at), as_json)


@reports.command("draft")
def draft(
    key: Key, who: Who = "", password_stdin: FromInput = False, as_json: AsJson = False
) -> None:
    """Freeze the data of a report as they are now."""
    site, now = _site(), SystemClock().now()
    with stored() as database:
        actor = _person(database, who, password_stdin)
        with database.reading() as session:
            prepared = prepare_draft(session, site, key, actor, now)
        with _work(database, actor, key) as uow:
            _say(draft_report(uow, prepared), as_json)


@reports.command("write")
def write(
    key: Key,
    section: Annotated[str, typer.Option(help=f"One of {', '.join(TEXT_NAMES)}.")],
    file: Annotated[Path, typer.Argument(help="A text file in UTF-8.", exists=True)],
    who: Who = "",
    password_stdin: FromInput = False,
    as_json: AsJson = False,
) -> None:
    """Put the author's text into one section of a draft."""
    text = file.read_text("utf-8-sig")
    with stored() as database:
        actor = _person(database, who, password_stdin)
        with _work(database, actor, key) as uow:
            report = find_report(uow.session, key)
            texts = {**report.texts, section: text}
            _say(write_report(uow, key, texts, report.version), as_json)


@reports.command("submit")
def submit(
    key: Key,
    to: Annotated[list[str], typer.Option(help="Whom; repeatable.")],
    via: Annotated[DeliveryMeans, typer.Option(help="How.")] = DeliveryMeans.NETWORK,
    with_pdf: Annotated[bool, typer.Option("--pdf", help="Keep a PDF as well.")] = False,
    who: Who = "",
    password_stdin: FromInput = False,
    as_json: AsJson = False,
) -> None:
    """Make the files of a reviewed report, keep them, and record that they went out."""
    store, site = evidence_store(load_settings()), _site()
    with stored() as database:
        actor = _person(database, who, password_stdin)
        with database.reading() as session:
            prepared = prepare_submission(session, store, key, actor, with_pdf)
        with _work(database, actor, key) as uow:
            _say(submit_report(uow, site, prepared, to, via), as_json)


@reports.command("review")
def review(
    key: Key, who: Who = "", password_stdin: FromInput = False, as_json: AsJson = False
) -> None:
    """Let a report pass that somebody else wrote."""
    with _step(key, who, password_stdin) as uow:
        _say(review_report(uow, key), as_json)


@reports.command("hand-back")
def hand_back(
    key: Key, reason: Why, who: Who = "", password_stdin: FromInput = False, as_json: AsJson = False
) -> None:
    """Give a report back to its author."""
    with _step(key, who, password_stdin) as uow:
        _say(hand_back_report(uow, key, reason), as_json)


@reports.command("receipt")
def receipt(
    key: Key, who: Who = "", password_stdin: FromInput = False, as_json: AsJson = False
) -> None:
    """The purchaser's receipt: it came and is whole."""
    with _step(key, who, password_stdin) as uow:
        _say(receive_report(uow, key), as_json)


@reports.command("return")
def send_back(
    key: Key,
    reason: Why,
    is_whole: Annotated[
        bool, typer.Option("--whole/--incomplete", help="Whether nothing was missing.")
    ],
    who: Who = "",
    password_stdin: FromInput = False,
    as_json: AsJson = False,
) -> None:
    """The purchaser's return."""
    with _step(key, who, password_stdin) as uow:
        _say(return_report(uow, key, reason, is_whole), as_json)


@reports.command("waive")
def waive(
    key: Key, reason: Why, who: Who = "", password_stdin: FromInput = False, as_json: AsJson = False
) -> None:
    """The purchaser lets a report go before it is due."""
    with _step(key, who, password_stdin) as uow:
        _say(waive_report(uow, _site(), key, reason), as_json)


@reports.command("file")
def write_file(
    key: Key,
    kind: Annotated[ReportFile, typer.Option(help="Which file.")] = ReportFile.WORD,
    output: Annotated[Path | None, typer.Option(help="Where to; KEY.KIND here.")] = None,
) -> None:
    """Write a report's file as it would go out now; PDF needs LibreOffice."""
    target = output or Path(f"{key}.{kind}")
    with stored() as database, database.reading() as session:
        target.write_bytes(file_of_report(session, find_report(session, key), kind))
    typer.echo(str(target))


@contextmanager
def _step(key: str, who: str, password_stdin: bool) -> Iterator[UnitOfWork]:
    with stored() as database:
        actor = _person(database, who, password_stdin)
        with _work(database, actor, key) as uow:
            yield uow


@contextmanager
def _work(database: Database, actor: Actor, key: str) -> Iterator[UnitOfWork]:
    """A unit of work; that somebody was the wrong person is audited though it is undone."""
    clock = SystemClock()
    try:
        with unit_of_work(database, EventBus(), clock, actor) as uow:
            yield uow
    except Forbidden as error:
        with unit_of_work(database, None, clock, actor) as uow:
            uow.audit("refused", REPORT, key, {"reason": str(error.title)})
        raise


def _person(database: Database, who: str, password_stdin: bool) -> Actor:
    """Who signs in; without a name the machine's operator, whom two-person steps refuse."""
    if not who:
        return operator()
    password = sys.stdin.readline().rstrip("\n") if password_stdin else getpass.getpass()
    return authenticate(database, who, password, SystemClock()).actor


def _say(report: OwedReport, as_json: bool) -> None:
    if as_json:
        print_json({"key": report.key, "state": report.state.value, "version": report.version})
    else:
        typer.echo(f"{report.key}\t{report.state}\t{report.version}")


def _json(one: ListedReport) -> JsonValue:
    dumped: JsonValue = report_model(one).model_dump(mode="json")
    return dumped


def _(text: str) -> str:
    return translate(text, load_settings().language)


def _site() -> Site:
    return load_site(load_settings().inventory)
