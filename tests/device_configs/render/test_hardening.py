"""Hardening is data: each measure stands in its place on each box of its roles, and in the docs."""

from datetime import date
from pathlib import Path

import pytest

from device_configs.compliance.rule_documents import load_rules
from device_configs.compliance.rules_check import check_compliance
from device_configs.grammar import FAMILIES
from device_configs.render import Secrets
from device_configs.render.families import families, render_vendor
from device_configs.render.families.hardening import (
    HardenedPlace,
    HardeningMeasure,
    derive_hardening,
    family_hardening,
    hardening_measures,
)
from device_configs.site import Site

PAGE = Path(__file__).parents[3] / "docs" / "hardening.md"
MEASURES = [(family, measure) for family in FAMILIES for measure in hardening_measures(family)]


def blocks_of(text: str) -> list[list[str]]:
    return [block.splitlines() for block in text.split("#\n") if block.strip()]


@pytest.mark.parametrize(("family", "measure"), MEASURES, ids=lambda v: getattr(v, "name", v))
def test_every_line_stands_in_its_place_on_every_box_of_its_roles(
    family: str, measure: HardeningMeasure, site: Site, secrets: Secrets
) -> None:
    devices = [d for d in site.devices.values() if d.role.name in measure.roles]
    assert devices
    for device in devices:
        blocks = blocks_of(render_vendor(site, secrets, device.name, family))
        places = {
            HardenedPlace.SYSTEM: [b for b in blocks if not b[0].startswith("interface")],
            HardenedPlace.DEFENCE: [b for b in blocks if b[0].startswith("attack-defense policy")],
            HardenedPlace.HOST_PORT: [b for b in blocks if any("stp edged" in line for line in b)
                                      and " description management" not in b],
            HardenedPlace.UPLINK: [b for b in blocks if b[0].startswith("interface")
                                   and any(f"core-{h}:" in line for h in "ab" for line in b)],
            HardenedPlace.PUBLIC_CIRCUIT: [b for b in blocks
                                           if any("circuit internet" in line for line in b)],
        }[measure.at]  # fmt: skip
        assert places
        if measure.at is HardenedPlace.SYSTEM:
            assert any(set(measure.lines) <= set(block) for block in places)
        else:
            expected = {f" {line}" for line in measure.lines}
            assert all(expected <= set(block) for block in places), device.name


@pytest.mark.parametrize("family", FAMILIES)
def test_a_box_of_another_role_has_none_of_it(family: str, site: Site, secrets: Secrets) -> None:
    lines = {line for measure in hardening_measures(family) for line in measure.lines}
    text = render_vendor(site, secrets, "rt-a", family)
    assert not derive_hardening(family, site.devices["rt-a"]).measures
    assert not lines & {line.strip() for line in text.splitlines()}


def test_a_family_without_the_file_has_no_measures() -> None:
    assert hardening_measures("arista_eos") == ()


def test_the_page_lists_every_measure_with_its_reason_and_no_other() -> None:
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `")]
    expected = {}
    for _, measure in MEASURES:
        expected[measure.name] = f"| `{measure.name}` | {measure.title.en} | {measure.reason} |"
    for family in families():
        for one in family_hardening(family).forbidden:
            expected[one.name] = f"| `{one.name}` | {one.title.en} | {one.reason} |"
    assert rows == list(expected.values())


RULES = ("web-ui-off", "malformed-packets", "host-ports-guarded")


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("name", ["ips-a", "fwi-a", "fwx", "sw-1", "sw-ops", "core-a"])
def test_what_is_rendered_keeps_the_rules_of_hardening(
    family: str, name: str, site: Site, secrets: Secrets
) -> None:
    text = render_vendor(site, secrets, name, family)
    found = check_compliance(name, family, text, load_rules(), today=date(2026, 11, 29))
    assert [str(f) for f in found if f.rule in RULES] == []


BROKEN = [
    ("huawei_vrp", "fwx", "firewall defend action discard\n", "malformed-packets"),
    ("huawei_vrp", "fwi-a", "firewall defend source-route enable\n", "malformed-packets"),
    ("h3c_comware", "fwx", " signature detect land action drop logging\n", "malformed-packets"),
    ("huawei_vrp", "sw-1", " dhcp snooping trusted\n", "host-ports-guarded"),
    ("h3c_comware", "sw-1", " storm-constrain control block\n", "host-ports-guarded"),
]  # fmt: skip


@pytest.mark.parametrize(("family", "name", "line", "rule"), BROKEN)
def test_a_measure_that_is_gone_from_a_box_is_found(
    family: str, name: str, line: str, rule: str, site: Site, secrets: Secrets
) -> None:
    text = render_vendor(site, secrets, name, family)
    assert line in text
    found = check_compliance(
        name, family, text.replace(line, ""), load_rules(), today=date(2026, 11, 29)
    )
    assert rule in {finding.rule for finding in found}


@pytest.mark.parametrize(
    ("family", "line"),
    [("huawei_vrp", "web-manager security enable"), ("h3c_comware", "ip https enable")],
)
def test_a_web_ui_is_found(family: str, line: str, site: Site, secrets: Secrets) -> None:
    text = f"{render_vendor(site, secrets, 'fwx', family)}{line}\n"
    found = check_compliance("fwx", family, text, load_rules(), today=date(2026, 11, 29))
    assert "web-ui-off" in {finding.rule for finding in found}
