"""Cutting, killing and hanging in a standing twin, observed from inside its devices."""

import json
import subprocess
import time
from collections.abc import Callable
from ipaddress import IPv4Address

import pytest

from device_configs.twin.gap import GapObserver, Transport
from device_configs.twin.namespace import NamespaceRefused, enter_network, open_own_network
from device_configs.twin.refusals import CommandRefused, UnknownElement
from device_configs.twin.state import DisplayState, LinkState, NodeState
from tests.pace import is_over

from .conftest import RunningTwin, in_namespace

pytestmark = pytest.mark.lab

PROVIDER = IPv4Address("10.253.1.1")


def link_flags(twin: RunningTwin, device: str, port: str) -> set[str]:
    return set(json.loads(twin.run(device, "ip", "-j", "link", "show", port))[0]["flags"])


@pytest.fixture
def router_reaches_provider(small_twin: RunningTwin) -> RunningTwin:
    small_twin.run("rt-a", "ip", "addr", "replace", "10.253.1.0/31", "dev", "egov")
    return small_twin


def answers(twin: RunningTwin) -> bool:
    ping = ["ping", "-c1", "-W1", str(PROVIDER)]
    return twin.client.execute("rt-a", ping).returncode == 0


def test_a_cut_takes_the_carrier_from_both_ends_before_the_command_returns(
    small_twin: RunningTwin,
) -> None:
    client = small_twin.client
    client.cut("rt-a--egov")
    assert "NO-CARRIER" in link_flags(small_twin, "rt-a", "egov")
    assert "UP" not in link_flags(small_twin, "egov", "rt-a")
    assert client.status().links["rt-a--egov"] is LinkState.CUT
    client.heal("rt-a--egov")
    assert "LOWER_UP" in link_flags(small_twin, "rt-a", "egov")
    assert client.status().links["rt-a--egov"] is LinkState.UP


def test_a_silent_cut_loses_every_frame_and_keeps_the_carrier(
    router_reaches_provider: RunningTwin,
) -> None:
    twin = router_reaches_provider
    assert answers(twin)
    twin.client.cut("rt-a--egov", silent=True)
    assert not answers(twin)
    assert "LOWER_UP" in link_flags(twin, "rt-a", "egov")
    twin.client.cut("rt-a--egov")
    assert "NO-CARRIER" in link_flags(twin, "rt-a", "egov")
    twin.client.heal("rt-a--egov")
    assert answers(twin)


def test_a_device_without_power_keeps_its_files_and_forgets_its_network(
    small_twin: RunningTwin,
) -> None:
    client = small_twin.client
    boot = "#!/bin/sh\nip link add br-data type bridge\necho booted >>/var/log/boots\n"
    client.execute("sw-1", ["tee", "/etc/rc.local"], stdin=boot.encode())
    small_twin.run("sw-1", "chmod", "+x", "/etc/rc.local")
    small_twin.run("sw-1", "ip", "link", "add", "br-data", "type", "bridge")
    small_twin.run("sw-1", "ip", "addr", "add", "192.0.2.1/32", "dev", "lo")
    small_twin.run("sw-1", "touch", "/run/volatile")

    client.kill("sw-1")
    assert client.status().devices["sw-1"] is NodeState.KILLED
    assert "NO-CARRIER" in link_flags(small_twin, "fw-a", "sw-1")
    with pytest.raises(CommandRefused, match="sw-1"):
        client.execute("sw-1", ["true"])

    client.start("sw-1")
    assert "LOWER_UP" in link_flags(small_twin, "fw-a", "sw-1")
    wait_for(lambda: client.execute("sw-1", ["test", "-s", "/var/log/boots"]).returncode == 0)
    assert "192.0.2.1" not in small_twin.run("sw-1", "ip", "addr")
    assert client.execute("sw-1", ["test", "-e", "/run/volatile"]).returncode != 0
    assert "10.255.0.3/24" in small_twin.run("sw-1", "ip", "addr", "show", "mgmt")


def test_a_cut_cable_stays_cut_when_its_device_starts_again(small_twin: RunningTwin) -> None:
    client = small_twin.client
    client.cut("fw-a--sw-1")
    client.kill("sw-1")
    client.start("sw-1")
    assert "NO-CARRIER" in link_flags(small_twin, "fw-a", "sw-1")
    client.heal("fw-a--sw-1")
    assert "LOWER_UP" in link_flags(small_twin, "fw-a", "sw-1")


def test_a_hung_device_is_silent_with_its_links_up(router_reaches_provider: RunningTwin) -> None:
    twin = router_reaches_provider
    twin.client.hang("egov")
    assert twin.client.status().devices["egov"] is NodeState.HUNG
    assert not answers(twin)
    assert "LOWER_UP" in link_flags(twin, "rt-a", "egov")
    twin.client.start("egov")
    assert answers(twin)


