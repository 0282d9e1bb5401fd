"""Two hundred emulated VRP boxes changed by the change engine, some at a time.

The boxes are a process of their own, half of them in each half. The change is a whole one: planned
from what the boxes answer, half by half, each on trial, read back, asked at the gates,
confirmed, saved, and on record. One box of the second half refuses a line: its half is taken back,
the first half keeps what it has.

    python -m tests.benchmarks.vendor_boxes [--boxes 200] [--workers 16] [--lines 60]
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from device_configs.changes.box_logins import StandIn, write_stand_ins
from device_configs.changes.carrying import carry_out
from device_configs.changes.happenings import DevicePlaced, Happening
from device_configs.changes.history import NetworkChange
from device_configs.changes.states import ChangeState
from device_configs.emulator.devices import BoxSpec, running_devices
from device_configs.site import Site, load_site
from device_configs.site.model import Half, Title
from tests.device_configs.changes.vendor_site import LI, planned, work_in
from tests.migrated import migrated_database

TIME_GOAL_S, MEMORY_GOAL_MB = 60, 500
PASSWORD = "benchmark"
INVENTORY = Path(__file__).parents[2] / "inventory"
BEFORE = """#
sysname {name}
#
vlan batch 10 20
#
interface LoopBack0
 description the box itself
#
return
"""


def names_of(count: int) -> list[str]:
    """Two by two, a half each."""
    return [f"ne-{at // 2:03}{'ab'[at % 2]}" for at in range(count)]


def bad_box(count: int) -> str:
    """One of the half that is changed second."""
    return names_of(count)[0]


def serve(count: int) -> int:
    """Run boxes until standard input ends; where they are is printed as JSON first."""
    specs = [BoxSpec(name, "vrp8", BEFORE.format(name=name)) for name in names_of(count)]
    with running_devices(specs, password=PASSWORD) as devices:
        devices[bad_box(count)].set_traits(refuse="^ *description seats 3")
        print(json.dumps({name: device.port for name, device in devices.items()}), flush=True)
        sys.stdin.read()
        found = {
            name: ["seats 0" in device.running_text(), "seats 0" in device.saved_text()]
            for name, device in devices.items()
        }
        used = resource.getrusage(resource.RUSAGE_SELF)
        print(
            json.dumps(
                {
                    "new": found,
                    "memory_mb": used.ru_maxrss // 1024,
                    "cpu_s": used.ru_utime + used.ru_stime,
                }
            ),
            flush=True,
        )
    return 0


def site_of(count: int) -> Site:
    """The shipped site with these pairs of routers in the place of its devices."""
    shipped = load_site(INVENTORY)
    monitoring = shipped.monitoring_host.model_copy(update={"deployed": False})
    devices = {monitoring.name: monitoring}
    for name in names_of(count):
        partner = name[:-1] + ("b" if name.endswith("a") else "a")
        devices[name] = shipped.devices["rt-a"].model_copy(
            update={
                "name": name, "title": Title(zh=name, en=name), "platform": "huawei_vrp",
                "half": Half.A if name.endswith("a") else Half.B, "partner": partner,
                "management_address": None,
            }
        )  # fmt: skip
    values = {key: getattr(shipped, key) for key in Site.model_fields}
    return Site.model_construct(**(values | {"devices": devices}))


def changed(directory: Path, ports: dict[str, int], workers: int, lines: int) -> NetworkChange:
    """Plan, approve and carry out; says how long each took, and how far it is."""
    text = "".join(f"vlan {at + 30}\n description seats {at}\n#\n" for at in range(lines // 2))
    texts = {n: BEFORE.format(name=n).replace("return\n", f"{text}return\n") for n in ports}
    boxes = {
        name: StandIn(host="127.0.0.1", port=port, user="admin", password=PASSWORD)
        for name, port in ports.items()
    }
    write_stand_ins(directory, boxes)
    database = migrated_database(directory / "record.sqlite")
    work = work_in(
        directory, site_of(len(ports)), database, workers=workers, answer_s=60, texts=texts
    )
    settled: set[str] = set()

    def on_step(_happened: str, happening: Happening) -> None:
        if isinstance(happening, DevicePlaced) and happening.place in ("new", "old"):
            settled.add(happening.device)
            print(f"\r{len(settled)} of {len(ports)}", end="", file=sys.stderr)

    began = time.monotonic()
    number = planned(work)
    print(f"planned and approved: {time.monotonic() - began:.1f} s")
    began = time.monotonic()
    change = carry_out(work, LI, number, on_step=on_step)
    print(f"\rcarried out: {time.monotonic() - began:.1f} s")
    database.close()
    return change


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--boxes", type=int, default=200)
    parser.add_argument("--workers", type=int, default=16)
    parser.add_argument("--lines", type=int, default=60)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve:
        return serve(asked.boxes)
    command = [sys.executable, "-m", "tests.benchmarks.vendor_boxes", "--serve"]
    with tempfile.TemporaryDirectory() as folder, subprocess.Popen(
        [*command, "--boxes", str(asked.boxes)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as server:  # fmt: skip
        assert server.stdin is not None
        assert server.stdout is not None
        ports = json.loads(server.stdout.readline())
        began = time.monotonic()
        change = changed(Path(folder), ports, asked.workers, asked.lines)
        took = time.monotonic() - began
        server.stdin.close()
        served = json.loads(server.stdout.readline())
    used = resource.getrusage(resource.RUSAGE_SELF)
    own_mb = used.ru_maxrss // 1024
    halves = {half: [served["new"][n] for n in ports if n.endswith(half)] for half in "ab"}
    print(f"{asked.boxes} boxes, {asked.lines} lines each, {asked.workers} at a time: {took:.1f} s")
    print(f"processor {used.ru_utime + used.ru_stime:.1f} s, memory {own_mb} MB; "
          f"boxes: processor {served['cpu_s']:.1f} s, memory {served['memory_mb']} MB")  # fmt: skip
    print(f"first half new: {all(map(all, halves['b']))}, second half old: "
          f"{not any(map(any, halves['a']))}; {change.state}")  # fmt: skip
    good = (
        change.state is ChangeState.FAILED
        and all(map(all, halves["b"]))
        and not any(map(any, halves["a"]))
        and {n for n, place in change.places.items() if place == "new"}
        == {n for n in ports if n.endswith("b")}
    )
    whole = own_mb + served["memory_mb"]
    return 0 if good and took < TIME_GOAL_S and whole < MEMORY_GOAL_MB else 1


if __name__ == "__main__":
    sys.exit(main())
