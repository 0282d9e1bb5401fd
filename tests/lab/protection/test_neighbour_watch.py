"""The watch of a core switch over its access switches: what it asks, what it makes of silence."""

import json
import time
from dataclasses import dataclass

import pytest

from device_configs.render import Secrets, render_device
from device_configs.site import Site
from tests.lab.protection.bench import Bench, BenchNode, wait_until

pytestmark = pytest.mark.lab

SWITCH = "10.20.9.2"
PROGRAM, CONFIGURATION = "/usr/local/sbin/neighbour-watch", "/etc/neighbour-watch.conf"
COUNTED = """
table netdev asked {
    counter probes {
    }
    chain arriving {
        type filter hook ingress device "port" priority 0; policy accept;
        ether type arp counter name "probes"
    }
}
"""


@dataclass(frozen=True)
class Watched:
    """A core switch's port with the interface above it, the access switch there, a seat behind."""

    core: BenchNode
    switch: BenchNode
    seat: BenchNode

    def is_up(self) -> bool:
        (link,) = json.loads(self.core.run("ip", "-j", "link", "show", "svi"))
        return "UP" in link["flags"]

    def answers(self, does: bool) -> None:
        """The carrier stays as it is."""
        ignored = f"net.ipv4.conf.all.arp_ignore={0 if does else 8}"
        self.switch.run("sysctl", "-q", "-w", ignored)


@pytest.fixture(scope="module")
def watched(bench: Bench, site: Site, secrets: Secrets) -> Watched:
    core, switch, seat = (bench.node(name) for name in ("core", "switch", "seat"))
    bench.cable(core, "port", switch, "core")
    bench.cable(switch, "seat", seat, "port")
    switch.run("ip", "link", "add", "name", "users", "type", "bridge")
    for port in ("core", "seat"):
        switch.run("ip", "link", "set", port, "master", "users")
    switch.run("ip", "link", "set", "users", "up")
    switch.address("users", f"{SWITCH}/24")
    core.run("ip", "link", "add", "link", "port", "name", "svi", "type", "macvlan", "mode",
             "private")  # fmt: skip
    listed, program = bench.folder / "neighbours", bench.folder / "neighbour-watch"
    listed.write_text(f"svi port {SWITCH}\n")
    rendered = render_device(site, secrets, "core-a").file(PROGRAM).content
    program.write_text(rendered.replace(CONFIGURATION, str(listed)))
    core.start("python3", str(program))
    found = Watched(core, switch, seat)
    wait_until(found.is_up)
    time.sleep(0.5)
    return found


def test_seats_behind_a_switch_that_answers_are_not_asked(watched: Watched) -> None:
    watched.seat.filter_with(COUNTED)
    time.sleep(2)
    assert watched.seat.counted("probes", "netdev asked") <= 2
    assert watched.is_up()


def test_silence_takes_the_interface_down_and_answers_bring_it_back(watched: Watched) -> None:
    watched.answers(False)
    wait_until(lambda: not watched.is_up())
    time.sleep(1)
    assert not watched.is_up()
    asked = watched.seat.counted("probes", "netdev asked")
    assert asked > 2, "a silent switch is asked by broadcast: it may have been replaced"
    since = time.monotonic()
    watched.answers(True)
    wait_until(watched.is_up)
    assert time.monotonic() - since >= 0.45, "half a second without a gap comes first"


def test_a_replaced_switch_is_found_before_its_silence_counts(watched: Watched) -> None:
    watched.switch.run("ip", "link", "set", "users", "address", "02:00:00:00:00:77")
    down = 0
    end = time.monotonic() + 2
    while time.monotonic() < end:
        down += not watched.is_up()
    assert down == 0
