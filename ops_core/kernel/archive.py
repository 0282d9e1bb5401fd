"""Closed months of the audit chain and of the events as files that prove themselves.

An archive is a copy: nothing is taken out of the database, for the chain is evidence from its first
link on. Each file holds the rows of a month as JSON lines, gzipped, and follows the file before it
without a gap in positions. Beside it a manifest says the SHA-256 of the lines, the positions, and
for the chain the hash it begins and ends with: whoever keeps the files elsewhere holds anchors that
no rewriting of the database can meet.

A file is complete or not there: it is written under another name, read back and compared, then
renamed; the manifest is written last.
"""

import gzip
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session

from ops_core.kernel.audit import GENESIS, AuditEntry, hash_of
from ops_core.kernel.database import connection_of
from ops_core.kernel.i18n import message
from ops_core.kernel.tables import AuditEntryRow, EventRow

FORMAT = 1
ROWS_A_READ = 1_000


class Archived(StrEnum):
    """What is archived, by its table's name."""

    AUDIT = "audit_entries"
    EVENTS = "events"

    @property
    def table(self) -> Table:
        row = AuditEntryRow if self is Archived.AUDIT else EventRow
        table = row.__table__
        assert isinstance(table, Table)  # noqa: S101 - both are declared so
        return table

    @property
    def time_column(self) -> str:
        return "at" if self is Archived.AUDIT else "recorded_at"


@dataclass(frozen=True, slots=True)
class ArchiveManifest:
    """What a file holds. Positions are inclusive; the hashes are the chain's, empty for events."""

    table: str
    month: str
    """``2026-03``, UTC."""
    first: int
    last: int
    rows: int
    sha256: str
    """Of the lines, uncompressed."""
    previous_hash: str = ""
    last_hash: str = ""
    version: int = FORMAT


@dataclass(frozen=True, slots=True)
class ClosedMonth:
    """Rows that are to be archived together; ``first`` to ``last`` inclusive."""

    what: Archived
    month: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with an archive: the file's name, and how it shows."""

    file: str
    detail: str


def months_before(before: datetime, first: datetime) -> Iterator[tuple[str, datetime]]:
    """Every month (UTC) from that of ``first`` that is over at ``before``: name and end (pure)."""
    year, month = first.astimezone(UTC).year, first.astimezone(UTC).month
    while True:
        following = (year + month // 12, month % 12 + 1)
        end = datetime(*following, 1, tzinfo=UTC)
        if end > before:
            return
        yield f"{year:04}-{month:02}", end
        year, month = following


def closed_months(
    session: Session, folder: Path, what: Archived, before: datetime
) -> list[ClosedMonth]:
    """The months not archived yet that are over at ``before`` and have rows, in their order.

    A month ends with the last position that was recorded in it: positions grow in the order of
    commits, and a clock that was set back leaves no gap.
    """
    table, at = what.table, what.table.c[what.time_column]
    position = table.c.position
    archived = manifests(folder, what)
    next_position = archived[-1].last + 1 if archived else 1
    first_at = session.scalar(select(func.min(at)).where(position >= next_position))
    found: list[ClosedMonth] = []
    if first_at is None:
        return found
    for month, end in months_before(before, first_at):
        ends = select(func.max(position)).where(position >= next_position, at < end)
        last = session.scalar(ends)
        if last is not None:
            found.append(ClosedMonth(what, month, next_position, last))
            next_position = last + 1
    return found


def archive(session: Session, folder: Path, month: ClosedMonth) -> ArchiveManifest:
    """Write one month's file and its manifest. Raises OSError; then neither counts."""
    target = _file(folder, month.what, month.month)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".partial")
    digest, rows = hashlib.sha256(), 0
    with partial.open("wb") as raw:
        with gzip.GzipFile(fileobj=raw, mode="wb", mtime=0) as packed:
            for line in _lines(session, month):
                packed.write(line)
                digest.update(line)
                rows += 1
        raw.flush()
        os.fsync(raw.fileno())
    previous_hash, last_hash = _hashes(partial, month.what)
    manifest = ArchiveManifest(
        table=month.what.value,
        month=month.month,
        first=month.first,
        last=month.last,
        rows=rows,
        sha256=digest.hexdigest(),
        previous_hash=previous_hash,
        last_hash=last_hash,
    )
    if flaws := list(_flaws_of_file(partial, manifest)):
        raise OSError(f"{partial} reads back otherwise than it was written: {flaws[0].detail}")
    partial.replace(target)
    _write_durably(_manifest_file(target), json.dumps(asdict(manifest), indent=2).encode())
    return manifest


