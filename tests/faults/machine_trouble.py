"""A machine in trouble: a set clock, a slow disk, and processors that are busy."""

import mmap
import struct
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

SOURCE = Path(__file__).with_name("machine_trouble.c")
CONTENT = struct.Struct("qq")


class Trouble:
    """Of the processes that were started with :attr:`environment`; changes act at once."""

    def __init__(self, folder: Path) -> None:
        library, control = folder / "trouble.so", folder / "trouble"
        command = ["gcc", "-shared", "-fPIC", "-O1", "-o", library, SOURCE, "-ldl"]
        subprocess.run(command, check=True)
        control.write_bytes(CONTENT.pack(0, 0))
        self.environment: Mapping[str, str] = {
            "LD_PRELOAD": str(library),
            "TROUBLE_FILE": str(control),
        }
        with control.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), CONTENT.size)

    def set(self, *, clock_off_s: int = 0, fsync_takes_s: float = 0.0) -> None:
        CONTENT.pack_into(self._memory, 0, clock_off_s, round(fsync_takes_s * 1_000_000))


@contextmanager
def busy_processes(count: int) -> Iterator[None]:
    """So many processes that compute without a pause while the block runs."""
    mortal = ["setpriv", "--pdeathsig", "KILL"]
    busy = [
        subprocess.Popen([*mortal, sys.executable, "-c", "while True: pass"]) for _ in range(count)
    ]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
        for process in busy:
            process.wait()
