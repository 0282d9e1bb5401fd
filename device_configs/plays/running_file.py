"""Whether somebody still runs a play: who does holds a lock, which the kernel lets go with him."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DIRECTORY = "plays"


@contextmanager
def held(state_directory: Path, token: str) -> Iterator[None]:
    """Be the one who runs it; afterwards the file is gone.

    Raises BlockingIOError, with the file left alone, where another one does.
    """
    path = _path(state_directory, token)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
    finally:
        os.close(descriptor)


def is_held(state_directory: Path, token: str) -> bool:
    """Whether the process that runs it lives."""
    try:
        descriptor = os.open(_path(state_directory, token), os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _path(state_directory: Path, token: str) -> Path:
    return state_directory / DIRECTORY / f"{token}.lock"
