"""Virtual addresses have one holder, and the firewall pair one active member."""

from collections.abc import Callable

import pytest
from testinfra.host import Host

from device_configs.draining.members import PROGRAM, hands_over
from device_configs.render.ipv6 import carries_ipv6
from device_configs.site import Site
from device_configs.site.model import Device, VirtualAddress
from device_configs.verify.devices import AskedDevices


def test_virtual_address_has_one_holder(
    virtual: VirtualAddress, holders: Callable[[VirtualAddress], list[str]]
) -> None:
    assert len(holders(virtual)) == 1


@pytest.mark.roles("hot_standby")
def test_one_firewall_of_the_pair_is_active(device: Device, hosts: AskedDevices) -> None:
    names = [device.name, *([device.partner] if device.partner else [])]
    roles = {name: hosts(name).run("cat /run/firewall-role").stdout.strip() for name in names}
    assert list(roles.values()).count("master") == 1, roles


@pytest.mark.roles("hot_standby")
def test_routing_metric_follows_the_role(site: Site, device: Device, machine: Host) -> None:
    role = machine.run("cat /run/firewall-role").stdout.strip()
    running = machine.run("vtysh -c 'show running-config ospfd'").stdout
    assert ("max-metric router-lsa administrative" in running) == (role != "master")
    if carries_ipv6(site, device):
        running = machine.run("vtysh -c 'show running-config ospf6d'").stdout
        assert ("stub-router administrative" in running) == (role != "master")


@pytest.mark.roles("hot_standby")
def test_session_states_are_copied(machine: Host) -> None:
    assert machine.run("conntrackd -s network").rc == 0


@pytest.mark.roles("paired")
def test_it_takes_part_in_the_traffic(device: Device, machine: Host) -> None:
    if hands_over(device):
        assert "state serving" in machine.run(f"{PROGRAM} status").stdout
