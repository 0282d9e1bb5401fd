"""The worker of scheduled drills by the clock: it leaves by itself whatever comes in between."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from device_configs.changes.carrying import ChangeWork
from device_configs.changes.rehearsal_twin import rehearsal_folder
from device_configs.deploy.exclusion import Holder, take_deployment_lock
from device_configs.drills.faults import select_faults
from device_configs.drills.mending import MARK
from device_configs.drills.read import read_drill
from device_configs.drills.service import record_start
from device_configs.drills.settling import KILLED
from device_configs.drills.terms import DrillCause, DrillPlace, DrillTerms
from device_configs.site import load_site
from device_configs.twin.client import TwinClient
from ops_core.app.scheduled_drills import (
    FIRST_AFTER_S,
    LOOK_EVERY_S,
    PAUSE_AFTER_FAILURE_S,
    ScheduledDrills,
)
from ops_core.kernel.audit import verify_chain
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor, Role
from ops_core.kernel.settings import PROJECT_DIRECTORY, Settings
from ops_core.kernel.workers import Worker
from tests.migrated import migrated_database

SHANGHAI = ZoneInfo("Asia/Shanghai")
SITE = load_site(PROJECT_DIRECTORY / "inventory")
SUNDAY = datetime(2026, 11, 29, tzinfo=SHANGHAI)
OPENS, CLOSES = SUNDAY.replace(hour=2), SUNDAY.replace(hour=4)
LI = Actor.user("li.ming", [Role.NETWORK_ENGINEER])


class Passing(threading.Event):
    """Lets the clock pass where somebody waits, and is set at an instant."""

    def __init__(self, clock: FixedClock, until: datetime) -> None:
        super().__init__()
        self._clock, self._until = clock, until
        self.waited: list[tuple[datetime, float]] = []
        self.on_wait: Callable[[datetime], None] = lambda _: None

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self.waited.append((self._clock.now(), timeout))
        self._clock.advance(timedelta(seconds=timeout))
        self.on_wait(self._clock.now())
        if self._clock.now() >= self._until:
            self.set()
        return self.is_set()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(SUNDAY.replace(hour=1).astimezone(UTC))


@pytest.fixture
def work(tmp_path: Path, clock: FixedClock) -> Iterator[ChangeWork]:
    """Nobody answers for the twin: each drill that is due fails."""
    settings = Settings(state_directory=tmp_path, inventory=PROJECT_DIRECTORY / "inventory")
    database = migrated_database(tmp_path / "drills.sqlite")
    yield ChangeWork(SITE, settings, database, EventBus(), clock, TwinClient.of(tmp_path))
    database.close()


def begun(work: ChangeWork, place: DrillPlace) -> str:
    """A drill that is on record as begun."""
    terms = DrillTerms(1, place, DrillCause.SCHEDULE)
    with unit_of_work(work.database, work.bus, work.clock, LI) as uow:
        return record_start(uow, select_faults(work.site, "^cut rt-a"), SHANGHAI, terms)


def test_a_drill_that_fails_is_tried_again_until_its_window_closes(
    work: ChangeWork, clock: FixedClock
) -> None:
    stop = Passing(clock, SUNDAY.replace(hour=5).astimezone(UTC))
    worker = Worker("scheduled-drills", clock, is_vital=False, longest_silence_s=None)
    ScheduledDrills(work).run(worker, stop)
    assert stop.waited[0][1] == FIRST_AFTER_S
    failed = [at for at, timeout in stop.waited[1:] if timeout == PAUSE_AFTER_FAILURE_S]
    assert len(failed) == 8, "each quarter of an hour of two hours"
    assert all(OPENS <= at < CLOSES for at in failed)
    quiet = [at for at, timeout in stop.waited[1:] if timeout == LOOK_EVERY_S]
    assert min(quiet) < OPENS
    assert max(quiet) > CLOSES
    state = worker.state()
    assert state.item_failures == {"schedule": 8}
    assert state.last_success is not None, "the worker itself goes on"


def test_where_somebody_rehearses_the_drill_waits_for_the_end_of_it(
    work: ChangeWork, clock: FixedClock
) -> None:
    clock.advance(timedelta(hours=1, minutes=5))
    worker = Worker("scheduled-drills", clock, is_vital=False, longest_silence_s=None)
    stop = Passing(clock, OPENS.astimezone(UTC) + timedelta(minutes=40))
    with rehearsal_folder(work.settings.state_directory, Holder("chen.jie", clock.now())) as folder:
        (folder / "theirs").touch()
        drills = ScheduledDrills(work)
        drills.run(worker, stop)
        assert (folder / "theirs").exists(), "what somebody works with is left alone"
    assert "另一场演练正在进行" in worker.state().last_error
    stop = Passing(clock, CLOSES.astimezone(UTC))
    drills.run(worker, stop)
    assert "孪生网络没有运行" in worker.state().last_error


def test_a_drill_that_was_killed_in_its_own_twin_ends_on_record(work: ChangeWork) -> None:
    number = begun(work, DrillPlace.OWN_TWIN)
    drills = ScheduledDrills(work)
    with rehearsal_folder(work.settings.state_directory, Holder("chen.jie", work.clock.now())):
        assert drills.settle() == (), "it may be the one that goes on"
    assert drills.settle() == (number,)
    assert drills.settle() == ()
    with work.database.reading() as session:
        found = read_drill(session, number)
        assert verify_chain(session) == []
    assert (found.trouble, found.finished_at) == (KILLED, work.clock.now())


def test_a_drill_that_was_killed_with_its_twin_ends_on_record(work: ChangeWork) -> None:
    number = begun(work, DrillPlace.TWIN)
    mark = work.settings.state_directory / MARK
    mark.parent.mkdir()
    mark.touch()
    drills = ScheduledDrills(work)
    lock = take_deployment_lock(work.settings.state_directory, Holder("li", work.clock.now()))
    assert drills.settle() == (), "it may be the one that goes on"
    assert mark.exists()
    lock.release()
    assert drills.settle() == (number,)
    assert not mark.exists()


def test_what_was_killed_is_settled_before_anything_is_waited_for(
    work: ChangeWork, clock: FixedClock
) -> None:
    number = begun(work, DrillPlace.OWN_TWIN)
    stop = Passing(clock, clock.now())
    worker = Worker("scheduled-drills", clock, is_vital=False, longest_silence_s=None)
    at = clock.now()
    ScheduledDrills(work).run(worker, stop)
    with work.database.reading() as session:
        assert read_drill(session, number).finished_at == at
