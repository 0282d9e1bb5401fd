"""How long a change that was left may still have a device on trial."""

import os
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from device_configs.changes.box_targets import KeptTrial
from device_configs.changes.kept_trials import FOLDER, MOST_TRIALS, KeptTrials
from device_configs.changes.left_trials import SETTLED_AFTER, at_rest_from
from device_configs.changes.model import StageKind
from device_configs.changes.states import StageState
from tests.device_configs.changes.simulated import REVERT_IN_S, World

HALVES = (("rt-b",), ("rt-a",))


def test_what_nobody_confirms_is_at_rest_behind_the_devices_own_time() -> None:
    world = World(HALVES)
    assert at_rest_from(world.log.change()) is None
    world.carry_out(hold=True)
    change = world.log.change()
    assert change.stages[0].state is StageState.GATING
    placed = [trail.at for trail in change.devices.values() if trail.at is not None]
    touched_at = max(change.stages[0].reached_at or change.planned_at, *placed)
    expected = touched_at + timedelta(seconds=REVERT_IN_S) + SETTLED_AFTER
    assert at_rest_from(change) == expected
    later = replace(change, last_at=change.last_at + timedelta(hours=1), starts=2)
    assert at_rest_from(later) == expected, "who begins again moves no device's timer"
    world.carry_out(hold=True)
    world.carry_out(hold=True)
    assert at_rest_from(world.log.change()) is None


@pytest.mark.parametrize("kill_at", range(0, 40, 3))
def test_no_device_is_on_trial_once_the_change_is_at_rest(kill_at: int) -> None:
    world = World(HALVES)
    world.carry_out(kill_at=kill_at)
    until = at_rest_from(world.log.change()) or world.clock.now()
    for device in world.fleet.devices.values():
        device.pass_time(until)
    assert {device.content for device in world.fleet.devices.values()} <= {"old", "new"}
    assert not any(device.token for device in world.fleet.devices.values())


def test_a_first_configuration_has_no_trial_that_could_be_left() -> None:
    world = World((("rt-a", "rt-b"),), kind=StageKind.BOOTSTRAP)
    world.carry_out(kill_at=6)
    assert at_rest_from(world.log.change()) is None


def test_a_clock_that_was_set_back_loses_no_former_configuration(tmp_path: Path) -> None:
    ahead = time.time() + timedelta(days=300).total_seconds()
    for number in range(MOST_TRIALS):
        folder = tmp_path / FOLDER / f"O-{number}.0"
        folder.mkdir(parents=True)
        os.utime(folder, (ahead, ahead))
    kept = KeptTrials(tmp_path)
    trial = KeptTrial(family="huawei_vrp", before="", lines=(), own=())
    kept.keep("N-1.0", "rt-a", trial)
    assert (tmp_path / FOLDER / "N-1.0" / "rt-a.json").exists()
    assert len(list((tmp_path / FOLDER).iterdir())) == MOST_TRIALS
