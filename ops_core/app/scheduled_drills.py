"""The drills that the contract schedules: in a twin of their own, from what the devices have.

No watched device is touched, so nothing that is broken on purpose raises an alarm. The figures are
put on record in the platform's database; what grew reaches the rules by
:mod:`ops_core.app.device_checks`.
"""

import threading
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager, suppress
from zoneinfo import ZoneInfo

from device_configs.changes.carrying import ChangeWork
from device_configs.changes.rehearsal_stand_ins import source_of
from device_configs.changes.rehearsal_twin import (
    read_meminfo,
    rehearsal_folder,
    rehearsal_lab,
    require_room,
    wait_until_well,
)
from device_configs.deploy.exclusion import Holder
from device_configs.drills.faults import DrillFault, devices_of, select_faults
from device_configs.drills.read import last_scheduled, unfinished_drills
from device_configs.drills.running import DrillWork, run_drill
from device_configs.drills.schedule import due_until
from device_configs.drills.settling import SETTLER, end_killed, settle_killed
from device_configs.drills.terms import DrillCause, DrillPlace, DrillTerms
from device_configs.site.model import Site
from ops_core.kernel.commands import UnitOfWork, unit_of_work
from ops_core.kernel.errors import Conflict
from ops_core.kernel.permissions import Actor
from ops_core.kernel.workers import Worker

FIRST_AFTER_S = 600.0
"""A platform that has just started has better to do than to start a second twin."""
LOOK_EVERY_S, PAUSE_AFTER_FAILURE_S = 30.0, 900.0
SCHEDULER = Actor.system("scheduled-drills")


class ScheduledDrills:
    """Runs what is due; used from one thread, with which its twin ends."""

    def __init__(self, work: ChangeWork) -> None:
        self._work = work
        self._zone = ZoneInfo(work.site.contract.timezone)

    def run(self, worker: Worker, stop: threading.Event) -> None:
        """Look for a window that is open until ``stop``."""
        with worker.boundary("settle"):
            self.settle()
        stop.wait(FIRST_AFTER_S)
        while not stop.is_set():
            done = False
            with worker.boundary("schedule"):
                self.settle()
                self.look(stop)
                done = True
            worker.succeeded()
            stop.wait(LOOK_EVERY_S if done else PAUSE_AFTER_FAILURE_S)

    def settle(self) -> tuple[str, ...]:
        """Mend what killed drills left in the running twin and end all of them on record; returns
        what was mended and which were ended. Those that go on are left alone."""
        work, state = self._work, self._work.settings.state_directory
        found: tuple[str, ...] = ()
        if work.twin is not None:
            found = settle_killed(self._unit, work.twin, state)
        with self._unit() as uow:
            if not unfinished_drills(uow.session, DrillPlace.OWN_TWIN):
                return found
        with suppress(Conflict), rehearsal_folder(state, Holder(str(SETTLER), work.clock.now())):
            found += end_killed(self._unit, DrillPlace.OWN_TWIN)
        return found

    def _unit(self) -> AbstractContextManager[UnitOfWork]:
        work = self._work
        return unit_of_work(work.database, work.bus, work.clock, SETTLER)

    def look(self, stop: threading.Event) -> str:
        """Do the drill that is due; returns its number, empty where none is.

        Raises Conflict where the twin does not fit, does not come about, or a device cannot be
        read; the window may be tried again then.
        """
        work, schedule = self._work, self._work.site.contract.drills
        with work.database.reading() as session:
            last = last_scheduled(session)
        now = work.clock.now()
        closes = due_until(schedule, last, now, self._zone)
        if schedule is None or closes is None:
            return ""
        require_room(work.site, read_meminfo())
        terms = DrillTerms(schedule.repeats, DrillPlace.OWN_TWIN, DrillCause.SCHEDULE, closes)
        faults = select_faults(work.site, schedule.faults)
        state = work.settings.state_directory
        with rehearsal_folder(state, Holder(str(SCHEDULER), now)) as folder:
            with work.network() as network:
                source = source_of(work.site, work.settings, network, folder)
            with rehearsal_lab(source.settings, folder, source.trees, lambda _: None) as found:
                wait_until_well(found.lab, ())
                faults = without(work.site, faults, source.stand_ins)
                drilling = DrillWork(found.lab, work.database, work.bus, work.clock, SCHEDULER)
                return run_drill(drilling, faults, terms, is_stopped=stop.is_set)


def without(
    site: Site, faults: Sequence[DrillFault], stand_ins: Collection[str]
) -> tuple[DrillFault, ...]:
    """The faults that hang on no device that only stands in for another: what those do says nothing
    of the box; pure."""
    return tuple(fault for fault in faults if not devices_of(site, fault) & set(stand_ins))
