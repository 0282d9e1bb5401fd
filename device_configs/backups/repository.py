"""The git repository of the backups: a bare one in the state directory, written by dulwich alone.

A commit is put together from objects and becomes visible by moving one reference, so whoever is
killed on the way leaves what was there before. Any git client can read it:
``git -C .zhishou/backups/configurations.git log``.
"""

import fcntl
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dulwich.errors import NotGitRepository
from dulwich.object_store import tree_lookup_path
from dulwich.objects import Blob, Commit, ObjectID, Tree
from dulwich.refs import Ref
from dulwich.repo import Repo

from ops_core.kernel.errors import Conflict, DomainError, NotFound
from ops_core.kernel.i18n import message

FOLDER = "backups"
REPOSITORY, KEY, LOCK = "configurations.git", "digest.key", "running.lock"
_BRANCH = Ref(b"refs/heads/main")
_FILE, _FOLDER = 0o100644, 0o040000
_SHORTEST = 4
"""Characters of a revision that people must give at least."""

Copy = Mapping[str, str]
"""The redacted texts of one device by their path in its folder."""


@dataclass(frozen=True, slots=True)
class Revision:
    """One commit. ``devices`` are those whose folder it changed."""

    identifier: str
    at: datetime
    author: str
    summary: str
    devices: tuple[str, ...]


