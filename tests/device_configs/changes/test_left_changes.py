"""Changes that were left and cannot be carried out as they were planned: each comes to an end on
record, or waits without adding to it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from device_configs.changes.carrying import carry_out
from device_configs.changes.engine import GONE
from device_configs.changes.left_changes import LEFT_FOR, REASON, end_left_changes
from device_configs.changes.left_trials import SETTLED_AFTER
from device_configs.changes.locks import REDUNDANT_SET, lock_names
from device_configs.changes.states import ChangeState, Place, StageState
from device_configs.render.secrets import SecretsMissing
from device_configs.site import Site
from device_configs.site.model import Device
from ops_core.kernel.audit import verify_chain
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.containment import Containment
from ops_core.kernel.errors import Conflict
from ops_core.kernel.tables import EventRow
from tests.device_configs.changes.simulated import REVERT_IN_S, World
from tests.device_configs.changes.vendor_site import LI, VendorWork, planned
from tests.device_configs.changes.vendor_stand import FIREWALLS, ROUTERS, Stand, read_plan

HALVES = (("rt-b", "sw-1"), ("rt-a",))
TRIAL_S = 180


class MovedClock(SystemClock):
    """The system's clock, which goes ahead of it."""

    offset = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.offset


def undeclared(site: Site, gone: str) -> Site:
    return with_devices(site, {n: one for n, one in site.devices.items() if n != gone})


def undeployed(site: Site, gone: str) -> Site:
    device = site.devices[gone].model_copy(update={"deployed": False})
    return with_devices(site, {**site.devices, gone: device})


def with_devices(site: Site, devices: Mapping[str, Device]) -> Site:
    """The site with others; what it has derived from its devices is derived again."""
    fields = {name: getattr(site, name) for name in Site.model_fields}
    return Site.model_construct(**fields | {"devices": devices})


def on_hold(stand: Stand, clock: MovedClock, *devices: str) -> tuple[VendorWork, str]:
    """A change that waits behind its first stage until nobody may confirm it any more."""
    work = replace(stand.work, clock=clock)
    number = planned(work, *devices)
    carry_out(work, LI, number, hold=True)
    passed = timedelta(seconds=TRIAL_S) + SETTLED_AFTER
    stand.devices.advance(round(passed.total_seconds()))
    clock.offset += passed
    return work, number


def recorded(work: VendorWork, number: str) -> int:
    with work.database.reading() as session:
        found = select(func.count()).where(EventRow.aggregate_id == number)
        return session.execute(found).scalar_one()


@pytest.mark.parametrize("without", [undeclared, undeployed])
def test_what_is_gone_is_unknown_and_the_change_ends_without_it(
    stand: Stand, without: Callable[[Site, str], Site]
) -> None:
    work, number = on_hold(stand, MovedClock(), *ROUTERS)
    work = replace(work, site=without(work.site, "rt-b"))
    with pytest.raises(Conflict) as refusal:
        carry_out(work, LI, number, again=True)
    assert "rt-b" in refusal.value.detail
    (change,) = end_left_changes(work)
    assert change.number == number
    assert change.state is ChangeState.FAILED, change.message
    assert change.places == {"rt-b": Place.UNKNOWN, "rt-a": Place.OLD}
    assert change.devices["rt-b"].message == GONE
    assert change.stages[0].state is StageState.UNEVEN
    assert REASON in change.message
    assert stand.contents("rt-a") == {"old"}
    assert end_left_changes(work) == (), "it is over"
    with work.database.reading() as session:
        assert verify_chain(session) == []
    whole = replace(work, site=stand.work.site)
    assert carry_out(whole, LI, planned(whole, "rt-a")).state is ChangeState.CONFIRMED, (
        "nothing stands in its way"
    )


