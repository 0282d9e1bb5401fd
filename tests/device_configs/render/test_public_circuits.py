"""Addresses that nobody on the Internet has are dropped where a public circuit ends."""

from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_configs.grammar import FAMILIES
from device_configs.render import Secrets, render_device
from device_configs.render.families import render_vendor
from device_configs.render.refusal import NotRenderable
from device_configs.site import Site
from device_configs.site.bogons import bogons, bogons_without

NETWORKS = st.builds(
    lambda address, length: IPv4Network((address, length), strict=False),
    st.integers(0, 2**32 - 1),
    st.integers(0, 32),
)
FORGED = ("10.20.1.11", "10.255.0.10", "10.100.0.10", "172.16.3.4", "192.168.1.1", "127.0.0.1",
          "169.254.9.9", "100.64.0.1", "224.0.0.5", "255.255.255.255", "0.0.0.0")  # fmt: skip
HONEST = ("203.0.113.1", "198.51.100.7", "192.0.2.9", "8.8.8.8", "100.128.0.9", "172.32.0.1")


def without_public(site: Site) -> Site:
    circuits = {n: c.model_copy(update={"public": False}) for n, c in site.circuits.items()}
    fields = {name: getattr(site, name) for name in type(site).model_fields}
    return type(site).model_construct(**fields | {"circuits": circuits})


def is_outside(site: Site, zone: str, address: str) -> bool:
    return not any(IPv4Address(address) in prefix for prefix in site.prefixes_outside[zone])


@given(st.lists(NETWORKS, max_size=4), st.integers(0, 2**32 - 1))
def test_a_bogon_is_left_unless_it_is_declared(declared: list[IPv4Network], number: int) -> None:
    address = IPv4Address(number)
    listed = any(address in bogon.prefix for bogon in bogons())
    named = any(address in prefix for prefix in declared)
    assert any(address in prefix for prefix in bogons_without(declared)) is (listed and not named)


def test_the_list_names_each_prefix_once_and_none_is_for_hosts_of_the_internet() -> None:
    prefixes = [bogon.prefix for bogon in bogons()]
    assert len(set(prefixes)) == len(prefixes)
    assert not any(a.overlaps(b) for a in prefixes for b in prefixes if a != b)
    assert not any(IPv4Address(address) in prefix for address in HONEST[3:] for prefix in prefixes)


def test_the_zone_beyond_a_public_circuit_holds_what_somebody_can_have(site: Site) -> None:
    assert site.public_zones == {"internet"}
    assert not any(is_outside(site, "internet", address) for address in FORGED)
    assert all(is_outside(site, "internet", address) for address in HONEST)


def test_a_circuit_that_is_not_public_carries_private_addresses(site: Site) -> None:
    assert is_outside(site, "egov", "172.16.3.4")
    assert is_outside(site, "egov", "10.100.0.10")
    assert is_outside(without_public(site), "internet", "172.16.3.4")


@pytest.mark.parametrize("family", FAMILIES)
def test_a_box_drops_them_first_and_asks_for_the_way_back(
    family: str, site: Site, secrets: Secrets
) -> None:
    text = render_vendor(site, secrets, "fwx", family)
    rules = [line.split()[2] for line in text.splitlines() if line.startswith(" rule name")]
    assert rules[0] == "control-not-internet"
    assert text.count("ip urpf strict allow-default-route") == 1
    bare = render_vendor(without_public(site), secrets, "fwx", family)
    assert "not-internet" not in bare
    assert "urpf" not in bare


@pytest.mark.parametrize("name", ["rt-a", "fwi-a", "ips-a", "core-a"])
@pytest.mark.parametrize("family", FAMILIES)
def test_no_other_box_changes(family: str, name: str, site: Site, secrets: Secrets) -> None:
    text = render_vendor(site, secrets, name, family)
    bare = render_vendor(without_public(site), secrets, name, family)
    assert "urpf" not in text
    assert text == bare


def test_linux_drops_them_before_it_answers_anybody(site: Site, secrets: Secrets) -> None:
    line = '        iifname { "inet" } ip saddr @not-internet counter drop\n'
    text = render_device(site, secrets, "fwx").file("/etc/nftables.conf").content
    forward, inward = text.index("chain forward"), text.index("chain input")
    assert text.count(line) == 2
    assert forward < text.index(line) < text.index("jump syn-intake\n")
    assert inward < text.rindex(line) < text.index("jump syn-intake-public\n")
    bare = render_device(without_public(site), secrets, "fwx").file("/etc/nftables.conf").content
    assert line not in bare


@pytest.mark.parametrize("family", FAMILIES)
def test_a_box_that_ends_two_kinds_of_circuits_is_not_rendered(
    site: Site, secrets: Secrets, family: str
) -> None:
    """By one zone it would drop what comes from the other one; Linux goes by port."""
    public = site.circuits["internet"]
    private = public.model_copy(update={"name": "city", "zone": "egov", "public": False})
    fields = {name: getattr(site, name) for name in type(site).model_fields}
    both = type(site).model_construct(**fields | {"circuits": {**site.circuits, "city": private}})
    with pytest.raises(NotRenderable, match="fwx ends circuits of egov and internet"):
        render_vendor(both, secrets, "fwx", family)
    assert render_device(both, secrets, "fwx").files