def manifests(folder: Path, what: Archived) -> list[ArchiveManifest]:
    """What is archived, in its order. Raises ValueError for a manifest that cannot be read."""
    files = sorted((folder / what).glob("*.manifest.json"))
    found = [ArchiveManifest(**json.loads(file.read_text("utf-8"))) for file in files]
    return sorted(found, key=lambda manifest: manifest.first)


def verify_archive(session: Session, folder: Path, what: Archived) -> list[Flaw]:
    """Everything that is wrong with the files, among themselves and beside the database."""
    found: list[Flaw] = []
    before: ArchiveManifest | None = None
    for manifest in manifests(folder, what):
        file = _file(folder, what, manifest.month)
        found += _flaws_between(before, manifest, file.name)
        found += _flaws_of_file(file, manifest) if file.exists() else [Flaw(file.name, "缺失")]
        found += _flaws_against_database(session, what, manifest, file.name)
        before = manifest
    return found


def _flaws_between(
    before: ArchiveManifest | None, manifest: ArchiveManifest, name: str
) -> Iterator[Flaw]:
    """Whether a file goes on where the one before it ended."""
    first = 1 if before is None else before.last + 1
    if manifest.first != first:
        yield Flaw(
            name,
            message(
                "从第 {found} 条开始，应为第 {expected} 条", found=manifest.first, expected=first
            ),
        )
    genesis = GENESIS if manifest.table == Archived.AUDIT else ""
    expected = genesis if before is None else before.last_hash
    if manifest.previous_hash != expected:
        yield Flaw(name, "与前一文件的散列不相接")


def _flaws_of_file(file: Path, manifest: ArchiveManifest) -> Iterator[Flaw]:
    """Whether the lines are those that the manifest was written for, and link by link a chain."""
    digest, rows, tail = hashlib.sha256(), 0, manifest.previous_hash
    try:
        with gzip.open(file) as lines:
            for line in lines:
                digest.update(line)
                rows += 1
                if manifest.table == Archived.AUDIT:
                    entry = _entry(line)
                    if entry.previous_hash != tail or entry.hash != hash_of(entry):
                        yield Flaw(
                            file.name,
                            message("第 {position} 条与散列不符", position=entry.position),
                        )
                        return
                    tail = entry.hash
    except (OSError, EOFError, ValueError, TypeError, KeyError) as error:
        yield Flaw(file.name, message("无法读取：{error}", error=str(error)))
        return
    if (rows, digest.hexdigest(), tail) != (manifest.rows, manifest.sha256, manifest.last_hash):
        yield Flaw(file.name, "内容与清单不符")


def _flaws_against_database(
    session: Session, what: Archived, manifest: ArchiveManifest, name: str
) -> Iterator[Flaw]:
    """Whether the database still has the link that the file ends with."""
    if what is not Archived.AUDIT:
        return
    row = session.get(AuditEntryRow, manifest.last, populate_existing=True)
    if row is None or row.hash != manifest.last_hash:
        yield Flaw(name, message("数据库中第 {position} 条与存档不符", position=manifest.last))


def _lines(session: Session, month: ClosedMonth) -> Iterator[bytes]:
    table = month.what.table
    after = month.first - 1
    while after < month.last:
        rows = connection_of(session).execute(
            select(table)
            .where(table.c.position > after, table.c.position <= month.last)
            .order_by(table.c.position)
            .limit(ROWS_A_READ)
        ).mappings().all()  # fmt: skip
        if not rows:
            return
        for row in rows:
            yield _line(dict(row))
        after = rows[-1]["position"]


def _line(row: dict[str, Any]) -> bytes:
    plain = {
        name: value.isoformat(timespec="microseconds") if isinstance(value, datetime) else value
        for name, value in row.items()
    }
    text = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode() + b"\n"


def _entry(line: bytes) -> AuditEntry:
    fields = json.loads(line)
    return AuditEntry(**fields | {"at": datetime.fromisoformat(fields["at"])})


def _hashes(file: Path, what: Archived) -> tuple[str, str]:
    """The hash that a chain's file begins behind, and the one it ends with."""
    if what is not Archived.AUDIT:
        return ("", "")
    first = last = b""
    with gzip.open(file) as lines:
        for last in lines:
            first = first or last
    return (_entry(first).previous_hash, _entry(last).hash)


def _file(folder: Path, what: Archived, month: str) -> Path:
    return folder / what / f"{month}.jsonl.gz"


def _manifest_file(file: Path) -> Path:
    return file.with_name(file.name.removesuffix(".jsonl.gz") + ".manifest.json")


def _write_durably(file: Path, content: bytes) -> None:
    partial = file.with_suffix(".partial")
    with partial.open("wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())
    partial.replace(file)
