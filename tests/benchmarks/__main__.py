"""``python -m tests.benchmarks``: every measurement of docs/performance.md, one after the other."""

import subprocess
import sys

MODULES = (
    "command_line",
    "steady_state",
    "polling",
    "failover",
    "change_over",
    "detection",
    "commands",
    "queue_log",
    "audit_search",
    "indicators",
    "wall_calls",
    "wall_storm",
    "synthetic_site",
    "proofs",
    "patches",
    "vendor_boxes",
    "demonstration",
)


def main() -> int:
    codes = [
        subprocess.run([sys.executable, "-m", f"tests.benchmarks.{name}"], check=False).returncode
        for name in MODULES
    ]
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
