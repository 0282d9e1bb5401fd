"""A patch between two configurations of 2,000 lines, beside annet's in the same run.

The pair is made up: 200 trunk ports and VLAN interfaces with OSPF and VRRP (VRP). Every tenth port
gets another list of VLANs and every tenth gateway another priority. Times are processor seconds of
one core, the least of several runs, and include reading both texts.

    python -m tests.benchmarks.patches [--runs 5] [--ports 200]
"""

import argparse
import sys
import time
from collections.abc import Callable

import annet.api
import annet.rulebook
from annet.annlib import patching
from annet.annlib.netdev.views.hardware import HardwareView
from annet.hardware import AnnetHardwareProvider, hardware_connector
from annet.rulebook import DefaultRulebookProvider, rulebook_provider_connector
from annet.vendors import registry_connector, tabparser
from rich.console import Console
from rich.table import Table as Sheet

from device_configs.patches import make_patch


def text_of(ports: int, *, changed: bool) -> str:
    """A switch of so many ports; ten lines each."""
    lines = ["sysname big"]
    for port in range(1, ports + 1):
        other = changed and port % 10 == 0
        lines += [
            f"interface XGigabitEthernet0/0/{port}",
            f" description trunk {port}",
            " port link-type trunk",
            f" port trunk allow-pass vlan {port} {port + 1000 + other}",
            f"interface Vlanif{port}",
            f" description gateway {port}",
            f" ip address 10.{port // 250}.{port % 250}.2 255.255.255.0",
            f" ospf cost {10 + port % 7}",
            f" vrrp vrid {port % 250 + 1} virtual-ip 10.{port // 250}.{port % 250}.1",
            f" vrrp vrid {port % 250 + 1} priority {120 - other}",
        ]
    return "\n".join(lines) + "\n"


def annet_patch(old: str, new: str) -> str:
    """annet's patch as text."""
    hardware = HardwareView("Huawei S5700", "")
    formatter = registry_connector.get().match(hardware).make_formatter(indent=" ")
    rules = annet.rulebook.get_rulebook(hardware)
    trees = (tabparser.parse_to_tree(text, formatter.split) for text in (old, new))
    difference = patching.strip_unchanged(patching.make_diff(*trees, rules, []))
    pre = patching.make_pre(difference)
    patch = annet.api.patch_from_pre(pre, hardware, rules, add_comments=False)
    return str(formatter.patch(patch))


def seconds(work: Callable[[], object], runs: int) -> float:
    """The least processor time of several runs; the first one, which compiles, is left out."""
    work()
    taken = []
    for _ in range(runs):
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return min(taken)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--ports", type=int, default=200)
    arguments = parser.parse_args()
    hardware_connector.set(AnnetHardwareProvider)
    rulebook_provider_connector.set(DefaultRulebookProvider)
    old = text_of(arguments.ports, changed=False)
    new = text_of(arguments.ports, changed=True)
    ours = make_patch("huawei_vrp", old, new)
    theirs = annet_patch(old, new)
    sheet = Sheet("maker", "s", "lines sent", "lines that undo")
    for name, work, lines in (
        ("zhishou", lambda: make_patch("huawei_vrp", old, new), list(ours.lines)),
        ("annet", lambda: annet_patch(old, new), theirs.splitlines()),
    ):
        undoing = sum(line.strip().startswith("undo ") for line in lines)
        sheet.add_row(name, f"{seconds(work, arguments.runs):.3f}", str(len(lines)), str(undoing))
    Console().print(f"{len(old.splitlines())} lines", sheet)
    return 0


if __name__ == "__main__":
    sys.exit(main())
