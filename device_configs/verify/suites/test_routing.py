"""Routers, firewalls and core switches: adjacencies, sessions, one way out."""

import json

import pytest
from testinfra.host import Host

from device_configs.render.routing import Routing, derive_routing
from device_configs.site import Site
from device_configs.site.model import Device


@pytest.fixture
def routing(site: Site, device: Device) -> Routing:
    found = derive_routing(site, device)
    assert found is not None
    return found


@pytest.mark.roles("routing")
def test_every_ospf_neighbour_is_full(machine: Host, routing: Routing) -> None:
    shown = json.loads(machine.run("vtysh -c 'show ip ospf neighbor json'").stdout)
    full = {
        neighbour["ifaceName"].split(":")[0]
        for neighbours in shown["neighbors"].values()
        for neighbour in neighbours
        if (neighbour.get("nbrState") or neighbour.get("state", "")).startswith("Full")
    }
    assert full == {interface.name for interface in routing.ospf_interfaces if interface.fast}


@pytest.mark.roles("routing")
def test_every_ospfv3_neighbour_is_full(machine: Host, routing: Routing) -> None:
    if not routing.ospfv3_interfaces:
        return  # No daemon of it runs where no IPv6 is declared.
    shown = json.loads(machine.run("vtysh -c 'show ipv6 ospf6 neighbor json'").stdout)
    full = {n["interfaceName"] for n in shown["neighbors"] if n["state"] == "Full"}
    assert full == {interface.name for interface in routing.ospfv3_interfaces if interface.fast}


@pytest.mark.roles("routing")
def test_every_bgp_session_is_established(machine: Host, routing: Routing) -> None:
    shown = json.loads(machine.run("vtysh -c 'show bgp ipv4 unicast summary json'").stdout)
    established = {a for a, peer in shown["peers"].items() if peer["state"] == "Established"}
    expected = {str(address) for address in routing.internal_neighbours}
    assert established == expected | {str(n.address) for n in routing.external_neighbours}


@pytest.mark.roles("routing")
def test_every_bfd_session_is_up(machine: Host, routing: Routing) -> None:
    shown = json.loads(machine.run("vtysh -c 'show bfd peers json'").stdout)
    interfaces = (*routing.ospf_interfaces, *routing.ospfv3_interfaces)
    expected = sum(interface.fast for interface in interfaces)
    expected += len(routing.external_neighbours)
    assert sum(peer["status"] == "up" for peer in shown) == expected == len(shown)
