"""``zhishou lab vendor up`` as a process of its own: it lists its boxes and ends on a signal."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest
from typer.testing import CliRunner

from ops_core.app.cli import app

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


@pytest.mark.parametrize(
    ("options", "code"),
    [(("--kind", "vrp9"), 2), (("--family", "frr"), 2), (("--device", "nobody"), 3)],
    ids=["no such kind", "no vendor's family", "no such device"],
)
def test_what_does_not_exist_is_refused(options: tuple[str, ...], code: int) -> None:
    result = CliRunner().invoke(app, ["lab", "vendor", "up", *options])
    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr
