"""``zhishou lab vendor up`` as a process of its own: it lists its boxes and ends on a signal."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO

import pytest
from typer.testing import CliRunner

from ops_core.app.cli import app
from tests.device_configs.changes.vendor_site import mixed, secrets_of
from tests.device_configs.render.changes import CHANGES, Edit, sites_of
from tests.migrated import migrated_database

MOST_KB = 150_000
COMMAND = (sys.executable, "-m", "ops_core.app.cli", "lab", "vendor", "up", "--json")


@contextmanager
def running(*options: str) -> Iterator[tuple[list[dict[str, str]], int]]:
    """The boxes that it lists, and its process; it ends well on an interrupt."""
    process = subprocess.Popen([*COMMAND, *options], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield document(process.stdout), process.pid
    finally:
        process.send_signal(signal.SIGINT)
        code = process.wait()
        process.stdout.close() if process.stdout else None
    assert code == 0


def document(stream: IO[str]) -> list[dict[str, str]]:
    text = ""
    for line in stream:
        text += line
        try:
            found: list[dict[str, str]] = json.loads(text)
        except ValueError:
            continue
        return found
    raise AssertionError(text)


def test_two_hundred_boxes_stay_small() -> None:
    with running("--kind", "vrp8", "--count", "200") as (boxes, pid):
        assert len({box["port"] for box in boxes}) == 200
        status = Path(f"/proc/{pid}/status").read_text()
    most = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert most is not None
    assert int(most[1]) < MOST_KB


def test_a_declared_pair_runs() -> None:
    with running("--device", "fwi-a", "--device", "fwi-b") as (boxes, _):
        assert [(box["name"], box["kind"]) for box in boxes] == [("fwi-a", "usg"), ("fwi-b", "usg")]


def test_boxes_stand_in_for_declared_ones_while_they_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plan of a site with vendor boxes, by the commands of an engineer who has none."""
    old, _ = sites_of(mixed(CHANGES[0]), tmp_path / "sites")
    (tmp_path / "secrets.json").write_text(secrets_of(old).model_dump_json())
    migrated_database(tmp_path / "zhishou.sqlite").close()
    monkeypatch.setenv("ZHISHOU_STATE_DIRECTORY", str(tmp_path))
    monkeypatch.setenv("ZHISHOU_INVENTORY", str(tmp_path / "sites" / "old"))
    with running("--stand-in", "--device", "rt-a", "--device", "core-b") as (boxes, _):
        assert {box["name"]: box["kind"] for box in boxes} == {
            "rt-a": "vrp8", "core-b": "comware-switch",
        }  # fmt: skip
        monkeypatch.setenv("ZHISHOU_INVENTORY", str(tmp_path / "sites" / "new"))
        asked = ["net", "plan", "--limit", "rt-a", "--limit", "core-b"]
        result = CliRunner().invoke(app, asked)
        assert result.exit_code == 0, result.output
        assert "emulated box stands in" in result.stdout
        assert "core-b   by napalm, takes itself back by native" in result.stdout
        assert "2 devices change, 0 are as intended" in result.stdout
    assert not (tmp_path / "vendor" / "stand-ins.json").exists()


def test_an_eos_box_stands_in_for_a_declared_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    platforms = tuple(
        Edit("hosts.yml", f"        {n}:\n", f"        {n}:\n          platform: arista_eos\n")
        for n in ("core-a", "core-b")
    )
    old, _ = sites_of(replace(CHANGES[0], before=platforms), tmp_path / "sites")
    (tmp_path / "secrets.json").write_text(secrets_of(old).model_dump_json())
    migrated_database(tmp_path / "zhishou.sqlite").close()
    monkeypatch.setenv("ZHISHOU_STATE_DIRECTORY", str(tmp_path))
    monkeypatch.setenv("ZHISHOU_INVENTORY", str(tmp_path / "sites" / "old"))
    with running("--stand-in", "--device", "core-b") as (boxes, _):
        assert {box["name"]: box["kind"] for box in boxes} == {"core-b": "eos"}
        monkeypatch.setenv("ZHISHOU_INVENTORY", str(tmp_path / "sites" / "new"))
        result = CliRunner().invoke(app, ["net", "plan", "--limit", "core-b"])
        assert result.exit_code == 0, result.output
        assert "core-b   by napalm, takes itself back by native" in result.stdout


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--kind", "vrp9"), 2),
        (("--family", "frr"), 2),
        (("--device", "nobody"), 3),
        (("--stand-in",), 3),
        (("--stand-in", "--kind", "usg"), 2),
    ],
    ids=[
        "no such kind",
        "no vendor's family",
        "no such device",
        "no vendor box is declared",
        "a kind stands in for nobody",
    ],
)
def test_what_does_not_exist_is_refused(options: tuple[str, ...], code: int) -> None:
    result = CliRunner().invoke(app, ["lab", "vendor", "up", *options])
    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr
