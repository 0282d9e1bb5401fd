"""A changed link is reported to the monitoring host at once."""

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from device_configs.deploy.lab import Lab
from device_configs.twin.namespace import enter_network

pytestmark = pytest.mark.lab

TRAP_PORT = 162
LINK_DOWN = bytes.fromhex("06092b0601060301010503")
LINK_UP = bytes.fromhex("06092b0601060301010504")
NEW_MASTER = bytes.fromhex("06082b06010201440001")


@dataclass(frozen=True)
class Trap:
    source: str
    message: bytes
    at: float


@pytest.fixture
def traps(lab: Lab) -> Iterator[list[Trap]]:
    """What arrives on UDP 162 of the monitoring host while the test runs."""
    received: list[Trap] = []
    ready, ended = threading.Event(), threading.Event()

    def listen() -> None:
        enter_network(lab.network)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
            receiver.bind((str(lab.site.monitoring_host.management_address), TRAP_PORT))
            receiver.settimeout(0.1)
            ready.set()
            while not ended.is_set():
                try:
                    message, (source, _) = receiver.recvfrom(65535)
                except TimeoutError:
                    continue
                received.append(Trap(source, message, time.monotonic()))

    thread = threading.Thread(target=listen)
    thread.start()
    assert ready.wait(5)
    yield received
    ended.set()
    thread.join()


def wait_for(traps: list[Trap], kind: bytes, *parts: bytes) -> Trap | None:
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline:
        for trap in traps:
            if kind in trap.message and all(part in trap.message for part in parts):
                return trap
        time.sleep(0.01)
    return None


def test_a_cut_and_a_mended_link_are_reported_by_both_ends(lab: Lab, traps: list[Trap]) -> None:
    cut_at = time.monotonic()
    lab.client.cut("rt-a--fwi-a")
    down = wait_for(traps, LINK_DOWN, b"fwi-a"), wait_for(traps, LINK_DOWN, b"rt-a")
    lab.client.heal("rt-a--fwi-a")
    up = wait_for(traps, LINK_UP, b"fwi-a"), wait_for(traps, LINK_UP, b"rt-a")
    assert all(up)
    assert {trap.source for trap in down if trap} == {"10.255.0.1", "10.255.0.3"}
    assert all(trap.at - cut_at < 1 for trap in down if trap)


def test_a_link_is_reported_once_a_change(lab: Lab, traps: list[Trap]) -> None:
    lab.client.cut("core-a--vg-a")
    assert wait_for(traps, LINK_DOWN, b"vg-a")
    lab.client.heal("core-a--vg-a")
    assert wait_for(traps, LINK_UP, b"vg-a")
    time.sleep(0.5)
    of_port = [trap for trap in traps if trap.source == "10.255.0.7" and b"vg-a" in trap.message]
    assert [LINK_DOWN in trap.message for trap in of_port] == [True, False]


def test_a_silent_uplink_shows_as_a_lost_interface_and_a_new_gateway(
    lab: Lab, traps: list[Trap]
) -> None:
    held = lab.client.execute("core-a", ["ip", "-o", "-4", "addr", "show", "to", "10.20.3.1/32"])
    core = "core-a" if held.stdout else "core-b"
    lab.client.cut(f"{core}--sw-3", silent=True)
    lost = wait_for(traps, LINK_DOWN, b"svi-seats-3")
    taken = wait_for(traps, NEW_MASTER)
    lab.client.heal(f"{core}--sw-3")
    assert lost is not None
    assert taken is not None
    assert lost.source != taken.source
