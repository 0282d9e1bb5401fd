"""Rendered keys in real daemons: neighbours with the same key come up, others do not.

Three routers of the declaration stand in network namespaces of their own, cabled as declared, and
run by their rendered ``frr.conf``.
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

from device_configs.render import Secrets, Tree, render_device
from device_configs.site import Site
from tests.device_configs.render.changes import (
    PROTOCOLS,
    SIGNED_CIRCUITS,
    Change,
    Edit,
    sites_of,
)
from tests.mortal import MORTAL

pytestmark = pytest.mark.daemon

ROUTERS = ("egov", "rt-a", "fwi-a")
CABLES = (("egov", "rt-a", "rt-a", "egov"), ("rt-a", "fwi-a", "fwi-a", "rt-a"))
KEYS = """ospf: {area: 0.0.0.0, hello_s: 1, dead_s: 4, key: {secret: ospf-inside, algorithm: md5}}
bgp: {as_number: 65010, keepalive_s: 1, hold_s: 3, connect_retry_s: 1, key: {secret: bgp-inside}}
"""
SIGNED = Change("signed", (Edit("protocols.yml", PROTOCOLS, KEYS), *SIGNED_CIRCUITS))
ROUTER = """
mount --make-rprivate /
for folder in /etc/frr /run/frr /var/log/frr; do mount -t tmpfs tmpfs $folder; done
cp {folder}/{name}.conf /etc/frr/frr.conf
echo 'service integrated-vtysh-config' >/etc/frr/vtysh.conf
chown -R frr:frr /etc/frr /run/frr /var/log/frr
echo $$ >{folder}/{name}.pid
until [ -e {folder}/cabled ]; do sleep 0.05; done
sh -e {folder}/{name}.sh
for daemon in zebra bfdd ospfd bgpd; do /usr/lib/frr/$daemon -d -A 127.0.0.1; done
vtysh -b
exec sleep infinity
"""


@dataclass(frozen=True)
class SignedRouters:
    """The routers by the process that holds their namespaces."""

    processes: dict[str, int]

    def run(self, name: str, *command: str) -> str:
        entered = ["nsenter", "-t", str(self.processes[name]), "-n", "-m", *command]
        return subprocess.run(entered, check=True, capture_output=True, text=True).stdout

    def configure(self, name: str, *lines: str) -> None:
        self.run(name, "vtysh", *(word for line in ("configure", *lines) for word in ("-c", line)))

    def ospf_neighbours(self) -> list[str]:
        """States of the neighbours of rt-a."""
        found = self._ask("show ip ospf neighbor json").get("neighbors", {})
        return [one["nbrState"].split("/")[0] for of in found.values() for one in of]

    def established(self, address: str) -> bool:
        """Whether rt-a has a session with the neighbour of that address."""
        peers = self._ask("show ip bgp summary json").get("ipv4Unicast", {}).get("peers", {})
        return bool(peers.get(address, {}).get("state") == "Established")

    def refused_segments(self) -> int:
        """TCP segments of rt-a whose signature was missing or false."""
        text = self.run("rt-a", "nstat", "-asz", "TcpExtTCPMD5Failure", "TcpExtTCPMD5NotFound")
        return sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Tcp"))

    def _ask(self, command: str) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.run("rt-a", "vtysh", "-c", command) or "{}")
        return answer


@contextmanager
def running(trees: dict[str, Tree], folder: Path) -> Iterator[SignedRouters]:
    """The routers for the length of a block; everything they started ends with it."""
    folder.mkdir()
    folder.chmod(0o755)
    for name, tree in trees.items():
        (folder / f"{name}.conf").write_text(tree.file("/etc/frr/frr.conf").content)
        (folder / f"{name}.sh").write_text("\n".join(_addresses(name, tree)))
        (folder / f"{name}.boot").write_text(ROUTER.format(folder=folder, name=name))
    boot = "\n".join(f"unshare -n -m sh {folder}/{name}.boot &" for name in trees) + "\nwait"
    alone = [*MORTAL, "unshare", "-n", "-m", "-p", "--fork", "--kill-child"]
    with subprocess.Popen(
        [*alone, "sh", "-c", boot], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as site:
        try:
            processes = {name: _process(site.pid, folder / f"{name}.boot") for name in trees}
            for one, port, other, far_port in CABLES:
                subprocess.run(
                    ["ip", "link", "add", port, "netns", str(processes[one]), "type", "veth",
                     "peer", "name", far_port, "netns", str(processes[other])], check=True,
                )  # fmt: skip
            (folder / "cabled").touch()
            yield SignedRouters(processes)
        finally:
            site.kill()


def _addresses(name: str, tree: Tree) -> Iterator[str]:
    """Commands for the declared addresses of the ports that are cabled, and of the loopback."""
    ports = {port for one, near, other, far in CABLES
             for device, port in ((one, near), (other, far)) if device == name}  # fmt: skip
    yield "sysctl -q -w net.ipv4.ip_forward=1"
    yield from (f"ip link set {port} up" for port in sorted({"lo", *ports}))
    for line in tree.file("/etc/network/device.conf").content.splitlines():
        kind, *rest = line.split()
        if kind == "address" and rest[0] in {"lo", *ports}:
            yield f"ip address add {rest[1]} dev {rest[0]}"


def _process(above: int, script: Path) -> int:
    """The process below ``above`` that runs a script, once it is in its own namespaces."""

    def found() -> int | None:
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                words = (folder / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if words[:2] == [b"sh", str(script).encode()]:
                return int(folder.name)
        return None

    _wait(lambda: found() is not None and script.with_suffix(".pid").exists(), "no router began")
    process = found()
    assert process is not None
    return process


def _wait(condition: Callable[[], bool], otherwise: str, seconds: float = 90) -> None:
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, otherwise
        time.sleep(0.3)


def loopback(site: Site, name: str) -> str:
    return str(site.devices[name].loopback)


def outside(site: Site) -> str:
    return str(site.networks["rt-a--egov"].members["egov"])


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return sites_of(SIGNED, tmp_path_factory.mktemp("signed"))[1]


def ready(routers: SignedRouters) -> None:
    """Wait until every daemon of every router has read its configuration."""
    for name in ROUTERS:

        def configured(name: str = name) -> bool:
            try:
                return "router bgp" in routers.run(name, "vtysh", "-c", "show running-config")
            except subprocess.CalledProcessError:
                return False

        _wait(configured, f"{name} has no configuration")


def test_neighbours_with_the_declared_keys_come_up(
    signed: Site, secrets: Secrets, tmp_path: Path
) -> None:
    trees = {name: render_device(signed, secrets, name) for name in ROUTERS}
    with running(trees, tmp_path / "routers") as routers:
        ready(routers)
        _wait(lambda: routers.ospf_neighbours() == ["Full"], "OSPF did not come up")
        _wait(lambda: routers.established(outside(signed)), "BGP over the circuit did not come up")
        _wait(lambda: routers.established(loopback(signed, "fwi-a")), "BGP inside did not come up")
        shown = routers.run("rt-a", "vtysh", "-c", "show ip ospf interface")
        assert "Cryptographic authentication enabled" in shown
        assert "Algorithm:MD5" in shown


def test_a_neighbour_with_another_key_is_refused_until_it_has_the_right_one(
    signed: Site, secrets: Secrets, tmp_path: Path
) -> None:
    wrong = dict.fromkeys(("ospf-inside", "bgp-inside", "egov-a"), "another-key")
    other = secrets.model_copy(update={"keys": {**secrets.keys, **wrong}})
    trees = {
        name: render_device(signed, secrets if name == "rt-a" else other, name) for name in ROUTERS
    }
    with running(trees, tmp_path / "routers") as routers:
        ready(routers)
        _wait(lambda: routers.refused_segments() >= 3, "no segment with another key was refused")
        _never_up(lambda: routers.established(outside(signed)) or routers.ospf_neighbours())

        key = signed.protocols.ospf.key
        assert key is not None
        digest = f"ip ospf message-digest-key {key.key_id}"
        routers.configure("fwi-a", "interface rt-a", f"no {digest}",
                          f"{digest} md5 {secrets.key('ospf-inside')}")  # fmt: skip
        _wait(lambda: routers.ospf_neighbours() == ["Full"], "OSPF did not come up by its key")
        _never_up(lambda: routers.established(loopback(signed, "fwi-a")))

        routers.configure("fwi-a", f"router bgp {signed.protocols.bgp.as_number}",
                          f"neighbor internal password {secrets.key('bgp-inside')}")  # fmt: skip
        near = signed.networks["rt-a--egov"].members["rt-a"]
        autonomous = signed.devices["egov"].as_number or 65100
        routers.configure("egov", f"router bgp {autonomous}",
                          f"neighbor {near} password {secrets.key('egov-a')}")  # fmt: skip
        _wait(lambda: routers.established(outside(signed)), "the circuit did not come up")
        _wait(lambda: routers.established(loopback(signed, "fwi-a")), "inside did not come up")


def _never_up(up: Callable[[], object], seconds: float = 5) -> None:
    """Five seconds are five hellos and five tries to connect."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        assert not up()
        time.sleep(0.5)
