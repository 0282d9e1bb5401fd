"""Deployments on record: numbers, the end of those that could not run, a database that is away."""

import multiprocessing
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from device_configs.changes.locks import locked_devices
from device_configs.deploy import recording
from device_configs.deploy.exclusion import Holder
from device_configs.deploy.record import (
    DeploymentRecord,
    DeploymentWork,
    read_deployment,
    read_deployments,
    record_failure,
    run_recorded,
    start_deployment,
)
from device_configs.deploy.recording import DeploymentRecorder
from device_configs.deploy.results import DeviceResult, DeviceState
from device_configs.site import Site, load_site
from ops_core.kernel.audit import verify_chain
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.database import Database, create_database_engine, migrate
from ops_core.kernel.errors import Conflict, DatabaseBusy
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor
from ops_core.kernel.settings import Settings

ROOT = Path(__file__).parents[3]
SITE: Site = load_site(ROOT / "inventory")
LI = Actor.system("li.ming")
AT = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
_processes = multiprocessing.get_context("spawn")


def work_in(directory: Path, wait_s: float = 10) -> DeploymentWork:
    engine = create_database_engine(f"sqlite:///{directory / 'zhishou.sqlite'}", wait_s)
    settings = Settings(state_directory=directory, inventory=ROOT / "inventory")
    return DeploymentWork(SITE, settings, Database(engine), EventBus(), FixedClock(AT))


@pytest.fixture
def work(tmp_path: Path) -> Iterator[DeploymentWork]:
    given = work_in(tmp_path, wait_s=0.1)
    migrate(given.database.engine)
    yield given
    given.database.close()


def record(work: DeploymentWork, number: str) -> DeploymentRecord:
    with work.database.reading() as session:
        assert verify_chain(session) == []
        return read_deployment(session, number)


def test_a_second_one_is_refused_and_leaves_no_record(work: DeploymentWork) -> None:
    first = start_deployment(work, LI, ["rt-a"])
    with pytest.raises(Conflict) as refused:
        start_deployment(work, LI, ["rt-b"])
    assert refused.value.members["deployment"] == first.number == "D-20261124-001"
    with work.database.reading() as session:
        assert len(read_deployments(session, 10)) == 1
    first.lock.release()


def test_a_deployment_and_a_change_never_meet_on_a_device(work: DeploymentWork) -> None:
    directory, holder = work.settings.state_directory, Holder("wang.fang", AT, "N-20261124-001")
    with locked_devices(SITE, directory, ["rt-b"], holder):
        with pytest.raises(Conflict) as refused:
            start_deployment(work, LI, ["rt-a"])
        assert refused.value.members["locked"] == "redundant-set"
        start_deployment(work, LI, ["rt-a"], check=True).lock.release()
        start_deployment(work, LI, ["sw-1"]).lock.release()
    started = start_deployment(work, LI, ["rt-a"])
    with pytest.raises(Conflict) as refused, locked_devices(SITE, directory, ["rt-a"], holder):
        pass
    assert refused.value.members["deployment"] == started.number
    started.lock.release()
    with locked_devices(SITE, directory, ["rt-a"], holder):
        pass


def start_and_end(directory: Path) -> None:
    work = work_in(directory)
    for _ in range(3):
        while True:
            try:
                started = start_deployment(work, LI, ["rt-a"])
            except Conflict:
                continue
            record_failure(work, started, "only counted")
            break


def test_processes_at_once_get_each_number_once(work: DeploymentWork) -> None:
    directory = work.settings.state_directory
    others = [_processes.Process(target=start_and_end, args=(directory,)) for _ in range(2)]
    for other in others:
        other.start()
    for other in others:
        other.join(120)
    assert [other.exitcode for other in others] == [0, 0]
    with work.database.reading() as session:
        numbers = [record.number for record in read_deployments(session, 10)]
    assert sorted(numbers) == [f"D-20261124-{n:03d}" for n in range(1, 7)]


def test_one_that_could_not_be_run_has_its_reason_on_record(work: DeploymentWork) -> None:
    started = start_deployment(work, LI, ["rt-a"])
    record_failure(work, started, "the twin does not answer")
    found = record(work, started.number)
    assert (found.succeeded, found.reason) == (False, "the twin does not answer")
    start_deployment(work, LI, ["rt-a"]).lock.release()


def test_a_run_that_came_to_no_device_is_on_record_with_its_reason(work: DeploymentWork) -> None:
    """There are no secrets in this state directory; the playbook is the real one."""
    started = start_deployment(work, LI, ["rt-a", "rt-b"])
    run_recorded(work, started, network=None)
    found = record(work, started.number)
    assert found.succeeded is False
    assert "secrets.json" in found.reason
    assert [outcome.result.state for outcome in found.outcomes] == [DeviceState.FAILED] * 2
    assert all(outcome.result.message for outcome in found.outcomes)
    start_deployment(work, LI, ["rt-a"]).lock.release()


@pytest.fixture
def recorder(work: DeploymentWork) -> DeploymentRecorder:
    started = start_deployment(work, LI, ["rt-a", "rt-b"])
    started.lock.release()
    return DeploymentRecorder(work.database, work.bus, work.clock, LI, started.number)


def done(device: str) -> DeviceResult:
    return DeviceResult(device, DeviceState.CHANGED)


def test_a_device_done_while_the_database_was_locked_is_recorded_with_the_next(
    work: DeploymentWork, recorder: DeploymentRecorder
) -> None:
    other = work_in(work.settings.state_directory)
    with other.database.command():
        recorder.device_done(done("rt-a"))
    assert record(work, recorder.number).outcomes == ()
    assert isinstance(work.clock, FixedClock)
    work.clock.advance(timedelta(seconds=5))
    recorder.device_done(done("rt-b"))
    recorder.finished(succeeded=True, text="")
    found = record(work, recorder.number)
    assert [outcome.result.device for outcome in found.outcomes] == ["rt-a", "rt-b"]
    assert [outcome.at for outcome in found.outcomes] == [AT, AT + timedelta(seconds=5)]
    assert found.succeeded


def test_the_end_waits_for_the_database_and_gives_up_in_the_end(
    work: DeploymentWork, recorder: DeploymentRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "END_TRIES", 2)
    monkeypatch.setattr(recording, "END_PAUSE", timedelta(seconds=0.05))
    other = work_in(work.settings.state_directory)
    with other.database.command(), pytest.raises(DatabaseBusy):
        recorder.finished(succeeded=True, text="")
    assert record(work, recorder.number).finished_at is None
    recorder.finished(succeeded=True, text="")
    assert record(work, recorder.number).succeeded
