"""A link of several cables is one line: rendered with LACP, checked, and counted cable by cable."""

import shutil
from pathlib import Path

import pytest

from device_configs.documents.cabling import cabling
from device_configs.proofs.failures.single_points import prove_single_points
from device_configs.proofs.prove import prove, subject_of
from device_configs.render.families import render_vendor
from device_configs.render.secrets import Secrets
from device_configs.site import load_site
from device_configs.site.faults import SiteInvalid
from device_configs.site.model import Site
from device_configs.twin.plan import plan_twin
from tests.device_configs.proofs.planting import on_platform

SHIPPED = Path(__file__).parents[3] / "inventory"
CORES = (
    "{a: core-a, b: core-b, kind: routed, zone: backbone, prefix: 10.253.2.12/31, "
    "bandwidth_mbps: 10000"
)
UPLINK = "{a: core-a, b: sw-1, kind: access, network: seats-1, bandwidth_mbps: 10000"
OLD_UPLINK = f"{UPLINK}, bandwidth_class: access-10000, ducts: [floor-a]}}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "inventory"))


def changed(folder: Path, old: str, new: str) -> Site:
    text = (folder / "links.yml").read_text("utf-8")
    assert old in text
    (folder / "links.yml").write_text(text.replace(old, new, 1), "utf-8")
    return load_site(folder)


def two_cables(folder: Path) -> Site:
    return changed(folder, f"{CORES}}}", f"{CORES}, members: [{{}}, {{}}]}}")


def fault_of(folder: Path, old: str, new: str) -> str:
    with pytest.raises(SiteInvalid) as caught:
        changed(folder, old, new)
    (fault,) = caught.value.faults
    return str(fault)


def test_each_cable_has_its_ports_and_the_line_those_of_the_first(folder: Path) -> None:
    link = two_cables(folder).links["core-a--core-b"]
    assert [(str(cable.a), str(cable.b)) for cable in link.cables] == [
        ("core-a:core-b", "core-b:core-a"), ("core-a:core-b-2", "core-b:core-a-2")]  # fmt: skip
    assert link.ends == (link.members[0].a, link.members[0].b)


@pytest.mark.parametrize(
    ("family", "lines", "member"),
    [
        ("huawei_vrp", ("interface Eth-Trunk1", " undo portswitch", " mode lacp-static"),
         " eth-trunk 1"),
        ("h3c_comware", ("interface Route-Aggregation1", " link-aggregation mode dynamic"),
         " port link-aggregation group 1"),
        ("arista_eos", ("interface Port-Channel1", "   no switchport"),
         "   channel-group 1 mode active"),
    ],
)  # fmt: skip
def test_a_routed_line_is_rendered_as_one_interface_with_its_members(
    folder: Path, secrets: Secrets, family: str, lines: tuple[str, ...], member: str
) -> None:
    site = two_cables(folder)
    text = render_vendor(site, secrets, "core-a", family).splitlines()
    assert set(lines) <= set(text)
    assert text.count(member) == 2
    assert sum("10.253.2.12" in line and "ip address" in line for line in text) == 1


def cutting(site: Site) -> set[str]:
    """What cuts seats alone when the row's second way, by core B, is not there."""
    fields = {name: getattr(site, name) for name in Site.model_fields}
    links = {name: link for name, link in site.links.items() if name != "core-b--sw-1"}
    bare = Site.model_construct(**fields | {"links": links})
    found = {finding.elements[0] for finding in prove_single_points(bare).findings}
    return {name for name in found if name.startswith(("core-a--sw-1", "duct:"))}


def test_the_loss_of_one_cable_is_no_loss_of_the_line(folder: Path) -> None:
    """What a single cable cuts, one of two cuts no more; a duct in which both are does."""
    assert cutting(load_site(folder)) == {"core-a--sw-1"}
    apart = changed(folder, OLD_UPLINK, f"{UPLINK}, members: [{{ducts: [floor-a]}}, {{}}]}}")
    assert cutting(apart) == set()
    in_one = changed(folder, "[{ducts: [floor-a]}, {}]", "[{ducts: [floor-a]}, {ducts: [floor-a]}]")
    assert cutting(in_one) == {"duct:floor-a"}
    assert in_one.links["core-a--sw-1"].ducts == ("floor-a",)


def test_what_one_loss_leaves_is_counted(folder: Path) -> None:
    members = "members: [{ducts: [east]}, {ducts: [east]}, {ducts: [west]}, {}]"
    link = changed(folder, f"{CORES}}}", f"{CORES}, {members}}}").links["core-a--core-b"]
    assert (link.assured_mbps, link.ducts) == (20_000, ())


PROOFS = ("isolation", "addresses", "redundancy", "parity")


@pytest.mark.parametrize("platform", ["frr", "huawei_vrp", "h3c_comware"])
def test_a_line_in_place_of_a_cable_changes_nothing_that_is_proved(
    folder: Path, platform: str
) -> None:
    before, after = (
        [(proof.name, proof.verdict, proof.findings) for proof in
         prove(subject_of(on_platform(site, platform)), PROOFS)]
        for site in (load_site(folder), two_cables(folder))
    )  # fmt: skip
    assert [name for name, _, _ in after if name in PROOFS]
    assert after == before


def test_the_cabling_list_has_each_cable_and_the_twin_one_for_all(folder: Path) -> None:
    site = two_cables(folder)
    names = [row.name for row in cabling(site) if row.link.name == "core-a--core-b"]
    assert names == ["core-a--core-b.1", "core-a--core-b.2"]
    assert set(plan_twin(site).cables) == set(site.links)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (f"{CORES}}}", f"{CORES}, members: [{{}}]}}", "core-b].members: is one cable"),
        (f"{CORES}}}", f"{CORES}, ducts: [east], members: [{{}}, {{}}]}}",
         "core-b].ducts: belongs to one cable"),
        (f"{CORES}}}", f"{CORES}, members: [{{ducts: [eest]}}, {{}}]}}",
         "members[0].ducts: no duct is named 'eest'"),
        (f"{CORES}}}", f"{CORES}, members: [{{}}, {{port_a: core-b}}]}}",
         "port core-b of core-a is that of another cable"),
        (f"{CORES}}}", f"{CORES}, members: [{{}}, {{port_a: core-b-svc}}]}}",
         "port core-b-svc of core-a is that of another cable"),
        (OLD_UPLINK, f"{UPLINK}, bandwidth_class: access-10000, members: [{{}}, {{}}]}}",
         "sw-1].bandwidth_class: cannot be kept"),
        ("bandwidth_mbps: 1000, ducts: [east]}",
         "bandwidth_mbps: 1000, members: [{ducts: [east]}, {}]}",
         "rt-a--egov].members: circuit cables are no members"),
    ],
    ids=["one", "ducts", "duct", "twice", "another's", "class", "circuit"],
)  # fmt: skip
def test_what_is_no_line_is_one_fault(folder: Path, old: str, new: str, fault: str) -> None:
    assert fault in fault_of(folder, old, new)


def test_a_box_and_a_linux_device_negotiate_no_line(folder: Path) -> None:
    hosts = folder / "hosts.yml"
    text = hosts.read_text("utf-8")
    hosts.write_text(
        text.replace("        core-a:\n", "        core-a:\n          platform: huawei_vrp\n")
    )
    fault = fault_of_either(folder)
    assert "core-b is a Linux device" in fault


def fault_of_either(folder: Path) -> str:
    with pytest.raises(SiteInvalid) as caught:
        two_cables(folder)
    return str(caught.value)
