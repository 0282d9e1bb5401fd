"""What is only watched changes no proof: it is not rendered, and joins nothing but management."""

import shutil
from pathlib import Path

import yaml

from device_configs.proofs.prove import prove, subject_of
from device_configs.site import load_site
from tests.device_configs.proofs.planting import SHIPPED, shipped_subject
from tests.how_to import quoted_files


def test_a_camera_in_the_site_changes_no_verdict(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "inventory"))
    (folder / "roles").mkdir()
    (role, text), (_, hosts) = quoted_files("add-a-role.md")[:2]
    (folder / "roles" / Path(role).name).write_text(text, "utf-8")
    document = yaml.safe_load((folder / "hosts.yml").read_text("utf-8"))
    document["all"]["children"] |= yaml.safe_load(hosts)
    (folder / "hosts.yml").write_text(yaml.safe_dump(document, allow_unicode=True), "utf-8")
    subject = subject_of(load_site(folder))
    assert "cam-1" not in subject.trees
    before = {p.name: (p.verdict, p.findings, p.undecided) for p in prove(shipped_subject())}
    after = {p.name: (p.verdict, p.findings, p.undecided) for p in prove(subject)}
    assert after == before
