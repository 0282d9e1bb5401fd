"""What holds for every rendered tree."""

import re

from hypothesis import given
from hypothesis import strategies as st

from device_configs.render import Secrets, Tree, render_device
from device_configs.render.addressing import derive_addressing
from device_configs.render.policies import derive_filter
from device_configs.render.redundancy import derive_redundancy
from device_configs.render.routing import derive_routing
from device_configs.site import Site


def test_rendering_twice_gives_the_same_bytes(
    site: Site, secrets: Secrets, trees: dict[str, Tree]
) -> None:
    assert render_device(site, secrets, "core-a") == trees["core-a"]


def test_every_service_of_a_file_is_a_service_of_the_device(trees: dict[str, Tree]) -> None:
    for tree in trees.values():
        assert {file.service for file in tree.files if file.service} <= set(tree.services)


def test_no_path_is_rendered_twice(trees: dict[str, Tree]) -> None:
    for tree in trees.values():
        paths = [file.path for file in tree.files]
        assert len(paths) == len(set(paths)), tree.device


def test_files_with_secrets_are_for_root_alone(trees: dict[str, Tree], secrets: Secrets) -> None:
    for tree in trees.values():
        for file in tree.files:
            if any(secret in file.content for secret in secrets.hidden):
                assert file.mode & 0o077 == 0, f"{tree.device} {file.path}"


def test_every_declared_address_is_on_exactly_one_interface(site: Site) -> None:
    for device in site.devices.values():
        addresses = [str(a.address.ip) for a in derive_addressing(site, device).addresses]
        declared = {str(n.members[device.name]) for n in site.networks_of[device.name]
                    if device.name in n.members}  # fmt: skip
        assert declared <= set(addresses)
        assert len(addresses) == len(set(addresses))


def test_interface_names_fit_the_kernel(site: Site) -> None:
    for device in site.devices.values():
        addressing = derive_addressing(site, device)
        names = [i.name for i in addressing.switched] + [b.name for b in addressing.bridges]
        assert all(len(name) <= 15 for name in names)
        assert len(names) == len(set(names))


def test_both_ends_of_a_backbone_link_have_the_same_cost(site: Site) -> None:
    costs: dict[str, set[int]] = {}
    for device in site.devices.values():
        routing = derive_routing(site, device)
        if routing is None:
            continue
        fast = {i.name: i.cost for i in routing.ospf_interfaces if i.fast}
        for network in site.networks_of[device.name]:
            if network.is_point_to_point and device.name in network.members:
                port = site.layer3_port(device.name, network.name)
                if port in fast:
                    costs.setdefault(network.name, set()).add(fast[port])
    assert costs
    assert all(len(found) == 1 for found in costs.values())


def test_one_member_of_a_virtual_address_is_preferred(site: Site) -> None:
    preferred: dict[str, int] = {}
    for device in site.devices.values():
        for group in derive_redundancy(site, device):
            preferred[group.name] = preferred.get(group.name, 0) + group.is_preferred
    assert preferred
    assert set(preferred.values()) == {1}


def test_both_of_a_pair_have_the_same_rules_but_for_their_ports(site: Site) -> None:
    filters = [derive_filter(site, d) for d in site.devices_with_role("firewall")]
    assert len({(f.sets, tuple(rule.name for rule in f.rules)) for f in filters if f}) == 1


def test_only_routing_roles_forward(site: Site, trees: dict[str, Tree]) -> None:
    for name, tree in trees.items():
        text = tree.file("/etc/sysctl.d/50-device.conf").content
        forwards = "net.ipv4.ip_forward = 1" in text
        assert forwards == (site.devices[name].role.name in (
            "router", "firewall", "core_switch", "internet_firewall", "provider"
        ))  # fmt: skip


def test_a_forwarding_device_never_forwards_management(site: Site, trees: dict[str, Tree]) -> None:
    for device in site.devices_with_role("router", "firewall", "core_switch", "internet_firewall"):
        rules = trees[device.name].file("/etc/nftables.conf").content
        assert re.search(r'iifname "mgmt" counter drop\n\s+oifname "mgmt" counter drop', rules)


secret_texts = st.text(
    alphabet=st.characters(codec="ascii", categories=("L", "N"), include_characters="-_"),
    min_size=8,
    max_size=40,
)


@given(community=secret_texts, auth=secret_texts, privacy=secret_texts)
def test_masking_leaves_no_secret(community: str, auth: str, privacy: str) -> None:
    secrets = Secrets(
        snmp_community=community,
        snmp_user="zhishou",
        snmp_auth_password=auth,
        snmp_priv_password=privacy,
    )
    masked = secrets.mask(f"a {community} b {auth} c {privacy} d")
    remains = masked.replace("<secret>", " ")
    assert not any(secret in remains for secret in secrets.hidden)


def test_secrets_do_not_show_when_printed(secrets: Secrets) -> None:
    assert not any(secret in f"{secrets!r} {secrets}" for secret in secrets.hidden)


DYNAMIC_SET = re.compile(r"^ *set (\S+) \{([^}]*flags [^}]*dynamic[^}]*)\}", re.MULTILINE)


def test_no_dynamic_set_declares_a_size(trees: dict[str, Tree]) -> None:
    """The kernel bounds it; a declared size is allocated at once, and nothing else runs (BFD)."""
    sets = [
        (tree.device, found[1], "size" in found[2].split())
        for tree in trees.values()
        for file in tree.files
        for found in DYNAMIC_SET.finditer(file.content)
    ]
    assert len(sets) > 30
    assert not [one for one in sets if one[2]]
