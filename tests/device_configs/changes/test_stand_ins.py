"""What of a change can be rehearsed at a site with vendors' boxes, and what a twin is made of."""

import shutil
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from device_configs.changes.happenings import RehearsalOutcome
from device_configs.changes.model import ChangePlan, ChangeStage, DeviceDifference, StageKind
from device_configs.changes.rehearsal_judging import outcome_of
from device_configs.changes.rehearsal_stand_ins import (
    HOSTS,
    boxes_of,
    rehearsable_part,
    without_platforms,
)
from device_configs.changes.states import ChangeState
from device_configs.drills.faults import devices_of, select_faults
from device_configs.render import render_device
from device_configs.site import load_site
from ops_core.app.scheduled_drills import without
from ops_core.kernel.errors import Conflict
from tests.device_configs.changes.vendor_site import BOXES, mixed, secrets_of
from tests.device_configs.render.changes import CHANGES, sites_of

NAMES = ("rt-a", "rt-b", "fwi-a", "sw-1", "sw-2")


def plan_of(*stages: tuple[str, ...]) -> ChangePlan:
    devices = [name for stage in stages for name in stage]
    return ChangePlan(
        stages=tuple(ChangeStage(kind=StageKind.SINGLE, devices=stage) for stage in stages),
        differences=tuple(DeviceDifference(device=name, running="old") for name in devices),
        unchanged=("core-a", "mon"),
    )


def test_linux_devices_stand_in_for_every_box_of_a_mixed_site(tmp_path: Path) -> None:
    site, _ = sites_of(mixed(next(iter(CHANGES))), tmp_path)
    assert set(boxes_of(site)) == set(BOXES)
    folder = tmp_path / "twin"
    shutil.copytree(tmp_path / "old", folder)
    hosts = yaml.safe_load((folder / HOSTS).read_text("utf-8"))
    (folder / HOSTS).write_text(
        yaml.safe_dump(without_platforms(hosts, boxes_of(site)), allow_unicode=True), "utf-8"
    )
    twin = load_site(folder)
    assert boxes_of(twin) == ()
    assert set(twin.devices) == set(site.devices)
    for name in BOXES:
        tree = render_device(twin, secrets_of(site), name)
        assert "/etc/frr/frr.conf" in {file.path for file in tree.files}


def test_what_is_left_of_a_plan_concerns_linux_devices_alone() -> None:
    part = rehearsable_part(
        plan_of(("rt-b", "sw-1"), ("rt-a",), ("sw-2",)), ("rt-a", "rt-b", "core-a")
    )
    assert [stage.devices for stage in part.stages] == [("sw-1",), ("sw-2",)]
    assert [found.device for found in part.differences] == ["sw-1", "sw-2"]
    assert part.unchanged == ("mon",)


def test_a_change_of_boxes_alone_cannot_be_rehearsed() -> None:
    with pytest.raises(Conflict) as refused:
        rehearsable_part(plan_of(("rt-b",), ("rt-a",)), ("rt-a", "rt-b"))
    assert "rt-a" in refused.value.detail


@given(st.sets(st.sampled_from(NAMES)))
def test_no_box_is_rehearsed_and_nothing_else_is_left_out(boxes: set[str]) -> None:
    plan = plan_of(NAMES[:2], NAMES[2:])
    if boxes == set(NAMES):
        return
    part = rehearsable_part(plan, boxes)
    assert set(part.devices) == set(NAMES) - boxes
    assert [n for n in plan.devices if n in part.devices] == list(part.devices), "in their order"


def test_a_part_that_was_not_rehearsed_leaves_the_outcome_unknown() -> None:
    assert outcome_of(ChangeState.CONFIRMED, (), 0.1) is RehearsalOutcome.PASSED
    assert outcome_of(ChangeState.CONFIRMED, (), 0.1, is_whole=False) is RehearsalOutcome.UNKNOWN
    failed = outcome_of(ChangeState.ROLLED_BACK, (), 0.1, is_whole=False)
    assert failed is RehearsalOutcome.FAILED


def test_a_drill_leaves_out_what_hangs_on_a_stand_in(tmp_path: Path) -> None:
    site, _ = sites_of(mixed(next(iter(CHANGES))), tmp_path)
    faults = select_faults(site, "")
    left = without(site, faults, boxes_of(site))
    assert all(not devices_of(site, fault) & set(BOXES) for fault in left)
    assert without(site, faults, ()) == faults
