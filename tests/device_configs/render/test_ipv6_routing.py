"""IPv6 as rendered, in real daemons: two core switches route it between two segments of seats.

The core switches stand in namespaces of their own with their rendered files, and their services are
started as on a device: addresses by network-apply, OSPFv3 by FRR, the gateway by keepalived.
"""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from device_configs.compliance.frr_lines import frr_difference
from device_configs.render import Secrets, Tree, render_device
from tests.device_configs.render.changes import PROTOCOLS, Edit, declared
from tests.device_configs.render.dual_stack import CORES, DUAL, SEATS_1, SEATS_2
from tests.mortal import MORTAL

pytestmark = pytest.mark.daemon

CORE_SWITCHES = ("core-a", "core-b")
SEGMENTS = ("sw-1", "sw-2")
PLACES = ("/etc/frr", "/etc/keepalived", "/etc/network", "/etc/sysctl.d", "/run",
          "/usr/local/sbin", "/var/log/frr")  # fmt: skip
SERVICES = ("network", "nftables", "frr", "keepalived")
CORE_SWITCH = """
mount --make-rprivate /
for folder in {places}; do mount -t tmpfs tmpfs $folder; done
cp -a {folder}/{name}/. /
chown -R frr:frr /etc/frr /var/log/frr
sysctl -q -w net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
echo $$ >{folder}/{name}.pid
until [ -e {folder}/cabled ]; do sleep 0.05; done
{ports}
for service in {services}; do device-service start $service; done
touch {folder}/{name}.ready
exec sleep infinity
"""
SEAT = """
echo $$ >{folder}/{name}.pid
until [ -e {folder}/cabled ]; do sleep 0.05; done
ip link set eth0 up
ip addr add {prefix}b/64 dev eth0 nodad
ip route add default via {prefix}1
exec sleep infinity
"""
PATIENT = Edit("protocols.yml", PROTOCOLS, "ospf: {hello_s: 2, dead_s: 40}\n"
               "bfd: {interval_ms: 1000, multiplier: 10}\n")  # fmt: skip
"""Timers under which neighbours stay together on a machine that is busy with other tests."""
SEATS = {"seat-1": SEATS_1, "seat-2": SEATS_2}


@dataclass(frozen=True)
class CoreSwitches:
    """The core switches and seats, by the process that holds their namespaces."""

    processes: dict[str, int]

    def run(self, name: str, *command: str) -> str:
        entered = ["nsenter", "-t", str(self.processes[name]), "-n", "-m", *command]
        return subprocess.run(entered, check=True, capture_output=True, text=True).stdout

    def ask(self, name: str, command: str) -> Any:
        return json.loads(self.run(name, "vtysh", "-c", command) or "{}")

    def reaches(self, seat: str, address: str) -> bool:
        try:
            self.run(seat, "ping", "-q", "-c", "1", "-W", "1", address)
        except subprocess.CalledProcessError:
            return False
        return True

    def holds(self, name: str, address: str) -> bool:
        return bool(self.run(name, "ip", "-o", "-6", "addr", "show", "to", f"{address}/128"))

    def routes(self, name: str) -> set[str]:
        """Prefixes that OSPFv3 gave the kernel."""
        text = self.run(name, "ip", "-6", "route", "show", "proto", "ospf")
        return {line.split()[0] for line in text.splitlines()}


@contextmanager
def running(trees: dict[str, Tree], folder: Path) -> Iterator[CoreSwitches]:
    """The core switches for the length of a block; everything they started ends with it."""
    folder.chmod(0o755)
    for name, tree in trees.items():
        _write(tree, folder / name)
        _boot(CORE_SWITCH, folder, name, places=" ".join(PLACES), services=" ".join(SERVICES),
              ports=_other_ports(tree))  # fmt: skip
    for name, prefix in SEATS.items():
        _boot(SEAT, folder, name, prefix=prefix)
    names = (*trees, *SEATS)
    boots = "\n".join(f"unshare -n -m sh {folder}/{name}.boot &" for name in names)
    segments = "\n".join(f"ip link add {s} type bridge; ip link set {s} up" for s in SEGMENTS)
    alone = [*MORTAL, "unshare", "-n", "-m", "-p", "--fork", "--kill-child"]
    script = f"{segments}\n{boots}\nwait"
    with (folder / "said").open("w") as said, subprocess.Popen(
        [*alone, "sh", "-c", script], stdout=said, stderr=said
    ) as site:  # fmt: skip
        try:
            processes = {n: _process(folder / f"{n}.boot") for n in names}
            _cable(site.pid, processes)
            (folder / "cabled").touch()
            ready = [folder / f"{name}.ready" for name in trees]
            assert until(lambda: all(path.exists() for path in ready), 150)
            yield CoreSwitches(processes)
        finally:
            site.kill()


