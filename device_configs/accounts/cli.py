"""``zhishou accounts``: the accounts on the devices, held against the declared ones."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ops_core.kernel.command_line import command_group, operator, print_json, stored

if TYPE_CHECKING:
    from pydantic import JsonValue

    from device_configs.accounts.record import AccountAudit

accounts = command_group("accounts", "Accounts on the devices, against the declared ones.")

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]


@accounts.command("audit")
def audit_accounts_command(
    limit: Annotated[
        list[str] | None,
        typer.Option("--limit", "-l", help="A device, role or seat; may be repeated."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Collect and judge all accounts; exit code 1 a finding, 2 only something unknown."""
    from rich.console import Console

    from device_configs.accounts.service import audit_accounts, audited_places
    from device_configs.deploy.remote import shells_to
    from device_configs.deploy.work import DeploymentWork
    from device_configs.site import load_site
    from ops_core.kernel.clock import SystemClock
    from ops_core.kernel.events import EventBus
    from ops_core.kernel.settings import load_settings

    settings = load_settings()
    site = load_site(settings.inventory)
    audited_places(site, limit or ())
    console = Console(stderr=True, highlight=False)

    def show(device: str, problem: str) -> None:
        console.print(f"{device:10} {problem or 'read'}", markup=False)

    with stored() as database, shells_to(settings, site) as shells:
        work = DeploymentWork(site, settings, database, EventBus(), SystemClock())
        done = audit_accounts(work, shells, operator(), limit or (), show)
    if as_json:
        print_json(_audit_json(done))
    else:
        _show_findings(done)
    if done.judgement.findings:
        raise typer.Exit(1)
    if any(doubt.device in done.devices for doubt in done.judgement.doubts):
        raise typer.Exit(2)


@accounts.command("list")
def list_accounts(as_json: AsJson = False) -> None:
    """Every account of the last audit, and what is wrong with it."""
    from device_configs.accounts.record import read_last_audit

    with stored() as database, database.reading() as session:
        audit = read_last_audit(session)
    if as_json:
        print_json(_audit_json(audit))
        return
    _show_findings(audit)
    for account in audit.judgement.accounts:
        used = "" if account.last_used is None else f"{account.last_used:%Y-%m-%d %H:%M:%SZ}"
        declared = "declared" if account.is_declared else "undeclared"
        there = "there" if account.exists else "absent"
        typer.echo(f"{account.device:10} {account.name:16} {account.protocol:5} {declared:10} "
                   f"{there:6} {used} {account.last_source}")  # fmt: skip


@accounts.command("export")
def export_accounts(
    output: Annotated[Path, typer.Argument(help="The workbook to write (.xlsx).")],
) -> None:
    """Write the last audit as an Excel workbook."""
    from device_configs.accounts.record import read_last_audit
    from device_configs.accounts.sheets import audit_sheets
    from device_configs.documents.speech import Speech
    from device_configs.documents.workbook import workbook
    from device_configs.site import load_site
    from ops_core.kernel.errors import Invalid
    from ops_core.kernel.i18n import Language
    from ops_core.kernel.settings import load_settings

    settings = load_settings()
    with stored() as database, database.reading() as session:
        audit = read_last_audit(session)
    tables = audit_sheets(load_site(settings.inventory), audit, Speech(Language(settings.language)))
    try:
        output.write_bytes(workbook(audit.number, tables))
    except OSError as error:
        raise Invalid("文件无法写入", str(error), "换一个位置") from error
    typer.echo(str(output))


def _show_findings(audit: "AccountAudit") -> None:
    found = audit.judgement
    for one in found.findings:
        typer.echo(f"{one.reason.fault:9} {one.device:10} {one.name:16} {one.reason}  {one.detail}")
    unread = sorted({d.device for d in found.doubts if d.device in audit.devices})
    counts = ", ".join(f"{count} {fault}" for fault, count in found.counts().items())
    unknown = f"; unknown: {' '.join(unread)}" if unread else ""
    typer.echo(f"{audit.number} of {audit.at:%Y-%m-%d %H:%M:%SZ}: {counts}{unknown}")


def _audit_json(audit: "AccountAudit") -> "dict[str, JsonValue]":
    from device_configs.accounts.record import payload_of

    return {
        "number": audit.number, "at": audit.at.isoformat(), "author": audit.author,
        **payload_of(audit.devices, audit.judgement),
    }  # fmt: skip
