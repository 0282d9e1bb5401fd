"""A half is taken out of the traffic and comes back, and no seat notices.

The bound is on losses: on a busy machine the longest silence measures the machine, and what is
late is not lost.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address

import pytest

from device_configs.deploy.lab import Lab
from device_configs.draining.handover import drain, restore, states
from device_configs.draining.shell import SshShell
from device_configs.draining.state import Participation
from device_configs.twin.gap import Transport
from ops_core.kernel.errors import Conflict
from tests.lab.settled import wait_until_settled
from tests.pace import is_over, slowness

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("undrained")]

SEAT = "seat-001"
PLATFORM = IPv4Address("10.100.0.10")
BOUND_MS = 40
RELOADED = "/usr/local/sbin/device-service apply frr && vtysh -c 'show running-config' | "


@pytest.fixture
def shell(lab: Lab) -> SshShell:
    wait_until_settled(lab)
    lab.wait_until_reached(SEAT, PLATFORM)
    return SshShell(lab.site, lab.settings.state_directory, lab.network)


@contextmanager
def unnoticed(lab: Lab) -> Iterator[None]:
    """A datagram every 5 ms and a TCP session from a seat while a block runs.

    The bound is that of a machine with nothing else to do; on another one it is stretched.
    """
    slower = slowness()
    with (
        lab.observing(SEAT, PLATFORM, Transport.TCP, 0.01) as session,
        lab.observing(SEAT, PLATFORM, interval_s=0.005) as datagrams,
    ):
        time.sleep(0.2)
        yield
        time.sleep(1)
    assert session.measurement is not None
    assert datagrams.measurement is not None
    assert not session.measurement.session_ended
    assert datagrams.measurement.sent > 100
    bound_ms = BOUND_MS * max(slower, slowness())
    assert datagrams.measurement.longest_loss_ms <= bound_ms, datagrams.measurement


def half(lab: Lab, letter: str) -> list[str]:
    return [d.name for d in lab.site.devices.values() if d.half == letter and d.partner]


def test_either_half_is_drained_and_restored_unnoticed(lab: Lab, shell: SshShell) -> None:
    for letter in ("A", "B"):
        with unnoticed(lab):
            drained = drain(lab.site, shell, half(lab, letter), who="test", seconds=300)
        assert len(drained) == 5
        found = states(shell, drained)
        assert {state.participation for state in found.values()} == {Participation.DRAINED}
        assert not any(state.virtual for state in found.values())
        for router in (name for name in drained if name.startswith(("rt", "core"))):
            answer = shell.run({router: RELOADED + "grep -c 'cost 65535'"})[router]
            assert answer.returncode == 0, f"a deployment undid the drain of {router}"
        with unnoticed(lab):
            restore(lab.site, shell, half(lab, letter))
        serving = states(shell, drained).values()
        assert {state.participation for state in serving} == {Participation.SERVING}


def test_a_drain_that_nobody_ends_ends_by_itself(lab: Lab, shell: SshShell) -> None:
    drain(lab.site, shell, ["rt-b"], who="test", seconds=5)
    begun = time.monotonic()
    while states(shell, ["rt-b"])["rt-b"].participation is not Participation.SERVING:
        assert not is_over(begun, 60), "rt-b stays drained"
        time.sleep(0.3)
    costs = shell.run({"rt-b": "vtysh -c 'show running-config'"})["rt-b"].text
    assert "ip ospf cost" in costs
    assert "65535" not in costs


def test_nothing_is_drained_while_the_partner_is_away(lab: Lab, shell: SshShell) -> None:
    lab.client.kill("rt-b")
    try:
        with pytest.raises(Conflict, match="rt-b"):
            drain(lab.site, shell, ["rt-a"], who="test", seconds=60)
        assert states(shell, ["rt-a"])["rt-a"].participation is Participation.SERVING
    finally:
        lab.client.start("rt-b")
    lab.wait_until_reached(SEAT, PLATFORM)
