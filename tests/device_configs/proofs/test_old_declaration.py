"""``zhishou net prove --against``: where the older declaration may stand, and what is answered."""

import io
import json
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from device_configs.net_cli import net
from device_configs.proofs.differential.old_declaration import declaration_at
from ops_core.kernel.errors import Invalid, NotFound
from tests.device_configs.proofs.planting import SHIPPED


@pytest.fixture
def present(tmp_path: Path) -> Path:
    """A git repository whose declaration has lost a rule since its last commit but one."""
    folder = tmp_path / "repository" / "site" / "inventory"
    shutil.copytree(SHIPPED, folder)
    top = tmp_path / "repository"
    _git(top, "init", "-q", "-b", "main")
    _commit(top, "before")
    policies = folder / "policies.yml"
    text = policies.read_text("utf-8")
    policies.write_text(text.replace("applications: [drill-echo, ping]", "applications: [ping]"),
                        "utf-8")  # fmt: skip
    _commit(top, "after")
    return folder


def _git(top: Path, *words: str) -> None:
    identity = ("-c", "user.name=n", "-c", "user.email=n@example.org")
    subprocess.run(["git", *identity, *words], cwd=top, check=True)


def _commit(top: Path, said: str) -> None:
    _git(top, "add", "-A")
    _git(top, "commit", "-q", "-m", said)
    _git(top, "tag", said)


def _folder(present: Path) -> str:
    old = present.parents[2] / "old"
    shutil.copytree(SHIPPED, old)
    return str(old)


def _tar(present: Path) -> str:
    file = present.parents[2] / "old.tar.gz"
    with tarfile.open(file, "w:gz") as archive:
        archive.add(SHIPPED, "release-1/inventory")
    return str(file)


def _zip(present: Path) -> str:
    file = present.parents[2] / "old.zip"
    with zipfile.ZipFile(file, "w") as archive:
        for found in SHIPPED.rglob("*"):
            archive.write(found, Path("inventory") / found.relative_to(SHIPPED))
    return str(file)


@pytest.mark.parametrize(
    "older",
    [_folder, _tar, _zip, lambda _: "HEAD~1", lambda _: "before", lambda _: "main^"],
    ids=["folder", "tar", "zip", "revision", "tag", "parent"],
)
def test_the_older_declaration_is_found_wherever_it_stands(
    present: Path, older: Callable[[Path], str]
) -> None:
    with declaration_at(older(present), present) as folder:
        assert (folder / "policies.yml").read_text("utf-8") == (SHIPPED / "policies.yml").read_text(
            "utf-8"
        )
        assert (folder / "seats.yml").exists()


def test_what_is_no_declaration_is_refused_by_its_name(present: Path, tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("nothing")
    empty = tmp_path / "empty"
    empty.mkdir()
    for named, refusal in (("HEAD~9", NotFound), ("nowhere", NotFound), (str(empty), NotFound),
                           (str(text), Invalid)):  # fmt: skip
        with pytest.raises(refusal), declaration_at(named, present):
            pass


def test_an_archive_writes_nothing_outside_its_folder(present: Path, tmp_path: Path) -> None:
    hostile = tmp_path / "hostile.tar"
    with tarfile.open(hostile, "w") as archive:
        for name in ("../outside.yml", "/tmp/outside.yml"):
            entry = tarfile.TarInfo(name)
            entry.size = 1
            archive.addfile(entry, io.BytesIO(b"x"))
    with pytest.raises(Invalid), declaration_at(str(hostile), present):
        pass
    with zipfile.ZipFile(tmp_path / "hostile.zip", "w") as archive_zip:
        archive_zip.writestr("../outside.yml", "x")
    with pytest.raises(Invalid), declaration_at(str(tmp_path / "hostile.zip"), present):
        pass


def _ask(present: Path, older: str) -> tuple[int, dict[str, list[dict[str, object]]]]:
    answer = CliRunner().invoke(
        net, ["prove", "--against", older, "--inventory", str(present), "--json"]
    )
    return answer.exit_code, json.loads(answer.stdout)


def test_closing_opening_and_neither_have_exit_codes_of_their_own(present: Path) -> None:
    code, found = _ask(present, "before")
    assert code == 10
    assert found["opens"] == []
    assert [(c["from_zone"], c["to_zone"], c["services"]) for c in found["closes"]] == [
        (zone, "egov", ["tcp 7", "tcp 7007", "udp 7", "udp 7007"])
        for zone in ("seats", "operations", "services")
    ]
    assert all(c["otherwise"] == "denied by inner/the default" for c in found["closes"])
    assert _ask(present, "HEAD") == (0, {
        "opens": [], "closes": [], "opens_channels": [], "closes_channels": [], "undecided": [],
    })  # fmt: skip
    _git(present.parents[1], "checkout", "-q", "before")
    code, found = _ask(present, "after")
    assert code == 1
    assert len(found["opens"]) == 3


def test_people_read_zones_services_rules_and_a_packet(present: Path) -> None:
    answer = CliRunner().invoke(net, ["prove", "--against", "before", "--inventory", str(present)])
    lines = answer.stdout.splitlines()
    assert lines[0] == "closes  3 passages: denied by inner/the default"
    assert lines[1].startswith("      seats > egov: tcp 7, tcp 7007, udp 7 and 1 more  e.g. 10.20.")
