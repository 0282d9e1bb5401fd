"""Whatever ends the controller at whatever point: every device ends old or new, and it is said."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_configs.changes.fleet import ChangeTrial, OnAnswer, StepAnswer, no_progress
from device_configs.changes.happenings import CANCEL_REQUESTED, RAN_TO_ITS_END
from device_configs.changes.model import StageKind
from device_configs.changes.states import ChangeState, Place, StageState
from tests.device_configs.changes.simulated import SimulatedFleet, World

HALVES = (("rt-b", "fwi-b"), ("rt-a", "fwi-a"))
NAMES = [name for stage in HALVES for name in stage]
KILLS = st.lists(st.tuples(st.integers(0, 45), st.integers(0, 150)), max_size=3)


def contents(world: World) -> dict[str, str]:
    return {name: device.content for name, device in world.fleet.devices.items()}


@settings(max_examples=150)
@given(
    kills=KILLS,
    bad_gates=st.frozensets(st.integers(-1, 1)),
    refusing=st.frozensets(st.sampled_from(NAMES), max_size=2),
    silent=st.dictionaries(st.sampled_from(NAMES), st.integers(1, 120), max_size=2),
    gate_takes_s=st.sampled_from([1.0, 40.0, 55.0, 300.0]),
)
def test_every_device_ends_old_or_new_and_the_record_says_which(
    kills: list[tuple[int, int]],
    bad_gates: frozenset[int],
    refusing: frozenset[str],
    silent: dict[str, int],
    gate_takes_s: float,
) -> None:
    world = World(HALVES, bad_gates, gate_takes_s)
    for name in refusing:
        world.fleet.devices[name].refuses = True
    for name, count in silent.items():
        world.fleet.devices[name].silent = count
    for kill_at, away_s in kills:
        if world.log.change().state is ChangeState.RUNNING or not world.log.change().starts:
            world.carry_out(kill_at=kill_at)
            world.clock.advance(timedelta(seconds=away_s))
    if not world.log.change().state.is_over:
        assert world.carry_out()
    change = world.log.change()
    assert change.state.is_over
    world.clock.advance(timedelta(hours=1))
    for device in world.fleet.devices.values():
        device.pass_time(world.clock.now())
    found = contents(world)
    assert set(found.values()) <= {"old", "new"}
    for name, place in change.places.items():
        assert place is Place.UNKNOWN or place.value == found[name], (name, place)
    if change.state is ChangeState.CONFIRMED:
        assert set(found.values()) == {"new"}
    if change.state in (ChangeState.ROLLED_BACK, ChangeState.CANCELLED):
        assert set(found.values()) == {"old"}
    # Never is a half begun while the other one is anything but wholly new.
    if change.stages[1].begun_at is not None:
        assert change.stages[0].state is StageState.CONFIRMED
        assert {found[name] for name in HALVES[0]} == {"new"}
    if not bad_gates and not refusing and not silent and not kills and gate_takes_s <= 40:
        assert change.state is ChangeState.CONFIRMED


@pytest.mark.parametrize("kill_at", range(40))
def test_a_controller_that_dies_and_comes_back_at_once_ends_confirmed_or_rolled_back(
    kill_at: int,
) -> None:
    world = World(HALVES)
    if not world.carry_out(kill_at=kill_at):
        assert world.carry_out()
    change = world.log.change()
    assert change.state in (ChangeState.CONFIRMED, ChangeState.ROLLED_BACK, ChangeState.FAILED)
    for stage in change.stages:
        assert stage.state is not StageState.UNEVEN


def test_a_bad_gate_behind_the_first_half_stops_and_rolls_back() -> None:
    world = World(HALVES, frozenset({0}))
    world.carry_out()
    change = world.log.change()
    assert change.state is ChangeState.ROLLED_BACK
    assert set(contents(world).values()) == {"old"}
    assert change.stages[1].state is StageState.WAITING
    assert "seat-001: reaches" in change.message


def test_a_site_that_is_not_well_is_not_touched() -> None:
    world = World(HALVES, frozenset({-1}))
    world.carry_out()
    change = world.log.change()
    assert (change.state, change.has_touched) == (ChangeState.CANCELLED, False)


def test_a_repair_goes_on_over_what_was_broken_before() -> None:
    world = World(HALVES, frozenset({-1, 0, 1}), repair=True)
    world.carry_out()
    assert world.log.change().state is ChangeState.CONFIRMED
    worse = World(HALVES, frozenset({0}), repair=True)
    worse.carry_out()
    assert worse.log.change().state is ChangeState.ROLLED_BACK


def test_a_repair_of_a_site_that_could_not_be_asked_whole_touches_nothing() -> None:
    world = World(HALVES, frozenset({-1}), repair=True, question=RAN_TO_ITS_END)
    world.carry_out()
    change = world.log.change()
    assert (change.state, change.has_touched) == (ChangeState.CANCELLED, False)


def bare_world() -> World:
    """Nothing was ever configured; no gate would pass."""
    return World((tuple(NAMES),), frozenset({-1, 0}), kind=StageKind.BOOTSTRAP)


def test_a_site_without_any_configuration_gets_it_at_once_and_no_gate_is_asked() -> None:
    world = bare_world()
    assert world.carry_out()
    change = world.log.change()
    assert (change.state, change.gate_before) == (ChangeState.CONFIRMED, None)
    assert set(contents(world).values()) == {"new"}


def test_a_device_that_refuses_its_first_configuration_takes_no_other_one_back() -> None:
    world = bare_world()
    world.fleet.devices["rt-a"].refuses = True
    world.carry_out()
    change = world.log.change()
    assert change.state is ChangeState.FAILED
    assert contents(world) == {**dict.fromkeys(NAMES, "new"), "rt-a": "old"}
    assert "old: rt-a" in change.message


@pytest.mark.parametrize("kill_at", range(0, 20, 2))
def test_a_first_configuration_that_was_interrupted_says_what_each_device_has(
    kill_at: int,
) -> None:
    world = bare_world()
    if not world.carry_out(kill_at=kill_at):
        world.clock.advance(timedelta(minutes=5))
        assert world.carry_out()
    change = world.log.change()
    assert change.state.is_over
    assert {n: p.value for n, p in change.places.items()} == contents(world)


def test_a_device_that_refuses_takes_its_half_back() -> None:
    world = World(HALVES)
    world.fleet.devices["fwi-a"].refuses = True
    world.carry_out()
    change = world.log.change()
    assert change.state is ChangeState.FAILED
    assert contents(world) == {"rt-b": "new", "fwi-b": "new", "rt-a": "old", "fwi-a": "old"}
    assert "new: rt-b, fwi-b" in change.message
    assert "old: rt-a, fwi-a" in change.message


def test_a_device_that_never_answers_again_is_unknown() -> None:
    world = World(HALVES)
    world.fleet.devices["rt-b"].silent = 10_000
    world.carry_out()
    change = world.log.change()
    assert (change.state, change.places["rt-b"]) == (ChangeState.FAILED, Place.UNKNOWN)
    assert change.places["fwi-b"] is Place.OLD
    assert change.stages[1].state is StageState.WAITING


def test_a_change_on_hold_waits_behind_each_half_for_a_person() -> None:
    world = World(HALVES)
    world.carry_out(hold=True)
    assert contents(world)["rt-b"] == "new"
    assert world.log.change().stages[0].state is StageState.GATING
    world.carry_out(hold=True)
    assert [stage.state for stage in world.log.change().stages] == [
        StageState.CONFIRMED, StageState.GATING,
    ]  # fmt: skip
    world.carry_out(hold=True)
    assert world.log.change().state is ChangeState.CONFIRMED


def test_a_change_on_hold_that_nobody_confirms_is_taken_back_by_the_devices() -> None:
    world = World(HALVES)
    world.carry_out(hold=True)
    world.clock.advance(timedelta(minutes=5))
    world.carry_out(hold=True)
    assert world.log.change().state is ChangeState.ROLLED_BACK


def test_a_cancelled_change_takes_back_the_half_on_trial() -> None:
    world = World(HALVES)
    world.carry_out(hold=True)
    world.log.add(CANCEL_REQUESTED, {"reason": "有告警"})
    world.carry_out(hold=True)
    change = world.log.change()
    assert (change.state, set(contents(world).values())) == (ChangeState.ROLLED_BACK, {"old"})
    assert "有告警" in change.message


class OrphanedFleet(SimulatedFleet):
    """The run of a controller that was killed goes on, and comes to the devices when the next
    controller has just asked them."""

    def ask(
        self, devices: Sequence[str], trial: ChangeTrial, on_answer: OnAnswer = no_progress
    ) -> Mapping[str, StepAnswer]:
        answers = super().ask(devices, trial, on_answer)
        self.load(devices, trial)
        return answers


def test_what_a_killed_controller_had_begun_comes_too_late() -> None:
    world = World(HALVES)
    killed_at = next(
        n for n in range(20)
        if not world.carry_out(kill_at=n) and world.log.change().stages[0].begun_at is not None
    )  # fmt: skip
    assert set(contents(world).values()) == {"old"}, killed_at
    world.fleet = OrphanedFleet(world.fleet.devices, world.clock, world.fuse)
    assert world.carry_out()
    assert world.log.change().state is ChangeState.ROLLED_BACK
    assert set(contents(world).values()) == {"old"}
