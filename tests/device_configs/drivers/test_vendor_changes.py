"""The drivers ``huawei_vrp`` and ``h3c_comware`` before emulated boxes, over real SSH."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from device_configs.drivers import refusals
from device_configs.drivers.revert_class import RevertClass
from device_configs.emulator.devices import BoxSpec, running_devices
from tests.device_configs.drivers.contract import DriverContract
from tests.device_configs.drivers.vendor_bench import (
    COMWARE_TEXT,
    MARKER,
    MERGE,
    VRP,
    VendorBench,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from device_configs.emulator.devices import Devices

KINDS = {
    "vrp8": (VRP, RevertClass.NATIVE),
    "vrp5-s": (VRP, RevertClass.REBOOT),
    "comware-switch": (COMWARE_TEXT, RevertClass.NATIVE),
}


@pytest.fixture(scope="module")
def devices() -> Iterator[Devices]:
    specs = [BoxSpec(kind, kind, text.format(name=kind)) for kind, (text, _) in KINDS.items()]
    specs.append(BoxSpec("fwi-a", "usg", "hrp enable\nsysname fwi-a\n", peer="fwi-b"))
    specs.append(BoxSpec("fwi-b", "usg", "hrp enable\nsysname fwi-b\n", active=False))
    with running_devices(specs) as devices:
        yield devices


@pytest.fixture(params=list(KINDS))
def bench(devices: Devices, request: pytest.FixtureRequest) -> VendorBench:
    return VendorBench(devices, request.param)


@pytest.fixture
def vrp8(devices: Devices) -> Iterator[VendorBench]:
    """Ends without traits and as it began."""
    yield from _tidy(VendorBench(devices, "vrp8"))


@pytest.fixture(params=["vrp8", "comware-switch"])
def native(devices: Devices, request: pytest.FixtureRequest) -> Iterator[VendorBench]:
    yield from _tidy(VendorBench(devices, request.param))


def _tidy(bench: VendorBench) -> Iterator[VendorBench]:
    running, startup = bench.running(), bench.startup()
    yield bench
    bench.device.set_traits(
        drop_at="", drop_behind="", refuse="", garbage_at="", silent_at="", disk_full=False,
        paging=0, time_stamps=False, log_every=0, password_question=False, without_persist=False,
    )  # fmt: skip
    assert (bench.running(), bench.startup()) == (running, startup)


class TestVendors(DriverContract):
    """The contract."""


def test_a_driver_says_what_takes_its_changes_back(bench: VendorBench) -> None:
    with bench.opened() as driver:
        assert driver.revert_class is KINDS[bench.device.name][1]


def test_an_inverse_patch_cannot_wait(devices: Devices) -> None:
    bench = VendorBench(devices, "vrp5-s")
    with bench.opened(revert="inverse") as driver:
        assert driver.revert_class is RevertClass.INVERSE
        assert not driver.revert_class.survives_the_controller
        driver.load_merge_candidate(config=MERGE)
        with pytest.raises(refusals.NotPossible):
            driver.commit_config(revert_in=60)
        driver.commit_config()
        driver.rollback()
    assert MARKER not in bench.running()


def test_a_reboot_is_no_revert_where_the_saved_configuration_differs(devices: Devices) -> None:
    bench = VendorBench(devices, "vrp5-s")
    with bench.opened() as driver:
        driver.load_merge_candidate(config="vlan 99\n")
        driver.cli(["system-view", "vlan 98", "return"])
        with pytest.raises(refusals.CommitRefused):
            driver.commit_config(revert_in=60)
        driver.cli(["system-view", "undo vlan 98", "return"])


def test_a_session_cut_at_any_line_ends_old(native: VendorBench) -> None:
    running = native.running()
    for line in ("^vlan 30", "description", "^commit trial", "^configuration commit"):
        native.device.set_traits(drop_at=line)
        driver = native.driver()
        driver.open()
        driver.load_merge_candidate(config=MERGE)
        try:
            driver.commit_config(revert_in=60)
        except refusals.ConnectionFailed:
            native.let_time_pass(60)
        else:
            driver.rollback()
        driver.close()
        native.device.set_traits(drop_at="")
        assert native.running() == running


def test_a_trial_whose_answer_never_came_is_found_and_confirmed(vrp8: VendorBench) -> None:
    """The controller dies between the trial and its record: the number was written down before."""
    vrp8.device.set_traits(drop_behind="^commit trial")
    driver = vrp8.driver()
    driver.open()
    driver.load_merge_candidate(config=MERGE)
    change_id = driver.change_id
    with pytest.raises(refusals.ConnectionFailed):
        driver.commit_config(revert_in=600)
    vrp8.device.set_traits(drop_behind="")
    with vrp8.opened(change_id=change_id) as driver:
        assert driver.has_pending_commit()
        driver.confirm_commit()
        assert MARKER in vrp8.startup()
        driver.rollback()


def test_an_older_box_keeps_the_trial_for_its_session(vrp8: VendorBench) -> None:
    vrp8.device.set_traits(without_persist=True)
    with vrp8.opened() as driver:
        driver.load_merge_candidate(config=MERGE)
        driver.commit_config(revert_in=600)
        assert driver.has_pending_commit()
        driver.confirm_commit()
        driver.rollback()


def test_a_full_disk_ends_old(bench: VendorBench) -> None:
    running, startup = bench.running(), bench.startup()
    bench.device.set_traits(disk_full=True)
    with bench.opened() as driver:
        driver.load_merge_candidate(config=MERGE)
        with pytest.raises(refusals.CommitRefused):
            driver.commit_config()
        bench.device.set_traits(disk_full=False)
        if bench.running() != running:
            driver.rollback()
    assert (bench.running(), bench.startup()) == (running, startup)


def test_what_the_terminal_throws_in_is_no_part_of_the_answer(native: VendorBench) -> None:
    plain = native.running()
    native.device.set_traits(
        paging=5, time_stamps=True, log_every=3, password_question=True, latency=0.02
    )
    with native.opened() as driver:
        assert driver.get_config(retrieve="running")["running"].strip() == plain.strip()
        driver.load_merge_candidate(config=MERGE)
        driver.commit_config(revert_in=600)
        driver.rollback()


def test_an_answer_without_an_end_is_unknown_and_one_without_meaning_is_asked_about(
    vrp8: VendorBench,
) -> None:
    driver = vrp8.driver()
    driver.open()
    vrp8.device.set_traits(silent_at="^vlan 30")
    driver._open_box().terminal.timeout_s = 0.5
    driver.load_merge_candidate(config=MERGE)
    with pytest.raises(refusals.DeviceSilent):
        driver.compare_config()
    driver.close()
    vrp8.device.set_traits(silent_at="", garbage_at="^commit trial")
    with vrp8.opened() as driver:
        driver.load_merge_candidate(config=MERGE)
        driver.commit_config(revert_in=600)
        assert driver.has_pending_commit()
        driver.rollback()


def test_a_standby_firewall_is_not_configured(devices: Devices) -> None:
    active, standby = VendorBench(devices, "fwi-a"), VendorBench(devices, "fwi-b")
    rule = "ip address-set seats type object\n address 0 10.0.0.1 mask 32\n"
    before = standby.running()
    with standby.opened() as driver:
        driver.load_merge_candidate(config=rule)
        with pytest.raises(refusals.NotPossible):
            driver.commit_config()
    assert standby.running() == before
    with active.opened() as driver:
        driver.load_merge_candidate(config=rule)
        driver.commit_config()
        assert "seats" in standby.running()
        driver.rollback()
    assert "seats" not in standby.running()


def test_a_cipher_is_masked(vrp8: VendorBench) -> None:
    with vrp8.opened() as driver:
        assert "canary" in driver.get_config()["running"]
        assert "canary" not in driver.get_config(sanitized=True)["running"]
        driver.load_merge_candidate(config="aaa\n local-user a password cipher canary-2 odd\n")
        with pytest.raises(refusals.CandidateRefused) as refusal:
            driver.commit_config()
        assert "canary" not in str(refusal.value)
