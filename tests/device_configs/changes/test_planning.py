"""Stages of a plan: partners never at the same time, the half that stands by first."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_configs.changes.model import ChangePlan, DeviceDifference, StageKind
from device_configs.changes.planning import plan_change, standby_half
from device_configs.site import Site, load_site
from device_configs.site.model import Half
from ops_core.kernel.errors import Conflict, Invalid

SITE: Site = load_site(Path(__file__).parents[3] / "inventory")
NAMES = tuple(device.name for device in SITE.deployed)


def differs(name: str, *, active: bool = False) -> DeviceDifference:
    return DeviceDifference(device=name, diff="+x\n", running="old", intended="new", active=active)


def same(name: str) -> DeviceDifference:
    return DeviceDifference(device=name, running="new", intended="new")


def stages(plan: ChangePlan) -> list[tuple[str, ...]]:
    return [stage.devices for stage in plan.stages]


@given(
    st.sets(st.sampled_from(NAMES)),
    st.sets(st.sampled_from(NAMES)),
    st.sets(st.sampled_from(NAMES)),
    st.integers(1, 9),
)
def test_every_differing_device_is_in_one_stage_and_never_with_its_partner(
    asked: set[str], changing: set[str], active: set[str], widest: int
) -> None:
    found = [
        differs(name, active=name in active) if name in changing else same(name)
        for name in NAMES
        if name in asked
    ]
    plan = plan_change(SITE, found, widest=widest)
    assert sorted(plan.devices) == sorted(asked & changing)
    assert set(plan.unchanged) == asked - changing
    for stage in plan.stages:
        assert not any(SITE.devices[name].partner in stage.devices for name in stage.devices)
    halves = [
        {SITE.devices[name].half for name in stage.devices} for stage in plan.stages if stage.drains
    ]
    standby = standby_half(SITE, found)
    assert halves in ([], [{standby}], [{Half.A, Half.B} - {standby}],
                      [{standby}, {Half.A, Half.B} - {standby}])  # fmt: skip


def test_the_half_that_stands_by_is_first() -> None:
    both = [differs("rt-a"), differs("rt-b"), differs("fwi-a", active=True), differs("fwi-b")]
    assert stages(plan_change(SITE, both)) == [("rt-b", "fwi-b"), ("rt-a", "fwi-a")]
    turned = [differs("rt-a"), differs("rt-b"), differs("fwi-a"), differs("fwi-b", active=True)]
    assert stages(plan_change(SITE, turned)) == [("rt-a", "fwi-a"), ("rt-b", "fwi-b")]


def test_one_access_switch_is_the_canary_of_the_others() -> None:
    switches = [differs(f"sw-{n}") for n in range(1, 7)]
    plan = plan_change(SITE, switches)
    assert stages(plan) == [("sw-1",), ("sw-2", "sw-3"), ("sw-4", "sw-5", "sw-6")]
    assert [stage.kind for stage in plan.stages] == [
        StageKind.CANARY, StageKind.REST, StageKind.REST,
    ]  # fmt: skip
    assert len(plan_change(SITE, switches, widest=1).stages) == 6


def test_what_management_rests_on_comes_last_and_alone() -> None:
    plan = plan_change(SITE, [differs(n) for n in ("mon", "sw-mgmt", "sw-1", "rt-b")])
    assert stages(plan) == [("rt-b",), ("sw-1",), ("sw-mgmt",), ("mon",)]


def test_partners_in_one_half_are_kept_apart() -> None:
    moved = SITE.devices["rt-b"].model_copy(update={"half": Half.A})
    site = SITE.model_copy(update={"devices": {**SITE.devices, "rt-b": moved}})
    plan = plan_change(site, [differs("rt-a"), differs("rt-b")])
    assert stages(plan) == [("rt-a",), ("rt-b",)]


def test_a_device_that_did_not_answer_is_not_planned_around() -> None:
    silent = DeviceDifference(device="rt-a", problem="timed out")
    with pytest.raises(Conflict) as refused:
        plan_change(SITE, [silent, differs("rt-b")])
    assert "rt-a: timed out" in refused.value.detail


@pytest.mark.parametrize("names", [(), ("rt-a", "sw-1")], ids=["none", "some"])
def test_devices_that_are_as_intended_make_no_stage(names: Sequence[str]) -> None:
    plan = plan_change(SITE, [same(name) for name in names])
    assert (plan.stages, plan.unchanged) == ((), tuple(names))


def test_a_width_below_one_is_refused() -> None:
    with pytest.raises(Invalid):
        plan_change(SITE, [], widest=0)


def copied(name: str) -> DeviceDifference:
    return differs(name).model_copy(update={"copied": True})


def test_a_pair_that_copies_is_one_stage_between_the_halves() -> None:
    found = [differs("rt-a"), differs("rt-b"), copied("fwi-a"), copied("fwi-b"), differs("sw-1")]
    plan = plan_change(SITE, found)
    assert stages(plan) == [("rt-b",), ("fwi-a", "fwi-b"), ("rt-a",), ("sw-1",)]
    assert [stage.drains for stage in plan.stages] == [True, False, True, False]


def test_one_half_of_a_pair_that_copies_takes_the_other_one_with_it() -> None:
    found = [copied("fwi-a"), differs("fwi-b")]
    assert stages(plan_change(SITE, found)) == [("fwi-a", "fwi-b")]
    with pytest.raises(Conflict) as refused:
        plan_change(SITE, [copied("fwi-a"), differs("rt-a")])
    assert refused.value.detail == "fwi-b"


def bare(name: str) -> DeviceDifference:
    return differs(name).model_copy(update={"bare": True})


def test_a_site_on_which_nothing_was_ever_configured_is_one_stage() -> None:
    plan = plan_change(SITE, [bare(name) for name in NAMES])
    assert [(stage.kind, stage.devices) for stage in plan.stages] == [(StageKind.BOOTSTRAP, NAMES)]
    assert not plan.stages[0].on_trial


def test_a_bare_device_beside_others_that_serve_goes_half_by_half() -> None:
    """A router that was replaced joins a site whose seats the other one carries."""
    replaced = [bare(name) if name == "rt-b" else same(name) for name in NAMES]
    for found in (replaced, [bare("rt-a"), bare("rt-b")], [*map(bare, NAMES[:-1])]):
        plan = plan_change(SITE, found)
        assert StageKind.BOOTSTRAP not in {stage.kind for stage in plan.stages}
        assert all(stage.on_trial for stage in plan.stages)
