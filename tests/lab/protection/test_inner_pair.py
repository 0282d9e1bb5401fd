"""The inner firewalls under a flood from inside, and a proven session whose firewall dies."""

from dataclasses import dataclass

import pytest

from device_configs.render import Secrets, Tree, render_device
from device_configs.site import Site
from tests.lab.protection.bench import Bench, BenchNode, wait_until
from tests.lab.protection.programs import ASK, BURST, ECHO, KEEP_ASKING

pytestmark = pytest.mark.lab

PLATFORM, SEAT, OTHER_SEAT = "10.100.0.10", "10.20.1.11", "10.20.2.12"
HALVES = {"fwi-a": ("core-a-ips-a", "rt-a"), "fwi-b": ("core-a-ips-b", "rt-a")}
COUNT_SYNS = """
table inet seen {
    counter syns {
    }
    chain input {
        type filter hook input priority filter; policy accept;
        tcp dport 8080 tcp flags & (syn | ack) == syn counter name "syns"
    }
}
"""


@dataclass(frozen=True)
class InnerBench:
    """Seats and platform, each with a cable to either firewall; the firewalls share sessions."""

    seats: BenchNode
    platform: BenchNode
    firewalls: dict[str, BenchNode]

    def lead(self, name: str) -> None:
        """Both ends send by this firewall."""
        inner, outer = HALVES[name]
        firewall = self.firewalls[name]
        for node, target, port, own in (
            (self.seats, f"{PLATFORM}/32", inner, SEAT),
            (self.platform, "10.20.0.0/16", outer, PLATFORM),
        ):
            node.run("ip", "route", "replace", target, "via", _address(firewall, port), "dev",
                     name, "onlink", "src", own)  # fmt: skip


def _address(node: BenchNode, port: str) -> str:
    return node.run("ip", "-o", "-4", "addr", "show", "dev", port).split()[3].partition("/")[0]


@pytest.fixture(scope="module")
def inner(bench: Bench, site: Site, secrets: Secrets) -> InnerBench:
    """With a proxy that answers nearly every session, not only those above a flood's rate."""
    proxy = site.syn_proxies["platform"].model_copy(update={"above_per_second": 1})
    always = site.model_copy(update={"syn_proxies": {"platform": proxy}})
    seats, platform = bench.node("seats"), bench.node("platform")
    firewalls = {name: bench.node(name) for name in HALVES}
    bench.cable(firewalls["fwi-a"], "pair", firewalls["fwi-b"], "pair")
    for address in (SEAT, OTHER_SEAT):
        seats.address("lo", f"{address}/32")
    platform.address("lo", f"{PLATFORM}/32")
    for name, firewall in firewalls.items():
        inside, outside = HALVES[name]
        bench.cable(firewall, inside, seats, name)
        bench.cable(firewall, outside, platform, name)
        tree = render_device(always, secrets, name)
        firewall.stand_up(tree)
        firewall.run("ip", "route", "add", "10.20.0.0/16", "dev", inside)
        firewall.run("ip", "route", "add", "10.100.0.0/16", "dev", outside)
        start_sharing(firewall, tree)
    bench_nodes = InnerBench(seats, platform, firewalls)
    bench_nodes.lead("fwi-a")
    platform.filter_with(COUNT_SYNS)
    platform.serve(ECHO, PLATFORM, 8080)
    return bench_nodes


def start_sharing(firewall: BenchNode, tree: Tree) -> None:
    path = firewall.folder / f"{firewall.name}.conntrackd"
    path.write_text(tree.file("/etc/conntrackd/conntrackd.conf").content)
    firewall.start("conntrackd", "-C", str(path), own_run=True)


def proven(firewall: BenchNode) -> int:
    """Cookies that came back (synproxy's statistics, a line a processor in hexadecimal)."""
    table = [line.split() for line in firewall.run("cat", "/proc/net/stat/synproxy").splitlines()]
    return sum(int(row[table[0].index("cookie_valid")], 16) for row in table[1:])


def established(firewall: BenchNode) -> bool:
    return "ESTABLISHED" in firewall.run("conntrack", "-L", "-p", "tcp", "--dport", "8080")


def test_a_proven_session_outlives_its_firewall(inner: InnerBench) -> None:
    for port in HALVES["fwi-a"]:
        inner.firewalls["fwi-a"].run("ip", "link", "set", port, "up")
    inside, outside = HALVES["fwi-a"]
    inner.firewalls["fwi-a"].run("ip", "route", "replace", "10.20.0.0/16", "dev", inside)
    inner.firewalls["fwi-a"].run("ip", "route", "replace", "10.100.0.0/16", "dev", outside)
    inner.lead("fwi-a")
    begun = inner.firewalls["fwi-b"].counted("rule-agents-platform")
    busy = inner.seats.start("python3", "-c", BURST, "syn", "10.20.3.0/24", PLATFORM, "8080",
                             "200", "20")  # fmt: skip
    assert busy.stdout is not None
    assert busy.stdout.readline() == b"begins\n"
    talk = inner.seats.start("python3", "-u", "-c", KEEP_ASKING, PLATFORM, "8080", SEAT)
    assert talk.stdout is not None
    assert talk.stdout.readline() == b"answered\n"
    busy.kill()
    assert proven(inner.firewalls["fwi-a"]) > 0
    wait_until(lambda: established(inner.firewalls["fwi-b"]))
    for port in HALVES["fwi-a"]:
        inner.firewalls["fwi-a"].run("ip", "link", "set", port, "down")
    inner.lead("fwi-b")
    for _ in range(5):
        assert talk.stdout.readline() == b"answered\n"
    # The other firewall let no session begin: it knew this one.
    assert inner.firewalls["fwi-b"].counted("rule-agents-platform") == begun
    talk.kill()


def test_a_flood_of_forged_seats_leaves_the_platform_to_real_ones(inner: InnerBench) -> None:
    inner.lead("fwi-b")
    firewall = inner.firewalls["fwi-b"]
    before = inner.platform.counted("syns", "inet seen")
    flood = inner.seats.start("python3", "-c", BURST, "syn", "10.20.3.0/24", PLATFORM, "8080",
                              "3000", "1500")  # fmt: skip
    assert flood.stdout is not None
    assert flood.stdout.readline() == b"begins\n"
    answered = int(inner.seats.python(ASK, PLATFORM, 8080, OTHER_SEAT, 15).split()[0])
    assert answered == 15
    assert flood.wait(30) == 0
    assert firewall.counted("syn-platform") > 2500
    assert inner.platform.counted("syns", "inet seen") - before < 100
