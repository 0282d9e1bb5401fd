"""A transparent device of whose rules none speaks of IPv6 passes no frame of it."""

import subprocess
from pathlib import Path

import pytest

from device_configs.render import Tree
from tests.mortal import MORTAL

BOTH_SIDES = """set -e
mount -t tmpfs tmpfs /run
for side in outer inner; do ip netns add $side; done
ip link add inline type bridge stp_state 0 forward_delay 0 mcast_snooping 0
ip link set inline up
ip link add fwi-a-core-a type veth peer name eth0 netns outer
ip link add core-a-fwi-a type veth peer name eth0 netns inner
for port in fwi-a-core-a core-a-fwi-a; do ip link set $port master inline up; done
number=1
for side in outer inner; do
    ip -n $side link set eth0 up
    ip -n $side addr add 10.253.2.$number/24 dev eth0
    ip -n $side addr add fd12:3456:789a::$number/64 dev eth0 nodad
    number=$((number + 1))
done
answers() { ip netns exec outer ping -q -c 1 -W 5 "$1" >/dev/null && echo yes || echo no; }
answers fd12:3456:789a::2
nft -f {ruleset}
answers 10.253.2.2
ip netns exec outer ping -q -c 1 -W 1 fd12:3456:789a::2 >/dev/null && echo yes || echo no
"""


@pytest.mark.daemon
def test_frames_of_ipv6_end_at_the_intrusion_prevention(
    trees: dict[str, Tree], tmp_path: Path
) -> None:
    """Its rule set allows by default: until its rules were loaded the same packet passed."""
    ruleset = tmp_path / "nftables.conf"
    ruleset.write_text(trees["ips-a"].file("/etc/nftables.conf").content)
    script = BOTH_SIDES.replace("{ruleset}", str(ruleset))
    alone = [*MORTAL, "unshare", "-n", "-m", "-p", "--fork", "--kill-child", "sh", "-c", script]
    done = subprocess.run(alone, capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["yes", "yes", "no"], done.stderr
