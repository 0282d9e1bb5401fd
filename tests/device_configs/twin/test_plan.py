from ipaddress import IPv4Address, IPv4Interface
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_configs.site import load_site
from device_configs.twin.names import UnknownName, find, nearest
from device_configs.twin.plan import PortAddress, TwinPlan, plan_twin
from device_configs.twin.state import Faults, LinkState, NodeState, port_is_up
from device_configs.twin.wiring import boot_batch, cable_batch, silence, system_settings

SHIPPED = Path(__file__).parents[3] / "inventory"


@pytest.fixture(scope="module")
def plan() -> TwinPlan:
    return plan_twin(load_site(SHIPPED))


def test_every_declared_device_seat_and_link_is_planned(plan: TwinPlan) -> None:
    site = load_site(SHIPPED)
    assert list(plan.devices) == list(site.devices)
    assert list(plan.seats) == list(site.seats)
    assert list(plan.cables) == list(site.links)


def test_port_names_fit_the_kernel_and_are_unique_on_their_device(plan: TwinPlan) -> None:
    for node in plan.nodes.values():
        assert len(set(node.ports)) == len(node.ports)
        assert all(0 < len(port) <= 15 for port in node.ports)


def test_managed_devices_have_their_management_address_and_nothing_else(plan: TwinPlan) -> None:
    for device in plan.devices.values():
        if device.deployed:
            (only,) = device.addresses
            assert only.address.ip == device.management_address


def test_the_management_switch_bridges_every_management_port_from_the_start(
    plan: TwinPlan,
) -> None:
    switch = plan.devices["sw-mgmt"]
    assert switch.bridge is not None
    assert set(switch.bridge.ports) == {d.name for d in plan.devices.values() if d.deployed} - {
        "sw-mgmt"
    }
    assert switch.addresses[0].port == switch.bridge.name


def test_a_provider_has_its_circuit_loopback_and_service_addresses(plan: TwinPlan) -> None:
    assert set(plan.devices["egov"].addresses) == {
        PortAddress("rt-a", IPv4Interface("10.253.1.1/31")),
        PortAddress("rt-b", IPv4Interface("10.253.1.3/31")),
        PortAddress("lo", IPv4Interface("10.254.0.100/32")),
        PortAddress("lo", IPv4Interface("10.100.0.10/32")),
        PortAddress("lo", IPv4Interface("10.100.0.11/32")),
    }


def test_a_service_address_that_the_site_itself_holds_is_not_given_to_a_provider(
    plan: TwinPlan,
) -> None:
    held = {a.address.ip for name in ("inet", "pstn") for a in plan.devices[name].addresses}
    assert IPv4Address("10.20.20.10") not in held
    assert IPv4Address("10.20.20.20") not in held


def test_a_seat_has_the_gateway_of_its_network(plan: TwinPlan) -> None:
    seat = plan.seats["seat-013"]
    assert (seat.address, seat.gateway) == (
        IPv4Interface("10.20.2.11/24"),
        IPv4Address("10.20.2.1"),
    )
    assert "route replace default via 10.20.2.1 dev eth0" in boot_batch(seat, seat.ports)


@pytest.mark.parametrize(
    ("link", "node"),
    [
        pytest.param("rt-a--egov", "egov", id="a circuit at the provider's end"),
        pytest.param("core-a--sw-1", "sw-1", id="an uplink at the access switch"),
        pytest.param("sw-1--seat-001", "sw-1", id="a seat's cable at the switch"),
        pytest.param("fwi-a--ips-a-core-a", "ips-a", id="an inline cable at the bridge"),
    ],
)
def test_a_cut_takes_down_the_port_that_loses_least(plan: TwinPlan, link: str, node: str) -> None:
    assert plan.cables[link].cut_end.node == node


@pytest.mark.parametrize(
    ("device", "forwards"),
    [("rt-a", 1), ("fwi-a", 1), ("core-a", 1), ("egov", 1), ("gap-a", 0), ("mon", 0), ("sw-1", 0)],
)
def test_only_routed_roles_forward_packets(plan: TwinPlan, device: str, forwards: int) -> None:
    assert dict(system_settings(plan.devices[device]))["net.ipv4.ip_forward"] == forwards


def test_only_firewalls_track_connections_strictly(plan: TwinPlan) -> None:
    strict = {
        name
        for name, device in plan.devices.items()
        if "net.netfilter.nf_conntrack_tcp_loose" in dict(system_settings(device))
    }
    assert strict == {"fwi-a", "fwi-b", "fwx"}


def test_no_two_ports_share_an_interface_index(plan: TwinPlan) -> None:
    words = cable_batch(plan.cables.values(), dict.fromkeys(plan.nodes, 3)).split()
    indices = [words[at + 1] for at, word in enumerate(words) if word == "index"]
    assert len(set(indices)) == len(indices) == 2 * len(plan.cables)


def test_silence_drops_both_ways_on_every_port() -> None:
    script = silence("twin-hang", ["a", "b"])
    assert script.count("policy drop") == 4
    assert script.count('device "a"') == 2


@given(data=st.data())
def test_a_port_is_down_only_for_want_of_power_or_by_its_own_cut(
    plan: TwinPlan, data: st.DataObject
) -> None:
    cable = plan.cables[data.draw(st.sampled_from(sorted(plan.cables)))]
    node_states = st.sampled_from(NodeState)
    faults = Faults(
        nodes={end.node: data.draw(node_states) for end in cable.ends},
        links={cable.name: data.draw(st.sampled_from(LinkState))},
    )
    for end in cable.ends:
        cut_here = faults.link(cable.name) is LinkState.CUT and end == cable.cut_end
        without_power = faults.node(end.node) is NodeState.KILLED
        assert port_is_up(plan, faults, cable.name, end) is not (cut_here or without_power)


def test_a_misspelt_link_is_refused_with_the_nearest_names(plan: TwinPlan) -> None:
    with pytest.raises(UnknownName) as refused:
        find("rt-a-egov", plan.cables, "link")
    assert refused.value.nearest[0] == "rt-a--egov"
    assert nearest("quite-something-else", plan.cables) == []


def test_a_seat_is_found_by_its_number(plan: TwinPlan) -> None:
    assert find("7", plan.seats, "seat").name == "seat-007"
