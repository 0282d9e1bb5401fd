"""Text files that a play keeps on the controller: compared, shown as a difference, written."""

import base64
import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from device_configs.render.secrets import MASK


@dataclass(frozen=True)
class KeptFiles:
    """What was, or would be, changed below a directory; ``diff`` is unified text."""

    changed: tuple[str, ...]
    diff: str


def keep_files(directory: Path, files: Mapping[str, str], *, check: bool) -> KeptFiles:
    """Bring a directory to exactly these files (relative path to content); ``check`` only looks.

    Files are written for their owner alone, each at once. Raises OSError, and ValueError for a
    path that leads out of the directory.
    """
    present = {
        str(path.relative_to(directory)): path.read_text(encoding="utf-8", errors="replace")
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }
    for path in files:
        if not (directory / path).resolve().is_relative_to(directory.resolve()):
            raise ValueError(f"{path} leads out of {directory}")
    changed = tuple(
        path for path in sorted(present | dict(files)) if present.get(path) != files.get(path)
    )
    if not check:
        for path in changed:
            _bring(directory / path, files.get(path))
    return KeptFiles(
        changed, "".join(_unified(path, present.get(path), files.get(path)) for path in changed)
    )


def rendered_files(packed: str) -> dict[str, str]:
    """The files of a packed tree with its secrets masked, by path without its leading slash."""
    tree = json.loads(base64.b64decode(packed))
    hidden = sorted(tree["masked"], key=len, reverse=True)
    files = {}
    for file in tree["files"]:
        content = file["content"]
        for value in hidden:
            content = content.replace(value, MASK)
        files[file["path"].lstrip("/")] = content
    return files


def _bring(path: Path, content: str | None) -> None:
    if content is None:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_text(content, encoding="utf-8")
    draft.replace(path)


def _unified(path: str, before: str | None, after: str | None) -> str:
    lines = difflib.unified_diff(
        (before or "").splitlines(), (after or "").splitlines(),
        path if before is not None else "/dev/null", path if after is not None else "/dev/null",
        lineterm="",
    )  # fmt: skip
    return "".join(f"{line}\n" for line in lines)
