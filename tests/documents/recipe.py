"""A how-to as its reader follows it: each block of code under a heading that names a file.

A heading such as ``## 1. `path/of/file.py`: what it is`` says where the blocks under it go. A
``diff`` block changes the file: its context must stand there exactly once. Any other block is the
whole of a new file.
"""

import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
HOW_TO = ROOT / "docs" / "how-to"
_HEADING = re.compile(r"^##+ [^`\n]*`(?P<path>[^`]+)`", re.MULTILINE)
_BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Step:
    """What one block asks to be done to one file."""

    path: str
    language: str
    text: str


def read_steps(page: str) -> Sequence[Step]:
    """The blocks of a page that stand under a heading with a file's path, in their order."""
    text = (HOW_TO / page).read_text("utf-8")
    steps = []
    for block in _BLOCK.finditer(text):
        above = [h for h in re.finditer(r"^##+ .*$", text, re.MULTILINE) if h.end() < block.start()]
        named = _HEADING.match(above[-1].group()) if above else None
        if named is not None:
            steps.append(Step(named["path"], block["language"], block["text"]))
    return steps


def follow(steps: Sequence[Step], root: Path) -> None:
    """Do to a copy of the repository what the steps say."""
    for step in steps:
        file = root / step.path
        if step.language == "diff":
            file.write_text(_patched(file.read_text("utf-8"), step), "utf-8")
        else:
            assert not file.exists(), f"{step.path} is there already"
            file.write_text(step.text, "utf-8")


def _patched(text: str, step: Step) -> str:
    lines = step.text.splitlines(keepends=True)
    before = "".join(line[1:] for line in lines if line[0] in " -")
    after = "".join(line[1:] for line in lines if line[0] in " +")
    assert text.count(before) == 1, f"{step.path} has this {text.count(before)} times:\n{before}"
    return text.replace(before, after)


def copy_repository(root: Path) -> None:
    """What is under version control, or would be."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, root / name)
