"""Arista EOS by NAPALM's own driver, over real SSH before an emulated box: the contract, and EOS's
own ways."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from device_configs.drivers import refusals
from device_configs.drivers.eos.driver import AristaEosDriver
from device_configs.drivers.revert_class import RevertClass
from device_configs.emulator.eos.running import EosBoxes, running_eos_boxes
from device_configs.emulator.eos.switch import ConfigureSession
from tests.device_configs.drivers.contract import Bench, DriverContract, Texts

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT = """hostname box
!
vlan 10
   name seats
!
interface Vlan10
   description error of the past, not a fault
   ip address 10.0.10.1/24
!
snmp-server user poller pollers v3 auth sha canary-auth priv aes canary-priv
!
end
"""
MERGE = "vlan 30\n   name thirty-三十\n!\n"
MARKER = "thirty-三十"


class EosBench(Bench):
    """One emulated box."""

    def __init__(self, boxes: EosBoxes) -> None:
        self.boxes, self.device = boxes, boxes["box"]
        self.texts = Texts(
            merge=MERGE,
            marker=MARKER,
            replace=TEXT.replace("interface", f"{MERGE}interface"),
            unknown=f"{MERGE}unheard-of line\n",
            revert_s=60,
        )

    def driver(self, **options: Any) -> AristaEosDriver:
        one = self.device
        return AristaEosDriver(
            one.host, one.user, one.password, timeout=30,
            optional_args={"port": one.port, **options},
        )  # fmt: skip

    def running(self) -> str:
        return self.device.running_text()

    def startup(self) -> str:
        return self.device.saved_text()

    def let_time_pass(self, seconds: int) -> None:
        self.boxes.advance(seconds + 1)

    @contextmanager
    def hold_for_another(self) -> Iterator[None]:
        box = self.device.box
        box.sessions["li-ming"] = ConfigureSession(box.running.copied())
        try:
            yield
        finally:
            del box.sessions["li-ming"]


@pytest.fixture(scope="module")
def boxes() -> Iterator[EosBoxes]:
    with running_eos_boxes({"box": TEXT}) as boxes:
        yield boxes


@pytest.fixture
def bench(boxes: EosBoxes) -> EosBench:
    return EosBench(boxes)


class TestEos(DriverContract):
    """The contract."""


def test_the_box_takes_an_unconfirmed_change_back_by_itself(bench: EosBench) -> None:
    with bench.opened() as driver:
        assert driver.revert_class is RevertClass.NATIVE
        driver.load_merge_candidate(config=MERGE)
        for seconds in (0, 86_400):
            with pytest.raises(refusals.NotPossible):
                driver.commit_config(revert_in=seconds)


def test_hanging_up_leaves_a_waiting_commit_alone(bench: EosBench) -> None:
    """NAPALM's own ``close`` aborts it."""
    with bench.opened() as driver:
        driver.load_merge_candidate(config=MERGE)
        change_id = driver.change_id
        driver.commit_config(revert_in=600)
    assert MARKER in bench.running()
    with bench.opened(change_id=change_id) as driver:
        assert driver.has_pending_commit()
        driver.rollback()
    assert MARKER not in bench.running()


def test_no_secret_is_shown_and_no_session_is_left(bench: EosBench) -> None:
    with bench.opened() as driver:
        shown = driver.get_config(sanitized=True)
        assert "auth sha **** priv aes ****" in shown["running"]
        driver.load_merge_candidate(config="snmp-server usher x auth sha canary-auth\n")
        with pytest.raises(refusals.CandidateRefused) as refusal:
            driver.commit_config()
        assert "snmp-server usher x auth sha ****" in str(refusal.value)
    states = {str(one.state) for one in bench.device.box.sessions.values()}
    assert "pending" not in states


def test_the_texts_that_are_rendered_are_known_to_the_box() -> None:
    golden = Path(__file__).parents[1] / "render" / "golden" / "arista_eos"
    texts = {file.stem: file.read_text("utf-8") for file in golden.glob("*.txt")}
    assert len(texts) >= 2
    with running_eos_boxes(texts) as boxes:
        for name, text in texts.items():
            known = {line.strip() for line in boxes[name].running_text().splitlines()}
            lines = {line.strip() for line in text.splitlines()}
            assert {line for line in lines - known if "snmp-server user" not in line} == set()


def test_nobody_signs_in_with_another_password(bench: EosBench) -> None:
    one = bench.device
    driver = AristaEosDriver(one.host, one.user, "wrong", optional_args={"port": one.port})
    with pytest.raises(refusals.SignInRefused):
        driver.open()
