"""How long a seat is cut off from the platform, one fault of each kind, with a loose bound.

The benchmark (tests/benchmarks/failover.py) repeats each fault and holds the tight bounds.
"""

import time
from ipaddress import IPv4Address

import pytest

from device_configs.deploy.lab import Lab
from device_configs.twin.gap import GapMeasurement, Transport
from tests.lab.settled import wait_until_settled
from tests.pace import is_over, slowness

pytestmark = pytest.mark.lab

SEAT = "seat-001"
PLATFORM = IPv4Address("10.100.0.10")
BOUND_MS = 1000.0
SETTLE_S = 2.0
RETURN_S = 8.0


@pytest.fixture(scope="module")
def settled(lab: Lab) -> None:
    """What the tests before these broke is whole again; these give each return its time."""
    wait_until_settled(lab)


@pytest.fixture(autouse=True)
def working_way(lab: Lab, settled: None) -> None:
    lab.wait_until_reached(SEAT, PLATFORM)


def check(measurement: GapMeasurement | None, bound_ms: float = BOUND_MS) -> None:
    """Nothing was lost for longer, nor late by more than the machine itself is slow."""
    assert measurement is not None
    assert measurement.longest_loss_ms <= bound_ms * slowness(), measurement
    if measurement.longest_gap_ms > bound_ms:
        assert measurement.longest_gap_ms <= bound_ms * slowness()


def active_firewall(lab: Lab) -> str:
    for name in ("fwi-a", "fwi-b"):
        if lab.client.execute(name, ["cat", "/run/firewall-role"]).stdout == b"master\n":
            return name
    raise AssertionError("no firewall is active")


@pytest.mark.parametrize("silent", [False, True], ids=["cut", "silent cut"])
@pytest.mark.parametrize(
    "link", ["rt-a--egov", "rt-a--fwi-a", "core-a--ips-a-fwi-a", "core-a--sw-1", "core-b--sw-1"]
)
def test_a_cut_link_is_bridged_by_the_other_half(lab: Lab, link: str, silent: bool) -> None:
    with lab.observing(SEAT, PLATFORM) as fault:
        lab.client.cut(link, silent=silent)
        time.sleep(SETTLE_S)
    with lab.observing(SEAT, PLATFORM) as mended:
        lab.client.heal(link)
        time.sleep(3)
    check(fault.measurement)
    check(mended.measurement)


@pytest.mark.parametrize("device", ["rt-a", "fwi-a", "core-a", "sw-1"])
def test_a_neighbour_is_asked_again_soon_after_its_cable_healed(lab: Lab, device: str) -> None:
    """With the kernel's second a heal 2.7 s after the cut lost 80-280 ms of the seats' packets."""
    settings = "cat /proc/sys/net/ipv4/neigh/*/retrans_time_ms"
    found = lab.client.execute(device, ["sh", "-c", settings]).stdout.split()
    assert found
    assert max(map(int, found)) <= 60, "the kernel rounds the 50 ms up to its ticks"


@pytest.mark.parametrize("kind", ["kill", "hang"])
@pytest.mark.parametrize("device", ["rt-a", "ips-a", "core-a"])
def test_a_lost_device_is_replaced_by_its_partner(lab: Lab, device: str, kind: str) -> None:
    with lab.observing(SEAT, PLATFORM) as fault:
        getattr(lab.client, kind)(device)
        time.sleep(SETTLE_S)
    with lab.observing(SEAT, PLATFORM) as back:
        lab.client.start(device)
        time.sleep(RETURN_S)
    check(fault.measurement)
    check(back.measurement)


@pytest.mark.parametrize("kind", ["kill", "hang"])
def test_a_session_through_the_lost_active_firewall_goes_on(lab: Lab, kind: str) -> None:
    active = active_firewall(lab)
    with lab.observing(SEAT, PLATFORM, Transport.TCP) as session:
        time.sleep(0.5)
        getattr(lab.client, kind)(active)
        time.sleep(3)
        lab.client.start(active)
        time.sleep(RETURN_S)
    check(session.measurement)
    assert session.measurement is not None
    assert not session.measurement.session_ended


@pytest.mark.parametrize("link", ["core-a--core-b-svc", "core-a--gap-a", "core-a--vg-a"])
def test_links_of_other_services_do_not_disturb_the_seats(lab: Lab, link: str) -> None:
    with lab.observing(SEAT, PLATFORM) as observer:
        lab.client.cut(link)
        time.sleep(SETTLE_S)
        lab.client.heal(link)
        time.sleep(SETTLE_S)
    check(observer.measurement, 150)


def test_the_way_returns_after_both_firewalls_were_lost(lab: Lab) -> None:
    """No inside route is left meanwhile: what was withdrawn from the provider is told again."""
    firewalls = ("fwi-a", "fwi-b")
    for name in firewalls:
        lab.client.kill(name)
    try:
        begun = time.monotonic()
        while lab.client.execute("rt-b", ["ip", "route", "show", "10.20.1.0/24"]).stdout:
            assert not is_over(begun, 15), "the inside route outlives both firewalls"
            time.sleep(0.2)
    finally:
        for name in firewalls:
            lab.client.start(name)
    lab.wait_until_reached(SEAT, PLATFORM)
    question = ["vtysh", "-c", "show bgp ipv4 unicast 10.20.1.0/24"]
    silent, begun = {"rt-a", "rt-b"}, time.monotonic()
    while silent:
        assert not is_over(begun, 15), f"{silent} do not announce the seats' network"
        told = {name: lab.client.execute(name, question).stdout for name in silent}
        silent = {n for n, text in told.items() if b"Not advertised to any peer" in text}
