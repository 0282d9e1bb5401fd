"""Where the suite keeps its files: in memory, where there is room for them.

A test commits some dozens of times, and each commit waits for the disk: what is to survive a power
cut is synced to it. No test here cuts the power of this machine, and none reads a database after
its machine restarted; a full disk and a slow one are made on purpose where they are tested. A
database copied for a test takes PostgreSQL a third of a processor second on a disk.
"""

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
ROOM = 4 << 30
"""Bytes, of which a run of the whole suite uses less than half."""


def keep_files_in_memory() -> None:
    """This process and its children make temporary files in memory, unless TMPDIR says where."""
    if "TMPDIR" in os.environ or not MEMORY.is_mount() or shutil.disk_usage(MEMORY).free < ROOM:
        return
    os.environ["TMPDIR"] = str(MEMORY)
    tempfile.tempdir = None  # what was found before
