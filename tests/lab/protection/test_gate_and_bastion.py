"""Who asks the gate for too much, and who tries the bastion's door too often."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from device_configs.render import Secrets, render_device
from device_configs.site import Site
from tests.lab.protection.bench import Bench, BenchNode, wait_until
from tests.lab.protection.programs import REQUESTS, WEB

pytestmark = pytest.mark.lab

GATE, CITIZEN, FLOODER = "10.30.0.10", "198.51.100.7", "198.51.100.66"
BASTION, MONITOR, STRANGER = "10.255.0.43", "10.255.0.50", "10.255.0.99"
BAN_SECONDS = 3


@pytest.fixture(scope="module")
def citizens(bench: Bench, site: Site, secrets: Secrets) -> BenchNode:
    """In front of the gate, which runs its rendered proxy before a web server.

    Two requests a second are few enough for a machine that is busy with other things.
    """
    limit = site.http_flood_limits["intake"].model_copy(update={"requests_per_second": 2})
    narrow = site.model_copy(update={"http_flood_limits": {"intake": limit}})
    outside, gate, inside = bench.node("outside"), bench.node("gap-a"), bench.node("inside")
    bench.cable(gate, "fwx", outside, "gate")
    bench.cable(gate, "core-a", inside, "gate")
    for address in (CITIZEN, FLOODER):
        outside.address("lo", f"{address}/32")
    outside.address("gate", "10.30.0.1/24")
    inside.address("gate", "10.20.20.1/24")
    inside.address("lo", "10.100.0.10/32")
    tree = render_device(narrow, secrets, "gap-a")
    gate.stand_up(tree)
    gate.address("fwx", f"{GATE}/24")
    inside.serve(WEB, "10.100.0.10", 8080)
    path = gate.folder / "haproxy.cfg"
    path.write_text(tree.file("/etc/haproxy/haproxy.cfg").content)
    gate.start("haproxy", "-q", "-db", "-f", str(path), own_run=True)
    wait_until(lambda: asked(outside, CITIZEN, 1)["200"] == 1)
    return outside


def asked(node: BenchNode, source: str, count: int) -> dict[str, int]:
    """How many of so many requests over one connection got which status."""
    words = node.python(REQUESTS, GATE, 8080, source, count).split()
    return {status: words.count(status) for status in ("200", "429", "503", "none")}


def test_too_many_requests_of_one_source_are_refused_and_others_served(
    citizens: BenchNode,
) -> None:
    flooding = asked(citizens, FLOODER, 100)
    assert flooding["200"] >= 20
    assert flooding["429"] > 0
    assert flooding["200"] + flooding["429"] == 100
    assert asked(citizens, CITIZEN, 10)["200"] == 10


@dataclass(frozen=True)
class Door:
    bastion: BenchNode
    outside: BenchNode

    def knocks(self, source: str, count: int) -> int:
        """How many of so many attempts the SSH server greeted."""
        return int(self.outside.python(KNOCK, BASTION, source, count))


KNOCK = """
import socket, sys
greeted = 0
for _ in range(int(sys.argv[3])):
    try:
        with socket.create_connection((sys.argv[1], 22), 0.5, (sys.argv[2], 0)) as link:
            link.settimeout(10)
            greeted += link.recv(64).startswith(b"SSH-")
    except OSError:
        pass
print(greeted)
"""


@pytest.fixture(scope="module")
def door(bench: Bench, site: Site, secrets: Secrets) -> Door:
    guard = site.login_guards["bastion"].model_copy(
        update={"attempts_per_minute": 5, "ban_seconds": BAN_SECONDS}
    )
    brief = site.model_copy(update={"login_guards": {"bastion": guard}})
    bastion, outside = bench.node("bas"), bench.node("management")
    bench.cable(bastion, "mgmt", outside, "mgmt")
    for address in (MONITOR, STRANGER):
        outside.address("mgmt", f"{address}/24")
    bastion.stand_up(render_device(brief, secrets, "bas"))
    key = bastion.folder / "host_key"
    bastion.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key))
    bastion.start("sh", "-c", 'mkdir /run/sshd && exec /usr/sbin/sshd -D -f /dev/null -h "$0" '
                  "-o MaxStartups=100", str(key), own_run=True)  # fmt: skip
    wait_until(greets(bastion))
    return Door(bastion, outside)


def greets(node: BenchNode) -> Callable[[], bool]:
    return lambda: ":22 " in node.run("ss", "-Hltn")


def test_brute_force_ends_in_a_ban_that_ends_by_itself(door: Door) -> None:
    assert door.knocks(STRANGER, 8) == 5
    assert door.bastion.members("banned-bastion") == 1
    assert door.bastion.counted("banned-bastion") > 0
    wait_until(lambda: door.bastion.members("banned-bastion") == 0)
    assert door.knocks(MONITOR, 12) == 12
