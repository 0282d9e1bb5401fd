"""Rendered trees, one device a role, against files that a person has read.

``pytest tests/device_configs/render --update-golden`` rewrites them.
"""

from pathlib import Path

import pytest

from device_configs.render import Secrets, Tree
from device_configs.site import Site

GOLDEN = Path(__file__).parent / "golden"
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


def test_golden_files_cover_every_role(site: Site) -> None:
    covered = {site.devices[name].role for name in DEVICES}
    assert covered == {device.role for device in site.devices.values()}


def test_golden_files_hold_no_secret(secrets: Secrets) -> None:
    for golden in GOLDEN.rglob("*.txt"):
        text = golden.read_text(encoding="utf-8")
        assert not any(secret in text for secret in secrets.hidden), golden.name
