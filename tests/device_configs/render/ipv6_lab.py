"""Devices in namespaces of their own with their rendered files, cabled to each other and to hosts.

Services are started as on a device: addresses by network-apply, OSPFv3 by FRR, gateways and the
roles of firewalls by keepalived, rules by nftables, sessions by conntrackd.
"""

import json
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from device_configs.render import Tree
from tests.device_configs.render.changes import PROTOCOLS, Edit
from tests.mortal import MORTAL

PLACES = ("/etc/conntrackd", "/etc/frr", "/etc/keepalived", "/etc/network", "/etc/sysctl.d",
          "/run", "/usr/local/sbin", "/var/log/frr")  # fmt: skip
SERVICES = ("network", "nftables", "conntrackd", "frr", "keepalived")
DEVICE = """
mount --make-rprivate /
for folder in {places}; do [ ! -d $folder ] || mount -t tmpfs tmpfs $folder; done
cp -a {folder}/{name}/. /
mount --bind {folder}/{name}.nft /etc/nftables.conf
chown -R frr:frr /etc/frr /var/log/frr
sysctl -q -w net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
echo $$ >{folder}/{name}.pid
until [ -e {folder}/cabled ]; do sleep 0.05; done
{ports}
for service in {services}; do device-service start $service; done
touch {folder}/{name}.ready
exec sleep infinity
"""
HOST = """
echo $$ >{folder}/{name}.pid
until [ -e {folder}/cabled ]; do sleep 0.05; done
ip link set lo up
ip link set eth0 up
{addresses}
exec sleep infinity
"""
PATIENT = Edit("protocols.yml", PROTOCOLS, "ospf: {hello_s: 2, dead_s: 40}\n"
               "bfd: {interval_ms: 1000, multiplier: 10}\n")  # fmt: skip
"""Timers under which neighbours stay together on a machine that is busy with other tests."""


@dataclass(frozen=True)
class Host:
    """A host, its addresses with their lengths, and its gateways."""

    addresses: tuple[str, ...]
    gateways: tuple[str, ...]

    @property
    def commands(self) -> str:
        added = [f"ip addr add {address} dev eth0{' nodad' if ':' in address else ''}"
                 for address in self.addresses]  # fmt: skip
        return "\n".join((*added, *(f"ip route add default via {g}" for g in self.gateways)))


Socket = tuple[str, str]
"""A device or host, and its port."""


@dataclass(frozen=True)
class Cabling:
    """Cables between two ports, and segments that join several."""

    cables: tuple[tuple[Socket, Socket], ...] = ()
    segments: Mapping[str, tuple[Socket, ...]] | None = None

    @property
    def sockets(self) -> set[Socket]:
        ends = {end for cable in self.cables for end in cable}
        return ends | {end for ends in (self.segments or {}).values() for end in ends}


@dataclass(frozen=True)
class Ipv6Lab:
    """Devices and hosts, by the process that holds their namespaces."""

    processes: dict[str, int]

    def inside(self, name: str, *command: str) -> list[str]:
        return ["nsenter", "-t", str(self.processes[name]), "-n", "-m", *command]

    def run(self, name: str, *command: str) -> str:
        entered = self.inside(name, *command)
        return subprocess.run(entered, check=True, capture_output=True, text=True).stdout

    def ask(self, name: str, command: str) -> Any:
        return json.loads(self.run(name, "vtysh", "-c", command) or "{}")

    def reaches(self, host: str, address: str) -> bool:
        try:
            self.run(host, "ping", "-q", "-c", "1", "-W", "1", address)
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
def running(
    trees: Mapping[str, Tree], hosts: Mapping[str, Host], cabling: Cabling, folder: Path
) -> Iterator[Ipv6Lab]:
    """The lab for the length of a block; everything that it started ends with it."""
    folder.chmod(0o755)
    for name, tree in trees.items():
        _write(tree, folder / name)
        used = {port for device, port in cabling.sockets if device == name}
        services = [service for service in SERVICES if service in tree.services]
        _boot(DEVICE, folder, name, places=" ".join(PLACES), services=" ".join(services),
              ports=_other_ports(tree, used))  # fmt: skip
    for name, host in hosts.items():
        _boot(HOST, folder, name, addresses=host.commands)
    names = (*trees, *hosts)
    boots = "\n".join(f"unshare -n -m sh {folder}/{name}.boot &" for name in names)
    segments = "\n".join(f"ip link add {s} type bridge; ip link set {s} up"
                         for s in cabling.segments or ())  # fmt: skip
    alone = [*MORTAL, "unshare", "-n", "-m", "-p", "--fork", "--kill-child"]
    script = f"{segments}\n{boots}\nwait"
    with (folder / "said").open("w") as said, subprocess.Popen(
        [*alone, "sh", "-c", script], stdout=said, stderr=said
    ) as site:  # fmt: skip
        try:
            processes = {n: _process(folder / f"{n}.boot") for n in names}
            _cable(site.pid, processes, cabling)
            (folder / "cabled").touch()
            ready = [folder / f"{name}.ready" for name in trees]
            assert until(lambda: all(path.exists() for path in ready), 150)
            yield Ipv6Lab(processes)
        finally:
            site.kill()


def _write(tree: Tree, root: Path) -> None:
    for file in tree.files:
        if file.path.startswith(PLACES):
            path = root / file.path.lstrip("/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file.content)
            path.chmod(file.mode)
    root.with_suffix(".nft").write_text(tree.file("/etc/nftables.conf").content)


def _boot(script: str, folder: Path, name: str, **words: str) -> None:
    (folder / f"{name}.boot").write_text(script.format(folder=folder, name=name, **words))


def _other_ports(tree: Tree, used: set[str]) -> str:
    """Commands for the ports to whatever is not there."""
    lines = tree.file("/etc/network/device.conf").content.splitlines()
    ports = {line.split()[1] for line in lines if line.startswith("port ")}
    return "\n".join(
        f"ip link add {port} type veth peer name far-{number}"
        for number, port in enumerate(sorted(ports - used))
    )


def _process(boot: Path) -> int:
    """The process of a boot script, once it runs."""
    for _ in range(200):
        found = subprocess.run(["pgrep", "-f", f"^sh {boot}$"], capture_output=True, text=True)
        if found.stdout.split() and boot.with_suffix(".pid").exists():
            return int(found.stdout.split()[0])
        time.sleep(0.05)
    raise TimeoutError(boot.name)


def _cable(leader: int, processes: dict[str, int], cabling: Cabling) -> None:
    child = int(subprocess.run(["pgrep", "-P", str(leader)], check=True, capture_output=True,
                               text=True).stdout.split()[0])  # fmt: skip
    commands: list[str] = []
    for (one, port), (other, far) in cabling.cables:
        commands.append(f"ip link add {port} netns {processes[one]} type veth peer name {far} "
                        f"netns {processes[other]}")  # fmt: skip
    for number, (segment, ends) in enumerate((cabling.segments or {}).items()):
        commands += _joined(segment, number, ends, processes)
    script = "\n".join(commands)
    subprocess.run(["nsenter", "-t", str(child), "-n", "sh", "-ec", script], check=True)


def _joined(
    segment: str, number: int, ends: Sequence[Socket], processes: dict[str, int]
) -> Iterator[str]:
    for end, (name, port) in enumerate(ends):
        near = f"s{number}-{end}"
        yield f"ip link add {near} type veth peer name {port} netns {processes[name]}"
        yield f"ip link set {near} master {segment} up"


def until(holds: Callable[[], bool], seconds: float = 60.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.2)
    return False
