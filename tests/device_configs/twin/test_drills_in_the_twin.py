"""A drill in the twin: real packets, all of it on record, and the twin whole whatever happens."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from device_configs.deploy.exclusion import Holder, take_deployment_lock
from device_configs.deploy.lab import Lab
from device_configs.drills.faults import DrillFault, DrillKind
from device_configs.drills.judging import DrillVerdict
from device_configs.drills.measuring import platform_of
from device_configs.drills.mending import MARK, broken_parts, mend_left_over
from device_configs.drills.read import read_drill, read_drills
from device_configs.drills.running import DrillWork, run_drill
from device_configs.drills.terms import DrillTerms
from device_configs.site import load_site
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.database import Database
from ops_core.kernel.errors import Conflict
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor
from ops_core.kernel.settings import Settings
from tests.device_configs.twin.conftest import SMALL_SITE, RunningTwin
from tests.migrated import migrated_database

pytestmark = pytest.mark.lab

CUT = DrillFault(DrillKind.CUT, "rt-a--egov", "rt-a", 150)
"""The small site has no second way: seen from its router the cut lasts until it is mended."""
NOWHERE = DrillFault(DrillKind.CUT, "rt-a--nowhere", "rt-a", 150)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = migrated_database(tmp_path / "drills.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def work(small_twin: RunningTwin, database: Database) -> Iterator[DrillWork]:
    site = load_site(SMALL_SITE)
    address = f"{platform_of(site)}/32"
    small_twin.run("rt-a", "ip", "addr", "replace", "10.253.1.0/31", "dev", "egov")
    small_twin.run("rt-a", "ip", "route", "replace", address, "via", "10.253.1.1")
    network = small_twin.client.network_namespace("mon")
    settings = Settings(inventory=SMALL_SITE, state_directory=small_twin.state_directory)
    lab = Lab(site, settings, small_twin.client, network)
    yield DrillWork(lab, database, EventBus(), SystemClock(), Actor.system("test"))
    os.close(network)


def test_a_drill_is_measured_on_record_and_mended(work: DrillWork) -> None:
    number = run_drill(work, [NOWHERE, CUT], DrillTerms())
    with work.database.reading() as session:
        found = read_drill(session, number)
    nowhere, cut = (outcome.figure for outcome in found.outcomes)
    assert "nowhere" in nowhere.trouble, "one that cannot be measured does not end the others"
    assert not cut.trouble
    assert cut.gaps_ms[0] >= 1000
    assert cut.losses_ms[0] >= 1000
    assert found.verdict is not DrillVerdict.HOLDS
    assert found.finished_at is not None
    assert broken_parts(work.lab.client.status()) == ()
    assert not (work.lab.settings.state_directory / MARK).exists()


def test_what_a_killed_drill_left_broken_is_mended(work: DrillWork) -> None:
    client, directory = work.lab.client, work.lab.settings.state_directory
    (directory / MARK).parent.mkdir(exist_ok=True)
    (directory / MARK).touch()
    client.cut("rt-a--egov")
    client.hang("fw-a")
    assert set(mend_left_over(client, directory)) == {"rt-a--egov", "fw-a"}
    assert broken_parts(client.status()) == ()
    assert mend_left_over(client, directory) == ()


def test_no_drill_begins_in_a_broken_twin(work: DrillWork) -> None:
    work.lab.client.cut("rt-a--egov")
    try:
        with pytest.raises(Conflict, match="rt-a--egov"):
            run_drill(work, [CUT], DrillTerms())
        assert broken_parts(work.lab.client.status()) == ("rt-a--egov",), "it is not ours to mend"
    finally:
        work.lab.client.heal("rt-a--egov")
    with work.database.reading() as session:
        assert read_drills(session, 9) == []


def test_no_drill_begins_while_a_deployment_goes_on(work: DrillWork) -> None:
    holder = Holder("li.ming", work.clock.now(), "D-20261129-001")
    lock = take_deployment_lock(work.lab.settings.state_directory, holder)
    try:
        with pytest.raises(Conflict, match=r"li\.ming"):
            run_drill(work, [CUT], DrillTerms())
    finally:
        lock.release()
