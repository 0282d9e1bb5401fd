"""``zhishou backup``: configurations as the devices have them, kept in git without secrets."""

from typing import TYPE_CHECKING, Annotated

import typer

from ops_core.kernel.command_line import command_group, operator, print_json, stored
from ops_core.kernel.errors import NotFound

if TYPE_CHECKING:
    from pydantic import JsonValue

    from device_configs.backups.model import BackupRecord
    from device_configs.backups.repository import BackupRepository

backup = command_group("backup", "Configurations as the devices have them, kept in git.")

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]
Limit = Annotated[
    list[str] | None, typer.Option("--limit", "-l", help="A device or role; may be repeated.")
]
DeviceName = Annotated[str, typer.Argument(help="A declared device.")]
AtRevision = Annotated[
    str | None,
    typer.Option("--revision", "-r", help="Begin of a revision; the newest if not given."),
]


def _repository() -> "BackupRepository":
    from device_configs.backups.repository import BackupRepository
    from ops_core.kernel.settings import load_settings

    return BackupRepository(load_settings().state_directory)


@backup.command("run")
def run_backup(limit: Limit = None, as_json: AsJson = False) -> None:
    """Read every device and commit what is different; exit code 1 when one could not be read."""
    from rich.console import Console

    from device_configs.backups.model import BackupCause
    from device_configs.backups.service import BackupOrder, take_backup
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
    console = Console(stderr=True, highlight=False)

    def show(device: str, problem: str) -> None:
        console.print(f"{device:10} {problem or 'read'}", markup=False)

    with stored() as database, shells_to(settings, site) as shells:
        work = DeploymentWork(site, settings, database, EventBus(), SystemClock())
        order = BackupOrder(BackupCause.REQUEST, tuple(limit or ()))
        done = take_backup(work, shells, operator(), order, show)
    if as_json:
        print_json(_record_json(done))
    else:
        _show_record(done)
    if not done.succeeded:
        raise typer.Exit(1)


def _record_json(record: "BackupRecord") -> "dict[str, JsonValue]":
    return {
        "number": record.number,
        "at": record.at.isoformat(),
        "author": record.author,
        "cause": str(record.cause),
        "changes": [*record.changes],
        "revision": record.revision,
        "succeeded": record.succeeded,
        "devices": [
            {"device": r.device, "state": str(r.state), "message": r.message}
            for r in record.results
        ],
    }


def _show_record(record: "BackupRecord") -> None:
    from device_configs.backups.model import CopyState

    counts = [f"{sum(r.state is state for r in record.results)} {state}" for state in CopyState]
    typer.echo(f"{record.number}: {', '.join(counts)}"
               f"; revision {record.revision[:12] or 'unchanged'}")  # fmt: skip


@backup.command("list")
def list_revisions(
    device: Annotated[str | None, typer.Option("--device", help="Only of this device.")] = None,
    count: Annotated[int, typer.Option("--count", min=1, help="How many at most.")] = 20,
    as_json: AsJson = False,
) -> None:
    """The newest commits first: when, whose change, which devices."""
    found = _repository().revisions(device, count)
    if as_json:
        print_json([
            {"revision": r.identifier, "at": r.at.isoformat(), "author": r.author,
             "summary": r.summary, "devices": list(r.devices)}
            for r in found
        ])  # fmt: skip
        return
    for revision in found:
        devices = " ".join(revision.devices)
        typer.echo(f"{revision.identifier[:12]}  {revision.at.astimezone():%Y-%m-%d %H:%M:%S}  "
                   f"{revision.author}  {revision.summary}  {devices}")  # fmt: skip


