"""Two changes never meet on a device, whichever process carries them out.

A ``flock`` a device in the state directory, as in :mod:`device_configs.deploy.exclusion`: the
kernel lets it go when the process that holds it dies. What has a partner shares one lock more, so
that the two halves are never changed by two changes at the same time. A deployment holds the locks
of its devices, too.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from device_configs.deploy.exclusion import DeploymentLock, Holder, take_named_lock
from device_configs.site.model import Site
from ops_core.kernel.errors import Conflict
from ops_core.kernel.i18n import message

FOLDER = "changes/locks"
REDUNDANT_SET = "redundant-set"
"""The lock of everything that has a partner."""


def lock_names(site: Site, devices: Iterable[str]) -> tuple[str, ...]:
    """What a change of the devices locks, in the order in which everybody takes them. One that is
    no longer declared may have had a partner."""
    names = set(devices)
    may_be_paired = (name not in site.devices or site.devices[name].partner for name in names)
    paired = {REDUNDANT_SET} if any(may_be_paired) else set()
    return (*sorted(paired), *sorted(names))


def take_device_locks(
    site: Site, state_directory: Path, devices: Sequence[str], holder: Holder
) -> tuple[DeploymentLock, ...]:
    """The locks of the devices. Raises :class:`Conflict`, which says who holds which since when;
    then none is held. Raises :class:`LockNotWritten`."""
    held: list[DeploymentLock] = []
    for name in lock_names(site, devices):
        try:
            held.append(take_named_lock(state_directory, f"{FOLDER}/{name}", holder))
        except BaseException as error:
            for lock in held:
                lock.release()
            if isinstance(error, Conflict):
                raise _taken(name, error) from error
            raise
    return tuple(held)


@contextmanager
def locked_devices(
    site: Site, state_directory: Path, devices: Sequence[str], holder: Holder
) -> Iterator[None]:
    """Hold the devices for a block; see :func:`take_device_locks`."""
    held = take_device_locks(site, state_directory, devices, holder)
    try:
        yield
    finally:
        for lock in held:
            lock.release()


def _taken(name: str, taken: Conflict) -> Conflict:
    return Conflict(
        "另一项变更正在进行",
        message("{name}：{detail}", name=name, detail=taken.detail),
        "等它结束后再试",
        members={**taken.members, "locked": name},
    )
