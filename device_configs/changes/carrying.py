"""From the command of a person to a change that is carried out: locks, record, engine, gates."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from device_configs.backups.restoring import BackupSource
from device_configs.changes import service
from device_configs.changes.engine import ChangeEngine, Draining, Gates
from device_configs.changes.fleet import Fleet, MixedFleet
from device_configs.changes.gates import SiteGates
from device_configs.changes.happenings import Happening
from device_configs.changes.history import NetworkChange
from device_configs.changes.left_trials import require_no_left_trial
from device_configs.changes.linux import LinuxFleet
from device_configs.changes.locks import locked_devices
from device_configs.changes.methods import method_of, methods_of
from device_configs.changes.model import ChangeKind, ChangeMethod, ChangePlan, ChangeRequest
from device_configs.changes.planning import WIDEST, plan_change
from device_configs.changes.read import read_change
from device_configs.changes.recording import ChangeRecorder
from device_configs.changes.seat_watch import SeatWatch
from device_configs.changes.stage_draining import PairDraining
from device_configs.changes.states import Place
from device_configs.changes.vendor import vendor_fleet
from device_configs.deploy.exclusion import Holder, take_deployment_lock
from device_configs.deploy.selection import select_devices
from device_configs.draining.shell import SshShell
from device_configs.proofs.prove import DeclaredProofs
from device_configs.site.model import Site
from device_configs.twin.client import TwinClient
from device_configs.twin.refusals import TwinNotRunning
from ops_core.kernel.clock import Clock
from ops_core.kernel.commands import UnitOfWork, unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.errors import Conflict
from ops_core.kernel.events import EventBus
from ops_core.kernel.i18n import message
from ops_core.kernel.permissions import Actor, Permission, require
from ops_core.kernel.settings import Settings

DRAINED_LONGER_S = 120
OnStep = Callable[[str, Happening], None]


@dataclass(frozen=True)
class ChangeWork:
    """What changes need besides a person. ``twin`` None: the devices stand in a network that the
    process is in itself."""

    site: Site
    settings: Settings
    database: Database
    bus: EventBus
    clock: Clock
    twin: TwinClient | None
    backups: Path | None = field(default=None, kw_only=True)
    """The state directory with the backups, where it is another one than the settings'."""
    sets_unknown: bool = field(default=False, kw_only=True)
    """Whether secrets of vendor boxes of which nothing is known are planned, too."""

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.site.contract.timezone)

    @contextmanager
    def network(self) -> Iterator[int | None]:
        """The network namespace from which devices are reached."""
        if self.twin is None:
            yield None
            return
        network = self.twin.network_namespace(self.site.monitoring_host.name)
        try:
            yield network
        finally:
            os.close(network)

    def draining(self, number: str, plan: ChangePlan, network: int | None) -> Draining:
        """How a half is emptied before it is changed. It stays so for longer than its trial."""
        shell = SshShell(self.site, self.settings.state_directory, network)
        return PairDraining(self.site, shell, number, plan.revert_in_s + DRAINED_LONGER_S)

    def gates(self, plan: ChangePlan, network: int | None, number: str = "") -> Gates:
        """What is asked around each stage. Where seats are watched, their ways stand for the
        services, and of the devices those are asked that carry each other or change."""
        watch = None if self.twin is None else SeatWatch.of(self.site, self.twin)
        files = [d for d in self.site.deployed if method_of(d) is ChangeMethod.LINUX]
        asked = tuple(d.name for d in files if d.partner or d.name in plan.devices)
        asked = () if watch is None else asked
        proofs = DeclaredProofs(self.site)
        return SiteGates(self.site, self.settings, network, proofs, watch, asked, number)

    @property
    def backup_source(self) -> BackupSource:
        state = self.settings.state_directory
        return BackupSource(self.site, self.backups or state, state)

    def fleet(self, network: int | None, revision: str = "") -> Fleet:
        """Every deployed device by its own method, brought to the declaration, or to a backup where
        a ``revision`` is given; whoever asked last closes it."""
        restored = partial(self.backup_source.trees, revision) if revision else None
        methods = methods_of(self.site.deployed)
        fleets: dict[ChangeMethod, Fleet] = {
            ChangeMethod.LINUX: LinuxFleet(self.site, self.settings, network, restored)
        }
        if ChangeMethod.NAPALM in methods.values():
            fleets[ChangeMethod.NAPALM] = vendor_fleet(
                self.site, self.settings, network, sets_unknown=self.sets_unknown
            )
        return MixedFleet(fleets, methods)


