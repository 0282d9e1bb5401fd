"""The shipped declaration loads; a faulty one names every fault with file, path and remedy."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from openpyxl import Workbook

from device_configs.site import load_site
from device_configs.site.faults import SiteInvalid
from device_configs.site.model import FaultClassName, LinkKind

SHIPPED = Path(__file__).parents[3] / "inventory"
LONG = (Path(__file__).parent / "seats_long.csv").read_text("utf-8")


@pytest.fixture
def declaration(tmp_path: Path) -> Path:
    """A copy of the shipped declaration that a test may spoil."""
    return Path(shutil.copytree(SHIPPED, tmp_path / "inventory"))


def in_long_form(folder: Path) -> Path:
    """The declaration's seat list, each seat with all it has, in place of its groups."""
    (folder / "seats.yml").unlink()
    (folder / "seats.csv").write_text(LONG, "utf-8")
    return folder / "seats.csv"


def spoil(folder: Path, file: str, edit: Callable[[dict], object]) -> None:
    document = yaml.safe_load((folder / file).read_text("utf-8"))
    edit(document)
    (folder / file).write_text(yaml.safe_dump(document, allow_unicode=True), "utf-8")


def rt_a(document: dict) -> dict:
    return document["all"]["children"]["router"]["hosts"]["rt-a"]


def faults_of(folder: Path) -> list[str]:
    """Faults without their lines, which `spoil` moves."""
    with pytest.raises(SiteInvalid) as caught:
        load_site(folder)
    return [re.sub(r"^([\w.]+):\d+:", r"\1:", str(fault)) for fault in caught.value.faults]


def test_the_example_centre_has_both_halves_four_circuits_and_72_seats() -> None:
    site = load_site(SHIPPED)
    assert len(site.seats) == 72
    assert set(site.circuits) == {"egov-a", "egov-b", "internet", "voice"}
    for role in ("router", "firewall", "intrusion_prevention", "core_switch",
                 "gate", "voice_gateway", "log_audit"):  # fmt: skip
        pair = list(site.devices_with_role(role))
        assert [device.partner for device in pair] == [pair[1].name, pair[0].name]


def test_every_device_of_ours_has_at_least_six_kinds_of_tags() -> None:
    site = load_site(SHIPPED)
    assert all(len(d.tags) >= 6 for d in site.devices.values() if d.is_ours)


def test_ports_are_unique_on_each_device_and_fit_the_kernel() -> None:
    site = load_site(SHIPPED)
    ports = [(end.device, end.port) for link in site.links.values() for end in link.ends]
    assert len(ports) == len(set(ports))
    assert all(len(port) <= 15 for _, port in ports)


def test_an_inline_device_splits_one_network_into_two_cables() -> None:
    site = load_site(SHIPPED)
    cables = [link for link in site.links.values() if link.network == "fwi-a--core-a"]
    assert {link.kind for link in cables} == {LinkKind.INLINE}
    assert {end.device for link in cables for end in link.ends} == {"fwi-a", "ips-a", "core-a"}


def test_seats_may_come_from_an_excel_sheet(declaration: Path) -> None:
    rows = [line.split(",") for line in LONG.splitlines()]
    book = Workbook()
    for row in rows:
        book.active.append([int(cell) if cell.isdigit() else cell for cell in row])
    book.save(declaration / "seats.xlsx")
    (declaration / "seats.yml").unlink()
    assert load_site(declaration) == load_site(SHIPPED)


def test_all_faults_are_reported_at_once(declaration: Path) -> None:
    spoil(declaration, "links.yml", lambda d: d["links"][0].update(a="rt-x"))
    spoil(declaration, "services.yml", lambda d: d["services"][0].update(zone="egof"))
    spoil(declaration, "hosts.yml", lambda d: rt_a(d).update(partner="rt-c"))
    text = "\n".join(faults_of(declaration))
    assert "hosts.yml: rt-a.partner: no device is named 'rt-c'; did you mean" in text
    assert "links.yml: links[rt-x--egov]: no device is named 'rt-x'; did you mean" in text
    assert (
        "services.yml: services[platform].zone: no zone is named 'egof'; did you mean 'egov'?"
        in text
    )


