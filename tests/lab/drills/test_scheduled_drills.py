"""The drill of the schedule in a twin of its own: killed in the middle, and then whole."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from device_configs.changes.carrying import ChangeWork
from device_configs.changes.rehearsal_twin import FOLDER
from device_configs.deploy.lab import Lab
from device_configs.drills.history import DrillRecord
from device_configs.drills.judging import CONTROL_MS, DrillVerdict
from device_configs.drills.mending import broken_parts
from device_configs.drills.read import read_drills
from device_configs.drills.settling import KILLED
from device_configs.drills.terms import DrillCause, DrillPlace
from device_configs.site import Site, load_site
from ops_core.app.scheduled_drills import ScheduledDrills
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.database import open_database
from ops_core.kernel.events import EventBus
from ops_core.kernel.settings import Settings
from tests.migrated import migrated_file
from tests.pace import is_over
from tests.profile import is_nightly

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(
        not is_nightly(),
        reason="two twins, deployed and drilled, take minutes: nightly",
    ),
]
FAULT = "cut rt-a--egov"
IN_THE_WINDOW = datetime(2026, 11, 29, 2, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
BEGUN_WITHIN_S = 240.0
_processes = multiprocessing.get_context("spawn")


def scheduled(site: Site) -> Site:
    """The site with a schedule of one fault."""
    drills = site.contract.drills
    assert drills is not None
    drills = drills.model_copy(update={"faults": f"^{FAULT}$", "repeats": 1})
    return site.model_copy(update={"contract": site.contract.model_copy(update={"drills": drills})})


def work_of(settings: Settings, lab: Lab) -> ChangeWork:
    site = scheduled(load_site(settings.inventory))
    clock = FixedClock(IN_THE_WINDOW.astimezone(UTC))
    return ChangeWork(site, settings, open_database(settings), EventBus(), clock, lab.client)


@pytest.fixture
def work(lab: Lab, tmp_path: Path) -> Iterator[ChangeWork]:
    file = tmp_path / "zhishou.sqlite"
    file.write_bytes(migrated_file())
    url = f"sqlite:///{file}"
    made = work_of(lab.settings.model_copy(update={"database_url": url}), lab)
    yield made
    made.database.close()


def look(settings: Settings, lab: Lab) -> None:
    ScheduledDrills(work_of(settings, lab)).look(threading.Event())


def drills_of(work: ChangeWork) -> list[DrillRecord]:
    with work.database.reading() as session:
        return read_drills(session, 10)


def test_a_killed_drill_is_settled_and_that_of_the_next_window_is_whole(
    lab: Lab, work: ChangeWork
) -> None:
    worker = _processes.Process(target=look, args=(work.settings, lab))
    worker.start()
    began = time.monotonic()
    while not drills_of(work):
        assert worker.is_alive(), "it ended without a drill"
        assert not is_over(began, BEGUN_WITHIN_S)
        time.sleep(0.2)
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGKILL)
    worker.join()
    drills = ScheduledDrills(work)
    (killed,) = drills_of(work)
    assert drills.settle() == (killed.number,)
    (killed,) = drills_of(work)
    assert (killed.trouble, killed.verdict) == (KILLED, DrillVerdict.UNKNOWN)
    assert not (work.settings.state_directory / FOLDER).exists()
    assert drills.look(threading.Event()) == "", "a window has one drill"

    later = replace(work, clock=FixedClock(work.clock.now() + timedelta(weeks=1)))
    number = ScheduledDrills(later).look(threading.Event())
    found = next(drill for drill in drills_of(work) if drill.number == number)
    assert (found.place, found.cause) == (DrillPlace.OWN_TWIN, DrillCause.SCHEDULE)
    assert (found.trouble, found.faults) == ("", (FAULT,))
    (outcome,) = found.outcomes
    assert outcome.figure.trouble == ""
    assert outcome.verdict is DrillVerdict.HOLDS or outcome.figure.control_ms > CONTROL_MS
    assert not (work.settings.state_directory / FOLDER).exists()
    assert broken_parts(lab.client.status()) == (), "no watched device was touched"
