"""How long a seat is cut off from the platform by each fault the declaration claims to survive.

Every redundant link is cut and cut silently, every device of a redundant pair is killed and hung,
each several times; the worst gap is held against its bound, and so is the worst while it comes
back: no second gap. A control observation without any
fault shows what the machine itself adds: a control above 60 ms says that it was too busy to
measure. Usage: python tests/benchmarks/failover.py [--repeats 10] [--only TEXT] [--json FILE]
"""

import argparse
import json
import os
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from device_configs.deploy.lab import deployed_lab
from device_configs.drills.faults import select_faults
from device_configs.drills.judging import CONTROL_MS, DrillFigure, DrillVerdict, verdict_of
from device_configs.drills.measuring import measure
from ops_core.kernel.settings import Settings


def report(figure: DrillFigure) -> str:
    """One row of a Markdown table."""
    fault = figure.fault
    session = {None: "", True: "session goes on", False: "SESSION LOST"}[figure.session_survived]
    return (
        f"| {fault.kind} | {fault.target} | {figure.worst_ms:.0f} | {fault.bound_ms} "
        f"| {figure.worst_return_ms:.0f} | {figure.control_ms:.0f} "
        f"| {verdict_of(figure)} {figure.trouble} | {session} |"
    )


def run_all(settings: Settings, repeats: int, only: str, figures: list[DrillFigure]) -> bool:
    """Build the twin, deploy, measure and print each figure; False when the deployment failed."""
    with deployed_lab(settings) as lab:
        started = time.monotonic()
        if not lab.deploy().succeeded:
            return False
        print(f"deployed in {time.monotonic() - started:.1f} s, load {os.getloadavg()[0]:.1f}")
        print("| fault | of | worst gap ms | bound | worst on return | control | | |")
        print("|---|---|---|---|---|---|---|---|")
        for fault in select_faults(lab.site, only):
            figures.append(measure(lab, fault, repeats))
            print(report(figures[-1]), flush=True)
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument(
        "--only", default="", help="only faults whose 'kind target' matches this expression"
    )
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    figures: list[DrillFigure] = []
    with tempfile.TemporaryDirectory(prefix="failover-") as folder:
        if not run_all(Settings(state_directory=Path(folder)), given.repeats, given.only, figures):
            print("the deployment failed", file=sys.stderr)
            return 2
    if given.json:
        given.json.write_text(json.dumps([asdict(figure) for figure in figures], indent=1))
    busy = [f for f in figures if f.control_ms > CONTROL_MS]
    if busy:
        print(f"{len(busy)} figures were taken while the machine was busy (control > 60 ms)")
    return 0 if all(verdict_of(figure) is DrillVerdict.HOLDS for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
