"""The play that drills in the deployed twin: seen as it goes on, cancelled; nothing stays cut."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from device_configs.deploy.lab import Lab
from device_configs.drills.mending import MARK, broken_parts
from device_configs.drills.read import read_drills
from device_configs.drills.settling import KILLED
from device_configs.plays.model import HostState, PlayRecord, PlayState
from device_configs.plays.recording import PlayWork
from device_configs.plays.running import run_play
from device_configs.plays.service import StartedPlay, cancel_play, start_play
from device_configs.plays.store import read_play
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor, Role
from tests.migrated import migrated_database
from tests.pace import is_over

pytestmark = pytest.mark.lab
LI = Actor.user("li.ming", [Role.NETWORK_ENGINEER])


@pytest.fixture
def plays(lab: Lab, tmp_path: Path) -> Iterator[PlayWork]:
    url = f"sqlite:///{tmp_path / 'drills.sqlite'}"
    settings = lab.settings.model_copy(update={"database_url": url})
    database = migrated_database(tmp_path / "drills.sqlite")
    yield PlayWork(lab.site, settings, database, EventBus(), SystemClock())
    database.close()


def record(work: PlayWork, started: StartedPlay) -> PlayRecord:
    with work.database.reading() as session:
        return read_play(session, started.number)


def test_check_mode_names_the_faults_and_breaks_nothing(lab: Lab, plays: PlayWork) -> None:
    started = start_play(plays, LI, "drill", ["sw-1"], check=True)
    run_play(plays, started, lab.network)
    found = record(plays, started)
    assert found.host_states == {"sw-1": HostState.OK}
    assert "cut core-a--sw-1: at most 150 ms" in found.output
    with plays.database.reading() as session:
        assert read_drills(session, 5) == []


def test_a_cancelled_drill_leaves_the_twin_whole_and_its_end_on_record(
    lab: Lab, plays: PlayWork
) -> None:
    started = start_play(plays, LI, "drill", ["sw-1"])
    runner = threading.Thread(target=run_play, args=(plays, started, lab.network))
    runner.start()
    begun = time.monotonic()
    while not broken_parts(lab.client.status()) and not is_over(begun, 60):
        assert runner.is_alive(), record(plays, started).output
        time.sleep(0.05)
    with unit_of_work(plays.database, plays.bus, plays.clock, LI) as uow:
        cancel_play(uow, started.number)
    runner.join()
    assert broken_parts(lab.client.status()) == ()
    assert not (lab.settings.state_directory / MARK).exists()
    found = record(plays, started)
    assert (found.state, found.cancelled_by) == (PlayState.CANCELLED, "li.ming")
    assert found.host_states == {"sw-1": HostState.UNKNOWN}
    with plays.database.reading() as session:
        (drill,) = read_drills(session, 5)
    assert (drill.author, drill.trouble) == ("li.ming", KILLED)
    assert drill.finished_at is not None
