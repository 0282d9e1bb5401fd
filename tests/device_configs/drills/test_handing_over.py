"""What a drill in production would do, and for which devices there is none."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from device_configs.changes.model import (
    ChangeKind,
    ChangePlan,
    ChangeRequest,
    ChangeStage,
    DeviceDifference,
    StageKind,
)
from device_configs.changes.service import record_plan
from device_configs.draining.members import hands_over
from device_configs.drills.handing_over import concerned_by, handover_plan
from device_configs.site import load_site
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.errors import Conflict, Invalid
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor, Role
from ops_core.kernel.settings import PROJECT_DIRECTORY
from tests.migrated import migrated_database

SITE = load_site(PROJECT_DIRECTORY / "inventory")
LI = Actor.user("li.ming", [Role.NETWORK_ENGINEER])


def same(name: str, *, active: bool = False) -> DeviceDifference:
    return DeviceDifference(device=name, running="f1", intended="f1", active=active)


def test_whatever_hands_over_with_a_device_and_its_partners_are_asked() -> None:
    assert concerned_by(SITE, "rt-b") == ("rt-b", "rt-a")
    core = concerned_by(SITE, "core-a")
    assert core[0] == "core-a"
    assert {"core-b", "gap-a", "gap-b"} <= set(core)


@pytest.mark.parametrize("name", ["sw-1", "mon", "log-a", "rt-z", ""])
def test_a_device_that_cannot_hand_over_is_refused_with_those_that_can(name: str) -> None:
    with pytest.raises(Invalid) as refused:
        concerned_by(SITE, name)
    able = str(refused.value.remedy)
    assert all(found in able for found, device in SITE.devices.items() if hands_over(device))


@pytest.mark.parametrize("active", [False, True])
def test_a_plan_is_one_stage_that_drains_and_changes_nothing(active: bool) -> None:
    found = {name: same(name, active=active) for name in ("rt-b", "rt-a")}
    plan = handover_plan("rt-b", ("rt-b", "rt-a"), found, 300)
    (stage,) = plan.stages
    assert stage.devices == ("rt-b",)
    assert stage.drains
    assert stage.kind is (StageKind.ACTIVE_HALF if active else StageKind.STANDBY_HALF)
    assert not any(difference.changes for difference in plan.differences)


@pytest.mark.parametrize(
    "odd",
    [
        DeviceDifference(device="rt-a", problem="no answer"),
        DeviceDifference(device="rt-a", running="f2", intended="f1"),
        DeviceDifference(device="rt-a"),
    ],
    ids=["away", "changed by hand", "unknown"],
)
def test_beside_a_partner_that_is_not_known_to_be_as_declared_there_is_no_drill(
    odd: DeviceDifference,
) -> None:
    with pytest.raises(Conflict) as refused:
        handover_plan("rt-b", ("rt-b", "rt-a"), {"rt-b": same("rt-b"), "rt-a": odd}, 300)
    assert "rt-a" in refused.value.detail


def test_without_a_window_it_is_not_put_on_record(tmp_path: Path) -> None:
    plan = ChangePlan(
        stages=(ChangeStage(kind=StageKind.STANDBY_HALF, devices=("rt-b",)),),
        differences=(same("rt-b"),),
    )
    request = ChangeRequest(plan=plan, reason="drill", kind=ChangeKind.DRILL)
    database = migrated_database(tmp_path / "drills.sqlite")
    with (
        pytest.raises(Invalid),
        unit_of_work(database, EventBus(), SystemClock(), LI) as uow,
    ):
        record_plan(uow, request, ZoneInfo(SITE.contract.timezone))
    database.close()
