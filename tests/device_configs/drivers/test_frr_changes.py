"""The driver ``frr`` before FRR's own daemons and a real sshd."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from device_configs.drivers import refusals
from device_configs.drivers.frr.driver import FrrDriver
from tests.device_configs.drivers.contract import Bench, DriverContract, Texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.device_configs.drivers.frr_box import FrrBox

pytestmark = pytest.mark.lab
HOME = "/var/lib/frr-change"


class FrrBench(Bench):
    def __init__(self, box: FrrBox) -> None:
        self.box = box
        before = box.running()
        self.texts = Texts(
            merge="interface eth0\n ip ospf cost 77\nexit\n",
            marker="ip ospf cost 77",
            replace=before.replace("ip ospf cost 10", "ip ospf cost 77"),
            unknown="interface eth0\n ip ospf cost 77\nexit\nunheard-of line\n",
            revert_s=5,
        )

    def driver(self, **options: Any) -> FrrDriver:
        signing_in = {"port": self.box.port, "key_file": str(self.box.key), "use_keys": True}
        return FrrDriver("127.0.0.1", "root", "", optional_args=signing_in | options)

    def running(self) -> str:
        return self.box.running()

    def startup(self) -> str:
        return self.box.startup()

    def let_time_pass(self, seconds: int) -> None:  # noqa: ARG002 - the router says when
        while self.box.shell(f"cat {HOME}/pending 2>/dev/null || true"):
            time.sleep(0.2)

    @contextmanager
    def hold_for_another(self) -> Iterator[None]:
        # As a change in another session does while it is being made.
        held = f"nohup flock {HOME}/lock sleep 600 >/dev/null 2>&1 & echo $!"
        pid = int(self.box.shell(held))
        try:
            yield
        finally:
            self.box.shell(f"pkill -P {pid}; kill {pid} 2>/dev/null || true")


@pytest.fixture(scope="module")
def bench(frr_box: FrrBox) -> FrrBench:
    bench = FrrBench(frr_box)
    with bench.opened() as driver:
        driver.has_pending_commit()
    return bench


class TestFrr(DriverContract):
    """The contract."""


def test_a_line_that_a_daemon_refuses_last_ends_with_the_snapshot(bench: FrrBench) -> None:
    running, startup = bench.running(), bench.startup()
    refused = (
        "interface eth0\n ip ospf cost 77\nexit\nrouter bgp 65001\n"
        " neighbor 192.0.2.9 ebgp-multihop 2\n neighbor 192.0.2.9 ttl-security hops 3\n"
    )
    with bench.opened() as driver:
        driver.load_merge_candidate(config=refused)
        with pytest.raises(refusals.CandidateRefused, match="cannot be configured together"):
            driver.commit_config()
        assert not driver.has_pending_commit()
    assert (bench.running(), bench.startup()) == (running, startup)


def test_no_room_for_the_new_start_leaves_the_change_waiting(bench: FrrBench) -> None:
    running, startup = bench.running(), bench.startup()
    with bench.opened() as driver:
        driver.load_merge_candidate(config=bench.texts.merge)
        driver.commit_config(revert_in=600)
        bench.box.shell("dd if=/dev/zero of=/etc/frr/full bs=64k 2>/dev/null || true")
        try:
            with pytest.raises(refusals.CommitRefused):
                driver.confirm_commit()
            assert driver.has_pending_commit()
        finally:
            bench.box.shell("rm -f /etc/frr/full")
        driver.rollback()
    assert (bench.running(), bench.startup()) == (running, startup)


def test_no_room_on_the_router_changes_nothing(bench: FrrBench) -> None:
    running = bench.running()
    with bench.opened() as driver:
        bench.box.shell(f"dd if=/dev/zero of={HOME}/full bs=1k 2>/dev/null || true")
        try:
            driver.load_merge_candidate(config=bench.texts.merge)
            with pytest.raises(refusals.CommitRefused):
                driver.commit_config()
        finally:
            bench.box.shell(f"rm -f {HOME}/full")
        assert not driver.has_pending_commit()
    assert bench.running() == running


def test_a_session_cut_in_the_middle_ends_old(bench: FrrBench) -> None:
    """The session dies while the reload runs: nobody confirms, the timer takes the change back."""
    running, startup = bench.running(), bench.startup()
    driver = bench.driver()
    driver.open()
    driver.load_merge_candidate(config=bench.texts.merge)
    driver.compare_config()
    script = driver._router()._script
    channel = driver._connection.remote_conn_pre.get_transport().open_session()
    channel.exec_command(f"sh {HOME}/frr-change-* begin {driver.change_id} 5")
    while not bench.box.shell(f"cat {HOME}/pending 2>/dev/null || true"):
        time.sleep(0.05)
    driver._connection.remote_conn_pre.get_transport().close()
    with pytest.raises(refusals.ConnectionFailed):
        script.status()
    driver.close()
    bench.let_time_pass(5)
    assert (bench.running(), bench.startup()) == (running, startup)


def test_a_timer_that_is_gone_is_said_and_the_change_can_still_go_back(bench: FrrBench) -> None:
    running = bench.running()
    with bench.opened() as driver:
        driver.load_merge_candidate(config=bench.texts.merge)
        driver.commit_config(revert_in=600)
        bench.box.shell(f"kill -9 $(cut -d' ' -f3 {HOME}/pending)")
        with pytest.raises(refusals.RevertRefused):
            driver.has_pending_commit()
        driver.rollback()
    assert bench.running() == running


def test_a_whole_configuration_without_a_line_removes_it(bench: FrrBench) -> None:
    text = bench.running().replace(" description towards the provider\n", "")
    with bench.opened() as driver:
        driver.load_replace_candidate(config=text)
        assert driver.compare_config() == " interface eth0\n- description towards the provider"
        driver.discard_config()


def test_a_router_that_does_not_answer_is_said(bench: FrrBench) -> None:
    with bench.opened() as driver, pytest.raises(refusals.DeviceSilent):
        driver._connection.run("sleep 30", timeout_s=0.5)
    refused = FrrDriver("127.0.0.1", "root", "", optional_args={"port": 1})
    with pytest.raises(refusals.ConnectionFailed):
        refused.open()
    stranger = FrrDriver("127.0.0.1", "nobody", "x", optional_args={"port": bench.box.port})
    with pytest.raises(refusals.SignInRefused):
        stranger.open()
