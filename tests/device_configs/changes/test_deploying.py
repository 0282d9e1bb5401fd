"""Deployments: on record and carried out at once, in one process at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from device_configs.changes.deploying import REASON, DeploymentWish, deploy
from device_configs.changes.engine import Gates
from device_configs.changes.fleet import Fleet
from device_configs.changes.happenings import GateJudged
from device_configs.changes.model import ChangeKind, ChangePlan
from device_configs.changes.read import read_changes
from device_configs.changes.states import ChangeState, Place
from device_configs.deploy.exclusion import Holder, take_deployment_lock
from device_configs.site import load_site
from ops_core.kernel.database import Database, create_database_engine, migrate
from ops_core.kernel.errors import Conflict, Forbidden, Invalid
from ops_core.kernel.permissions import Actor, Role
from tests.device_configs.changes.vendor_site import LI, QuietFleet, VendorWork, work_in

ROOT = Path(__file__).parents[3]
DUTY = Actor.user("zhao.lei", [Role.DUTY_TECHNICIAN])


@dataclass(frozen=True)
class PassedGates:
    def watching(self) -> None:
        pass

    def close(self) -> None:
        pass

    def judge(self, stage: int, changed: Sequence[str], pending: Sequence[str]) -> GateJudged:
        del changed, pending
        return GateJudged(stage=stage, asked=1)


class LinuxWork(VendorWork):
    """Of devices in memory: what real ones do is tested in the twin."""

    def gates(self, plan: ChangePlan, network: int | None, number: str = "") -> Gates:
        del plan, network, number
        return PassedGates()

    def fleet(self, network: int | None, revision: str = "") -> Fleet:
        del network, revision
        return self.linux


@pytest.fixture
def work(tmp_path: Path) -> Iterator[LinuxWork]:
    database = Database(create_database_engine(f"sqlite:///{tmp_path / 'zhishou.sqlite'}", 1))
    migrate(database.engine)
    made = work_in(tmp_path, load_site(ROOT / "inventory"), database)
    yield LinuxWork(
        made.site, made.settings, database, made.bus, made.clock, None,
        linux=QuietFleet(frozenset({"sw-1", "rt-a", "rt-b"})),
    )  # fmt: skip
    database.close()


def states(work: LinuxWork) -> list[ChangeState]:
    with work.database.reading() as session:
        return [change.state for change in read_changes(session, 10)]


def test_it_is_a_change_half_by_half_on_record(work: LinuxWork) -> None:
    numbers: list[str] = []
    done = deploy(work, LI, DeploymentWish(("router",)), on_number=numbers.append)
    assert done.succeeded
    assert done.change is not None
    assert numbers == [done.change.number]
    assert done.change.request.kind is ChangeKind.DEPLOYMENT
    assert (done.change.author, done.change.approved_by) == ("li.ming", "li.ming")
    assert done.change.request.reason == str(REASON)
    assert [stage.devices for stage in done.plan.stages] == [("rt-b",), ("rt-a",)]
    assert all(stage.gate is not None for stage in done.change.stages)
    assert set(done.change.places.values()) == {Place.NEW}


def test_where_nothing_differs_nothing_is_on_record(work: LinuxWork) -> None:
    done = deploy(work, LI, DeploymentWish(("sw-2",)))
    assert done.succeeded
    assert (done.change, done.plan.unchanged) == (None, ("sw-2",))
    assert states(work) == []


def test_one_that_may_not_begin_is_over_and_says_who_holds_the_right(work: LinuxWork) -> None:
    holder = Holder("wang.fang", work.clock.now(), "Y-20261129-001")
    lock = take_deployment_lock(work.settings.state_directory, holder)
    with pytest.raises(Conflict) as refused:
        deploy(work, LI, DeploymentWish(("sw-1",)))
    lock.release()
    assert refused.value.members["author"] == "wang.fang"
    with work.database.reading() as session:
        (left,) = read_changes(session, 10)
    assert left.state is ChangeState.CANCELLED
    assert "wang.fang" in left.message
    assert work.linux.places == {}
    assert deploy(work, LI, DeploymentWish(("sw-1",))).succeeded


def test_it_needs_its_permission_and_names_that_are_declared(work: LinuxWork) -> None:
    with pytest.raises(Forbidden):
        deploy(work, DUTY, DeploymentWish(("sw-1",)))
    with pytest.raises(Invalid):
        deploy(work, LI, DeploymentWish(("sw-99",)))
    assert states(work) == []
