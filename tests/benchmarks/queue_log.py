"""Asterisk's queue_log taken in: lines a second of ``zhishou calls import``, the whole command.

A call is four lines: it enters, rings in vain, is taken, ends. The file is read, checked and stored
with its calls, tallies, events and audit entries, on SQLite as shipped.

    python -m tests.benchmarks.queue_log [--lines 200000]
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LINES = 200_000
GOAL_S = 30.0
FIRST_SECOND = 1_767_232_800
"""2026-01-01 10:00 in Shanghai."""
EVERY_S = 20
_LINES_A_CALL = (
    "{at}|{call}|citizen|NONE|ENTERQUEUE||139{number:08d}|1",
    "{rung}|{call}|citizen|PJSIP/8002|RINGNOANSWER|5000",
    "{taken}|{call}|citizen|PJSIP/{seat}|CONNECT|9|{call}.1|4",
    "{over}|{call}|citizen|PJSIP/{seat}|COMPLETECALLER|9|95|1",
)


def main() -> int:
    """Print the rate; 1 where the goal was missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=LINES)
    lines = parser.parse_args().lines
    print(f"load average before: {os.getloadavg()[0]:.2f}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "queue_log"
        write_log(file, lines)
        wall_s, cpu_s = take(file, Path(folder) / "state")
    print(
        f"{lines:,} lines in {wall_s:.1f} s ({lines / wall_s:,.0f} a second);"
        f" processor {cpu_s:.1f} s ({lines / cpu_s:,.0f} a second)"
    )
    print(f"load average after: {os.getloadavg()[0]:.2f}")
    return 0 if wall_s <= GOAL_S * lines / LINES else 1


def write_log(file: Path, lines: int) -> None:
    """A log of so many lines, rounded down to whole calls."""
    with file.open("w", encoding="utf-8") as log:
        for number in range(lines // len(_LINES_A_CALL)):
            at = FIRST_SECOND + EVERY_S * number
            for line in _LINES_A_CALL:
                log.write(
                    line.format(
                        at=at, rung=at + 5, taken=at + 9, over=at + 104, call=f"{at}.{number}",
                        number=number, seat=8001 + number % 70,
                    )
                    + "\n"
                )  # fmt: skip


def take(file: Path, state: Path) -> tuple[float, float]:
    """Seconds by the wall clock and of the processor that the command takes."""
    state.mkdir()
    environment = {**os.environ, "ZHISHOU_STATE_DIRECTORY": str(state)}
    environment.pop("ZHISHOU_DATABASE_URL", None)
    command = [sys.executable, "-m", "ops_core.app.cli", "calls"]
    subprocess.run([*command, "list"], env=environment, check=True, stdout=subprocess.DEVNULL)
    before, begun = _processor_s(), time.monotonic()
    subprocess.run(
        [*command, "import", str(file), "--source", "pbx", "--json"], env=environment, check=True
    )
    return time.monotonic() - begun, _processor_s() - before


def _processor_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main())