def test_the_observer_measures_a_silent_cut(router_reaches_provider: RunningTwin) -> None:
    twin = router_reaches_provider
    assert answers(twin)
    network = twin.client.network_namespace("rt-a")
    with GapObserver(network, PROVIDER) as observer:
        time.sleep(0.3)
        started = time.monotonic()
        twin.client.cut("rt-a--egov", silent=True)
        time.sleep(0.3)
        twin.client.heal("rt-a--egov")
        lasted = (time.monotonic() - started) * 1000
        time.sleep(0.3)
    assert observer.measurement is not None
    assert 280 <= observer.measurement.longest_gap_ms <= lasted + 150


def test_a_tcp_session_through_an_unbroken_link_goes_on(
    router_reaches_provider: RunningTwin,
) -> None:
    network = router_reaches_provider.client.network_namespace("rt-a")
    with GapObserver(network, PROVIDER, Transport.TCP) as observer:
        time.sleep(0.3)
    assert observer.measurement is not None
    assert not observer.measurement.session_ended
    assert observer.measurement.lost == 0


def test_a_provider_answers_on_its_service_address(router_reaches_provider: RunningTwin) -> None:
    twin = router_reaches_provider
    twin.run("rt-a", "ip", "route", "replace", "10.100.0.10/32", "via", str(PROVIDER))
    answer = twin.run("rt-a", "curl", "-sS", "--max-time", "5", "http://10.100.0.10:8080/health")
    assert answer == "ok\n"


def test_a_seat_tells_its_display_by_snmp(small_twin: RunningTwin) -> None:
    client = small_twin.client
    assert ask_display(small_twin) == "connected"
    client.display("1", on=False)
    assert client.status().seats["seat-001"].display is DisplayState.DISCONNECTED
    wait_for(lambda: ask_display(small_twin) == "disconnected")
    client.display("1", on=True)
    wait_for(lambda: ask_display(small_twin) == "connected")


def ask_display(twin: RunningTwin) -> str:
    """NET-SNMP-EXTEND-MIB nsExtendOutputFull of ``display``, asked from the seat beside it."""
    secrets = json.loads((twin.state_directory / "secrets.json").read_text())
    identity = [
        "-v3", "-l", "authPriv", "-u", secrets["snmp_user"], "-a", "SHA", "-x", "AES",
        "-A", secrets["snmp_auth_password"], "-X", secrets["snmp_priv_password"],
    ]  # fmt: skip
    display = ".1.3.6.1.4.1.8072.1.3.2.3.1.2.7.100.105.115.112.108.97.121"
    ask = ["snmpget", "-Ovq", *identity, "127.0.0.1", display]
    return twin.run("seat-001", *ask).strip().strip('"')


def test_a_seat_without_power_is_told_apart_from_its_display(small_twin: RunningTwin) -> None:
    client = small_twin.client
    client.kill("2")
    seat = client.status().seats["seat-002"]
    assert (seat.host, seat.display) == (NodeState.KILLED, DisplayState.CONNECTED)
    client.start("2")
    assert client.status().seats["seat-002"].host is NodeState.RUNNING
    assert "10.20.1.12/24" in small_twin.run("2", "ip", "addr")


def test_an_unknown_link_is_refused_with_the_nearest(small_twin: RunningTwin) -> None:
    with pytest.raises(UnknownElement) as refused:
        small_twin.client.cut("rt-a-egov")
    assert refused.value.nearest[0] == "rt-a--egov"


def test_a_command_that_runs_too_long_is_ended_in_the_device(small_twin: RunningTwin) -> None:
    started = time.monotonic()
    done = small_twin.client.execute("mon", ["sleep", "60"], timeout_s=0.5)
    assert done.returncode == 124
    assert time.monotonic() - started < 30
    assert "sleep 60" not in small_twin.run("mon", "ps", "ax")


def test_ssh_from_the_monitoring_host_lands_in_the_device(small_twin: RunningTwin) -> None:
    state = small_twin.state_directory
    ssh = [
        "ssh", "-F", "none", "-i", str(state / "ssh/id_ed25519"), "-o", "BatchMode=yes",
        "-o", f"UserKnownHostsFile={state / 'ssh/known_hosts'}", "root@10.255.0.1",
        "hostname; cat /etc/hostname; ls /root",
    ]  # fmt: skip
    network = small_twin.client.network_namespace("mon")
    done = in_namespace(network, lambda: subprocess.run(ssh, capture_output=True, text=True))
    assert (done.stdout, done.returncode) == ("rt-a\nrt-a\n", 0), done.stderr


def test_a_thread_refuses_to_enter_where_it_already_stands() -> None:
    with pytest.raises(NamespaceRefused):
        enter_network(open_own_network())


def wait_for(condition: Callable[[], bool], timeout_s: float = 10) -> None:
    begun = time.monotonic()
    while not condition():
        assert not is_over(begun, timeout_s), "not within the time"
        time.sleep(0.1)
