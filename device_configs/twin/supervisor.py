"""Start the site: ``python -m device_configs.twin.supervisor --inventory I --state-directory S``.

This process stays on the machine as the handle of the twin: it dies with whoever started it
(parent-death signal), and with it the site, which it starts in namespaces of its own. It
imports little, so that the parent-death signal stands early.
"""

import argparse
import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

PR_SET_PDEATHSIG = 1
LOCK = "twin/lock"
SOCKET_NAME = "twin.sock"
RELEASE_TIMEOUT_S = 20.0
DYING_S = 1.0
"""How long a killed site may still answer."""
_UNSHARE = (
    "unshare", "--net", "--mount", "--uts", "--ipc", "--pid", "--fork", "--mount-proc",
    "--kill-child", "--propagation", "private",
)  # fmt: skip


class AlreadyRunning(RuntimeError):
    """Another supervisor serves this state directory."""


def supervisor_command(inventory: Path, state_directory: Path) -> list[str]:
    """The command line that starts the supervisor.

    Start it from a thread that lives as long as the twin shall: the kernel sends the
    parent-death signal when the starting *thread* ends.
    """
    return [
        sys.executable, "-m", "device_configs.twin.supervisor",
        "--inventory", str(inventory), "--state-directory", str(state_directory),
    ]  # fmt: skip


def start_supervisor(inventory: Path, state_directory: Path) -> subprocess.Popen[bytes]:
    """Start the supervisor as a child of the calling thread; see :func:`supervisor_command`."""
    return subprocess.Popen(
        supervisor_command(inventory, state_directory), stdin=subprocess.DEVNULL
    )


def die_with_parent(expected_parent: int) -> None:
    """SIGKILL this process when its parent's thread ends; at once when that has happened."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != expected_parent:
        os._exit(1)


def acquire(state_directory: Path) -> int:
    """Take the state directory for one site and remove what a killed one left there.

    The lock is inherited by the site's first process, so it is free only when the kernel has
    ended every process of an earlier site. Raises :class:`AlreadyRunning` when one serves.
    """
    lock = state_directory / LOCK
    lock.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + RELEASE_TIMEOUT_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            settled = time.monotonic() > deadline - RELEASE_TIMEOUT_S + DYING_S
            if (settled and is_served(state_directory)) or time.monotonic() > deadline:
                raise AlreadyRunning(
                    f"a twin already runs in {state_directory}; end it with `zhishou twin down`"
                ) from None
            time.sleep(0.05)
        else:
            (state_directory / SOCKET_NAME).unlink(missing_ok=True)
            return descriptor


def is_served(state_directory: Path) -> bool:
    """Whether somebody accepts connections on the control socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(state_directory / SOCKET_NAME))
        except OSError:
            return False
    return True


def run(inventory: Path, state_directory: Path) -> int:
    """Start the site and wait for its end; the return value is its exit status."""
    try:
        lock = acquire(state_directory)
    except AlreadyRunning as running:
        print(running, file=sys.stderr)
        return 3
    own = os.getpid()
    machine = Path("/proc/self/ns/net").stat().st_ino
    site = subprocess.Popen(
        [*_UNSHARE, "tini", "-s", "--", sys.executable, "-m", "device_configs.twin.site_process",
         str(inventory), str(state_directory), str(machine), str(own)],
        stdin=subprocess.DEVNULL,
        pass_fds=[lock],
        start_new_session=True,
        preexec_fn=lambda: die_with_parent(own),
    )  # fmt: skip

    def end_site(_signal: int, _frame: FrameType | None) -> None:
        site.kill()

    signal.signal(signal.SIGTERM, end_site)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        status = site.wait()
    finally:
        (state_directory / SOCKET_NAME).unlink(missing_ok=True)
    return 0 if status == -signal.SIGKILL else status


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line of the supervisor."""
    parent = os.getppid()
    die_with_parent(parent)
    parser = argparse.ArgumentParser(description="Build the twin of a declared site and serve it.")
    parser.add_argument("--inventory", type=Path, required=True)
    parser.add_argument("--state-directory", type=Path, required=True)
    given = parser.parse_args(arguments)
    if sys.platform != "linux" or os.geteuid() != 0:
        print("the twin needs root on Linux", file=sys.stderr)
        return 4
    return run(given.inventory.resolve(), given.state_directory.resolve())


if __name__ == "__main__":
    sys.exit(main())
