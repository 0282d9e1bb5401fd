"""A planned change-over of either half, seen by seats: ``python -m tests.benchmarks.change_over``.

Each half is drained and restored in a deployed twin while two seats send datagrams every 5 ms and
one of them keeps a TCP session; a stretch in which nothing is done is the control. Goal: 40 ms.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from ipaddress import IPv4Address
from pathlib import Path

from device_configs.deploy.lab import Lab, deployed_lab
from device_configs.draining.handover import drain, restore
from device_configs.draining.shell import SshShell
from device_configs.twin.gap import Transport
from ops_core.kernel.settings import Settings

SEATS = ("seat-001", "seat-013")
PLATFORM = IPv4Address("10.100.0.10")
GOAL_MS = 40.0
SETTLES_S = 25.0
HELD_S = 300


def half(lab: Lab, letter: str) -> list[str]:
    """The devices of a half that have a partner in the other."""
    return [d.name for d in lab.site.devices.values() if d.half == letter and d.partner]


def watched(lab: Lab, act: Callable[[], object], after_s: float) -> tuple[float, int]:
    """The longest gap (ms) of all ways while something is done, and the datagrams lost."""
    with ExitStack() as stack:
        ways = [
            stack.enter_context(lab.observing(seat, PLATFORM, interval_s=0.005)) for seat in SEATS
        ]
        session = lab.observing(SEATS[0], PLATFORM, Transport.TCP, 0.01)
        ways.append(stack.enter_context(session))
        time.sleep(0.3)
        act()
        time.sleep(after_s)
    found = [way.measurement for way in ways if way.measurement is not None]
    if len(found) < len(ways) or found[-1].session_ended:
        raise SystemExit("a way was not measured to its end, or the session ended")
    return max(one.longest_gap_ms for one in found), sum(one.lost for one in found[:-1])


def main() -> int:
    """Exit code 1 when the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    repeats = parser.parse_args().repeats
    worst = 0.0
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        lab = stack.enter_context(deployed_lab(Settings(state_directory=Path(folder))))
        if not lab.deploy().succeeded:
            raise SystemExit("the twin was not deployed")
        time.sleep(SETTLES_S)
        shell = SshShell(lab.site, lab.settings.state_directory, lab.network)
        for _ in range(repeats):
            gap, lost = watched(lab, lambda: time.sleep(3), 1.5)
            print(f"control        {gap:5.1f} ms, {lost} lost", flush=True)
            for letter in "AB":
                devices = half(lab, letter)
                steps: dict[str, Callable[[], object]] = {
                    "drain": lambda devices=devices: drain(
                        lab.site, shell, devices, who="benchmark", seconds=HELD_S
                    ),
                    "restore": lambda devices=devices: restore(lab.site, shell, devices),
                }
                for name, act in steps.items():
                    gap, lost = watched(lab, act, 3.0)
                    worst = max(worst, gap)
                    print(f"half {letter} {name:8}{gap:5.1f} ms, {lost} lost", flush=True)
                    time.sleep(3.0)
    print(f"worst {worst:.1f} ms, goal {GOAL_MS:.0f} ms")
    return int(worst > GOAL_MS)


if __name__ == "__main__":
    sys.exit(main())