def _write(tree: Tree, root: Path) -> None:
    for file in tree.files:
        if file.path.startswith(PLACES):
            path = root / file.path.lstrip("/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file.content)
            path.chmod(file.mode)
    ruleset = root / "etc/nftables.conf"
    ruleset.write_text(tree.file("/etc/nftables.conf").content)


def _boot(script: str, folder: Path, name: str, **words: str) -> None:
    (folder / f"{name}.boot").write_text(script.format(folder=folder, name=name, **words))


def _other_ports(tree: Tree) -> str:
    """Commands for the ports to whatever is not there."""
    lines = tree.file("/etc/network/device.conf").content.splitlines()
    ports = {line.split()[1] for line in lines if line.startswith("port ")}
    there = {*SEGMENTS, *CORE_SWITCHES}
    return "\n".join(
        f"ip link add {port} type veth peer name far-{number}"
        for number, port in enumerate(sorted(ports - there))
    )


def _process(boot: Path) -> int:
    """The process of a boot script, once it runs."""
    for _ in range(200):
        found = subprocess.run(["pgrep", "-f", f"^sh {boot}$"], capture_output=True, text=True)
        if found.stdout.split() and boot.with_suffix(".pid").exists():
            return int(found.stdout.split()[0])
        time.sleep(0.05)
    raise TimeoutError(boot.name)


def _cable(leader: int, processes: dict[str, int]) -> None:
    child = int(subprocess.run(["pgrep", "-P", str(leader)], check=True, capture_output=True,
                               text=True).stdout.split()[0])  # fmt: skip
    ends = [(name, port, port) for name in CORE_SWITCHES for port in SEGMENTS]
    ends += [("seat-1", "eth0", "sw-1"), ("seat-2", "eth0", "sw-2")]
    commands = [f"ip link add core-b netns {processes['core-a']} type veth peer name core-a "
                f"netns {processes['core-b']}"]  # fmt: skip
    for name, port, segment in ends:
        near = f"{name}-{segment}"
        commands += [
            f"ip link add {near} type veth peer name {port} netns {processes[name]}",
            f"ip link set {near} master {segment} up",
        ]
    script = "\n".join(commands)
    subprocess.run(["nsenter", "-t", str(child), "-n", "sh", "-ec", script], check=True)


def until(holds: Callable[[], bool], seconds: float = 60.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.2)
    return False


@pytest.fixture
def trees(secrets: Secrets, tmp_path: Path) -> dict[str, Tree]:
    site = declared(tmp_path / "declared", (*DUAL, PATIENT))
    return {name: render_device(site, secrets, name) for name in CORE_SWITCHES}


def test_core_switches_route_ipv6_between_segments(trees: dict[str, Tree], tmp_path: Path) -> None:
    gateway, far_seat = f"{SEATS_1}1", f"{SEATS_2}b"
    with running(trees, tmp_path) as core:
        assert until(lambda: core.holds("core-a", gateway)), (tmp_path / "said").read_text()
        assert until(lambda: core.reaches("seat-1", far_seat))
        assert until(lambda: _full(core)), core.run("core-a", "vtysh", "-c", "show running-config")
        _says_what_is_declared(core, trees)
        _stays_off_elsewhere(core)
        core.run("core-b", "ip", "link", "set", "sw-2", "down")
        assert until(lambda: f"{SEATS_2}/64" in core.routes("core-b"))
        core.run("core-b", "ip", "link", "set", "sw-2", "up")
        assert until(lambda: core.holds("core-b", f"{SEATS_2}3"))
        core.run("core-a", "device-drain", "start", "60", "the test")
        assert core.holds("core-b", gateway)
        assert not core.holds("core-a", gateway)
        assert until(lambda: core.reaches("seat-1", far_seat))


def _full(core: CoreSwitches) -> bool:
    found = core.ask("core-a", "show ipv6 ospf6 neighbor json").get("neighbors", [])
    return [one["state"] for one in found] == ["Full"]


def _says_what_is_declared(core: CoreSwitches, trees: dict[str, Tree]) -> None:
    """A second application changes nothing, and what runs is what is rendered."""
    before = core.run("core-a", "ip", "-o", "-6", "addr", "show", "scope", "global")
    core.run("core-a", "device-service", "apply", "network")
    assert core.run("core-a", "ip", "-o", "-6", "addr", "show", "scope", "global") == before
    rendered = trees["core-a"].file("/etc/frr/frr.conf").content
    said = core.run("core-a", "vtysh", "-c", "show running-config")
    assert frr_difference(rendered, said) == ""


def _stays_off_elsewhere(core: CoreSwitches) -> None:
    shown = core.run("core-a", "ip", "-o", "-6", "addr", "show")
    assert {line.split()[1] for line in shown.splitlines()} == {
        "lo", "core-b", "svi-seats-1", "svi-seats-2"
    }  # fmt: skip
    assert f" {CORES}/127 " in shown
