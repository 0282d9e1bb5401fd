"""The twin leaves nothing on the machine, and nothing of it leaves by the machine's interfaces."""

import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest

from device_configs.site import load_site
from device_configs.twin.client import TwinClient
from device_configs.twin.refusals import TwinNotRunning
from device_configs.twin.state import NodeState
from device_configs.twin.supervisor import supervisor_command

from .conftest import SHIPPED_SITE, SMALL_SITE, in_namespace, running_twin

pytestmark = pytest.mark.lab

ETH_P_ALL = 0x0003


def machine_interfaces() -> list[str]:
    shown = subprocess.run(["ip", "-o", "link"], check=True, capture_output=True, text=True)
    return sorted(line.split(":")[1].strip() for line in shown.stdout.splitlines())


def named_namespaces() -> str:
    return subprocess.run(["ip", "netns"], check=True, capture_output=True, text=True).stdout


def descendants(pid: int) -> list[int]:
    """A process and all below it, nearest first."""
    found = [pid]
    for parent in found:
        for task in Path(f"/proc/{parent}/task").glob("*"):
            with suppress(FileNotFoundError):  # a thread that ended since it was listed
                found += [int(child) for child in (task / "children").read_text().split()]
    return found


def namespaces_of(processes: Iterable[int]) -> set[str]:
    """The namespaces that processes stand in, without those of the test itself."""
    found: set[str] = set()
    for process in processes:
        for kind in ("net", "mnt", "uts", "ipc", "pid"):
            with suppress(OSError):  # it has ended, or is more than root's to look at
                found.add(str(Path(f"/proc/{process}/ns/{kind}").readlink()))
                found.discard(str(Path(f"/proc/self/ns/{kind}").readlink()))
    return found


def all_processes() -> list[int]:
    return [int(process.name) for process in Path("/proc").glob("[0-9]*")]


@contextmanager
def counted_twin_packets(networks: list[IPv4Network]) -> Iterator[list[str]]:
    """Every IPv4 packet or ARP request for a twin address on any interface of the machine."""
    seen: list[str] = []
    with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL)) as sniffer:
        sniffer.setblocking(False)
        yield seen
        while select.select([sniffer], [], [], 0)[0]:
            packet, origin = sniffer.recvfrom(256)
            offsets = {0x0800: (12, 16), 0x0806: (14, 24)}.get(origin[1], ())
            addresses = [IPv4Address(packet[at : at + 4]) for at in offsets
                         if len(packet) >= at + 4]  # fmt: skip
            if any(address in network for address in addresses for network in networks):
                seen.append(f"{origin[0]}: {addresses}")


def test_no_packet_of_the_shipped_site_shows_on_the_machine(tmp_path: Path) -> None:
    site = load_site(SHIPPED_SITE)
    before = (machine_interfaces(), named_namespaces(), Path("/proc/self/mountinfo").read_text())
    networks = [network.prefix for network in site.networks.values()]
    with counted_twin_packets(networks) as seen, running_twin(SHIPPED_SITE, tmp_path) as twin:
        status = twin.client.status()
        assert set(status.devices.values()) == {NodeState.RUNNING}
        assert {seat.host for seat in status.seats.values()} == {NodeState.RUNNING}
        assert (machine_interfaces(), named_namespaces()) == before[:2]
        monitor = twin.client.network_namespace("mon")
        try:
            ping = ["ping", "-c1", "-W2", "10.255.0.1"]
            reached = in_namespace(monitor, lambda: subprocess.run(ping, capture_output=True))
            assert reached.returncode == 0
            outside = ["ping", "-c1", "-W1", "192.0.2.1"]
            lost = in_namespace(monitor, lambda: subprocess.run(outside, capture_output=True))
            assert lost.returncode != 0
        finally:
            os.close(monitor)
        twin.client.down()
        assert twin.supervisor.wait(60) == 0
    after = (machine_interfaces(), named_namespaces(), Path("/proc/self/mountinfo").read_text())
    assert after == before
    assert seen == []


