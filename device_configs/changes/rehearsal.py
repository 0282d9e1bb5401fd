"""A change carried out in a twin of its own, from what the devices have now.

The twin starts with the devices' files as they are, read over SSH, and then goes the whole way of
the change: the same engine, gates and trials, in a state directory that is gone afterwards.
"""

import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from device_configs.changes import service
from device_configs.changes.carrying import ChangeWork, OnStep, carry_out, record_request
from device_configs.changes.decisions import require_state
from device_configs.changes.device_files import read_trees
from device_configs.changes.happenings import ChangeRehearsed
from device_configs.changes.history import NetworkChange
from device_configs.changes.methods import method_of
from device_configs.changes.model import ChangeKind, ChangeMethod
from device_configs.changes.read import read_change
from device_configs.changes.states import ChangeState
from device_configs.deploy.playbook import PlaybookRun, run_playbook
from device_configs.deploy.rendered import SECRETS, handed_over
from device_configs.deploy.runner import SITE_PLAYBOOK
from device_configs.render import Secrets, Tree
from device_configs.twin.namespace import inside_network
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import migrate, open_database
from ops_core.kernel.errors import Conflict
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor
from ops_core.kernel.settings import Settings

if TYPE_CHECKING:
    from device_configs.deploy.lab import Lab

REHEARSER, SECOND = Actor.system("rehearsal"), Actor.system("rehearsal-approver")


@dataclass(frozen=True)
class _Stage:
    """Where a rehearsal takes place: settings of a folder of its own, and the devices' trees."""

    settings: Settings
    trees: Mapping[str, Tree]
    secrets: Secrets


def rehearse_change(
    work: ChangeWork, actor: Actor, number: str, on_step: OnStep
) -> ChangeRehearsed:
    """Carry the change out in a twin and put the result on record.

    Raises Conflict for one that runs or is over, for a rollback (what is kept of the former files
    is on the devices themselves), and where a device's files cannot be read.
    """
    with work.database.reading() as session:
        change = read_change(session, number)
    require_state(change, ChangeState.PLANNED, ChangeState.REHEARSED, ChangeState.APPROVED)
    if change.request.kind is ChangeKind.ROLLBACK:
        raise Conflict("回退变更不能演练", remedy="设备上保留的原配置只在设备本身")
    boxes = [d.name for d in work.site.deployed if method_of(d) is ChangeMethod.NAPALM]
    if boxes:  # the twin has no such device, and a site without them proves nothing
        raise Conflict(
            "有厂商设备的站点不能在孪生网络中演练",
            "、".join(boxes),
            "用 zhishou lab vendor up --stand-in 启动模拟设备后试做该变更",
        )
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as folder:
        rehearsed = _rehearse(work, change, Path(folder), on_step)
    result = ChangeRehearsed(
        succeeded=rehearsed.state is ChangeState.CONFIRMED,
        outcome=rehearsed.state.value,
        seconds=round(time.monotonic() - began, 1),
        messages=(rehearsed.message,) if rehearsed.message else (),
        gaps_ms=tuple(
            stage.gate.judged.longest_gap_ms
            for stage in rehearsed.stages
            if stage.gate is not None and stage.gate.judged.longest_gap_ms is not None
        ),
    )
    with unit_of_work(work.database, work.bus, work.clock, actor) as uow:
        service.record_rehearsal(uow, number, result)
    return result


def _rehearse(
    work: ChangeWork, change: NetworkChange, folder: Path, on_step: OnStep
) -> NetworkChange:
    from device_configs.deploy.lab import deployed_lab

    with work.network() as network:
        trees = read_trees(work.site, work.settings, network)
    settings = work.settings.model_copy(update={"state_directory": folder, "database_url": None})
    shutil.copy(work.settings.state_directory / SECRETS, folder / SECRETS)
    secrets = Secrets.load(folder / SECRETS)
    with deployed_lab(settings) as lab:
        _bring_as_they_are(lab, _Stage(settings, trees, secrets))
        database = open_database(settings)
        migrate(database.engine)
        try:
            rehearsing = replace(
                work, settings=settings, database=database, bus=EventBus(), twin=lab.client
            )
            return _go(rehearsing, change, on_step)
        finally:
            database.close()


def _bring_as_they_are(lab: "Lab", stage: _Stage) -> None:
    """The twin's devices get the files that the real ones have."""
    packed = {name: tree.packed(stage.secrets.hidden) for name, tree in stage.trees.items()}
    with inside_network(lab.network), handed_over(packed) as environment:
        run = PlaybookRun(SITE_PLAYBOOK, tuple(packed), environment=environment)
        outcome = run_playbook(stage.settings, run, lambda _: None)
    if outcome != "successful":
        raise Conflict("演练环境未能就绪", remedy="用 zhishou deploy --check 查看设备现状")


def _go(work: ChangeWork, change: NetworkChange, on_step: OnStep) -> NetworkChange:
    request = change.request.model_copy(update={"window": None})
    number = record_request(work, REHEARSER, request)
    with unit_of_work(work.database, work.bus, work.clock, SECOND) as uow:
        service.approve(uow, number)
    return carry_out(work, REHEARSER, number, on_step=on_step)
