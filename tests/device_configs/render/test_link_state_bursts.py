"""What a router says twice in quick succession is believed the second time as well.

A router that was kept from running finds both link states of its neighbour at once. One that it
takes for too early it neither keeps nor acknowledges (RFC 2328, section 13, 5a), and its neighbour
says it again after five seconds only: as long the new way carries nothing.
"""

import subprocess
import time
from pathlib import Path

import pytest

from device_configs.render import Secrets, render_device
from device_configs.site import Site
from tests.device_configs.render.test_signed_sessions import (
    ROUTERS,
    SignedRouters,
    ready,
    running,
)

pytestmark = pytest.mark.daemon

SENDER, RECEIVER = "rt-a", "fwi-a"
PREFIXES = ("10.99.0.1/32", "10.99.0.2/32", "10.99.0.3/32")
APART_S = 0.3
"""Longer than the sender keeps a link state back, shorter than a neighbour's patience together."""
KNOWN_WITHIN_S = 2.5
"""Half of the time after which OSPF says again what was not acknowledged."""
UP_WITHIN_S = 90.0


def signal(routers: SignedRouters, name: str, which: str) -> None:
    """To the OSPF daemon of one router; its number is one of the routers' own process namespace."""
    process = str(routers.processes[name])
    command = f"kill -{which} $(cat /run/frr/ospfd.pid)"
    entered = ["nsenter", "-t", process, "-n", "-m", "-p", "sh", "-c", command]
    subprocess.run(entered, check=True)


def wait_until_known(routers: SignedRouters, prefix: str, limit_s: float) -> None:
    ends = time.monotonic() + limit_s
    while prefix not in routers.run(RECEIVER, "vtysh", "-c", "show ip route ospf"):
        assert time.monotonic() < ends, f"{RECEIVER} does not know {prefix}"
        time.sleep(0.1)


def test_a_second_link_state_that_arrives_with_the_first_is_kept(
    site: Site, secrets: Secrets, tmp_path: Path
) -> None:
    trees = {name: render_device(site, secrets, name) for name in ROUTERS}
    with running(trees, tmp_path / "routers") as routers:
        ready(routers)
        wait_until_known(routers, f"{site.devices[SENDER].loopback}/32", UP_WITHIN_S)

        signal(routers, RECEIVER, "STOP")
        for prefix in PREFIXES:
            routers.run(SENDER, "ip", "address", "add", prefix, "dev", "lo")
            time.sleep(APART_S)
        signal(routers, RECEIVER, "CONT")

        wait_until_known(routers, PREFIXES[-1], KNOWN_WITHIN_S)
