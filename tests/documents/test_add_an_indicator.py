"""docs/how-to/add-an-indicator.md does what it says to a copy of the repository, in five files."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.documents.recipe import copy_repository, follow, read_steps

STEPS = read_steps("add-an-indicator.md")
FILES = {step.path for step in STEPS}


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository as it is after the page was followed, with three orders stored."""
    root = tmp_path_factory.mktemp("copy")
    copy_repository(root)
    follow(STEPS, root)
    run(root, "-m", "tests.documents.signatures")
    return root


def run(root: Path, *words: str) -> str:
    """Python in the copy: its packages stand before the installed ones."""
    environment = os.environ | {
        "PYTHONPATH": str(root),
        "ZHISHOU_STATE_DIRECTORY": str(root / "state"),
        "ZHISHOU_INVENTORY": str(root / "inventory"),
    }
    environment.pop("ZHISHOU_DATABASE_URL", None)
    done = subprocess.run(
        [sys.executable, *words], cwd=root, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def zhishou(root: Path, *words: str) -> Any:
    start = "from ops_core.app.cli import main; main()"
    return json.loads(run(root, "-c", start, *words, "--month", "2026-03", "--json"))


def test_an_indicator_is_five_files() -> None:
    assert len(FILES) == 5


def test_the_new_indicator_stands_in_the_list(changed: Path) -> None:
    listed = zhishou(changed, "indicators", "list")["indicators"]
    assert listed[-1]["indicator"]["number"] == 16
    assert listed[-1]["indicator"]["title"] == "工单签收及时率"
    assert listed[-1]["month"]["display"] == "33.33%"


def test_it_opens_to_its_misses_with_their_reason(changed: Path) -> None:
    opened = zhishou(changed, "indicators", "show", "16")
    assert {record["identifier"] for record in opened["records"]} == {"W-2", "W-3"}
    assert {record["reason"] for record in opened["records"]} == {"not_signed"}
    assert {record["kind"] for record in opened["records"]} == {"order"}


def test_the_copy_holds_what_the_repository_is_held_to(changed: Path) -> None:
    tests = ("tests/wallboard/test_language.py", "tests/device_configs/site/test_schema.py")
    run(changed, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests)