@pytest.mark.parametrize(
    ("file", "edit", "message"),
    [
        pytest.param(
            "hosts.yml",
            lambda d: rt_a(d).update(rak="R1"),
            "hosts.yml: rt-a.rak: is no known field; did you mean 'rack'? allowed: title, half, "
            "rack, ansible_host, loopback, as_number, partner, platform, asset, asset_tags, feeds, "
            "wall and 7 more",
            id="an unknown field gets the nearest name",
        ),
        pytest.param(
            "hosts.yml",
            lambda d: rt_a(d).pop("rack"),
            "hosts.yml: rt-a.rack: is missing; add it",
            id="a missing field",
        ),
        pytest.param(
            "hosts.yml",
            lambda d: rt_a(d).pop("ansible_host"),
            "hosts.yml: rt-a.ansible_host: is missing; give its management address, or "
            "say `deployed: false` and `polled: false`",
            id="a device without a management address",
        ),
        pytest.param(
            "networks.yml",
            lambda d: d["networks"][1].update(prefix="10.20.1.128/25"),
            "networks.yml: networks[seats-2].prefix: 10.20.1.128/25 holds none of the addresses "
            "that are declared in it; correct the prefix",
            id="a prefix of another segment",
        ),
        pytest.param(
            "networks.yml",
            lambda d: d["networks"][0]["members"].update({"core-a": "10.20.1.3"}),
            "networks.yml: networks[seats-1].members.core-b: 10.20.1.3 is held by networks.yml "
            "networks[seats-1].members.core-a, too; every address belongs to one holder",
            id="one address held twice",
        ),
        pytest.param(
            "networks.yml",
            lambda d: d["networks"][7]["virtual_addresses"][1].update(router_id=20),
            "networks.yml: networks[svc].virtual_addresses[gate]: router_id 20 is used twice "
            "here; use a different one",
            id="two VRRP groups with one router id",
        ),
        pytest.param(
            "links.yml",
            lambda d: d["links"][0].pop("prefix"),
            "links.yml: links[rt-a--egov]: needs exactly one of `network` and `prefix`; "
            "give the segment it belongs to, or its own /31",
            id="a link without network and prefix",
        ),
        pytest.param(
            "circuits.yml",
            lambda d: d["circuits"][0].update(links=["rt-a--egof"]),
            "circuits.yml: circuits[egov-a].links: no circuit link is named 'rt-a--egof'; "
            "did you mean 'rt-a--egov'? allowed: fwx--inet, rt-a--egov, rt-b--egov, vg-a--pstn, "
            "vg-b--pstn",
            id="a circuit over an undeclared link",
        ),
        pytest.param(
            "contract.yml",
            lambda d: d["fault_classes"].pop(),
            "contract.yml: fault_classes: no class takes what the others leave; "
            "give the last class `criteria: {otherwise: true}`",
            id="fault classes that do not cover everything",
        ),
    ],
)
def test_a_fault_names_file_path_and_remedy(
    declaration: Path, file: str, edit: Callable[[dict], object], message: str
) -> None:
    spoil(declaration, file, edit)
    assert message in faults_of(declaration)


def test_broken_yaml_names_the_line(declaration: Path) -> None:
    (declaration / "zones.yml").write_text("zones:\n  - {name: seats\n", "utf-8")
    assert any(f.startswith("zones.yml: line ") for f in faults_of(declaration))


def test_a_site_without_reports_owes_none(declaration: Path) -> None:
    (declaration / "reports.yml").unlink()
    site = load_site(declaration)
    assert (site.report_duties, site.report_chapters) == ({}, {})


def test_a_missing_file_is_named(declaration: Path) -> None:
    (declaration / "contract.yml").unlink()
    assert (
        "contract.yml: -: cannot be read (No such file or directory); create the file"
        in faults_of(declaration)
    )


def test_a_host_may_have_two_displays(declaration: Path) -> None:
    text = in_long_form(declaration).read_text()
    (declaration / "seats.csv").write_text(text.replace("DP-001", "DP-001 + DP-101"))
    assert load_site(declaration).seats["seat-001"].displays == ("DP-001", "DP-101")
    assert load_site(SHIPPED).seats["seat-001"].displays == ("DP-001",)


@pytest.mark.parametrize("cell", ["DP-001+", "+DP-001", "DP-001+DP-001"])
def test_several_displays_are_each_named_once(declaration: Path, cell: str) -> None:
    text = in_long_form(declaration).read_text()
    (declaration / "seats.csv").write_text(text.replace("DP-001", cell))
    (fault,) = [fault for fault in faults_of(declaration) if fault.startswith("seats.csv")]
    assert "line 2" in fault
    assert "DP-001+DP-101" in fault


def test_a_telephone_system_is_declared_once(declaration: Path) -> None:
    spoil(declaration, "hotline.yml", lambda d: d.update(telephone_systems=["vg-a", "vg-a"]))
    assert any("telephone_systems[vg-a]" in fault for fault in faults_of(declaration))


def test_a_wrong_seat_header_is_one_fault(declaration: Path) -> None:
    text = in_long_form(declaration).read_text()
    (declaration / "seats.csv").write_text(text.replace("number,", "no,", 1))
    assert [f for f in faults_of(declaration) if f.startswith("seats.csv")] == [
        "seats.csv: line 1: has the columns no, switch, network, address, row, column, phone, "
        "host_asset, display_asset; use number, switch, network, address, row, column, phone, "
        "host_asset, display_asset"
    ]


def test_a_major_fault_must_be_answered_in_less_than_half_an_hour() -> None:
    clock = load_site(SHIPPED).contract.fault_class(FaultClassName.MAJOR).clocks[0]
    assert clock.limit.total_seconds() == 1800
    assert clock.strict


@pytest.mark.parametrize(
    ("damaged", "problem"),
    [
        ('3,sw-1"', "has an unbalanced quotation mark"),
        ("3,sw-1,seats-1", "has 3 cells where the header has 9"),
        ("3,sw\0-1", "holds a NUL"),
    ],
)
def test_a_damaged_line_of_the_seat_list_is_named_and_swallows_no_seat(
    declaration: Path, damaged: str, problem: str
) -> None:
    file = in_long_form(declaration)
    lines = file.read_text().splitlines(keepends=True)
    lines[3] = f"{damaged}\n"
    file.write_text("".join(lines))
    told = [fault for fault in faults_of(declaration) if fault.startswith("seats.csv")]
    assert any("line 4" in fault and problem in fault for fault in told), told


def test_a_seat_list_that_was_cut_in_its_last_line_is_refused(declaration: Path) -> None:
    file = in_long_form(declaration)
    file.write_text(file.read_text()[:-3])
    assert any("has no end" in fault for fault in faults_of(declaration))