class BackupRepository:
    """The history of every device's configuration. Opened where it is used, closed by nobody."""

    def __init__(self, state_directory: Path) -> None:
        self._folder = state_directory / FOLDER
        self._path = self._folder / REPOSITORY

    def key(self, *, keep: bool = True) -> bytes:
        """The key of the digests that stand for secrets; made at its first use.

        One that is not to be kept where there is none yet serves this time alone.
        """
        path = self._folder / KEY
        try:
            return bytes.fromhex(path.read_text())
        except FileNotFoundError:
            if not keep:
                return secrets.token_bytes(32)
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_hex(32))
        try:
            os.link(draft, path)  # whoever came first made it
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        return bytes.fromhex(path.read_text())

    @contextmanager
    def writing(self) -> Iterator[None]:
        """The right to commit. Raises Conflict while another one has it."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise Conflict("另一次备份正在进行", remedy="等它结束后再试") from None
        try:
            yield
        finally:
            os.close(descriptor)

    def commit(
        self, copies: Mapping[str, Copy], author: str, summary: str, at: datetime
    ) -> Revision | None:
        """One commit with the devices' texts; other devices stay. None when nothing is different.

        To be called within :meth:`writing`. Raises DomainError when it cannot be written.
        """
        try:
            return self._commit(self._opened(create=True), copies, author, summary, at)
        except OSError as error:
            raise DomainError(
                "备份无法写入",
                str(error.strerror or error),
                "检查状态目录所在磁盘的空间和权限",
                500,
            ) from error

    def _commit(
        self, repository: Repo, copies: Mapping[str, Copy], author: str, summary: str, at: datetime
    ) -> Revision | None:
        before = self._head(repository)
        root = Tree() if before is None else self._tree(repository, before)
        changed = []
        for device, texts in sorted(copies.items()):
            folder = self._store_folder(repository, texts)
            name = device.encode()
            if name not in root or root[name][1] != folder:
                root.add(name, _FOLDER, folder)
                changed.append(device)
        if not changed:
            return None
        repository.object_store.add_object(root)
        made = Commit()
        made.tree, made.parents = root.id, [] if before is None else [before]
        made.author = made.committer = f"{_plain(author)} <>".encode()
        made.author_time = made.commit_time = int(at.timestamp())
        made.author_timezone = made.commit_timezone = 0
        made.encoding = b"UTF-8"
        made.message = f"{summary}\n\nDevices: {' '.join(changed)}\n".encode()
        repository.object_store.add_object(made)
        repository.refs.set_if_equals(_BRANCH, before, made.id)
        return _revision(made)

    def revisions(self, device: str | None = None, limit: int = 50) -> list[Revision]:
        """The newest commits first, of one device or of all."""
        try:
            repository = self._opened(create=False)
        except NotFound:
            return []
        found: list[Revision] = []
        at = self._head(repository)
        while at is not None and len(found) < limit:
            commit = repository[at]
            if not isinstance(commit, Commit):
                break
            revision = _revision(commit)
            if device is None or device in revision.devices:
                found.append(revision)
            at = commit.parents[0] if commit.parents else None
        return found

    def revision(self, given: str | None) -> Revision:
        """The one that begins so, or the newest. Raises NotFound."""
        known = self.revisions(limit=1 if given is None else 1_000_000)
        if given is not None:
            long_enough = len(given) >= _SHORTEST
            known = [r for r in known if long_enough and r.identifier.startswith(given)]
        if len(known) != 1:
            raise NotFound(
                "没有这个备份版本",
                message("找不到版本 {revision}。", revision=given or "—"),
                "用 zhishou backup list 查看有哪些版本",
            )
        return known[0]

    def texts(self, revision: Revision, device: str) -> dict[str, str]:
        """A device's texts as of a revision, by path. Raises NotFound when it had none."""
        repository = self._opened(create=False)
        tree = self._tree(repository, revision.identifier.encode())
        try:
            _, folder = tree_lookup_path(
                repository.object_store.__getitem__, tree.id, device.encode()
            )
        except KeyError:
            raise NotFound(
                "这个版本中没有这台设备",
                message("版本 {revision} 中没有 {device}。",
                        revision=revision.identifier[:12], device=device),
                "用 zhishou backup list 查看有哪些版本",
            ) from None  # fmt: skip
        entries = repository.object_store.iter_tree_contents(folder)
        return {
            entry.path.decode(): repository[entry.sha].as_raw_string().decode(errors="replace")
            for entry in entries
            if entry.path is not None and entry.sha is not None
        }

    def devices(self, revision: Revision) -> tuple[str, ...]:
        """Devices that a revision holds."""
        repository = self._opened(create=False)
        tree = self._tree(repository, revision.identifier.encode())
        return tuple(name.decode() for name in tree)

    def check(self) -> int:
        """Read every object that a commit leads to and hold it against its name; how many.

        Raises DomainError naming the first that is missing or damaged.
        """
        repository = self._opened(create=False)
        waiting = [] if (head := self._head(repository)) is None else [head]
        seen: set[ObjectID] = set()
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            try:
                found = repository[name]
                found.check()
                if found.sha().hexdigest().encode() != name:
                    raise ValueError("its content is another one's")
            except Exception as error:
                raise DomainError(
                    "备份已损坏",
                    message("对象 {name}：{error}", name=name.decode(), error=str(error)),
                    "从复制件恢复状态目录中的 backups，或移走它以重新开始", 500,
                ) from error  # fmt: skip
            if isinstance(found, Commit):
                waiting += [found.tree, *found.parents]
            elif isinstance(found, Tree):
                waiting += [entry.sha for entry in found.items() if entry.sha is not None]
        return len(seen)

    def _opened(self, *, create: bool) -> Repo:
        try:
            return Repo(str(self._path))
        except NotGitRepository:
            if not create:
                raise NotFound(
                    "还没有备份", "状态目录中没有备份库。", "先运行 zhishou backup run"
                ) from None
        self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
        repository = Repo.init_bare(str(self._path))
        repository.refs.set_symbolic_ref(Ref(b"HEAD"), _BRANCH)
        return repository

    def _head(self, repository: Repo) -> ObjectID | None:
        try:
            return repository.refs[_BRANCH]
        except KeyError:
            return None

    def _tree(self, repository: Repo, commit: bytes) -> Tree:
        found = repository[commit]
        tree = repository[found.tree] if isinstance(found, Commit) else None
        if not isinstance(tree, Tree):
            raise DomainError("备份已损坏", commit.decode(), "运行 zhishou backup verify", 500)
        return tree

    def _store_folder(self, repository: Repo, texts: Copy) -> ObjectID:
        """Store the texts below one folder; paths have ``/`` between their names."""
        tree, below = Tree(), dict[str, dict[str, str]]()
        for path, text in texts.items():
            first, _, rest = path.partition("/")
            if rest:
                below.setdefault(first, {})[rest] = text
                continue
            blob = Blob.from_string(text.encode())
            repository.object_store.add_object(blob)
            tree.add(first.encode(), _FILE, blob.id)
        for name, inner in below.items():
            tree.add(name.encode(), _FOLDER, self._store_folder(repository, inner))
        repository.object_store.add_object(tree)
        return tree.id


def _revision(commit: Commit) -> Revision:
    text = commit.message.decode(errors="replace")
    lines = text.splitlines()
    devices = next((line for line in lines if line.startswith("Devices: ")), "Devices:")
    return Revision(
        identifier=commit.id.decode(),
        at=datetime.fromtimestamp(commit.commit_time, UTC),
        author=commit.author.decode(errors="replace").removesuffix(" <>"),
        summary=lines[0] if lines else "",
        devices=tuple(devices.split()[1:]),
    )


def _plain(author: str) -> str:
    """A name that git's line of an author can hold."""
    return "".join(" " if c in "<>\n\r\0" else c for c in author).strip() or "unknown"
