"""Run a drill in the twin: each fault measured and on record, the twin whole at the end."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from device_configs.deploy.exclusion import Holder, take_deployment_lock
from device_configs.deploy.lab import Lab
from device_configs.drills.faults import DrillFault
from device_configs.drills.judging import DrillFigure, Worsening
from device_configs.drills.measuring import measure
from device_configs.drills.mending import mended_afterwards
from device_configs.drills.service import record_end, record_figure, record_start
from device_configs.drills.settling import SETTLER, end_killed
from device_configs.drills.terms import DrillPlace, DrillTerms
from ops_core.kernel.clock import Clock
from ops_core.kernel.commands import UnitOfWork, unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor

INTERRUPTED, WINDOW_OVER = "interrupted", "its window was over"
"""Why a drill ended before all of its faults were done."""


@dataclass(frozen=True)
class DrillWork:
    """What a drill needs besides its faults."""

    lab: Lab
    database: Database
    bus: EventBus
    clock: Clock
    actor: Actor

    def unit(self) -> AbstractContextManager[UnitOfWork]:
        """A unit of work in the name of whoever runs the drill."""
        return unit_of_work(self.database, self.bus, self.clock, self.actor)

    def settling(self) -> AbstractContextManager[UnitOfWork]:
        """One in the name of who ends what a killed drill left."""
        return unit_of_work(self.database, self.bus, self.clock, SETTLER)


def run_drill(
    work: DrillWork,
    faults: Sequence[DrillFault],
    terms: DrillTerms,
    on_figure: Callable[[DrillFigure, Worsening | None], None] = lambda *_: None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> str:
    """Do every fault in turn; returns the drill's number, the rest is on record.

    A fault that cannot be measured does not end the others; behind the end of its window, and once
    it ``is_stopped``, no further one is begun. Raises Conflict while a deployment or
    another drill goes on, and when the twin is not whole.
    """
    directory = work.lab.settings.state_directory
    lock = take_deployment_lock(directory, Holder(str(work.actor), work.clock.now()))
    try:
        if terms.place is DrillPlace.TWIN:  # the one this lock is about
            end_killed(work.settling, DrillPlace.TWIN)
        with mended_afterwards(work.lab.client, directory):
            with work.unit() as uow:
                number = record_start(uow, faults, ZoneInfo(work.lab.site.contract.timezone), terms)
            lock.name(Holder(str(work.actor), work.clock.now(), number))
            trouble = INTERRUPTED
            try:
                for fault in faults:
                    if terms.closes is not None and work.clock.now() >= terms.closes:
                        trouble = WINDOW_OVER
                        break
                    if is_stopped():
                        break
                    figure = measure(work.lab, fault, terms.repeats)
                    with work.unit() as uow:
                        worsening = record_figure(uow, number, figure)
                    on_figure(figure, worsening)
                else:
                    trouble = ""
            finally:
                with work.unit() as uow:
                    record_end(uow, number, trouble)
    finally:
        lock.release()
    return number
