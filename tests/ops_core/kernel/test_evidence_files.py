"""Files of evidence: whole or not there, known by content, found when changed."""

import io
import os
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from sqlalchemy import inspect, select, text

from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.errors import Conflict, Invalid, NotFound
from ops_core.kernel.evidence_files import EVIDENCE, EvidenceStore, EvidenceStoreFull
from ops_core.kernel.evidence_links import (
    discard_unlinked,
    evidence_breaks,
    evidence_flaws,
    evidence_of,
    find_evidence,
    link_evidence,
)
from ops_core.kernel.permissions import Actor, Role
from ops_core.kernel.recorded_ends import RECORDING_NOTHING
from ops_core.kernel.tables import EvidenceFileRow

LARGEST = 1 << 20
ZONE = ZoneInfo("Asia/Shanghai")
LIN = Actor.user("lin", [Role.SUPERVISOR])
PDF, PNG = b"%PDF-1.7\n%%EOF\n", b"\x89PNG\r\n\x1a\n" + bytes(20)


def archive(*names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for name in names:
            file.writestr(name, "x")
    return packed.getvalue()


def workbook() -> bytes:
    saved = io.BytesIO()
    openpyxl.Workbook().save(saved)
    return saved.getvalue()


DOCX = archive("[Content_Types].xml", "word/document.xml")
TAKEN = {
    "总结.pdf": PDF,
    "签到表.XLSX": workbook(),
    "方案.docx": DOCX,
    "课件.pptx": archive("[Content_Types].xml", "ppt/presentation.xml"),
    "红头文件.ofd": archive("OFD.xml"),
    "照片.png": PNG,
    "照片.jpeg": b"\xff\xd8\xff\xe0" + bytes(20),
    "名单.csv": "姓名,日期\r\n".encode("gb18030"),
    "说明.txt": "说明\u3000全角".encode(),
    "资料.zip": archive("a.txt"),
    "录音.wav": b"RIFF\x00\x00\x00\x00WAVEfmt ",
    "录音.mp3": b"ID3\x03" + bytes(20),
    "演示.mp4": b"\x00\x00\x00\x18ftypisom",
}
REFUSED = {
    "a program by the name of a picture": ("照片.png", b"MZ\x90\x00" + bytes(50), "内容与名称不符"),
    "a table by the name of a document": ("方案.docx", workbook(), "内容与名称不符"),
    "a document with macros": (
        "方案.docx", archive("word/document.xml", "word/vbaProject.bin"), "内容与名称不符",
    ),
    "an archive that was cut off": ("方案.docx", DOCX[:-30], "内容与名称不符"),
    "a text with control characters": ("名单.csv", b"a,b\r\n\x00\x01", "内容与名称不符"),
    "a page of the web": ("页面.html", b"<html>", "不接受这种文件"),
    "a picture that is a script": ("图.svg", b"<svg/>", "不接受这种文件"),
    "a program": ("x.exe", b"MZ", "不接受这种文件"),
    "no ending": ("README", b"x", "不接受这种文件"),
    "nothing but an ending": (".pdf", PDF, "不接受这种文件"),
    "a name with a line break": ("a\n.pdf", PDF, "文件名不能使用"),
    "a name of 300 characters": ("x" * 300 + ".pdf", PDF, "文件名不能使用"),
    "an empty file": ("空.pdf", b"", "文件是空的"),
    "a byte too many": ("大.txt", b"x" * (LARGEST + 1), "文件过大"),
}  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> EvidenceStore:
    return EvidenceStore(tmp_path / "evidence", LARGEST)


def files_in(store: EvidenceStore) -> list[Path]:
    return [path for path in store.folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("name", TAKEN)
def test_a_file_whose_name_and_content_agree_is_kept_under_its_hash(
    store: EvidenceStore, name: str
) -> None:
    kept = store.take_in(name, io.BytesIO(TAKEN[name]))
    assert (kept.name, kept.size) == (name, len(TAKEN[name]))
    assert store.read(kept.sha256) == TAKEN[name]
    (file,) = files_in(store)
    assert (file.name, file.stat().st_mode & 0o777) == (kept.sha256, 0o600)
    assert store.folder.stat().st_mode & 0o777 == 0o700 == file.parent.stat().st_mode & 0o777


@pytest.mark.parametrize(("name", "content", "title"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_evidence_is_refused_and_leaves_nothing(
    store: EvidenceStore, name: str, content: bytes, title: str
) -> None:
    with pytest.raises(Invalid) as refused:
        store.take_in(name, io.BytesIO(content))
    assert title in refused.value.title
    assert refused.value.remedy
    assert files_in(store) == [] if store.folder.exists() else True


def test_the_same_content_is_there_once_and_heals_what_was_damaged(store: EvidenceStore) -> None:
    kept = store.take_in("a.pdf", io.BytesIO(PDF))
    (file,) = files_in(store)
    file.write_bytes(b"something else")
    with pytest.raises(Conflict):
        store.read(kept.sha256)
    assert store.take_in(r"C:\文档\b.pdf", io.BytesIO(PDF)).name == "b.pdf"
    assert (store.read(kept.sha256), files_in(store)) == (PDF, [file])


class Broken(io.BytesIO):
    """A source that ends with an error after its first block."""

    def read(self, size: int | None = -1, /) -> bytes:
        found = super().read(size)
        if not found:
            raise ConnectionResetError
        return found


def test_a_file_that_stops_coming_does_not_count(store: EvidenceStore) -> None:
    with pytest.raises(ConnectionResetError):
        store.take_in("a.pdf", Broken(PDF))
    assert files_in(store) == []


def test_what_a_kill_left_half_written_goes_after_a_day(store: EvidenceStore) -> None:
    store.take_in("a.pdf", io.BytesIO(PDF))
    old, new = store.folder / "old.partial", store.folder / "new.partial"
    for path, age in ((old, 90_000), (new, 60)):
        path.write_bytes(b"%PDF-half")
        at = path.stat().st_mtime - age
        os.utime(path, (at, at))
    store.take_in("b.png", io.BytesIO(PNG))
    assert (old.exists(), new.exists()) == (False, True)
    assert len(list(store.names())) == 2


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own with room for 64 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root mounts a disk")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], check=True)
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk_is_said_and_leaves_nothing(full_disk: Path) -> None:
    store = EvidenceStore(full_disk / "evidence", LARGEST)
    with pytest.raises(EvidenceStoreFull, match="磁盘已满") as refused:
        store.take_in("大.txt", io.BytesIO(b"x" * 200_000))
    assert refused.value.status == 507
    assert files_in(store) == []
    assert store.take_in("小.txt", io.BytesIO(b"x")).size == 1


Link = Callable[[bytes], str]


@pytest.fixture
def link(database: Database, store: EvidenceStore, clock: FixedClock) -> Link:
    def linked(content: bytes) -> str:
        kept = store.take_in("a.pdf" if content == PDF else "a.png", io.BytesIO(content))
        with unit_of_work(database, None, clock, LIN) as uow:
            return link_evidence(uow, "plan", "R-1", kept, ZONE).number

    return linked


def test_a_row_says_what_a_file_belongs_to_and_who_brought_it(
    database: Database, link: Link
) -> None:
    numbers = [link(PDF), link(PNG), link(PDF)]
    assert numbers == [f"E-20260302-0000{n}" for n in (1, 2, 3)]
    with database.reading() as session:
        found = evidence_of(session, "plan", "R-1")
        assert [one.number for one in found] == numbers
        assert (found[1].uploaded_by, found[1].media_type) == ("lin", "image/png")
        assert find_evidence(session, numbers[0]).sha256 == found[2].sha256
        assert evidence_of(session, "plan", "R-2") == []
        with pytest.raises(NotFound):
            find_evidence(session, "E-20260302-00009")


def test_a_changed_a_missing_and_a_rewritten_file_are_each_found(
    database: Database, store: EvidenceStore, link: Link
) -> None:
    first, second = link(PDF), link(PNG)
    with database.reading() as session:
        assert [*evidence_flaws(session, store), *evidence_breaks(session)] == []
        paths = {find_evidence(session, number).sha256: number for number in (first, second)}
    changed, gone = sorted(files_in(store))
    changed.write_bytes(b"%PDF-other")
    gone.unlink()
    with database.reading() as session:
        flaws = {flaw.number: flaw.detail for flaw in evidence_flaws(session, store)}
    assert flaws == {
        paths[changed.name]: "文件内容与登记的散列不符",
        paths[gone.name]: "文件缺失或无法读取",
    }
    with database.transaction() as session:
        session.execute(text("UPDATE evidence_files SET uploaded_by = 'wang'"))
        assert len(list(evidence_breaks(session))) == 2


@pytest.mark.parametrize("act", RECORDING_NOTHING)
def test_a_row_that_nobody_recorded_is_found_though_somebody_looked_at_it(
    database: Database, clock: FixedClock, link: Link, act: str
) -> None:
    link(PDF)
    row = EvidenceFileRow
    with database.transaction() as session:
        known = session.scalars(select(row)).one()
        held = {c.key: getattr(known, c.key) for c in inspect(row).column_attrs}
        session.add(row(**{**held, "number": "E-20260302-00009"}))
    with unit_of_work(database, None, clock, LIN) as uow:
        uow.audit(act, EVIDENCE, "E-20260302-00009", {})
    with database.reading() as session:
        (found,) = evidence_breaks(session)
    assert str(found.detail) == "evidence E-20260302-00009 没有审计记录"


def test_a_file_of_a_refused_command_goes_after_a_day_and_linked_ones_stay(
    database: Database, store: EvidenceStore, link: Link
) -> None:
    link(PDF)
    unlinked = store.take_in("b.png", io.BytesIO(PNG)).sha256
    with database.reading() as session:
        assert discard_unlinked(session, store) == []
        for path in files_in(store):
            os.utime(path, (1, 1))
        assert discard_unlinked(session, store) == [unlinked]
    assert len(files_in(store)) == 1
