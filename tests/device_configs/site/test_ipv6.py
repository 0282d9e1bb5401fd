"""IPv6 beside IPv4: addresses that follow, and declarations that would leave one family behind."""

from ipaddress import IPv4Address, IPv4Network, IPv6Network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_configs.site.faults import SiteInvalid
from device_configs.site.ipv6 import (
    OTHERS,
    UNUSABLE,
    USABLE,
    counterpart,
    group_link_local,
    mirrored,
    numbered,
    why_unusable,
)
from tests.device_configs.render.changes import PROTOCOLS, Edit, declared
from tests.device_configs.render.dual_stack import (
    CORES,
    DUAL,
    SEATS_1,
    SEATS_2,
    THROUGH_FIREWALLS,
    cable_with_ipv6,
)

SEGMENT = DUAL[0]
PREFIXES = st.builds(
    lambda number, length: IPv6Network((number, length), strict=False),
    st.one_of(
        st.integers(0, 2**128 - 1),
        st.sampled_from([*USABLE, *UNUSABLE, *OTHERS]).flatmap(
            lambda p: st.integers(int(p.network_address), int(p.broadcast_address))
        ),
    ),
    st.integers(1, 128),
)


def instead(edit: Edit, old: str, new: str) -> Edit:
    assert old in edit.new
    return Edit(edit.file, edit.old, edit.new.replace(old, new))


def faults_of(folder: Path, *edits: Edit) -> list[str]:
    with pytest.raises(SiteInvalid) as caught:
        declared(folder / "declared", edits)
    return [str(fault) for fault in caught.value.faults]


HOSTS = st.integers(2, 30).flatmap(
    lambda length: st.tuples(st.just(length), st.integers(0, 2 ** (32 - length) - 1))
)


@given(HOSTS,
       st.integers(0, 2**64 - 1), st.integers(0, 2**30 - 1))  # fmt: skip
def test_hosts_have_one_number_in_both_families(host: tuple[int, int], high: int, low: int) -> None:
    length, number = host
    ipv4 = IPv4Network((low << 2 & ~(2 ** (32 - length) - 1), length))
    ipv6 = IPv6Network((high << 64, 64))
    found = counterpart(ipv6, ipv4, ipv4[number])
    assert found in ipv6
    assert int(found) - int(ipv6.network_address) == number


@given(st.lists(HOSTS, max_size=4), st.integers(0, 255))
def test_a_set_holds_the_same_hosts_in_either_family(
    held: list[tuple[int, int]], number: int
) -> None:
    """Asked of each host of a segment; the rest of the segment's prefix is in the set as a whole
    or not at all."""
    segment, beside = IPv4Network("10.20.1.0/24"), IPv6Network(f"{SEATS_1}/64")
    prefixes = [IPv4Network((10 << 24 | 20 << 16 | 1 << 8 | host & 255, length), strict=False)
                for length, host in held]  # fmt: skip
    found = mirrored(prefixes, [(segment, beside)])
    is_in = any(segment[number] in prefix for prefix in prefixes)
    assert any(beside[number] in prefix for prefix in found) is is_in
    is_whole = all(any(host in prefix for prefix in prefixes) for host in segment)
    assert any(beside[-1] in prefix for prefix in found) is is_whole


@given(st.integers(2, 31), st.sampled_from((64, 127)), st.integers(0, 2**64 - 1))
def test_numbered_are_the_addresses_of_hosts(length: int, longest: int, number: int) -> None:
    beside, prefix = IPv4Network((0, length)), IPv6Network((0xFD << 120, longest))
    held = numbered(beside, prefix)
    number %= 2 ** (128 - longest)
    assert (prefix[number] in held) is (number < beside.num_addresses)


@given(PREFIXES)
def test_a_prefix_is_used_exactly_where_nothing_else_holds_it(prefix: IPv6Network) -> None:
    inside = any(prefix.subnet_of(usable) for usable in USABLE)
    taken = any(prefix.overlaps(other) for other in (*UNUSABLE, *OTHERS))
    assert (why_unusable(prefix) is None) is (inside and not taken)