@dataclass
class WatchedRecorder(ChangeRecorder):
    """Shows each step as it goes on record."""

    on_step: OnStep = lambda _happened, _happening: None

    def record(self, happened: str, happening: Happening, *, at_once: bool = False) -> None:
        super().record(happened, happening, at_once=at_once)
        self.on_step(happened, happening)


def draw_up_plan(
    work: ChangeWork,
    actor: Actor,
    limit: Sequence[str] = (),
    *,
    widest: int = WIDEST,
    revert_in_s: int,
    repair: bool = False,
    sets_unknown: bool = False,
) -> ChangePlan:
    """Ask the devices (all deployed ones when ``limit`` is empty) and plan; touches nothing.

    ``sets_unknown``: secrets of which nobody knows whether the device has them are set; without,
    the plan names them.

    Raises Forbidden, Invalid for unknown names, Conflict where a device's state is unknown.
    """
    require(actor, Permission.DEPLOY)
    devices = select_devices(work.site, limit)
    work = replace(work, sets_unknown=sets_unknown)
    with work.network() as network, closing(work.fleet(network)) as fleet:
        differences = fleet.compare(devices, {})
    return plan_change(
        work.site, [differences[name] for name in devices],
        widest=widest, revert_in_s=revert_in_s, repair=repair,
    )  # fmt: skip


def draw_up_rollback(work: ChangeWork, actor: Actor, number: str) -> ChangeRequest:
    """The request that takes back what a change confirmed; touches nothing.

    Raises Conflict where there is nothing to take back, or a device has been changed since.
    """
    require(actor, Permission.DEPLOY)
    with work.database.reading() as session:
        change = read_change(session, number)
    service.require_rollback(change)
    former = {
        name: change.trial_token(trail.stage)
        for name, trail in change.devices.items()
        if trail.place is Place.NEW
    }
    with work.network() as network, closing(work.fleet(network)) as fleet:
        differences = fleet.compare(tuple(former), former)
    plan = plan_change(
        work.site, list(differences.values()), revert_in_s=change.request.plan.revert_in_s
    )
    return ChangeRequest(
        plan=plan, reason=change.request.reason, ticket=change.request.ticket,
        kind=ChangeKind.ROLLBACK, of=number, former=former,
    )  # fmt: skip


def draw_up_restore(
    work: ChangeWork,
    actor: Actor,
    revision: str,
    limit: Sequence[str] = (),
    *,
    widest: int = WIDEST,
    revert_in_s: int,
) -> tuple[str, ChangePlan]:
    """The plan that brings devices (all that the revision holds when ``limit`` is empty) to what
    they had as of a backup, with the whole identifier of its commit; touches nothing.

    Raises Forbidden, NotFound for a revision or a device that it does not hold, Invalid for unknown
    names, Conflict where a copy cannot be made whole again or a device's state is unknown.
    """
    require(actor, Permission.DEPLOY)
    source = work.backup_source
    whole = source.revision(revision)
    devices = select_devices(work.site, limit) if limit else source.devices(whole)
    if refused := source.trees(whole, devices).refused:
        raise Conflict(
            "备份中的配置无法完整还原",
            "\n".join(f"{name}: {why}" for name, why in refused.items()),
            "用 --limit 将这些设备排除，或选择另一个版本",
        )
    with work.network() as network, closing(work.fleet(network, whole)) as fleet:
        differences = fleet.compare(devices, {})
    plan = plan_change(
        work.site, [differences[name] for name in devices], widest=widest, revert_in_s=revert_in_s
    )
    return whole, plan


