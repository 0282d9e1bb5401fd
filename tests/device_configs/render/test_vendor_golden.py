"""Vendor texts, one device a role and both halves where they differ, against files that a person
has read; ``pytest tests/device_configs/render --update-golden`` rewrites them."""

from pathlib import Path

import pytest

from device_configs.grammar import FAMILIES, check_text
from device_configs.render import Secrets
from device_configs.render.families import families, load_family, render_vendor
from device_configs.render.refusal import NotRenderable
from device_configs.site import Site

GOLDEN = Path(__file__).parent / "golden"
DEVICES = ("rt-a", "fwi-a", "fwi-b", "ips-a", "core-a", "core-b", "sw-1", "sw-ops", "sw-mgmt",
           "fwx", "gap-a", "vg-b", "log-a", "bas", "mon", "egov")  # fmt: skip
CASES = [(family, device) for family in FAMILIES for device in DEVICES]
BY_TEMPLATES_ALONE = [("arista_eos", "rt-a"), ("arista_eos", "core-b")]
"""docs/how-to/add-a-platform.md: no code knows this family, and no grammar votes on it."""


@pytest.mark.parametrize(("family", "name"), CASES + BY_TEMPLATES_ALONE, ids=lambda value: value)
def test_text_is_as_read_by_a_person(
    family: str, name: str, site: Site, secrets: Secrets, update_golden: bool
) -> None:
    text = secrets.mask(render_vendor(site, secrets, name, family))
    golden = GOLDEN / family / f"{name}.txt"
    if update_golden:
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("family", FAMILIES)
def test_golden_files_cover_every_role(family: str, site: Site) -> None:
    covered = {site.devices[path.stem].role for path in (GOLDEN / family).glob("*.txt")}
    assert covered == {device.role for device in site.devices.values()}


@pytest.mark.parametrize(("family", "name"), CASES, ids=lambda value: value)
def test_the_grammar_accepts_every_line_of_the_golden_file(
    family: str, name: str, site: Site
) -> None:
    platform = load_family(family).boxes[site.devices[name].role.name].platform
    text = (GOLDEN / family / f"{name}.txt").read_text(encoding="utf-8")
    assert [str(fault) for fault in check_text(family, text, name, platform)] == []


@pytest.mark.parametrize("family", FAMILIES)
def test_every_declared_device_renders_and_the_grammar_accepts_it(
    family: str, site: Site, secrets: Secrets
) -> None:
    boxes = load_family(family).boxes
    faults = [
        str(fault)
        for name, device in site.devices.items()
        for fault in check_text(
            family,
            render_vendor(site, secrets, name, family),
            name,
            boxes[device.role.name].platform,
        )
    ]
    assert faults == []


def test_no_code_knows_a_family_by_its_name() -> None:
    vendor = Path(render_vendor.__code__.co_filename).parent
    code = "".join(path.read_text("utf-8") for path in vendor.glob("*.py"))
    assert [family for family in families() if family in code] == []


def test_a_role_without_a_box_in_a_family_is_refused(site: Site, secrets: Secrets) -> None:
    with pytest.raises(NotRenderable, match="arista_eos has no box for the role firewall"):
        render_vendor(site, secrets, "fwi-a", "arista_eos")
