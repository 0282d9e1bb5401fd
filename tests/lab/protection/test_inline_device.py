"""The intrusion prevention device under floods of every kind, from outside and from inside."""

from dataclasses import dataclass

import pytest

from device_configs.render import Secrets, render_device
from device_configs.site import Site
from device_configs.site.model import FloodKind, FloodThreshold
from tests.lab.protection.bench import Bench, BenchNode
from tests.lab.protection.programs import BURST

pytestmark = pytest.mark.lab

OUTSIDE, INSIDE = "10.100.0.10", "10.20.1.5"
BROADCASTS = {"inward": "10.20.1.255", "outward": "10.30.0.255"}
FLOODS = {
    FloodKind.TCP_FLOOD: "syn",
    FloodKind.ACK_FLOOD: "ack",
    FloodKind.UDP_FLOOD: "udp",
    FloodKind.ICMP_FLOOD: "icmp",
}
SMURFS = {FloodKind.UDP_SMURF: "udp", FloodKind.ICMP_SMURF: "icmp"}
WAYS = ("inward", "outward")
THRESHOLD, PER_SOURCE = 400, 200
TABLE = "bridge inline"
RECEIVED = """
table inet seen {
    set from {
        type ipv4_addr
        flags dynamic
        counter
    }
    chain prerouting {
        type filter hook prerouting priority raw; policy accept;
        meta l4proto { tcp, udp, icmp } update @from { ip saddr } drop
    }
}
"""


@dataclass(frozen=True)
class InlineBench:
    """Both ends of one cable through the device. What arrives at an end is counted and dropped."""

    device: BenchNode
    outside: BenchNode
    inside: BenchNode

    def ends(self, way: str) -> tuple[BenchNode, BenchNode, str]:
        """Who sends, who receives, and the receiver's address."""
        if way == "inward":
            return self.outside, self.inside, INSIDE
        return self.inside, self.outside, OUTSIDE

    def dropped(self, kind: FloodKind, way: str, suffix: str = "") -> int:
        return self.device.counted(f"{kind.replace('_', '-')}-{way}{suffix}", TABLE)


@pytest.fixture(scope="module")
def inline(bench: Bench, site: Site, secrets: Secrets) -> InlineBench:
    """With low thresholds, so that bursts stay small; where they stand is as declared."""
    floods = tuple(
        FloodThreshold(kind=kind, inward=0, outward=0)
        if kind in SMURFS
        else FloodThreshold(kind=kind, inward=THRESHOLD, outward=THRESHOLD,
                            inward_per_source=PER_SOURCE, outward_per_source=PER_SOURCE)
        for kind in FloodKind
    )  # fmt: skip
    profile = site.ips_profiles["inner-ips"].model_copy(update={"floods": floods})
    low = site.model_copy(update={"ips_profiles": {"inner-ips": profile}})
    device, outside, inside = (bench.node(name) for name in ("ips-a", "outside", "inside"))
    bench.cable(device, "fwi-a-core-a", outside, "line")
    bench.cable(device, "core-a-fwi-a", inside, "line")
    device.stand_up(render_device(low, secrets, "ips-a"))
    addresses = {"02:00:00:00:00:01": outside, "02:00:00:00:00:02": inside}
    for hardware, node in addresses.items():
        node.run("ip", "link", "set", "line", "address", hardware)
        node.run("ip", "route", "add", "default", "dev", "line")
        node.filter_with(RECEIVED)
    for node, far in ((outside, "02:00:00:00:00:02"), (inside, "02:00:00:00:00:01")):
        for target in (OUTSIDE, INSIDE, *BROADCASTS.values()):
            node.run("ip", "neigh", "add", target, "dev", "line", "lladdr", far)
    return InlineBench(device, outside, inside)


def received(node: BenchNode) -> dict[str, int]:
    """Packets that arrived, by their source."""
    words = node.run("nft", "list", "set", "inet", "seen", "from").replace(",", " ").split()
    found: dict[str, int] = {}
    for at, word in enumerate(words):
        if word == "counter" and words[at + 1] == "packets":
            found[words[at - 1].removeprefix("{")] = int(words[at + 2])
    return found


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("kind", "packets"), FLOODS.items(), ids=lambda value: str(value))
def test_one_flooding_source_is_cut_and_another_loses_nothing(
    inline: InlineBench, kind: FloodKind, packets: str, way: str
) -> None:
    sender, receiver, target = inline.ends(way)
    receiver.run("nft", "flush", "set", "inet", "seen", "from")
    before = inline.dropped(kind, way, "-source")
    flood = sender.start("python3", "-c", BURST, packets, "10.20.1.66/32", target, "9", "800",
                         "4000")  # fmt: skip
    assert flood.stdout is not None
    assert flood.stdout.readline() == b"begins\n"
    sender.python(BURST, packets, "10.20.1.7/32", target, 9, 20, 100)
    assert flood.wait(30) == 0
    arrived, dropped = received(receiver), inline.dropped(kind, way, "-source") - before
    assert arrived["10.20.1.7"] == 20
    assert dropped > 0
    assert arrived["10.20.1.66"] + dropped == 800


@pytest.mark.parametrize(
    ("kind", "packets", "way"),
    [(kind, packets, WAYS[at % 2]) for at, (kind, packets) in enumerate(FLOODS.items())],
    ids=lambda value: str(value),
)
def test_many_sources_together_do_not_exceed_the_threshold(
    inline: InlineBench, kind: FloodKind, packets: str, way: str
) -> None:
    sender, receiver, target = inline.ends(way)
    receiver.run("nft", "flush", "set", "inet", "seen", "from")
    before = inline.dropped(kind, way)
    sender.python(BURST, packets, "10.64.0.0/20", target, 9, 1200, 6000)
    arrived, dropped = sum(received(receiver).values()), inline.dropped(kind, way) - before
    assert dropped > 0
    assert arrived + dropped == 1200


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("kind", "packets"), SMURFS.items(), ids=lambda value: str(value))
def test_no_request_to_a_broadcast_address_passes(
    inline: InlineBench, kind: FloodKind, packets: str, way: str
) -> None:
    sender, receiver, _ = inline.ends(way)
    receiver.run("nft", "flush", "set", "inet", "seen", "from")
    before = inline.dropped(kind, way)
    sender.python(BURST, packets, "10.77.0.5/32", BROADCASTS[way], 9, 20, 1000)
    assert received(receiver) == {}
    assert inline.dropped(kind, way) == before + 20
