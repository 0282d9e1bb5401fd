"""How long after a fault in the twin its incident stands on the wall, with and without traps.

The time runs from the command that breaks something to the frame of the wall's stream that
brings the incident. Usage: python -m tests.benchmarks.detection [--repeats 10] [--only TEXT]
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from device_configs.deploy.lab import Lab, deployed_lab
from ops_core.kernel.settings import Settings
from tests.lab.running_platform import RunningPlatform, WallViewer, running_platform, wait_for

BY_TRAP_S = 2.0
INTERVAL_S = 5.0
BY_POLL_S = INTERVAL_S + 1.0
LIMIT_S = 30.0


@dataclass(frozen=True)
class Fault:
    kind: str
    target: str

    def inject(self, lab: Lab) -> None:
        match self.kind:
            case "cut":
                lab.client.cut(self.target)
            case "silent":
                lab.client.cut(self.target, silent=True)
            case "display":
                lab.client.display(self.target, on=False)
            case _:
                getattr(lab.client, self.kind)(self.target)

    def undo(self, lab: Lab) -> None:
        match self.kind:
            case "cut" | "silent":
                lab.client.heal(self.target)
            case "display":
                lab.client.display(self.target, on=True)
            case _:
                lab.client.start(self.target)


FAULTS = (
    Fault("cut", "rt-a--egov"),
    Fault("cut", "rt-b--fwi-b"),
    Fault("cut", "core-a--sw-1"),
    Fault("silent", "rt-b--fwi-b"),
    Fault("silent", "core-a--sw-1"),
    Fault("kill", "fwi-b"),
    Fault("hang", "fwi-b"),
    Fault("kill", "ips-b"),
    Fault("hang", "core-b"),
    Fault("kill", "gap-b"),
)


def times(lab: Lab, platform: RunningPlatform, fault: Fault, repeats: int) -> Iterator[float]:
    """Seconds from the fault to the wall, once a repeat."""
    for _ in range(repeats):
        platform.wait_until_calm(120)
        with WallViewer(platform) as wall:
            since = time.monotonic()
            fault.inject(lab)
            try:
                yield wall.seconds_until("/incidents/F-", since, LIMIT_S)
            finally:
                fault.undo(lab)
        wait_for(lambda: not platform.open_incidents(), 120, "restored")


def measure(lab: Lab, traps: bool, repeats: int, only: str) -> bool:
    """Print a line for each fault; whether every bound held."""
    held = True
    bound = BY_TRAP_S if traps else BY_POLL_S
    with tempfile.TemporaryDirectory() as folder:
        settings = {"ZHISHOU_TRAPS": str(traps).lower()}
        with running_platform(lab.settings.state_directory, Path(folder), settings) as platform:
            for fault in FAULTS:
                if only not in f"{fault.kind} {fault.target}":
                    continue
                found = sorted(times(lab, platform, fault, repeats))
                held &= found[-1] <= bound
                print(
                    f"{'traps' if traps else 'polls':6} {fault.kind:8} {fault.target:14} "
                    f"median {found[len(found) // 2]:5.2f} s  worst {found[-1]:5.2f} s  "
                    f"bound {bound:.0f} s  {'' if found[-1] <= bound else 'EXCEEDED'}",
                    flush=True,
                )
    return held


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--repeats", type=int, default=10)
    options.add_argument("--only", default="")
    chosen = options.parse_args()
    with (
        tempfile.TemporaryDirectory() as state,
        deployed_lab(Settings(state_directory=Path(state))) as lab,
    ):
        if not lab.deploy().succeeded:
            raise SystemExit("the twin could not be deployed")
        held = [measure(lab, traps, chosen.repeats, chosen.only) for traps in (True, False)]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
