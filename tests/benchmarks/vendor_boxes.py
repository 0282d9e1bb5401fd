"""Two hundred emulated boxes changed by the driver, some at a time.

The boxes are a process of their own. Each change is a whole one: sign in, load, commit on trial
with a persist ID, confirm, save. One box refuses a line, and must stop no other.

    python -m tests.benchmarks.vendor_boxes [--boxes 200] [--workers 16] [--lines 60]
"""

import argparse
import json
import resource
import subprocess
import sys
import time

from device_configs.drivers.bounded import each_device
from device_configs.drivers.vendor.huawei_vrp import HuaweiVrpDriver
from device_configs.emulator.devices import BoxSpec, running_devices

TIME_GOAL_S, MEMORY_GOAL_MB = 60, 500


def boxes(count: int) -> int:
    """Run boxes until standard input ends; where they are is printed as JSON first."""
    specs = [BoxSpec(f"ne-{at:03}", "vrp8") for at in range(count)]
    with running_devices(specs, password="benchmark") as devices:
        devices["ne-000"].set_traits(refuse="description")
        print(json.dumps({name: device.port for name, device in devices.items()}), flush=True)
        sys.stdin.read()
        saved = sum("seats 0" in device.saved_text() for device in devices.values())
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(json.dumps({"saved": saved, "memory_mb": memory}), flush=True)
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--boxes", type=int, default=200)
    parser.add_argument("--workers", type=int, default=16)
    parser.add_argument("--lines", type=int, default=60)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve:
        return boxes(asked.boxes)
    text = "".join(f"vlan {at + 2}\n description seats {at}\n" for at in range(asked.lines // 2))
    command = [sys.executable, "-m", "tests.benchmarks.vendor_boxes", "--serve"]
    with subprocess.Popen(
        [*command, "--boxes", str(asked.boxes)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as server:  # fmt: skip
        assert server.stdin is not None
        assert server.stdout is not None
        ports = json.loads(server.stdout.readline())

        def change(name: str) -> float:
            began = time.monotonic()
            options = {"port": ports[name]}
            with HuaweiVrpDriver("127.0.0.1", "admin", "benchmark", 60, options) as driver:
                driver.load_merge_candidate(config=text)
                driver.commit_config(revert_in=600)
                driver.confirm_commit()
            return time.monotonic() - began

        began = time.monotonic()
        failed = []
        for at, outcome in enumerate(each_device(ports, change, asked.workers), 1):
            if outcome.error is not None:
                failed.append(outcome.item)
            print(f"\r{at} of {asked.boxes}", end="", file=sys.stderr)
        took = time.monotonic() - began
        server.stdin.close()
        served = json.loads(server.stdout.readline())
    memory = resource.getrusage(resource.RUSAGE_SELF)
    print(
        f"\n{asked.boxes} boxes, {asked.lines} lines each, {asked.workers} at a time: {took:.1f} s"
    )
    print(
        f"processor {memory.ru_utime + memory.ru_stime:.1f} s, memory {memory.ru_maxrss // 1024} MB"
    )
    print(f"boxes: memory {served['memory_mb']} MB; saved {served['saved']}, failed {failed}")
    whole = memory.ru_maxrss // 1024 + served["memory_mb"]
    good = served["saved"] == asked.boxes - 1 and failed == ["ne-000"]
    return 0 if good and took < TIME_GOAL_S and whole < MEMORY_GOAL_MB else 1


if __name__ == "__main__":
    sys.exit(main())