def record_request(work: ChangeWork, actor: Actor, request: ChangeRequest) -> str:
    """Put a plan on record; returns its number."""
    with unit_of_work(work.database, work.bus, work.clock, actor) as uow:
        return service.record_plan(uow, request, work.zone)


def carry_out(
    work: ChangeWork,
    actor: Actor,
    number: str,
    *,
    again: bool = False,
    hold: bool | None = None,
    on_step: OnStep = lambda _happened, _happening: None,
) -> NetworkChange:
    """Begin an approved change, or go on (``again``) with one that was left; returns it as it is in
    the end. ``hold`` None keeps what was chosen at its beginning.

    Raises Forbidden, NotFound, and Conflict: not approved, outside of its window, somebody else
    changes one of its devices, or left one or its other half on trial.
    """
    with work.database.reading() as session:
        known = read_change(session, number)
    waits = known.hold if hold is None else hold

    def begin(uow: UnitOfWork) -> None:
        if again:
            service.begin_again(uow, number, hold=waits)
        else:
            require_no_left_trial(uow.session, work.site, known, work.clock.now())
            service.begin(uow, number, hold=waits)

    return carry_begun(work, actor, known, begin, on_step)


def carry_begun(
    work: ChangeWork,
    actor: Actor,
    known: NetworkChange,
    begin: Callable[[UnitOfWork], None],
    on_step: OnStep = lambda _happened, _happening: None,
    *,
    ends: bool = False,
) -> NetworkChange:
    """Hold the devices of the ``known`` change, put on record what ``begin`` does, and carry the
    change out from there. Raises what ``begin`` does, and Conflict where somebody holds one, or one
    is not ours any more; with ``ends`` the change is only brought to its end, and such devices are
    left out of it."""
    directory, devices = work.settings.state_directory, known.request.plan.devices
    gone = _gone(work.site, known)
    if gone and not ends:
        raise _not_ours(known, gone)
    holder = Holder(str(actor), work.clock.now(), known.number)
    with (
        _alone(known, directory, holder),
        locked_devices(work.site, directory, devices, holder),
    ):
        with unit_of_work(work.database, work.bus, work.clock, actor) as uow:
            begin(uow)
        recorder = WatchedRecorder(
            work.database, work.bus, work.clock, actor, known.number, on_step=on_step
        )
        return _run(work, known, recorder, frozenset(gone))


def _gone(site: Site, change: NetworkChange) -> list[str]:
    """Devices of the change that are declared, or deployed, no more."""
    ours = {device.name for device in site.deployed}
    return [name for name in change.request.plan.devices if name not in ours]


def _not_ours(change: NetworkChange, gone: Sequence[str]) -> Conflict:
    return Conflict(
        "变更中的设备已不在声明中，或不再部署",
        message("变更 {number} 涉及：{devices}。", number=change.number, devices="、".join(gone)),
        "请先把设备放回声明，使变更结束，再从声明中删除；已开始而无人继续的变更由平台自动了结。",
    )


def _run(
    work: ChangeWork, known: NetworkChange, recorder: ChangeRecorder, gone: frozenset[str]
) -> NetworkChange:
    plan, number = known.request.plan, known.number
    with (
        work.network() as network,
        closing(work.fleet(network, known.request.revision)) as fleet,
        closing(work.gates(plan, network, number)) as gates,
    ):
        draining = work.draining(number, plan, network)
        engine = ChangeEngine(recorder, fleet, gates, work.clock, draining, gone=gone)
        return engine.carry_out()


@contextmanager
def _alone(change: NetworkChange, state_directory: Path, holder: Holder) -> Iterator[None]:
    """A deployment excludes the drills and plays that write, and another deployment."""
    if change.request.kind is not ChangeKind.DEPLOYMENT:
        yield
        return
    lock = take_deployment_lock(state_directory, holder)
    try:
        yield
    finally:
        lock.release()


def reach_twin(settings: Settings) -> TwinClient | None:
    """The twin that runs in the state directory; None where none does."""
    client = TwinClient.of(settings.state_directory)
    try:
        client.status()
    except TwinNotRunning:
        return None
    return client
