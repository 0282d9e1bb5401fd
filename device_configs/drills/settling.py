"""What drills left whose runner was killed: the twin mended, and their end put on record.

A drill in the running twin holds the lock of deployments, which dies with whoever runs it, so who
holds that lock knows that every drill without an end was killed.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from device_configs.deploy.exclusion import Holder, take_deployment_lock
from device_configs.drills.mending import MARK, mend_left_over
from device_configs.drills.read import unfinished_drills
from device_configs.drills.service import record_end
from device_configs.drills.terms import DrillPlace
from device_configs.twin.client import TwinClient
from device_configs.twin.refusals import TwinNotRunning
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.errors import Conflict
from ops_core.kernel.permissions import Actor

KILLED = "killed"
"""Why a drill ended before all of its faults were done: whoever ran it was killed."""
SETTLER = Actor.system("drills")

Unit = Callable[[], AbstractContextManager[UnitOfWork]]


def settle_killed(unit: Unit, client: TwinClient, state_directory: Path) -> tuple[str, ...]:
    """Settle the drills of the running twin; returns what was mended, and the numbers of those that
    were ended.

    Nothing while a drill or a deployment goes on. ``unit`` begins a unit of work.
    """
    with unit() as uow:
        unfinished = unfinished_drills(uow.session, DrillPlace.TWIN)
        now = uow.clock.now()
    if not unfinished and not (state_directory / MARK).exists():
        return ()
    try:
        lock = take_deployment_lock(state_directory, Holder(str(SETTLER), now))
    except Conflict:
        return ()
    try:
        return (*_mended(client, state_directory), *end_killed(unit, DrillPlace.TWIN))
    finally:
        lock.release()


def end_killed(unit: Unit, place: DrillPlace) -> tuple[str, ...]:
    """Put the end of every drill at ``place`` on record that has none; for who holds the lock under
    which all of them run. Returns their numbers."""
    with unit() as uow:
        found = unfinished_drills(uow.session, place)
        for drill in found:
            record_end(uow, drill.number, KILLED)
    return tuple(drill.number for drill in found)


def _mended(client: TwinClient, state_directory: Path) -> tuple[str, ...]:
    """A twin that is gone took with it what was broken."""
    try:
        return mend_left_over(client, state_directory)
    except TwinNotRunning:
        (state_directory / MARK).unlink(missing_ok=True)
        return ()
