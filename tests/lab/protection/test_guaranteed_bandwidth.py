"""A full line: what is guaranteed arrives, and the rest stays below its maximum."""

import json
import re
import time

import pytest

from device_configs.render import Secrets, render_device
from device_configs.site import Site
from tests.lab.protection.bench import Bench, BenchNode
from tests.lab.protection.programs import SHARE

pytestmark = pytest.mark.lab

OURS, CARRIER = "10.252.0.0", "10.252.0.1"
SECONDS = 2
VOICE, DEFAULT, CONTROL = "1:10", "1:11", "1:3"


def sent(node: BenchNode, minor: str) -> int:
    """Octets that a class of the trunk has sent."""
    shown = node.run("tc", "-s", "class", "show", "dev", "pstn")
    found = re.search(rf"class htb {minor} .*\n Sent (\d+) bytes", shown)
    assert found is not None
    return int(found[1])


@pytest.fixture(scope="module")
def trunk(bench: Bench, site: Site, secrets: Secrets) -> BenchNode:
    """A voice gateway at the telephone network's cable, shaped as declared: 30 Mbit/s."""
    gateway, carrier = bench.node("vg-a"), bench.node("pstn")
    bench.cable(gateway, "pstn", carrier, "vg-a")
    tree = render_device(site, secrets, "vg-a")
    gateway.address("pstn", f"{OURS}/31")
    carrier.address("vg-a", f"{CARRIER}/31")
    conf, apply = gateway.folder / "shaping.conf", gateway.folder / "shaping-apply"
    conf.write_text(tree.file("/etc/network/shaping.conf").content)
    apply.write_text(tree.file("/usr/local/sbin/shaping-apply").content)
    assert json.loads(gateway.run("ip", "-j", "addr", "show", "pstn"))
    gateway.run("unshare", "-m", "sh", "-c",
                'mount -t tmpfs tmpfs /run && sh "$0" "$1"', str(apply), str(conf))  # fmt: skip
    return gateway


def test_voice_keeps_its_rate_while_everything_else_overflows(trunk: BenchNode) -> None:
    began, voice_before, rest_before = time.monotonic(), sent(trunk, VOICE), sent(trunk, DEFAULT)
    flood = trunk.start("python3", "-c", SHARE, OURS, CARRIER, str(SECONDS + 1), "0", "60")
    assert flood.stdout is not None
    assert flood.stdout.readline() == b"begins\n"
    offered = int(trunk.python(SHARE, OURS, CARRIER, SECONDS, 46, 20).splitlines()[-1])
    assert flood.wait(30) == 0
    voice, rest = sent(trunk, VOICE) - voice_before, sent(trunk, DEFAULT) - rest_before
    # Whoever has few processors floods for longer, and what waits leaves until it is counted.
    lasted_s = time.monotonic() - began
    # All of the voice that was offered, and never more of the rest than 6 of 30 Mbit/s.
    assert voice >= 0.98 * offered * 1242
    assert rest <= 1.2 * lasted_s * 6e6 / 8 + 100_000
    assert rest < voice