def test_the_half_that_is_still_ours_is_taken_back(stand: Stand) -> None:
    """Nothing on a USG pair takes its policies back; the half that is asked has them no more."""
    work, _ = on_hold(stand, MovedClock(), *FIREWALLS)
    assert stand.contents(*FIREWALLS) == {"new"}
    (change,) = end_left_changes(replace(work, site=undeployed(work.site, "fwi-b")))
    assert change.places == {"fwi-a": Place.OLD, "fwi-b": Place.UNKNOWN}, change.message
    assert stand.contents("fwi-a") == {"old"}


def test_a_change_all_of_whose_devices_are_gone_comes_to_its_end(stand: Stand) -> None:
    work, number = on_hold(stand, MovedClock(), *ROUTERS)
    site = undeclared(undeclared(work.site, "rt-b"), "rt-a")
    (change,) = end_left_changes(replace(work, site=site))
    assert (change.number, change.state) == (number, ChangeState.FAILED)
    assert change.places == {"rt-b": Place.UNKNOWN, "rt-a": Place.OLD}


def test_without_secrets_it_waits_and_puts_nothing_more_on_record(stand: Stand) -> None:
    """The first round records that it is being ended; each further one, a minute later, fails as
    it did, and whoever contains failures says so."""
    clock = MovedClock()
    work, number = on_hold(stand, clock, *ROUTERS)
    file = work.settings.state_directory / "secrets.json"
    kept = file.read_bytes()
    file.unlink()
    with pytest.raises(SecretsMissing):
        end_left_changes(work)
    before = recorded(work, number)
    containment = Containment("left changes", clock)
    for minutes in (1, 2, 3, 90, 600):
        clock.offset += timedelta(minutes=minutes)
        assert end_left_changes(work, containment.boundary) == ()
    assert recorded(work, number) == before
    assert list(containment.failing) == [number]
    assert read_plan(work, number).state is ChangeState.RUNNING

    file.write_bytes(kept)
    (change,) = end_left_changes(work)
    assert change.state is ChangeState.ROLLED_BACK, change.message
    assert stand.contents(*ROUTERS) == {"old"}


def test_without_what_a_box_had_before_its_own_timer_is_what_counts(stand: Stand) -> None:
    """The kept texts of a trial are gone: what the box has is not known to be old or new."""
    work, _ = on_hold(stand, MovedClock(), *ROUTERS)
    for folder in (work.settings.state_directory / "changes/kept").iterdir():
        for file in folder.iterdir():
            file.unlink()
    (change,) = end_left_changes(work)
    assert change.state is not ChangeState.CONFIRMED
    assert end_left_changes(work) == ()


@pytest.mark.parametrize("kill_at", range(2, 40, 3))
@pytest.mark.parametrize("gone", [{"rt-b"}, {"rt-a"}, {"rt-b", "sw-1"}, {"rt-a", "rt-b", "sw-1"}])
def test_wherever_the_controller_died_the_others_end_whole(kill_at: int, gone: set[str]) -> None:
    world = World(HALVES)
    world.carry_out(kill_at=kill_at)
    stages = world.log.change().stages
    under_way = {s.index for s in stages if s.begun_at is not None and not s.state.is_over}
    world.clock.advance(timedelta(seconds=REVERT_IN_S) + SETTLED_AFTER + LEFT_FOR)
    for device in world.fleet.devices.values():
        device.pass_time(world.clock.now())
    started = world.clock.now()
    assert world.end_without(gone)
    change = world.log.change()
    assert change.state.is_over
    assert world.clock.now() - started < timedelta(seconds=REVERT_IN_S), "nobody waits for them"
    for name, trail in change.devices.items():
        if name not in gone:
            assert trail.place.value == world.fleet.devices[name].content, name
        elif trail.stage in under_way:
            assert trail.place is Place.UNKNOWN, name
    assert world.fleet.asked.isdisjoint(gone)


def test_a_device_that_is_gone_may_have_had_a_partner(stand: Stand) -> None:
    site = undeclared(stand.work.site, "sw-1")
    assert REDUNDANT_SET in lock_names(site, ["sw-1"])
    assert REDUNDANT_SET not in lock_names(stand.work.site, ["sw-1"])
