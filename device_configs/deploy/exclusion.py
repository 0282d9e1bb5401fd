"""One deployment at a time on one installation, whichever process runs it.

A ``flock`` on a file in the state directory: it holds between threads as between processes, and the
kernel lets it go when the process that holds it dies, however it dies. The file says who holds it.
"""

import fcntl
import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime
from http import HTTPStatus
from pathlib import Path

from ops_core.kernel.errors import Conflict, DomainError
from ops_core.kernel.i18n import message

LOCK_FILE = "deploy/running.lock"


class LockNotWritten(DomainError):
    """There is no room for the file of a lock, or no right to write it: nothing is begun."""

    default_status = HTTPStatus.INSUFFICIENT_STORAGE

    def __init__(self, error: OSError) -> None:
        super().__init__("锁文件无法写入", str(error), "检查状态目录的剩余空间与权限")


@dataclass(frozen=True, slots=True)
class Holder:
    """Who deploys: ``since`` is an aware instant, ``number`` empty for a run without a record."""

    author: str
    since: datetime
    number: str = ""


class DeploymentLock:
    """The right to deploy, held until :meth:`release`; any thread may release it."""

    def __init__(self, descriptor: int, holder: Holder) -> None:
        self._descriptor, self._holder = descriptor, holder

    def name(self, holder: Holder) -> None:
        """Say in the file who holds it."""
        self._holder = holder
        text = json.dumps(asdict(holder), default=datetime.isoformat, ensure_ascii=False)
        os.pwrite(self._descriptor, text.encode(), 0)
        os.ftruncate(self._descriptor, len(text.encode()))

    def release(self) -> None:
        """Let others deploy; releasing twice does nothing more."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def take_deployment_lock(state_directory: Path, holder: Holder) -> DeploymentLock:
    """Raises :class:`Conflict`, which says who deploys since when, while another one holds it."""
    return take_named_lock(state_directory, LOCK_FILE, holder)


def take_named_lock(state_directory: Path, name: str, holder: Holder) -> DeploymentLock:
    """The same for another file of the state directory. Raises :class:`LockNotWritten`, too."""
    try:
        return _take(state_directory, name, holder)
    except OSError as error:
        raise LockNotWritten(error) from error


def _take(state_directory: Path, name: str, holder: Holder) -> DeploymentLock:
    path = state_directory / name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        text = os.pread(descriptor, 4096, 0).decode(errors="replace")
        os.close(descriptor)
        raise _taken(text) from None
    except BaseException:
        os.close(descriptor)
        raise
    lock = DeploymentLock(descriptor, holder)
    try:
        lock.name(holder)
    except BaseException:  # a full disk: whoever comes next in this process must find it free
        lock.release()
        raise
    return lock


def _taken(text: str) -> Conflict:
    title, remedy = "另一次部署正在进行", "等它结束后再试"
    try:
        found = json.loads(text)
        author, number = str(found["author"]), str(found["number"])
        since = datetime.fromisoformat(found["since"]).astimezone()
    except (ValueError, KeyError, TypeError):  # it has only just been taken
        return Conflict(title, remedy=remedy)
    detail = message(
        "{author} 自 {since} 起正在部署（{number}）。",
        author=author,
        since=f"{since:%Y-%m-%d %H:%M:%S}",
        number=number or "—",
    )
    members = {"author": author, "since": since.isoformat(), "deployment": number}
    return Conflict(title, detail, remedy, members=members)
