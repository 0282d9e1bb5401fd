"""IPv6 as rendered, in real daemons: two core switches route it between two segments of seats."""

from pathlib import Path

import pytest

from device_configs.compliance.frr_lines import frr_difference
from device_configs.render import Secrets, Tree, render_device
from tests.device_configs.render.changes import declared
from tests.device_configs.render.dual_stack import CORES, DUAL, SEATS_1, SEATS_2
from tests.device_configs.render.ipv6_lab import PATIENT, Cabling, Host, Ipv6Lab, running, until

pytestmark = pytest.mark.daemon

CORE_SWITCHES = ("core-a", "core-b")
HOSTS = {"seat-1": Host((f"{SEATS_1}b/64",), (f"{SEATS_1}1",)),
         "seat-2": Host((f"{SEATS_2}b/64",), (f"{SEATS_2}1",))}  # fmt: skip
CABLING = Cabling(
    ((("core-a", "core-b"), ("core-b", "core-a")),),
    {number: (*((core, number) for core in CORE_SWITCHES), (seat, "eth0"))
     for number, seat in (("sw-1", "seat-1"), ("sw-2", "seat-2"))},
)  # fmt: skip


@pytest.fixture
def trees(secrets: Secrets, tmp_path: Path) -> dict[str, Tree]:
    site = declared(tmp_path / "declared", (*DUAL, PATIENT))
    return {name: render_device(site, secrets, name) for name in CORE_SWITCHES}


def test_core_switches_route_ipv6_between_segments(trees: dict[str, Tree], tmp_path: Path) -> None:
    gateway, far_seat = f"{SEATS_1}1", f"{SEATS_2}b"
    with running(trees, HOSTS, CABLING, tmp_path) as core:
        assert until(lambda: core.holds("core-a", gateway)), (tmp_path / "said").read_text()
        assert until(lambda: core.reaches("seat-1", far_seat))
        assert until(lambda: _full(core)), core.run("core-a", "vtysh", "-c", "show running-config")
        _says_what_is_declared(core, trees)
        _stays_off_elsewhere(core)
        core.run("core-b", "ip", "link", "set", "sw-2", "down")
        assert until(lambda: f"{SEATS_2}/64" in core.routes("core-b"))
        core.run("core-b", "ip", "link", "set", "sw-2", "up")
        assert until(lambda: core.holds("core-b", f"{SEATS_2}3"))
        core.run("core-a", "device-drain", "start", "60", "the test")
        assert core.holds("core-b", gateway)
        assert not core.holds("core-a", gateway)
        assert until(lambda: core.reaches("seat-1", far_seat))


def _full(core: Ipv6Lab) -> bool:
    found = core.ask("core-a", "show ipv6 ospf6 neighbor json").get("neighbors", [])
    return [one["state"] for one in found] == ["Full"]


def _says_what_is_declared(core: Ipv6Lab, trees: dict[str, Tree]) -> None:
    """A second application changes nothing, and what runs is what is rendered."""
    before = core.run("core-a", "ip", "-o", "-6", "addr", "show", "scope", "global")
    core.run("core-a", "device-service", "apply", "network")
    assert core.run("core-a", "ip", "-o", "-6", "addr", "show", "scope", "global") == before
    rendered = trees["core-a"].file("/etc/frr/frr.conf").content
    said = core.run("core-a", "vtysh", "-c", "show running-config")
    assert frr_difference(rendered, said) == ""


def _stays_off_elsewhere(core: Ipv6Lab) -> None:
    shown = core.run("core-a", "ip", "-o", "-6", "addr", "show")
    assert {line.split()[1] for line in shown.splitlines()} == {
        "lo", "core-b", "svi-seats-1", "svi-seats-2"
    }  # fmt: skip
    assert f" {CORES}/127 " in shown
