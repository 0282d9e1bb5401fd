"""``zhishou inventory document``: what it writes, says and leaves alone."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from device_configs.documents.files import DocumentFile
from ops_core.app.cli import app


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["inventory", "document", *arguments])
    return result.exit_code, result.stdout, result.stderr


def test_all_files_are_written_and_named(tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    code, out, _ = run("--output", str(folder))
    assert code == 0
    assert out.splitlines() == [str(folder / file) for file in DocumentFile]
    assert {path.name for path in folder.iterdir()} == set(DocumentFile)
    assert "网络拓扑图" in (folder / "topology.svg").read_text("utf-8")


def test_files_that_would_not_change_are_left_alone(tmp_path: Path) -> None:
    run("--output", str(tmp_path))
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    code, out, _ = run("--output", str(tmp_path))
    assert code == 0
    assert all(line.endswith(" (unchanged)") for line in out.splitlines())
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


def test_another_language_is_another_text(tmp_path: Path) -> None:
    run("--output", str(tmp_path))
    code, out, _ = run("--output", str(tmp_path), "--language", "en", "--json")
    assert code == 0
    told = json.loads(out)
    assert [Path(one["file"]).name for one in told] == list(DocumentFile)
    assert all(one["changed"] for one in told)
    assert all(one["bytes"] == Path(one["file"]).stat().st_size for one in told)
    assert "network topology" in (tmp_path / "topology.svg").read_text("utf-8")


@pytest.mark.parametrize("arguments", [(), ("--output", "x", "--language", "fr")])
def test_wrong_usage_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(*arguments)[0] == 2
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_a_refusal(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    code, _, err = run("--output", str(tmp_path / "file"))
    assert code == 2
    assert "name another --output" in err