@given(st.sets(st.integers(1, 255), min_size=2, max_size=2))
def test_groups_of_a_segment_have_link_local_addresses_of_their_own(ids: set[int]) -> None:
    found = {group_link_local(number) for number in ids}
    assert len(found) == len(ids)
    assert all(address.is_link_local for address in found)


def test_addresses_follow_those_of_ipv4(tmp_path: Path) -> None:
    site = declared(tmp_path / "declared", DUAL)
    network = site.networks["seats-1"]
    seats = {seat.name for seat in site.seats.values() if seat.network == "seats-1"}
    assert network.ipv6_members.keys() == {"core-a", "core-b", *seats}  # sw-1 only bridges
    assert str(network.ipv6_members["core-b"]) == f"{SEATS_1}3"
    assert network.gateway is not None
    assert str(network.ipv6_of(network.gateway)) == f"{SEATS_1}1/64"
    assert str(site.networks["core-a--core-b"].ipv6_members["core-b"]) == f"{CORES}1"
    without = site.networks["seats-3"]
    assert without.ipv6_members == {}
    assert without.ipv6_of(IPv4Address("10.20.3.1")) is None


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("fe80:1::/64", "fe80:1::/64 is link-local: every port gives itself such an address"),
        ("2001:db8:1::/64", "2001:db8:1::/64 is for documentation (RFC 3849)"),
        ("3fff:1::/64", "3fff:1::/64 is for documentation (RFC 9637)"),
        ("ff02::/64", "ff02::/64 is for groups (multicast)"),
        ("::/64", "::/64 is neither global unicast (2000::/3) nor unique local (fd00::/8)"),
        ("fd12:3456:789a:100::/56", "is no /64; a segment has a prefix of /64"),
        (f"'{SEATS_1}'", "has no prefix length"),
        (f"{SEATS_1}1/64", "is not a valid IPv6 network"),
        ("10.20.1.0/24", "'10.20.1.0/24'"),
        (f"{SEATS_2}/64", f"{SEATS_2}/64 overlaps seats-"),
    ],
)  # fmt: skip
def test_a_prefix_that_cannot_be_is_refused(tmp_path: Path, written: str, said: str) -> None:
    edits = (instead(DUAL[0], f"{SEATS_1}/64", written), *DUAL[1:])
    (fault,) = faults_of(tmp_path, *edits)
    assert "networks.yml" in fault
    assert "ipv6_prefix" in fault
    assert said in fault


