"""The device's one lock: whoever changes it, or ends a trial on it, holds it meanwhile.

Runs on the device; the standard library alone.
"""

import contextlib
import fcntl
import os
import signal
import time

try:
    from ansible.module_utils import device_trees as trees
except ImportError:  # by itself, on the device
    import device_trees as trees

LOCK = trees.ROOT / "lock"
LOCK_PATIENCE_S = 5


class Busy(Exception):
    """Another change holds the device."""


@contextlib.contextmanager
def lock(*, take_over_after_s=None):
    """The device's one lock. A timer that has run out ends a holder that comes to no end."""
    LOCK.parent.mkdir(parents=True, exist_ok=True)
    with LOCK.open("a+", encoding="ascii") as file:
        holder, deadline = None, time.monotonic() + LOCK_PATIENCE_S
        while not _try_lock(file):
            late = time.monotonic() > deadline
            if late and take_over_after_s is None:
                raise Busy("another change is being written to this device")
            if take_over_after_s is not None and _holder(file) != holder:
                # Whoever comes next has as long as the one before it: only a question, perhaps.
                holder, deadline = _holder(file), time.monotonic() + take_over_after_s
            elif late:
                _end(holder)
            time.sleep(0.05)
        file.seek(0)
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        yield


def _try_lock(file):
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(file):
    """Who holds the lock, or held it last; empty for a moment while it changes hands."""
    file.seek(0)
    return file.read()


def _end(holder):
    with contextlib.suppress(ValueError, ProcessLookupError):
        os.kill(int(holder), signal.SIGKILL)