@backup.command("show")
def show_copy(
    device: DeviceName,
    path: Annotated[str | None, typer.Argument(help="One of its texts; all if not given.")] = None,
    revision: AtRevision = None,
    as_json: AsJson = False,
) -> None:
    """The texts of a device as of a revision; secrets read as ``<secret:...>``."""
    repository = _repository()
    texts = repository.texts(repository.revision(revision), device)
    if path is not None:
        named = path.lstrip("/")
        chosen = {p: t for p, t in texts.items() if p in (named, f"files/{named}")}
        if not chosen:
            raise NotFound("备份中没有这个文件", path, "、".join(texts))
        texts = chosen
    if as_json:
        print_json(dict(texts))
        return
    for name, text in texts.items():
        typer.echo(f"# {name}\n{text}", nl=not text.endswith("\n"))


@backup.command("diff")
def diff_revisions(
    device: DeviceName,
    before: Annotated[str, typer.Argument(help="Begin of the earlier revision.")],
    after: Annotated[
        str | None, typer.Argument(help="Begin of the later revision; the newest if not given.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """What changed on a device between two revisions; exit code 1 when anything did."""
    from device_configs.backups.model import differences

    repository = _repository()
    old, new = repository.revision(before), repository.revision(after)
    found = differences(
        repository.texts(old, device), repository.texts(new, device),
        (f"{old.identifier[:12]}/", f"{new.identifier[:12]}/"),
    )  # fmt: skip
    if as_json:
        print_json({"before": old.identifier, "after": new.identifier, "difference": found})
    else:
        typer.echo(found, nl=False)
    if found:
        raise typer.Exit(1)


@backup.command("restore")
def restore_backup(
    revision: Annotated[str, typer.Argument(help="Begin of a revision.")],
    limit: Limit = None,
    reason: Annotated[str, typer.Option(help="Why; the plan is put on record then.")] = "",
    ticket: Annotated[str, typer.Option(help="Number of the request it belongs to.")] = "",
    window: Annotated[
        str, typer.Option(help="When: 22:00/02:00 or 2026-11-29 22:00/2026-11-30 02:00.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Plan a change back to what devices had as of a revision; with a reason, record it.

    It shows what would change. `zhishou net rehearse`, `approve` and `apply` carry it out.
    """
    from device_configs.changes.carrying import draw_up_restore, record_request
    from device_configs.changes.cli import changing
    from device_configs.changes.model import REVERT_IN_S, ChangeKind, ChangeRequest
    from device_configs.changes.report import plan_json, show_plan
    from device_configs.changes.windows import read_window

    with changing() as work:
        actor = operator()
        asked = read_window(window, work.clock.now(), work.zone) if window else None
        whole, plan = draw_up_restore(work, actor, revision, limit or (), revert_in_s=REVERT_IN_S)
        number = ""
        if reason and plan.stages:
            number = record_request(work, actor, ChangeRequest(
                plan=plan, reason=reason, ticket=ticket, kind=ChangeKind.RESTORE, revision=whole,
                window=asked,
            ))  # fmt: skip
    if as_json:
        print_json(plan_json(plan) | {"number": number, "revision": whole})
    else:
        show_plan(plan, number)


@backup.command("verify")
def verify_backups(as_json: AsJson = False) -> None:
    """Read every object of the repository; exit code 1 when a deployed device has no copy."""
    from device_configs.site import load_site
    from ops_core.kernel.settings import load_settings

    repository = _repository()
    objects = repository.check()
    newest = repository.revision(None)
    held = set(repository.devices(newest))
    missing = [d.name for d in load_site(load_settings().inventory).deployed if d.name not in held]
    if as_json:
        print_json({
            "objects": objects, "newest": newest.identifier, "at": newest.at.isoformat(),
            "devices": len(held), "without_copy": [*missing],
        })  # fmt: skip
    else:
        typer.echo(f"{objects} objects are whole; {len(held)} devices have a copy, "
                   f"the last commit is of {newest.at.astimezone():%Y-%m-%d %H:%M:%S}")  # fmt: skip
        for name in missing:
            typer.echo(f"{name} has no copy", err=True)
    if missing:
        raise typer.Exit(1)
