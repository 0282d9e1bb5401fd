"""The older declaration that a comparison names: a folder, an archive, a git revision.

``declaration_at`` gives a folder for it. What comes from an archive or from git is written to a
folder that is gone afterwards; of an archive only regular files are taken, bounded in number and
size, and none outside that folder.
"""

import stat
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from dulwich.errors import NotGitRepository
from dulwich.object_store import tree_lookup_path
from dulwich.objects import Blob, Commit, ObjectID, Tree
from dulwich.objectspec import parse_commit, parse_object
from dulwich.repo import Repo

from ops_core.kernel.errors import Invalid, NotFound
from ops_core.kernel.i18n import message

MOST_FILES = 2_000
MOST_BYTES = 100_000_000
"""Of an archive or a revision, unpacked; a declaration of 3,000 devices has a tenth of it."""

Written = tuple[PurePosixPath, bytes]


@contextmanager
def declaration_at(named: str, inventory: Path) -> Iterator[Path]:
    """The folder of the declaration that ``named`` means; ``inventory`` is the present one.

    A folder, else a ``.tar``, ``.tar.gz``, ``.zip`` and the like, else a revision (``HEAD~1``, a
    branch, a tag, a commit) of the git repository in which ``inventory`` stands.
    Raises :class:`NotFound` where it is none of them, :class:`Invalid` for an archive that is not
    one declaration.
    """
    path = Path(named)
    if path.is_dir():
        yield _declaration_in(path, named)
        return
    with tempfile.TemporaryDirectory(prefix="zhishou-declaration-") as folder:
        files = _archived(path) if path.is_file() else _committed(named, inventory)
        _write(files, Path(folder), named)
        yield _declaration_in(Path(folder), named)


def _declaration_in(folder: Path, named: str) -> Path:
    found = sorted(folder.rglob("site.yml"), key=lambda file: (len(file.parts), str(file)))
    if not found:
        raise NotFound(
            "其中没有声明", message("{name} 中没有 site.yml。", name=named),
            "给出含有 site.yml 的目录、压缩包或 git 版本",
        )  # fmt: skip
    nearest = [file for file in found if len(file.parts) == len(found[0].parts)]
    if len(nearest) > 1:
        raise Invalid(
            "其中有不止一份声明",
            "、".join(str(file.parent.relative_to(folder)) for file in nearest),
            "直接给出其中一份的目录",
        )
    return nearest[0].parent


def _write(files: Iterator[Written], folder: Path, named: str) -> None:
    size = 0
    for number, (name, content) in enumerate(files):
        size += len(content)
        if number >= MOST_FILES or size > MOST_BYTES:
            raise _unusable(named, f"> {MOST_FILES} files / {MOST_BYTES} bytes")
        target = folder.joinpath(*name.parts)
        if name.is_absolute() or ".." in name.parts or not target.resolve().is_relative_to(folder):
            raise _unusable(named, str(name))
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def _unusable(named: str, why: str) -> Invalid:
    return Invalid("这个文件不能用作声明", f"{named}：{why}", "给出目录、tar 或 zip 压缩包")


def _archived(path: Path) -> Iterator[Written]:
    try:
        if zipfile.is_zipfile(path):
            yield from _zipped(path)
        elif tarfile.is_tarfile(path):
            yield from _tarred(path)
        else:
            raise _unusable(str(path), "not a tar or zip archive")
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError, RuntimeError) as broken:
        raise _unusable(str(path), str(broken)) from broken


def _zipped(path: Path) -> Iterator[Written]:
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            mode = entry.external_attr >> 16
            if not entry.is_dir() and (not mode or not stat.S_ISLNK(mode)):
                _require_small(str(path), entry.file_size)
                yield PurePosixPath(entry.filename), archive.read(entry)


def _tarred(path: Path) -> Iterator[Written]:
    with tarfile.open(path) as archive:
        for entry in archive:
            file = archive.extractfile(entry) if entry.isfile() else None
            if file is not None:
                _require_small(str(path), entry.size)
                yield PurePosixPath(entry.name), file.read()


def _require_small(named: str, size: int) -> None:
    if size > MOST_BYTES:
        raise _unusable(named, f"{size} bytes")


def _committed(revision: str, inventory: Path) -> Iterator[Written]:
    try:
        repository = Repo.discover(str(inventory))
    except NotGitRepository as no_repository:
        raise _nothing(revision) from no_repository
    with repository:
        top = Path(repository.path).resolve()
        within = inventory.resolve().relative_to(top).as_posix()
        try:
            tree = _commit(repository, revision).tree
            if within != ".":
                _, tree = tree_lookup_path(repository.get_object, tree, within.encode())
        except (KeyError, ValueError) as unknown:
            raise _nothing(revision) from unknown
        yield from _files_of(repository, tree, PurePosixPath())


def _commit(repository: Repo, revision: str) -> Commit:
    if set("~^") & set(revision):
        found = parse_object(repository, revision)
        if isinstance(found, Commit):
            return found
    return parse_commit(repository, revision)


def _files_of(repository: Repo, tree: ObjectID, below: PurePosixPath) -> Iterator[Written]:
    found = repository[tree]
    for entry in found.iteritems() if isinstance(found, Tree) else ():
        name = below / entry.path.decode("utf-8", "replace")
        if stat.S_ISDIR(entry.mode):
            yield from _files_of(repository, entry.sha, name)
            continue
        blob = repository[entry.sha] if stat.S_ISREG(entry.mode) else None
        if isinstance(blob, Blob):
            yield name, blob.data


def _nothing(named: str) -> NotFound:
    return NotFound(
        "没有这份旧的声明",
        message("{name} 不是目录、压缩包，也不是声明所在 git 仓库的版本。", name=named),
        "例如：../old-inventory、old.tar.gz、HEAD~1",
    )
