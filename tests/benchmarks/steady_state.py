"""Processor time of the shipped centre at rest: twin, platform and the demonstration together.

``zhishou run`` with a state directory of its own and the demonstration's days before caught up with
beforehand, as after a while of running. When the feed lives in real time and the platform has been
up for a while, processor time of the platform is taken from /proc by thread, over some minutes. A
fixed loop of plain Python in the same run says how fast a core of this machine is just now: other
work on the machine slows both. The twin's devices (snmpd, FRR, sshd ...) stand for the centre's
hardware; what they take is shown apart. Exit code 1 when the platform is over its limit.

    python -m tests.benchmarks.steady_state [--seconds 60] [--settle 60]   (as root)
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from rich.console import Console
from rich.table import Table

from device_configs.site import load_site
from ops_core.app.demonstration.feed import DemonstrationFeed
from ops_core.app.tables import TABLE_MODULES
from ops_core.hotline.contacts.vault import open_vault
from ops_core.hotline.demonstration.backlogs import MAIN, backlogs_of
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.consumers import read_positions
from ops_core.kernel.database import Database, migrate, open_database
from ops_core.kernel.events import EventBus
from ops_core.kernel.settings import Settings
from tests.command_cost import ZHISHOU
from tests.lab.running_platform import free_port, wait_for

LIMIT = 0.25
"""Of one core."""
START_S, SETTLED_S = 300.0, 300.0
CONTROL_ROUNDS = 2_000_000
_HERTZ = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Process:
    """One process as /proc has it; ``cpu_s`` with those of its children that have ended."""

    pid: int
    parent: int
    cpu_s: float
    command: tuple[str, ...]


@dataclass(frozen=True)
class Reading:
    """Processor seconds so far: each thread of the platform, its children, the twin's processes."""

    at: float
    threads: dict[tuple[int, str], float]
    children_s: float
    twin_s: float


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--settle", type=float, default=60.0, help="seconds up before it counts")
    options = parser.parse_args()
    with ExitStack() as cleanup:
        folder = Path(cleanup.enter_context(tempfile.TemporaryDirectory()))
        settings = Settings(state_directory=folder, web_port=free_port(), demonstration=True)
        database = open_database(settings)
        cleanup.callback(database.close)
        _catch_up(settings, database)
        launcher = cleanup.enter_context(_running(settings, folder / "run.log"))
        wait_for(lambda: _lives_now(database), SETTLED_S, "the demonstration lives in real time")
        time.sleep(options.settle)
        controls = [_control_s()]
        before = _read(launcher.pid)
        time.sleep(options.seconds)
        after = _read(launcher.pid)
        controls.append(_control_s())
    return _report(before, after, min(controls))


def _catch_up(settings: Settings, database: Database) -> None:
    migrate(database.engine, TABLE_MODULES)
    vault, seed = open_vault(settings.state_directory), settings.demonstration_seed
    site = load_site(settings.inventory)
    feed = DemonstrationFeed(
        site, database, EventBus(), SystemClock(), vault, seed, pause_share=0.0
    )
    feed.catch_up(threading.Event())


def _lives_now(database: Database) -> bool:
    with database.reading() as session:
        positions = read_positions(session, MAIN)
    return len(backlogs_of(positions)) == 1 and time.time() - positions[MAIN] < 30


@contextmanager
def _running(settings: Settings, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    environment = {
        **os.environ,
        "ZHISHOU_STATE_DIRECTORY": str(settings.state_directory),
        "ZHISHOU_WEB_PORT": str(settings.web_port),
        "ZHISHOU_DEMONSTRATION": "on",
        "ZHISHOU_METRICS": "sqlite",
    }
    with log.open("wb") as output:
        launcher = subprocess.Popen([ZHISHOU, "run"], env=environment, stdout=output, stderr=output)

    def answers() -> bool:
        assert launcher.poll() is None, log.read_text()
        try:
            return httpx.get(f"http://127.0.0.1:{settings.web_port}/healthz", timeout=2).is_success
        except httpx.TransportError:
            return False

    try:
        wait_for(answers, START_S, "the platform answers")
        yield launcher
    finally:
        launcher.send_signal(signal.SIGTERM)
        launcher.wait(60)


def _processes() -> dict[int, Process]:
    found: dict[int, Process] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
            command = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:  # it has just ended
            continue
        cpu_s = sum(int(field) for field in fields[11:15]) / _HERTZ
        found[int(folder.name)] = Process(int(folder.name), int(fields[1]), cpu_s, tuple(command))
    return found


def _below(processes: dict[int, Process], root: int) -> list[Process]:
    """A process with all that it started and that they did."""
    return [processes[root]] + [
        inner
        for child in processes.values()
        if child.parent == root
        for inner in _below(processes, child.pid)
    ]


def _read(launcher: int) -> Reading:
    processes = _processes()
    children = [process for process in processes.values() if process.parent == launcher]
    platform = next(process for process in children if "serve" in process.command)
    twin = [process for process in children if process.pid != platform.pid]
    started = _below(processes, platform.pid)[1:]
    return Reading(
        at=time.monotonic(),
        threads=_threads(platform.pid),
        children_s=sum(process.cpu_s for process in started),
        twin_s=sum(inner.cpu_s for process in twin for inner in _below(processes, process.pid)),
    )


def _threads(pid: int) -> dict[tuple[int, str], float]:
    found: dict[tuple[int, str], float] = {}
    for folder in Path(f"/proc/{pid}/task").iterdir():
        try:
            fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
            name = (folder / "comm").read_text().strip()
        except OSError:
            continue
        label = "main thread (web)" if int(folder.name) == pid else name
        found[int(folder.name), label] = (int(fields[11]) + int(fields[12])) / _HERTZ
    return found


def _control_s() -> float:
    """Processor seconds of a fixed loop of plain Python."""
    begun, total = time.thread_time(), 0
    for number in range(CONTROL_ROUNDS):
        total += number * number % 7
    assert total
    return time.thread_time() - begun


def _report(before: Reading, after: Reading, control_s: float) -> int:
    span = after.at - before.at
    shares: dict[str, float] = {}
    for key, seconds in after.threads.items():
        used = (seconds - before.threads.get(key, 0.0)) / span
        shares[key[1]] = shares.get(key[1], 0.0) + used
    shares["its children"] = (after.children_s - before.children_s) / span
    share = sum(shares.values())
    table = Table("thread", "% of a core")
    for name, used in sorted(shares.items(), key=lambda item: -item[1]):
        table.add_row(name, f"{used * 100:.2f}")
    table.add_row("platform", f"{share * 100:.1f} (limit {LIMIT * 100:.0f})")
    table.add_row("twin, beside it", f"{(after.twin_s - before.twin_s) / span * 100:.1f}")
    console = Console()
    console.print(table)
    console.print(
        f"over {span:.0f} s; control loop {control_s * 1000:.0f} ms: the platform takes "
        f"{share / control_s:.2f} such loops a second; load {os.getloadavg()[0]:.1f}"
    )
    return int(share >= LIMIT)


if __name__ == "__main__":
    sys.exit(main())