def start_under_a_parent(state_directory: Path) -> subprocess.Popen[bytes]:
    """Start the small twin as the child of a process of its own, as `make run` does."""
    command = supervisor_command(SMALL_SITE, state_directory)
    program = f"import subprocess; subprocess.run({command!r})"
    return subprocess.Popen([sys.executable, "-c", program])


@pytest.mark.parametrize(
    "victim",
    [
        pytest.param(0, id="whoever started the supervisor"),
        pytest.param(1, id="the supervisor"),
        pytest.param(2, id="the one that made the namespaces"),
        pytest.param(3, id="the first process of the site"),
        pytest.param(4, id="the site's own process"),
    ],
)
def test_a_sigkill_anywhere_in_the_chain_ends_everything(tmp_path: Path, victim: int) -> None:
    before = (machine_interfaces(), named_namespaces(), Path("/proc/self/mountinfo").read_text())
    parent = start_under_a_parent(tmp_path)
    try:
        TwinClient.of(tmp_path).wait_until_ready()
        family = descendants(parent.pid)
        namespaces = namespaces_of(family)
        assert len(family) > 20
        assert len(namespaces) > 20
        watches = [os.pidfd_open(pid) for pid in family]
        os.kill(family[victim], signal.SIGKILL)
        deadline = time.monotonic() + 60
        for watch in watches:
            left = max(0.0, deadline - time.monotonic())
            assert select.select([watch], [], [], left)[0], "a process outlived the twin"
            os.close(watch)
    finally:
        parent.kill()
        parent.wait()
    after = (machine_interfaces(), named_namespaces(), Path("/proc/self/mountinfo").read_text())
    assert after == before
    deadline = time.monotonic() + 60  # the machine's first process reaps what was orphaned
    while namespaces & namespaces_of(all_processes()):
        assert time.monotonic() < deadline, "a process still stands in the twin's namespaces"
        time.sleep(0.1)
    with pytest.raises(TwinNotRunning):
        TwinClient.of(tmp_path).status()


def test_a_second_start_clears_what_a_killed_one_left(tmp_path: Path) -> None:
    with running_twin(SMALL_SITE, tmp_path) as first:
        keys = (tmp_path / "ssh/id_ed25519").read_bytes()
        os.kill(first.supervisor.pid, signal.SIGKILL)
        first.supervisor.wait()
        with running_twin(SMALL_SITE, tmp_path) as second:
            assert second.run("rt-a", "hostname") == "rt-a\n"
    assert (tmp_path / "ssh/id_ed25519").read_bytes() == keys


def test_a_second_start_beside_a_living_twin_is_refused(tmp_path: Path) -> None:
    with running_twin(SMALL_SITE, tmp_path) as first:
        second = subprocess.run(
            supervisor_command(SMALL_SITE, tmp_path), capture_output=True, text=True
        )
        assert second.returncode == 3
        assert "already runs" in second.stderr
        assert first.run("rt-a", "hostname") == "rt-a\n"


def test_a_bad_declaration_starts_nothing(tmp_path: Path) -> None:
    empty = tmp_path / "inventory"
    empty.mkdir()
    done = subprocess.run(
        supervisor_command(empty, tmp_path / "state"), capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "hosts.yml" in done.stderr


def test_secrets_are_for_their_owner_only(tmp_path: Path) -> None:
    with running_twin(SMALL_SITE, tmp_path):
        for name in ("secrets.json", "ssh/id_ed25519", "twin.sock"):
            assert (tmp_path / name).stat().st_mode & 0o077 == 0, name


def test_a_namespace_with_a_cable_to_the_machine_is_refused() -> None:
    program = (
        "import subprocess\n"
        "from device_configs.twin.namespace import *\n"
        "network = create_network()\n"
        "batch = f'link add name out type veth peer name in netns /proc/self/fd/{network}'\n"
        "subprocess.run(['ip', *batch.split()], check=True, pass_fds=[network])\n"
        "try:\n"
        "    enter_network(network)\n"
        "except NamespaceRefused:\n"
        "    print('refused')\n"
    )
    done = subprocess.run(
        ["unshare", "--net", sys.executable, "-c", program], capture_output=True, text=True
    )
    assert done.stdout == "refused\n", done.stderr
