"""Evidence on disk: files by the SHA-256 of their content, outside the database.

A file is there whole or not at all: it is written under another name, synchronised, and renamed.
Folder and files belong to the installation's user alone (0700, 0600); nothing in them is ever
executed. What a file belongs to, and who brought it, is a row
(:mod:`ops_core.kernel.evidence_links`).
"""

import errno
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO

from ops_core.kernel.errors import Conflict, DomainError, Invalid
from ops_core.kernel.evidence_kinds import checked_name, media_type_of
from ops_core.kernel.i18n import message
from ops_core.kernel.settings import Settings

EVIDENCE = "evidence"
"""The folder in the state directory, and the subject's type in the audit log."""
MIB = 1 << 20
_BLOCK = 1 << 16
_PARTIAL = ".partial"
_PARTIAL_KEPT_S = 86_400
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_NOT_WRITABLE = frozenset({errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO})


class EvidenceStoreFull(DomainError):
    """The disk of the evidence has no room, or cannot be written: nothing was taken."""

    default_status = HTTPStatus.INSUFFICIENT_STORAGE
    exit_code = 7


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that is on disk, and belongs to nothing yet; ``size`` in bytes."""

    sha256: str
    """64 hexadecimal digits."""
    name: str
    size: int
    media_type: str


@dataclass(frozen=True, slots=True)
class EvidenceStore:
    """The folder with the files; ``largest`` is how many bytes one may have."""

    folder: Path
    largest: int

    def take_in(self, name: str, source: BinaryIO) -> StoredFile:
        """Keep what ``source`` has left to read under its hash, once however often it comes.

        Raises :class:`Invalid` for a name or content that is no evidence, for an empty file, and
        (413) for one that is too large; :class:`EvidenceStoreFull`. Then nothing is kept.
        """
        bare = checked_name(name)
        with disk_troubles(), self._partial() as (partial, file):
            digest, size = self._copy(bare, source, file)
            media_type = media_type_of(bare, partial)
            target = self._path(digest)
            self._make_folder(target.parent)
            partial.replace(target)
            _synchronise(target.parent)
        return StoredFile(digest, bare, size, media_type)

    def read(self, sha256: str) -> bytes:
        """The content. Raises :class:`Conflict` when it is missing or no longer what it was."""
        try:
            content = self._path(sha256).read_bytes()
        except OSError:
            raise _damaged("文件缺失。") from None
        if hashlib.sha256(content).hexdigest() != sha256:
            raise _damaged("文件内容与登记的散列不符。")
        return content

    def hash_now(self, sha256: str) -> str | None:
        """The hash that the content has now; None when it is missing or cannot be read."""
        try:
            with self._path(sha256).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            return None

    def names(self) -> Iterator[str]:
        """The hashes under which something is kept."""
        for path in sorted(self.folder.glob("??/*")):
            if len(path.name) == 64:
                yield path.name

    def discard(self, sha256: str, older_than_s: float) -> bool:
        """Take away content that nothing refers to, if it is that old: a younger one may be on its
        way into a record. Says whether it did."""
        path = self._path(sha256)
        if _age_s(path, self.folder) < older_than_s:
            return False
        path.unlink(missing_ok=True)
        return True

    def _path(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / sha256

    def _copy(self, name: str, source: BinaryIO, file: BinaryIO) -> tuple[str, int]:
        digest, size = hashlib.sha256(), 0
        while block := source.read(_BLOCK):
            size += len(block)
            if size > self.largest:
                raise too_large(name, self.largest)
            digest.update(block)
            file.write(block)
        if not size:
            raise Invalid(
                "文件是空的", message("文件“{name}”没有内容。", name=name), "请核对文件。"
            )
        file.flush()
        os.fsync(file.fileno())
        return digest.hexdigest(), size

    @contextmanager
    def _partial(self) -> Iterator[tuple[Path, BinaryIO]]:
        """A file that does not count yet; gone at the end unless it was renamed."""
        self._make_folder(self.folder)
        self._sweep()
        descriptor, name = tempfile.mkstemp(dir=self.folder, suffix=_PARTIAL)  # 0600
        path = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                yield path, file
        finally:
            path.unlink(missing_ok=True)

    def _sweep(self) -> None:
        """Take away what a killed process left half-written."""
        for path in self.folder.glob(f"*{_PARTIAL}"):
            if _age_s(path, self.folder) > _PARTIAL_KEPT_S:
                path.unlink(missing_ok=True)

    @staticmethod
    def _make_folder(folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def evidence_store(settings: Settings) -> EvidenceStore:
    """The installation's store."""
    return EvidenceStore(settings.state_directory / EVIDENCE, settings.evidence_file_mb * MIB)


def too_large(name: str, largest: int) -> Invalid:
    """The refusal of a file, or of a form with its files, that has too many bytes."""
    return Invalid(
        "文件过大",
        message("“{name}”超过 {limit} MB。", name=name, limit=largest // MIB),
        "请压缩或拆分后再上传；上限由 ZHISHOU_EVIDENCE_FILE_MB 设定。",
        status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    )


@contextmanager
def disk_troubles() -> Iterator[None]:
    """What is wrong with a disk becomes :class:`EvidenceStoreFull`; other errors pass."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise EvidenceStoreFull(
                "存放证据的磁盘已满", "文件没有保存，也没有登记。", "请清理磁盘后重新上传。"
            ) from error
        if error.errno in _NOT_WRITABLE:
            raise EvidenceStoreFull(
                "证据目录不可写", "文件没有保存，也没有登记。", "请检查状态目录的权限与磁盘。"
            ) from error
        raise


def _damaged(detail: str) -> Conflict:
    return Conflict(
        "证据文件已损坏", detail, "请从备份恢复该文件；zhishou evidence verify 可逐一核对。"
    )


def _synchronise(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _age_s(path: Path, folder: Path) -> float:
    """By the clock of the disk alone: how much older than a file made now."""
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".now") as now:
        try:
            return Path(now.name).stat().st_mtime - path.stat().st_mtime
        except FileNotFoundError:
            return 0.0
