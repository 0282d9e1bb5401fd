"""All proofs on made-up sites of 10 to 3,000 devices, beside a search for each failure.

Sites are those of block_site.py: every single failure of a device, link or shared-risk group,
every pair of those, and 2,000 rules for each firewall pair (one pair a block of fifty devices).
Times are processor seconds of one core. The renderings are made before and not counted; reading
them back is, rules included. All proofs in one go take less than the sum of the single ones,
because each rendering is then read back once.
The reachability of every single failure is then decided a second time by a breadth-first search
a scenario over the same graph, as Batfish's failure analysis does it, and both must agree.

    python -m tests.benchmarks.proofs [--devices 10 50 100 300 1000 3000] [--rules 2000]
                                      [--searched 1000]
"""

import argparse
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from rich.console import Console
from rich.table import Table as Sheet

from device_configs.proofs.collector import collector_paused
from device_configs.proofs.failures.cuts import Ways, cuts, ways_to
from device_configs.proofs.failures.risks import failed_elements
from device_configs.proofs.failures.scenarios import single_failures
from device_configs.proofs.prove import NAMES, Subject, prove, subject_of
from device_configs.proofs.topology import attachments, start_node
from device_configs.proofs.verdict import Proof, ProofVerdict
from device_configs.site import Site
from tests.benchmarks.block_site import synthetic_site

T = TypeVar("T")

SIZES = (10, 50, 100, 300, 1_000, 3_000)
BOUND_S = 5.0
"""All proofs on 1,000 devices, on one core."""
SEARCHED = 1_000
"""Larger sites are not searched a scenario at a time, unless asked for."""


@dataclass(frozen=True)
class Run:
    devices: int
    failures: int
    pairs: int
    rules: int
    seconds: dict[str, float]
    at_once_s: float
    searched_s: float | None
    total_s: float
    """All proofs in one go."""


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--devices", type=int, nargs="+", default=SIZES)
    arguments.add_argument("--rules", type=int, default=2_000, help="for each firewall pair")
    arguments.add_argument("--searched", type=int, default=SEARCHED, help="largest site searched")
    options = arguments.parse_args()
    runs = []
    for devices in options.devices:
        runs.append(measure(devices, options.rules, devices <= options.searched))
        print(runs[-1], file=sys.stderr, flush=True)
    show(runs)
    slow = [run for run in runs if run.devices <= 1_100 and run.total_s >= BOUND_S]
    return 1 if slow else 0


def measure(devices: int, rules: int, search: bool) -> Run:
    site = synthetic_site(devices, rules)
    subject = subject_of(site)
    assert not subject.failed, subject.failed
    seconds: dict[str, float] = {}
    counts: dict[str, int] = {}
    for name in NAMES[:-1]:
        proof, seconds[name] = timed(lambda name=name: one(subject, name))
        counts |= {f"{name}.{key}": value for key, value in proof.counts.items()}
        expected = (
            {ProofVerdict.HOLDS, ProofVerdict.VIOLATED}
            if name == "policies"
            else {ProofVerdict.HOLDS}
        )
        assert proof.verdict in expected, (name, proof.findings[:3], proof.undecided[:3])
    _, total_s = timed(lambda: prove(subject))
    with collector_paused():
        at_once_s, searched_s = compare(site, search)
    return Run(
        devices=len(site.devices),
        failures=counts["single_points.failures"],
        pairs=counts["single_points.pairs"],
        rules=counts["policies.rules"],
        seconds=seconds,
        at_once_s=at_once_s,
        searched_s=searched_s,
        total_s=total_s,
    )


def one(subject: Subject, name: str) -> Proof:
    return prove(subject, [name])[0]


def timed(work: Callable[[], T]) -> tuple[T, float]:
    start = time.process_time()
    result = work()
    return result, time.process_time() - start


def compare(site: Site, search: bool) -> tuple[float, float | None]:
    """Seconds for every single failure at once and by a search each; both find the same cuts."""
    services = [service for service in site.services.values() if service.used_by_seats]
    ways = ways_to(site, services)
    seats, everyone = attachments(site), failed_elements(site)
    found, at_once_s = timed(lambda: cuts(ways, seats, single_failures(everyone)))
    if not search:
        return at_once_s, None
    searched, searched_s = timed(
        lambda: {
            failed_element.name: cut
            for failed_element in everyone
            if (cut := searched_cut(ways, seats, failed_element.elements))
        }
    )
    assert searched == {cut.failed_elements[0].name: dict(cut.seats) for cut in found}
    return at_once_s, searched_s


def searched_cut(
    ways: dict[str, Ways], seats: dict, failed: frozenset[str]
) -> dict[str, frozenset[str]]:
    """What one failure cuts, by breadth-first search from the hosts of each service."""
    cut: dict[str, frozenset[str]] = {}
    seen: dict[tuple[int, tuple[int, ...]], set[int]] = {}
    for service, way in ways.items():
        key = (id(way.graph), way.hosts)
        if key not in seen:
            seen[key] = search(way, failed)
        lost = [
            name
            for at, names in seats.items()
            if start_node(way.graph, at) not in seen[key]
            for name in names
        ]
        if lost:
            cut[service] = frozenset(lost)
    return cut


_ONWARD: dict[int, list[list[tuple[int, str | None]]]] = {}


def search(way: Ways, failed: frozenset[str]) -> set[int]:
    graph = way.graph
    onward = _ONWARD.get(id(graph))
    if onward is None:
        _ONWARD.clear()
        onward = _ONWARD[id(graph)] = [[] for _ in graph.names]
        for edge in graph.edges:
            onward[edge.head].append((edge.tail, edge.element))
    found = {node for node in way.hosts if graph.elements[node] not in failed}
    waiting = deque(found)
    while waiting:
        for node, element in onward[waiting.popleft()]:
            if node not in found and element not in failed and graph.elements[node] not in failed:
                found.add(node)
                waiting.append(node)
    return found


def show(runs: list[Run]) -> None:
    sheet = Sheet("devices", "failures", "pairs", "rules", *NAMES[:-1], "all, s",
                  "every failure at once, s", "search a failure, s", "ratio")  # fmt: skip
    for run in runs:
        ratio = f"{run.searched_s / run.at_once_s:.0f}" if run.searched_s else "-"
        sheet.add_row(
            str(run.devices), str(run.failures), str(run.pairs), str(run.rules),
            *(f"{run.seconds[name]:.2f}" for name in NAMES[:-1]), f"{run.total_s:.2f}",
            f"{run.at_once_s:.3f}", f"{run.searched_s:.2f}" if run.searched_s else "-", ratio,
        )  # fmt: skip
    Console(width=200).print(sheet)


if __name__ == "__main__":
    raise SystemExit(main())
