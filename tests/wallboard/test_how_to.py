"""docs/how-to/add-a-page.md, followed to the letter in a copy: five files make a page."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "how-to" / "add-a-page.md"
COPIED = (
    "device_configs", "incident", "inventory", "monitors", "ops_core", "playbooks", "seat_assets",
    "tests", "wallboard", "pyproject.toml",
)  # fmt: skip
NEW = re.compile(r"^(?:# |<!-- )new: (\S+)(?: -->)?\n", re.MULTILINE)
ASK = """
import asyncio, json, sys, tempfile
from pathlib import Path
import httpx
import wallboard.workload
from ops_core.kernel.clock import SystemClock
from tests.wallboard.hotline_story import Story
from ops_core.hotline.orders.steps import Step
from tests.wallboard.serve import PASSWORD, make
from wallboard.application import create_application

async def ask(served, user, language):
    transport = httpx.ASGITransport(create_application(served.dependencies))
    headers = {"accept": "text/html", "sec-fetch-site": "same-origin"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1", headers=headers
    ) as client:
        await client.post("/login", data={"name": user, "password": PASSWORD})
        client.cookies.set("zhishou_language", language)
        answer = await client.get("/workload")
        return answer.status_code, answer.text

with tempfile.TemporaryDirectory() as directory:
    served = make(Path(directory), SystemClock())
    story = Story(served)
    story.call("c-1")
    story.order("r-1", Step.DISPATCH)
    asked = [("dispatcher", "zh"), ("dispatcher", "en"), ("unit_handler", "zh")]
    print(json.dumps([asyncio.run(ask(served, *each)) for each in asked]))
    served.close()
"""


def quoted() -> list[tuple[str, str]]:
    """The guide's blocks of code, each with its language."""
    return re.findall(r"^```(\w+)\n(.*?)^```$", GUIDE.read_text(), re.DOTALL | re.MULTILINE)


def changed(text: str, difference: str) -> str:
    """A file after the parts of a difference: lines to keep, and behind them lines to add."""
    for part in difference.split("@@\n")[1:]:
        lines = part.splitlines(keepends=True)
        kept = "".join(line[1:] for line in lines if line.startswith(" "))
        added = "".join(line[1:] for line in lines if line.startswith("+"))
        assert text.count(kept) == 1, kept
        text = text.replace(kept, kept + added)
    return text


def follow(copy: Path) -> list[str]:
    """Do what the guide says; the files that it touched."""
    touched = []
    for language, block in quoted():
        if (made := NEW.match(block)) is not None:
            path, text = made[1], block[made.end() :]
        elif language == "diff":
            path = block.partition("\n")[0].removeprefix("--- ")
            text = changed((copy / path).read_text(), block)
        else:
            continue
        (copy / path).write_text(text)
        touched.append(path)
    return touched


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    without = shutil.ignore_patterns("__pycache__", "*.pyc", "lab", "browser", "golden")
    for name in COPIED:
        source, target = ROOT / name, tmp_path / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=without)
        else:
            shutil.copy(source, target)
    return tmp_path


def run(copy: Path, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, *words], cwd=copy, capture_output=True, text=True, check=False,
        timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_five_files_make_a_page_with_its_permission_entry_and_english(copy: Path) -> None:
    touched = follow(copy)
    assert len(touched) == len(set(touched)) == 5
    chinese, english, refused = json.loads(run(copy, "-c", ASK))
    assert (chinese[0], english[0], refused[0]) == (200, 200, 403)
    assert '<a href="/workload" data-key="g l"' in chinese[1]
    row = re.search(r'<tr id="housing">.*?</tr>', chinese[1], re.DOTALL)
    assert row is not None
    assert '<td class="n">1</td>' in row[0]
    assert "Workload" in english[1]
    assert 'href="/workload"' not in refused[1]
    run(
        copy, "-m", "pytest", "-q", "-p", "no:cacheprovider",
        "tests/wallboard/test_language.py",
        "tests/wallboard/test_route_roles.py::test_every_route_stands_in_the_table",
    )  # fmt: skip
