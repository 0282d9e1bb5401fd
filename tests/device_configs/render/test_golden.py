"""Rendered trees, one device a role, against files that a person has read.

``pytest tests/device_configs/render --update-golden`` rewrites them.
"""

import re
from difflib import unified_diff
from pathlib import Path

import pytest

from device_configs.render import Secrets, Tree, render_device
from device_configs.site import Site, load_site
from tests.device_configs.render.changes import declared
from tests.device_configs.render.dual_stack import THROUGH_FIREWALLS

GOLDEN = Path(__file__).parent / "golden"
DUAL_STACK = ("rt-a", "fwi-b", "ips-a")
DEVICES = ("rt-a", "fwi-b", "ips-a", "core-a", "core-b", "sw-1", "sw-mgmt", "fwx", "gap-a", "vg-b",
           "log-a", "bas", "mon", "egov")  # fmt: skip


def as_text(tree: Tree, secrets: Secrets) -> str:
    header = f"services: {' '.join(tree.services)}\n"
    files = "".join(
        f"\n=== {file.path} {file.mode:04o} {file.owner} {file.service or '-'}\n{file.content}"
        for file in tree.files
    )
    return secrets.mask(header + files)


@pytest.mark.parametrize("name", DEVICES)
def test_tree_is_as_read_by_a_person(
    name: str, trees: dict[str, Tree], secrets: Secrets, update_golden: bool
) -> None:
    text = as_text(trees[name], secrets)
    golden = GOLDEN / f"{name}.txt"
    if update_golden:
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def either(tmp_path_factory: pytest.TempPathFactory) -> tuple[Site, Site]:
    """A declaration without IPv6, and the same with it."""
    folder = tmp_path_factory.mktemp("declared") / "site"
    dual = declared(folder, THROUGH_FIREWALLS)
    for path in folder.glob("*.yml"):
        text = path.read_text("utf-8")
        path.write_text(re.sub(r",? *ipv6_prefix: [^\n,}]+", "", text), "utf-8")
    return load_site(folder), dual


@pytest.mark.parametrize("name", DUAL_STACK)
def test_ipv6_adds_what_a_person_has_read(
    name: str, either: tuple[Site, Site], secrets: Secrets, update_golden: bool
) -> None:
    before, after = (as_text(render_device(s, secrets, name), secrets).splitlines() for s in either)
    lines = unified_diff(before, after, "without", "with IPv6", lineterm="", n=1)
    text = "\n".join(re.sub(r"^@@ .* @@$", "@@", line) for line in lines) + "\n"
    golden = GOLDEN / "ipv6" / f"{name}.diff"
    if update_golden:
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_golden_files_cover_every_role(site: Site) -> None:
    covered = {site.devices[name].role for name in DEVICES}
    assert covered == {device.role for device in site.devices.values()}


def test_golden_files_hold_no_secret(secrets: Secrets) -> None:
    for golden in GOLDEN.rglob("*.txt"):
        text = golden.read_text(encoding="utf-8")
        assert not any(secret in text for secret in secrets.hidden), golden.name
