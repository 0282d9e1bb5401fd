"""The play ``backup``: keep what the devices have, or say what would be kept."""

from collections.abc import Mapping, Sequence

from device_configs.backups.model import BackupCause, CopyState, differences
from device_configs.backups.repository import BackupRepository
from device_configs.backups.service import BackupOrder, read_copies, redaction_of, take_backup
from device_configs.plays.controller import ControllerWork
from device_configs.plays.outcomes import HostOutcome
from ops_core.kernel.errors import NotFound
from ops_core.kernel.permissions import Permission, require

Copies = Mapping[str, Mapping[str, str]]


def back_up(
    given: ControllerWork, hosts: Sequence[str], *, check: bool
) -> dict[str, HostOutcome]:  # fmt: skip
    """Take a backup of the hosts, on record; ``check`` reads them and writes nothing.

    Raises what :func:`device_configs.backups.service.take_backup` does.
    """
    require(given.actor, Permission.DEPLOY)
    repository = BackupRepository(given.work.settings.state_directory)
    before = kept_copies(repository, hosts)
    after, problems = _read(given, hosts) if check else _take(given, repository, hosts)
    return {host: outcome_of(before, after, problems, host) for host in hosts}


def outcome_of(
    before: Copies, after: Copies, problems: Mapping[str, str], host: str
) -> HostOutcome:  # fmt: skip
    """What changed in the copy of a host; one that could not be read keeps its last; pure."""
    if host in problems:
        return HostOutcome(problems[host])
    return HostOutcome(diff=differences(before.get(host, {}), after.get(host, {})))


def kept_copies(repository: BackupRepository, hosts: Sequence[str]) -> dict[str, dict[str, str]]:
    """The newest copy of each host; none of those that were never read."""
    found = {}
    for host in hosts:
        try:
            found[host] = dict(repository.texts(repository.revision(None), host))
        except NotFound:
            continue
    return found


def _read(given: ControllerWork, hosts: Sequence[str]) -> tuple[Copies, Mapping[str, str]]:
    redaction = redaction_of(given.work, keep=False)
    return read_copies(given.work, given.shells, hosts, redaction, given.show)


def _take(
    given: ControllerWork, repository: BackupRepository, hosts: Sequence[str]
) -> tuple[Copies, Mapping[str, str]]:
    order = BackupOrder(BackupCause.REQUEST, tuple(hosts))
    done = take_backup(given.work, given.shells, given.actor, order, given.show)
    problems = {r.device: r.message for r in done.results if r.state is CopyState.FAILED}
    return kept_copies(repository, hosts), problems
