"""The processes of a run, found by what they bear in their environment, and ended.

Ansible's workers leave the process group they were started in, so that a signal to the group does
not reach them; their environment they keep, also when the platform that started them is gone.
"""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

RUN_VARIABLE = "ZHISHOU_PLAY_RUN"
_PAUSE_S = 0.05
_TRIES = 100


def processes_of(token: str) -> Iterator[int]:
    """Process ids of the run, this process never among them."""
    mark = f"{RUN_VARIABLE}={token}".encode()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal() or int(entry.name) == os.getpid():
            continue
        try:
            environment = (entry / "environ").read_bytes()
        except OSError:  # it ended, or is somebody else's
            continue
        if mark in environment.split(b"\0"):
            yield int(entry.name)


def end_processes(token: str) -> bool:
    """Kill every process of the run, those it starts meanwhile too; whether none is left."""
    for _ in range(_TRIES):
        found = list(processes_of(token))
        if not found:
            return True
        for process in found:
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(_PAUSE_S)
    return False
