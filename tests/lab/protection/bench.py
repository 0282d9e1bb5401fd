"""One device between network namespaces of a test's own, with the files that are rendered for it.

A namespace has no interface but the cables that the test lays, so no packet can leave the bench.
"""

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from device_configs.render import Tree
from device_configs.twin.namespace import create_network, run_in_network
from tests.pace import is_over

WITHIN = 30
"""Seconds after which a command of a test counts as stuck."""


@dataclass
class BenchNode:
    """A namespace; ``own_run`` programs see an empty /run, as on a device of their own."""

    name: str
    fd: int
    folder: Path
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def command(self, argv: Sequence[str], own_run: bool = False) -> list[str]:
        entered = run_in_network(self.fd, argv)
        if not own_run:
            return entered
        return [*entered[:3], "unshare", "--mount", "--propagation", "private", "sh", "-c",
                'mount -t tmpfs tmpfs /run && exec "$@"', "sh", *argv]  # fmt: skip

    def run(self, *argv: str, check: bool = True) -> str:
        done = subprocess.run(self.command(argv), pass_fds=[self.fd], capture_output=True,
                              timeout=WITHIN, check=False)  # fmt: skip
        assert done.returncode == 0 or not check, (argv, done.stderr.decode())
        return done.stdout.decode()

    def start(self, *argv: str, own_run: bool = False) -> subprocess.Popen[bytes]:
        """Start a program that ends with the bench at the latest."""
        process = subprocess.Popen(self.command(argv, own_run), pass_fds=[self.fd],
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT)  # fmt: skip
        self.started.append(process)
        return process

    def python(self, program: str, *words: object) -> str:
        return self.run("python3", "-c", program, *map(str, words)).strip()

    def serve(self, program: str, *words: object) -> None:
        """Start a server in Python and wait until it says that it listens."""
        process = self.start("python3", "-u", "-c", program, *map(str, words))
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"

    def filter_with(self, ruleset: str) -> None:
        path = self.folder / f"{self.name}.nft"
        path.write_text(ruleset)
        self.run("nft", "-f", str(path))

    def counted(self, counter: str, table: str = "inet filter") -> int:
        """Packets of a named counter."""
        shown = json.loads(self.run("nft", "-j", "list", "counter", *table.split(), counter))
        return int(next(c["counter"]["packets"] for c in shown["nftables"] if "counter" in c))

    def members(self, name: str, table: str = "inet filter") -> int:
        """How many elements a set holds now."""
        shown = json.loads(self.run("nft", "-j", "list", "set", *table.split(), name))
        return len(next(s["set"].get("elem", ()) for s in shown["nftables"] if "set" in s))

    def address(self, port: str, *addresses: str) -> None:
        for address in addresses:
            self.run("ip", "addr", "add", address, "dev", port)

    def route(self, prefix: str, via: str, *words: str) -> None:
        self.run("ip", "route", "replace", prefix, "via", via, *words)

    def stand_up(self, tree: Tree) -> None:
        """Addresses, bridges, kernel settings and filter of a device, its ports already there."""
        conf = [line.split() for line in _content(tree, "/etc/network/device.conf").splitlines()]
        present = {link["ifname"] for link in json.loads(self.run("ip", "-j", "link"))}
        for line in conf:
            if line[:1] == ["bridge"]:
                self.run("ip", "link", "add", line[1], "type", "bridge")
                self.run("ip", "link", "set", line[1], "up")
                for port in present.intersection(line[2:]):
                    self.run("ip", "link", "set", port, "master", line[1])
                present.add(line[1])
        for line in conf:
            if line[:1] == ["address"] and line[1] in present:
                self.address(line[1], line[2])
        for line in conf:
            if line[:1] == ["route"]:
                self.run("ip", "route", "add", line[1], "via", line[2], check=False)
        settings = self.folder / f"{self.name}.sysctl"
        settings.write_text(_content(tree, "/etc/sysctl.d/50-device.conf"))
        self.run("sysctl", "-e", "-q", "-p", str(settings))
        self.filter_with(_content(tree, "/etc/nftables.conf"))


@dataclass
class Bench:
    folder: Path
    nodes: dict[str, BenchNode] = field(default_factory=dict)

    def node(self, name: str) -> BenchNode:
        node = BenchNode(name, create_network(), self.folder)
        self.nodes[name] = node
        node.run("ip", "link", "set", "lo", "up")
        node.run("sysctl", "-q", "-w", "net.ipv4.conf.all.rp_filter=0",
                 "net.ipv4.conf.default.rp_filter=0")  # fmt: skip
        return node

    def cable(self, one: BenchNode, port: str, other: BenchNode, far: str) -> None:
        """Lay a cable between a port of each; both are up afterwards."""
        subprocess.run(
            one.command(["ip", "link", "add", port, "type", "veth", "peer", "name", far, "netns",
                         f"/proc/self/fd/{other.fd}"]),
            pass_fds=[one.fd, other.fd], check=True, capture_output=True,
        )  # fmt: skip
        for node, name in ((one, port), (other, far)):
            node.run("ip", "link", "set", name, "up")


@contextmanager
def standing_bench(folder: Path) -> Iterator[Bench]:
    """A bench; its programs and namespaces end with the block."""
    bench = Bench(folder)
    with ExitStack() as stack:
        stack.callback(_close, bench)
        yield bench


def _close(bench: Bench) -> None:
    for node in bench.nodes.values():
        for process in node.started:
            process.kill()
    for node in bench.nodes.values():
        for process in node.started:
            process.wait()
        os.close(node.fd)


def wait_until(holds: Callable[[], bool]) -> None:
    begun = time.monotonic()
    while not holds():
        assert not is_over(begun, WITHIN), "it did not come to hold"
        time.sleep(0.1)


def _content(tree: Tree, path: str) -> str:
    return tree.file(path).content