def test_a_cable_is_no_segment(tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path, *DUAL[:2], instead(DUAL[2], "/127", "/64"))
    assert fault.endswith("fd12:3456:789a:fff0::/64 is no /127; a cable has a prefix of /127")


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (Edit("networks.yml", "prefix: 10.20.20.0/24", "prefix: 10.20.20.0/24\n    "
              "ipv6_prefix: fd12:3456:789a:20::/64"), "for the role gate"),
        (Edit("networks.yml", "prefix: 10.255.0.0/24", "prefix: 10.255.0.0/24\n    "
              "ipv6_prefix: fd12:3456:789a:ff::/64"), "the management network is reached by IPv4"),
        (cable_with_ipv6("10.253.1.0"), "a circuit carries IPv4 alone"),
        (cable_with_ipv6("203.0.113.0"), "a circuit carries IPv4 alone"),
        (Edit("networks.yml", "prefix: 10.30.0.0/24", "prefix: 10.30.0.0/24\n    "
              "ipv6_prefix: fd12:3456:789a:30::/64"), "its hosts would have no gateway of IPv6"),
        (Edit("links.yml", "b: sw-3, kind: access, network: seats-3, bandwidth_mbps: 10000, "
              "bandwidth_class: access-10000, ducts: [floor-a]}",
              "b: sw-3, kind: access, network: seats-3, ipv6_prefix: fd12:3456:789a:3::/127, "
              "bandwidth_mbps: 10000, bandwidth_class: access-10000, ducts: [floor-a]}"),
         "goes with a `prefix` of its own"),
        (Edit("networks.yml", "- {name: gateway, address: 10.20.1.1, router_id: 11",
              "- {name: other, address: 10.20.1.1, router_id: 11"),
         "its hosts would have no gateway of IPv6"),
        (Edit("protocols.yml", PROTOCOLS, "ospf: {key: {secret: inside}}\n"),
         "OSPF is signed, and OSPFv3 would not be"),
        (Edit("protocols.yml", PROTOCOLS, "vrrp: {key: {secret: inside}}\n"),
         "VRRP is signed, and its version 3 has no keys"),
        (Edit("hosts.yml", "          loopback: 10.254.0.7\n",
              "          loopback: 10.254.0.7\n          platform: h3c_comware\n"),
         "core-a would need IPv6, and h3c_comware is not rendered with it for the role"),
    ],
)  # fmt: skip
def test_what_nobody_would_render_is_refused(tmp_path: Path, edit: Edit, said: str) -> None:
    assert any(said in fault for fault in faults_of(tmp_path, *DUAL, edit))


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (Edit("hosts.yml", "          loopback: 10.254.0.3\n",
              "          loopback: 10.254.0.3\n          platform: huawei_vrp\n"),
         "fwi-a would need IPv6, and huawei_vrp is not rendered with it for the role firewall"),
        (Edit("hosts.yml", "          ansible_host: 10.255.0.5\n",
              "          ansible_host: 10.255.0.5\n          platform: huawei_vrp\n"),
         "ips-a filters by rules of IPv4 and drops all else: huawei_vrp is not rendered"),
        (Edit("networks.yml", "members: {rt-a: 10.40.1.1,", "members: {rt-a: 10.40.1.1, "
              "rt-b: 10.40.1.2,"), "its hosts would have no gateway of IPv6"),
        (Edit("networks.yml", "members: {rt-a: 10.40.1.1, sw-7: 10.40.1.4}",
              "members: {rt-a: 10.40.1.2, rt-b: 10.40.1.3, sw-7: 10.40.1.4}\n"
              "    virtual_addresses:\n      - {name: gateway, address: 10.40.1.1, "
              "router_id: 40, members: [rt-a, rt-b]}"),
         "its hosts would have no gateway of IPv6"),
        (Edit("protection.yml", "destinations: [platform-servers]",
              "destinations: [platform-servers, one-server]"),
         "syn_proxies[platform].destinations: servers has IPv6"),
    ],
)  # fmt: skip
def test_what_no_filter_or_router_would_render_is_refused(
    tmp_path: Path, edit: Edit, said: str
) -> None:
    assert any(said in fault for fault in faults_of(tmp_path, *THROUGH_FIREWALLS, edit))


def test_either_family_passes_both_firewalls_of_a_pair(tmp_path: Path) -> None:
    """With IPv6 on the cables of one half alone it would end with that half's firewall."""
    at_one = [cable_with_ipv6(f"10.253.2.{number}") for number in (2, 6, 14, 16)]
    faults = faults_of(tmp_path, *DUAL, *at_one)
    assert any("fwi-b.partner: fwi-a carries IPv6, and its partner" in fault for fault in faults)


def test_no_family_is_left_behind_on_a_cable(tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path, *DUAL[:2])
    assert "links[core-a--core-b]: carries IPv4 alone, and core-a and core-b carry IPv6" in fault
    (tmp_path / "more").mkdir()
    without = [edit for edit in THROUGH_FIREWALLS if edit != cable_with_ipv6("10.253.2.16")]
    (fault,) = faults_of(tmp_path / "more", *without)
    assert "links[fwi-a--core-b]: carries IPv4 alone, and fwi-a and core-b carry IPv6" in fault
