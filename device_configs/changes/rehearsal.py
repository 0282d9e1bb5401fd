"""A change carried out in a twin of its own, from what the devices have now.

The twin starts with the devices' files as they are, read over SSH, and then goes the whole way of
the change: the same engine, gates and trials, in a state directory that is gone afterwards. Behind
it drills show whether what changed still stands in for its partners.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from device_configs.changes import service
from device_configs.changes.carrying import ChangeWork, carry_out, record_request
from device_configs.changes.decisions import require_rehearsable
from device_configs.changes.happenings import (
    ChangeRehearsed,
    Happening,
    RehearsalDrill,
    RehearsalOutcome,
)
from device_configs.changes.history import NetworkChange
from device_configs.changes.model import ChangePlan
from device_configs.changes.read import read_change
from device_configs.changes.rehearsal_judging import (
    busy_share,
    drill_of,
    outcome_of,
    reasons_of,
)
from device_configs.changes.rehearsal_progress import (
    OnProgress,
    RehearsalCancellation,
    RehearsalPart,
    RehearsalProgress,
    progress_of,
)
from device_configs.changes.rehearsal_stand_ins import (
    TwinSource,
    boxes_of,
    rehearsable_part,
    source_of,
)
from device_configs.changes.rehearsal_twin import (
    RehearsalLab,
    read_meminfo,
    rehearsal_folder,
    rehearsal_lab,
    require_room,
    wait_until_well,
)
from device_configs.changes.states import ChangeState
from device_configs.deploy.exclusion import Holder
from device_configs.deploy.lab import Lab
from device_configs.drills.faults import faults_concerning
from device_configs.drills.measuring import measure
from device_configs.site.model import Site
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database, migrate, open_database
from ops_core.kernel.errors import DomainError
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor, Permission, require

log = logging.getLogger(__name__)

_PROCESSORS = Path("/proc/stat")
REHEARSER, SECOND = Actor.system("rehearsal"), Actor.system("rehearsal-approver")


def rehearse_change(
    work: ChangeWork,
    actor: Actor,
    number: str,
    on_progress: OnProgress = lambda _: None,
    cancellation: RehearsalCancellation | None = None,
) -> ChangeRehearsed:
    """Carry the change out in a twin and put the result on record; the twin is gone then.

    Raises, with nothing on record: Forbidden; Conflict for a change that runs or is over, for a
    rollback (what is kept of the former files is on the devices themselves), while another
    rehearsal goes on, where the change concerns vendors' boxes alone, where the twin does not fit
    into memory beside what runs, and where a device's files cannot be read.
    """
    require(actor, Permission.DEPLOY)
    with work.database.reading() as session:
        change = read_change(session, number)
    require_rehearsable(change)
    boxes = boxes_of(work.site)
    plan = rehearsable_part(change.request.plan, boxes)
    require_room(work.site, read_meminfo())
    holder = Holder(str(actor), work.clock.now(), number)
    run = _Rehearsal(work, change, plan, on_progress, cancellation or RehearsalCancellation())
    with rehearsal_folder(work.settings.state_directory, holder) as folder:
        source = run.read(folder)
        result = run.result(folder, source)
    with unit_of_work(work.database, work.bus, work.clock, actor) as uow:
        service.record_rehearsal(uow, number, result)
    return result


@dataclass
class _Rehearsal:
    """One rehearsal under way, and what is known of it so far. Used by one thread."""

    work: ChangeWork
    change: NetworkChange
    plan: ChangePlan
    """What of it can be rehearsed."""
    on_progress: OnProgress
    cancellation: RehearsalCancellation
    _began: float = field(default_factory=time.monotonic)
    _parts_s: dict[str, float] = field(default_factory=dict)
    _twin_mb: int | None = None
    _busy_share: float = 0.0
    _rehearsed: NetworkChange | None = None
    _drills: list[RehearsalDrill] = field(default_factory=list)

    def read(self, folder: Path) -> TwinSource:
        with self._timed(RehearsalPart.READ), self.work.network() as network:
            return source_of(self.work.site, self.work.settings, network, folder)

    def result(self, folder: Path, source: TwinSource) -> ChangeRehearsed:
        """Whatever ends it: its outcome, with what had been measured until then."""
        try:
            self._go(folder, source)
        except (Exception, KeyboardInterrupt) as error:
            if isinstance(error, KeyboardInterrupt):
                self.cancellation.request(str(REHEARSER))
            if by := self.cancellation.by:
                return self._result(RehearsalOutcome.CANCELLED, (by,))
            if not isinstance(error, DomainError):
                log.exception("the rehearsal of %s broke off", self.change.number)
            words = str(error) or type(error).__name__
            return self._result(RehearsalOutcome.UNKNOWN, (words,))
        ended = self._ended
        outcome = outcome_of(
            ended.state, self._drills, self._busy_share, is_whole=not self._left_out
        )
        message = "" if ended.state is ChangeState.CONFIRMED else ended.message
        return self._result(outcome, reasons_of(message, self._drills))

    @property
    def _left_out(self) -> tuple[str, ...]:
        return tuple(n for n in self.change.request.plan.devices if n not in self.plan.devices)

    @property
    def _ended(self) -> NetworkChange:
        if self._rehearsed is None:
            raise RuntimeError("the change was not rehearsed")
        return self._rehearsed

    def _result(self, outcome: RehearsalOutcome, messages: tuple[str, ...]) -> ChangeRehearsed:
        ended = self._rehearsed
        gates = [] if ended is None else [ended.gate_before, *(s.gate for s in ended.stages)]
        return ChangeRehearsed(
            outcome=outcome,
            seconds=round(time.monotonic() - self._began, 1),
            state=None if ended is None else ended.state,
            messages=messages,
            gates=tuple(gate.judged for gate in gates if gate is not None),
            places={} if ended is None else ended.places,
            not_rehearsed=self._left_out,
            stand_ins=boxes_of(self.work.site),
            drills=tuple(self._drills),
            parts_s=dict(self._parts_s),
            twin_mb=self._twin_mb,
            busy_share=round(self._busy_share, 3),
        )

    def _go(self, folder: Path, source: TwinSource) -> None:
        self.cancellation.check()
        self.on_progress(RehearsalProgress(RehearsalPart.START))
        twin = rehearsal_lab(source.settings, folder, source.trees, self._started)
        with twin as found, self.cancellation.ending(found.lab.client):
            self._take_over(found)
            with self._timed(RehearsalPart.CHANGE):
                self._rehearsed = self._change(found.lab, source.site)
            if self._rehearsed.state is ChangeState.CONFIRMED:
                with self._timed(RehearsalPart.DRILL), self._busy():
                    self._drill(found.lab, source.site)

    def _started(self, _lab: Lab) -> None:
        self.cancellation.check()
        self.on_progress(RehearsalProgress(RehearsalPart.CONFIGURE))

    def _take_over(self, found: RehearsalLab) -> None:
        self._twin_mb = found.twin_mb
        self._parts_s[RehearsalPart.START] = round(found.start_s, 1)
        self._parts_s[RehearsalPart.CONFIGURE] = round(found.configure_s, 1)

    def _change(self, lab: Lab, site: Site) -> NetworkChange:
        wait_until_well(lab, self.plan.devices, self.cancellation.check)
        with self._busy():
            return self._carry_out(lab, site)

    def _carry_out(self, lab: Lab, site: Site) -> NetworkChange:
        with _own_database(replace(self.work, site=site), lab) as rehearsing:
            update = {"window": None, "plan": self.plan}
            request = self.change.request.model_copy(update=update)
            number = record_request(rehearsing, REHEARSER, request)
            with unit_of_work(rehearsing.database, rehearsing.bus, rehearsing.clock, SECOND) as uow:
                service.approve(uow, number)
            return carry_out(rehearsing, REHEARSER, number, on_step=self._on_step)

    def _on_step(self, _happened: str, happening: Happening) -> None:
        self.cancellation.check()
        progress = progress_of(happening)
        if progress is not None:
            self.on_progress(progress)

    def _drill(self, lab: Lab, site: Site) -> None:
        for fault in faults_concerning(site, self.plan.devices):
            self.cancellation.check()
            self.on_progress(RehearsalProgress(RehearsalPart.DRILL, subject=fault.name))
            drill = drill_of(measure(lab, fault, 1))
            self.cancellation.check()  # what a vanishing twin measured is nothing
            self._drills.append(drill)
            self.on_progress(RehearsalProgress(
                RehearsalPart.DRILL, subject=fault.name, verdict=drill.verdict))  # fmt: skip

    @contextmanager
    def _busy(self) -> Iterator[None]:
        """How busy the machine was meanwhile, also where it ends by an error."""
        before = _PROCESSORS.read_text(encoding="ascii")
        try:
            yield
        finally:
            self._busy_share = busy_share(before, _PROCESSORS.read_text(encoding="ascii"))

    @contextmanager
    def _timed(self, part: RehearsalPart) -> Iterator[None]:
        self.on_progress(RehearsalProgress(part))
        began = time.monotonic()
        yield
        self._parts_s[part] = round(time.monotonic() - began, 1)


@contextmanager
def _own_database(work: ChangeWork, lab: Lab) -> Iterator[ChangeWork]:
    """The work of the change with the twin's devices and a record of its own."""
    database = _migrated(open_database(lab.settings))
    try:
        yield replace(
            work, settings=lab.settings, database=database, bus=EventBus(), twin=lab.client,
            backups=work.backups or work.settings.state_directory,
        )  # fmt: skip
    finally:
        database.close()


def _migrated(database: Database) -> Database:
    migrate(database.engine)
    return database
