"""Child processes that cannot outlive their parent, and their orderly end."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from ops_core.kernel.private_files import make_private

_PR_SET_PDEATHSIG = 1


def die_with_parent(death_signal: signal.Signals) -> Callable[[], None]:
    """A ``preexec_fn`` after which the child gets ``death_signal`` when its parent dies.

    The kernel ties this to the parent's *thread*: start such children from the main thread.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def prepare() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, death_signal)
        if os.getppid() != parent:  # it died before the call above
            os.kill(os.getpid(), death_signal)

    return prepare


def start_child(
    arguments: Sequence[str],
    log: Path,
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own, its output appended to ``log``.

    The session keeps Ctrl-C away from it: the parent ends its children in its own order.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    make_private(log)
    with log.open("ab") as output:
        return subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGKILL) if sys.platform == "linux" else None,
        )


def stop_child(child: subprocess.Popen[bytes], patience_s: float) -> None:
    """Ask it to end, and end it when ``patience_s`` have passed; its session goes with it."""
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(patience_s)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)


def wait_until(condition: Callable[[], bool], patience_s: float, every_s: float = 0.05) -> bool:
    """Whether ``condition`` became true within ``patience_s``."""
    end = time.monotonic() + patience_s
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(every_s)
    return True


def tail_of(log: Path, lines: int = 12) -> str:
    """The last lines of a log, for an error message; empty when there is none."""
    try:
        return "\n".join(log.read_text("utf-8", "replace").splitlines()[-lines:])
    except OSError:
        return ""
