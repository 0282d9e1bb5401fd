"""Sockets: fixed ones never move, others take free ones, and what does not fit is refused."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_configs.render import Secrets
from device_configs.render.families import load_family, render_vendor
from device_configs.render.families.interfaces import Kind, derive_interfaces
from device_configs.render.families.ports import derive_sockets, place
from device_configs.render.refusal import NotRenderable
from device_configs.site import Site
from device_configs.site.faults import SiteInvalid
from tests.device_configs.render.changes import CHANGES, Change, Edit, sites_of

NAMES = st.text("abcdefgh", min_size=1, max_size=3)


def changed(name: str) -> Change:
    return next(change for change in CHANGES if change.name == name)


@given(st.lists(NAMES, unique=True), st.dictionaries(NAMES, st.integers(1, 30)))
def test_ports_that_are_not_fixed_never_meet_another(
    ports: list[str], fixed: dict[str, int]
) -> None:
    placed = place(ports, fixed)
    free = [number for port, number in placed.items() if port not in fixed]
    assert list(placed) == ports
    assert len(set(free)) == len(free)
    assert not set(free) & {number for port, number in placed.items() if port in fixed}
    assert all(placed[port] == number for port, number in fixed.items() if port in placed)


@pytest.mark.parametrize("family", ["huawei_vrp", "h3c_comware", "arista_eos"])
@pytest.mark.parametrize(
    "change",
    ["a network of seats on a new access switch", "a second cable of the services' trunk"],
)
def test_a_new_cable_moves_no_socket_of_the_shipped_site(
    family: str, change: str, tmp_path: Path
) -> None:
    old, new = sites_of(changed(change), tmp_path)
    for name, device in old.devices.items():
        box = load_family(family).boxes.get(device.role)
        if box is None:
            continue
        before, after = (derive_sockets(site, site.devices[name], box) for site in (old, new))
        assert {p: after[p].name for p in before} == {p: s.name for p, s in before.items()}


@pytest.mark.parametrize(
    ("family", "aggregate", "member"),
    [
        ("huawei_vrp", "Eth-Trunk2", " eth-trunk 2"),
        ("h3c_comware", "Bridge-Aggregation2", " port link-aggregation group 2"),
        ("arista_eos", "Port-Channel2", "   channel-group 2 mode active"),
    ],
)
def test_parallel_cables_are_one_aggregate(
    family: str, aggregate: str, member: str, secrets: Secrets, tmp_path: Path
) -> None:
    _, site = sites_of(changed("a second cable of the services' trunk"), tmp_path)
    lines = render_vendor(site, secrets, "core-a", family).splitlines()
    assert f"interface {aggregate}" in lines
    assert lines.count(member) == 2


def test_two_ports_fixed_to_one_socket_are_refused(tmp_path: Path, secrets: Secrets) -> None:
    """By the declaration, and by a rendering that is given them all the same."""
    edit = Edit(
        "hosts.yml", "ports: {egov: 1, rt-b: 1, fwi-a: 2,", "ports: {egov: 1, rt-b: 2, fwi-a: 2,"
    )
    with pytest.raises(SiteInvalid, match="socket 2 is that of 'rt-b' already"):
        sites_of(Change("", (edit,)), tmp_path)
    _, site = sites_of(Change("", ()), tmp_path / "as-shipped")
    router = site.devices["rt-a"]
    ports = {**router.ports, "rt-b": 2}
    site = site.model_copy(
        update={"devices": {**site.devices, "rt-a": router.model_copy(update={"ports": ports})}}
    )
    with pytest.raises(NotRenderable, match=r"hosts.yml: rt-a.ports: rt-b, fwi-a are fixed to the "
                       "same socket 2; give each a number of its own"):  # fmt: skip
        render_vendor(site, secrets, "rt-a", "huawei_vrp")


def test_a_socket_that_the_box_lacks_is_refused(tmp_path: Path, secrets: Secrets) -> None:
    edit = Edit("hosts.yml", "ports: {core-a: 1, core-b: 2, mon: 1}",
                "ports: {core-a: 1, core-b: 9, mon: 1}")  # fmt: skip
    _, site = sites_of(Change("", (edit,)), tmp_path)
    with pytest.raises(NotRenderable, match="socket 9 is needed, the box has 4 fast ones"):
        render_vendor(site, secrets, "sw-ops", "huawei_vrp")


def test_a_segment_without_a_vlan_is_refused(tmp_path: Path, secrets: Secrets) -> None:
    _, site = sites_of(Change("", (Edit("networks.yml", "    vlan: 19\n", ""),)), tmp_path)
    with pytest.raises(NotRenderable, match=r"networks.yml: networks\[ops\].vlan: is missing"):
        render_vendor(site, secrets, "sw-ops", "huawei_vrp")


def test_thresholds_that_no_box_has_are_refused(tmp_path: Path, secrets: Secrets) -> None:
    limits = "inward_per_source: 500, outward_per_source: 500"
    edit = Edit("protection.yml", f"{{kind: icmp_flood, inward: 1000, outward: 1000, {limits}}}",
                "{kind: icmp_flood, inward: 0, outward: 1000}")  # fmt: skip
    _, site = sites_of(Change("", (edit,)), tmp_path)
    with pytest.raises(
        NotRenderable, match=r"floods\[icmp_flood\].inward: 0 is what no box can do"
    ):
        render_vendor(site, secrets, "ips-a", "h3c_comware")


def test_thresholds_that_one_family_has_no_words_for_are_refused_by_it_alone(
    tmp_path: Path, secrets: Secrets
) -> None:
    edit = Edit("protection.yml", "{kind: ack_flood, inward: 50000, outward: 50000, ",
                "{kind: ack_flood, inward: 50000, outward: 40000, ")  # fmt: skip
    _, site = sites_of(Change("", (edit,)), tmp_path)
    assert "ack-flood threshold 40000" in render_vendor(site, secrets, "ips-a", "h3c_comware")
    with pytest.raises(NotRenderable, match="both ways together"):
        render_vendor(site, secrets, "ips-a", "huawei_vrp")


def test_every_address_of_a_device_stands_on_one_interface(site: Site) -> None:
    family = load_family("huawei_vrp")
    for name, device in site.devices.items():
        box = family.boxes[device.role.name]
        sockets = derive_sockets(site, device, box)
        found = derive_interfaces(site, device, family, box, sockets)
        declared = {n.members[name] for n in site.networks_of[name] if name in n.members}
        on_networks = [
            interface.address.ip
            for interface in found.all
            if interface.address is not None and interface.kind is not Kind.LOOPBACK
        ]
        assert sorted(on_networks) == sorted(declared), name
