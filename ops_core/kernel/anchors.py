"""Ends of the audit chain noted outside the database: one line each, appended only.

Whoever can write to the database can compute the whole chain anew. He cannot change what was noted
elsewhere before: a file that goes with the backups, and the log audit system.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from io import FileIO
from pathlib import Path

from ops_core.kernel.audit import Anchor
from ops_core.kernel.errors import Invalid
from ops_core.kernel.i18n import message
from ops_core.kernel.private_files import make_private

ANCHORS = "audit-anchors.log"
"""In the state directory."""
SENT = "audit-anchors.sent"
"""Next to it: the last line of it that the log audit was sent."""


@dataclass(frozen=True, slots=True)
class NotedAnchor:
    """An anchor and when it was noted (aware)."""

    at: datetime
    anchor: Anchor


def anchor_line(at: datetime, anchor: Anchor) -> str:
    """``2026-11-30T00:05:00+08:00 1234:3f9c...``, as the file and the log audit have it."""
    return f"{at.isoformat(timespec='seconds')} {anchor.position}:{anchor.hash}"


def note_anchor(path: Path, at: datetime, anchor: Anchor) -> str:
    """Append the anchor to the file, whole and on the disk or not at all; give its line.

    A line without its end is what a full disk or a kill left: it was never noted, and gives way.
    Raises OSError.
    """
    line = anchor_line(at, anchor)
    path.parent.mkdir(parents=True, exist_ok=True)
    make_private(path)
    with path.open("ab+", buffering=0) as file:
        file.seek(0)
        whole = file.read().rfind(b"\n") + 1
        file.truncate(whole)
        try:
            _write_all(file, f"{line}\n".encode())
            os.fsync(file.fileno())
        except OSError:
            file.truncate(whole)
            raise
    return line


def _write_all(file: FileIO, text: bytes) -> None:
    while text:
        text = text[file.write(text) :]


def read_anchors(path: Path) -> list[NotedAnchor]:
    """Every noted anchor in the order of the file, none if there is no file. Raises Invalid.

    What stands behind the last end of a line was never noted (:func:`note_anchor`).
    """
    return list(_parsed(path)) if path.exists() else []


def unsent_anchors(path: Path) -> list[str]:
    """Lines of the file that are behind the last one sent, the first one first.

    All of them where none was ever sent, or where that one is no line of the file. Raises OSError.
    """
    if not path.exists():
        return []
    lines = path.read_text("utf-8").split("\n")[:-1]
    mark = path.with_name(SENT)
    last = mark.read_text("utf-8").strip() if mark.exists() else ""
    return lines[lines.index(last) + 1 :] if last in lines else lines


def note_sent(path: Path, line: str) -> None:
    """Remember the last line that was sent. A kill before it sends the line twice, and loses none.

    Raises OSError.
    """
    mark = path.with_name(SENT)
    draft = mark.with_suffix(".draft")
    draft.write_text(f"{line}\n", "utf-8")
    draft.replace(mark)


def parse_anchor(text: str) -> Anchor:
    """``POSITION:HASH``. Raises :class:`Invalid`."""
    position, _, digest = text.partition(":")
    if not position.isdecimal() or not digest:
        raise Invalid("锚点格式不正确", message("{text} 不是 位置:散列。", text=text))
    return Anchor(int(position), digest)


def _parsed(path: Path) -> Iterator[NotedAnchor]:
    *lines, _unfinished = path.read_text("utf-8").split("\n")
    for number, line in enumerate(lines, start=1):
        at, _, anchor = line.partition(" ")
        try:
            yield NotedAnchor(datetime.fromisoformat(at), parse_anchor(anchor))
        except (ValueError, Invalid) as error:
            raise Invalid(
                "锚点文件无法读取",
                message("{file} 第 {line} 行不是 时间 位置:散列。", file=path, line=number),
                "请用备份中的锚点文件核对；此文件只可追加。",
            ) from error
