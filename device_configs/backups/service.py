"""Take a backup: ask the devices, commit what is different, put it on record."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from jinja2 import TemplateError
from pydantic import JsonValue

from device_configs.backups.linux import commands_of, copy_of
from device_configs.backups.model import (
    BackupCause,
    BackupRecord,
    CopyState,
    DeviceCopyResult,
    summary_of,
)
from device_configs.backups.redaction import Redaction
from device_configs.deploy.remote import DeviceAnswer, RemoteShells
from device_configs.deploy.rendered import SECRETS
from device_configs.deploy.sections import AnswerBroken
from device_configs.deploy.selection import select_devices
from device_configs.deploy.work import DeploymentWork
from device_configs.render import Secrets, Tree, render_device
from ops_core.kernel.commands import UnitOfWork, unit_of_work
from ops_core.kernel.numbering import BACKUPS
from ops_core.kernel.permissions import Actor, Permission, require
from ops_core.kernel.tables import EventRow

if TYPE_CHECKING:
    from device_configs.backups.repository import Revision

BACKUP, TAKEN = "backup", "BackupTaken"


@dataclass(frozen=True, slots=True)
class BackupOrder:
    """What to back up and in whose name it stands in the history.

    ``limit`` names devices or roles (empty: all); ``author`` is who changed them, where that is
    another one than who takes the backup.
    """

    cause: BackupCause
    limit: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    author: str = ""


def redaction_of(work: DeploymentWork, *, keep: bool = True) -> Redaction:
    """How this installation replaces secrets; ``keep`` False writes nothing of its own."""
    state = work.settings.state_directory
    secrets = Secrets.load(state / SECRETS)
    from device_configs.backups.repository import BackupRepository  # who reads pages needs no git

    return Redaction(BackupRepository(state).key(keep=keep), secrets.hidden)


def trees_of(
    work: DeploymentWork, devices: Sequence[str]
) -> tuple[dict[str, Tree], dict[str, str]]:
    """What the declaration says of each device, and why it says nothing of the others."""
    secrets = Secrets.load(work.settings.state_directory / SECRETS)
    trees: dict[str, Tree] = {}
    problems: dict[str, str] = {}
    for name in devices:
        try:
            trees[name] = render_device(work.site, secrets, name)
        except (TemplateError, LookupError, ValueError, TypeError, RuntimeError) as error:
            problems[name] = f"cannot be rendered: {error}"
    return trees, problems


def read_copies(
    work: DeploymentWork,
    shells: RemoteShells,
    devices: Sequence[str],
    redaction: Redaction,
    on_result: Callable[[str, str], None] = lambda _device, _problem: None,
) -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    """The redacted copy of each device that could be read, and why the others could not."""
    trees, problems = trees_of(work, devices)
    copies: dict[str, dict[str, str]] = {}
    for name, problem in problems.items():
        on_result(name, problem)

    def take(answer: DeviceAnswer) -> None:
        try:
            if answer.problem:
                raise AnswerBroken(answer.problem)
            copies[answer.device] = copy_of(trees[answer.device], answer.sections, redaction)
        except (AnswerBroken, KeyError) as error:
            problems[answer.device] = str(error) or type(error).__name__
        on_result(answer.device, problems.get(answer.device, ""))

    chosen = [work.site.devices[name] for name in trees]
    shells.ask(chosen, lambda device: commands_of(trees[device.name]), take)
    return copies, problems


def take_backup(
    work: DeploymentWork,
    shells: RemoteShells,
    actor: Actor,
    order: BackupOrder,
    on_result: Callable[[str, str], None] = lambda _device, _problem: None,
    within: Callable[[UnitOfWork], None] = lambda _: None,
) -> BackupRecord:
    """Back up the devices; one that cannot be read is on record and leaves the others.

    ``within`` adds to the unit of work that records it. Raises Invalid for unknown names, Conflict
    while another backup runs, Forbidden, and DomainError when the repository cannot be written.
    """
    from device_configs.backups.repository import BackupRepository

    require(actor, Permission.DEPLOY)
    devices = select_devices(work.site, order.limit)
    repository = BackupRepository(work.settings.state_directory)
    with repository.writing():
        copies, problems = read_copies(work, shells, devices, redaction_of(work), on_result)
        summary = summary_of(order.cause, order.changes)
        author = order.author or str(actor)
        revision = repository.commit(copies, author, summary, work.clock.now())
        results = tuple(_result(name, problems, revision) for name in devices)
        return _record(work, actor, order, revision, results, within)


def _result(
    device: str, problems: Mapping[str, str], revision: "Revision | None"
) -> DeviceCopyResult:
    if device in problems:
        return DeviceCopyResult(device, CopyState.FAILED, problems[device])
    is_saved = revision is not None and device in revision.devices
    return DeviceCopyResult(device, CopyState.SAVED if is_saved else CopyState.UNCHANGED)


def _record(
    work: DeploymentWork,
    actor: Actor,
    order: BackupOrder,
    revision: "Revision | None",
    results: tuple[DeviceCopyResult, ...],
    within: Callable[[UnitOfWork], None],
) -> BackupRecord:
    zone = ZoneInfo(work.site.contract.timezone)
    author = order.author or str(actor)
    identifier = "" if revision is None else revision.identifier
    with unit_of_work(work.database, work.bus, work.clock, actor) as uow:
        now = uow.clock.now()
        taken = (EventRow.aggregate_type == BACKUP,)
        number = BACKUPS.on_day_of(now, zone).next_free(uow.session, EventRow.aggregate_id, *taken)
        devices: list[JsonValue] = [
            {"device": r.device, "state": r.state.value, "message": r.message} for r in results
        ]
        payload: dict[str, JsonValue] = {
            "author": author, "cause": order.cause.value, "changes": list(order.changes),
            "revision": identifier, "devices": devices,
        }  # fmt: skip
        uow.event(BACKUP, number, TAKEN, payload, now)
        failed: list[JsonValue] = [r.device for r in results if r.state is CopyState.FAILED]
        uow.audit(TAKEN, BACKUP, number, {"revision": identifier, "failed": failed})
        within(uow)
    return BackupRecord(number, now, author, order.cause, order.changes, identifier, results)
