"""Displays are in the formats that the public templates of ntc-templates read."""

from collections.abc import Mapping

import pytest
from ntc_templates.parse import parse_output

from device_configs.emulator.state import Neighbor
from tests.device_configs.emulator.benches import Bench

VRP = """sysname rt-a
#
interface GigabitEthernet0/1/0
 description core-a:rt-a
 ip address 10.0.0.1 255.255.255.0
 ospf enable 1 area 0.0.0.0
#
interface GigabitEthernet0/1/1
 shutdown
#
interface LoopBack0
 ip address 10.254.0.1 255.255.255.255
#
bgp 65010
 router-id 10.254.0.1
 peer 10.0.0.2 as-number 65020
"""
COMWARE = """sysname core-a
#
vlan 10
 description seats
#
interface Ten-GigabitEthernet1/0/1
 port link-mode route
 description rt-a:core-a
 ip address 10.0.0.2 255.255.255.0
#
interface Ten-GigabitEthernet1/0/2
 port link-mode bridge
 port access vlan 10
#
bgp 65020
 router-id 10.254.0.2
 peer 10.0.0.1 as-number 65010
"""
Row = Mapping[str, str]


@pytest.fixture(scope="module")
def shown() -> Mapping[str, Bench]:
    one = Neighbor("GigabitEthernet0/1/0", "core-a", "Ten-GigabitEthernet1/0/1")
    other = Neighbor("Ten-GigabitEthernet1/0/1", "rt-a", "GigabitEthernet0/1/0")
    return {
        "huawei_vrp": Bench("vrp8", VRP, neighbors=(one,)),
        "hp_comware": Bench("comware-switch", COMWARE, neighbors=(other,)),
    }


def rows(shown: Mapping[str, Bench], platform: str, command: str) -> list[Row]:
    text = shown[platform].terminal().send(command)
    found: list[Row] = parse_output(platform=platform, command=command, data=text)
    return found


def test_the_version_is_read(shown: Mapping[str, Bench]) -> None:
    (row,) = rows(shown, "huawei_vrp", "display version")
    assert (row["vrp_version"], row["model"]) == ("8.180", "NetEngine 8000 M4")
    assert "1 hour" in row["uptime"]


@pytest.mark.parametrize(
    ("platform", "command", "name", "state"),
    [
        ("huawei_vrp", "display interface brief", "GigabitEthernet0/1/1", ("phy", "*down")),
        ("huawei_vrp", "display interface description", "GigabitEthernet0/1/0", ("phy", "up")),
        ("hp_comware", "display interface brief", "XGE1/0/1", ("main_ip", "10.0.0.2")),
        ("hp_comware", "display interface brief", "XGE1/0/2", ("vlan_id", "10")),
    ],
)
def test_interfaces_are_read(
    shown: Mapping[str, Bench], platform: str, command: str, name: str, state: tuple[str, str]
) -> None:
    found = {row["interface"]: row for row in rows(shown, platform, command)}
    assert found[name][state[0]] == state[1]


def test_peers_are_read(shown: Mapping[str, Bench]) -> None:
    (peer,) = rows(shown, "huawei_vrp", "display bgp peer")
    assert (peer["peer"], peer["state"]) == ("10.0.0.2", "Established")
    (peer,) = rows(shown, "hp_comware", "display bgp peer ipv4")
    assert (peer["peer"], peer["remote_asn"]) == ("10.0.0.1", "65010")


def test_neighbors_of_comware_are_read_and_gone_with_the_interface(
    shown: Mapping[str, Bench],
) -> None:
    command = "display lldp neighbor-information list"
    (found,) = rows(shown, "hp_comware", command)
    assert (found["local_interface"], found["neighbor_name"]) == ("XGE1/0/1", "rt-a")
    terminal = shown["huawei_vrp"].terminal()
    assert "core-a" in terminal.send("display lldp neighbor brief")
    assert "Total Peer(s):     1" in terminal.send("display ospf peer brief")
    terminal.send("system-view", "interface GigabitEthernet0/1/0", "shutdown", "commit")
    assert "core-a" not in terminal.send("display lldp neighbor brief")


def test_a_pipe_leaves_the_lines_that_fit(shown: Mapping[str, Bench]) -> None:
    terminal = shown["hp_comware"].terminal()
    text = terminal.send("display current-configuration | include address")
    assert text == " ip address 10.0.0.2 255.255.255.0"
    assert terminal.send("display current-configuration | begin bgp").startswith("bgp 65020")


def test_one_section_is_shown(shown: Mapping[str, Bench]) -> None:
    text = shown["hp_comware"].terminal().send("display current-configuration interface")
    assert text.count("interface ") == 2
    assert "bgp" not in text
