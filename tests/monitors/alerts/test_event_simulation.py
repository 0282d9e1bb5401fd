"""Random sites event by event: loss, delay, restarts, lateness of our own; all 16 invariants.

A failing run is named by its scenario, already without whatever does not matter for the failure:
``run(Scenario(...))`` repeats it.
"""

import random

import pytest

from monitors.alerts.graph import Graph
from tests.monitors.alerts.event_simulation import Course, Scenario, run, simpler
from tests.monitors.alerts.invariants import INVARIANTS, violations
from tests.monitors.alerts.random_sites import random_site
from tests.profile import examples

PARTS = 10
SITES = examples(suite=300, nightly=10_000)


def smallest(scenario: Scenario, number: int) -> Scenario:
    """The scenario with all left out that the violated invariant does not need."""
    for candidate in simpler(scenario):
        if number in violations(run(candidate)):
            return smallest(candidate, number)
    return scenario


def report(seed: int) -> list[str]:
    """What is wrong with the run of a seed: the invariant, its smallest scenario, the findings."""
    scenario = Scenario(seed, faults=2 + seed % 3)
    found = []
    for number in violations(run(scenario)):
        least = smallest(scenario, number)
        wrong = violations(run(least))[number]
        found.append(f"{number} {INVARIANTS[number].__name__}: {least}: {wrong[0]}")
    return found


@pytest.mark.timeout(examples(suite=1_800, nightly=7_200))
@pytest.mark.parametrize("part", range(PARTS))
def test_all_sixteen_invariants_hold_on_random_sites(part: int) -> None:
    wrong = [line for seed in range(part, SITES, PARTS) for line in report(seed)]
    assert wrong == [], "\n".join(wrong)


# fmt: off
ONCE_WRONG = (
    481, 869, 1163, 1234, 1625, 1661, 1751, 2080, 2085, 2114, 2509,
    2891, 3040, 3363, 4507, 4580, 4907, 5791, 5830, 8020, 8203, 9027, 9100, 9178, 9370, 9920,
)
# fmt: on
"""Seeds of the nightly run by which something was mended."""
ONCE_WRONG_IN_LESS = (
    Scenario(2891, faults=4, restarts=0),
    Scenario(4580, faults=4, restarts=0, late_judge=0),
    Scenario(5830, only=(0, 2)),
    Scenario(5830, only=(1, 2), trap_loss=0, restarts=0, late_messages=0, late_judge=0),
    Scenario(8020, only=(1, 2), trap_loss=0, restarts=0, late_messages=0),
)
"""Parts of them in which it shows by itself."""


@pytest.mark.parametrize("seed", ONCE_WRONG)
def test_what_was_mended_stays_mended(seed: int) -> None:
    assert report(seed) == []


@pytest.mark.parametrize("scenario", ONCE_WRONG_IN_LESS, ids=str)
def test_what_was_mended_stays_mended_where_it_shows_by_itself(scenario: Scenario) -> None:
    assert violations(run(scenario)) == {}


def graphs() -> list[Graph]:
    return [random_site(random.Random(seed)) for seed in range(SITES if SITES < 1_000 else 1_000)]


def test_random_sites_have_whatever_makes_suppression_hard() -> None:
    """Cycles, parallel cables, unwatched devices, seats, circuits: none of them may be missing."""
    found = graphs()
    pairs = [[frozenset(edge) for edge in g.management.values()] for g in found]
    nodes = [{node for edge in g.management.values() for node in edge} for g in found]
    assert any(len(set(p)) < len(p) for p in pairs)
    assert any(len(set(p)) >= len(n) for p, n in zip(pairs, nodes, strict=True))
    assert any(n - g.devices - {g.collector} for g, n in zip(found, nodes, strict=True))
    assert any(len(g.circuit_links) > 1 for g in found)
    assert any(len(set(g.seat_switch.values())) > 1 for g in found)


def test_a_run_is_repeated_by_its_seed() -> None:
    def told(course: Course) -> list[tuple[float, str, int]]:
        return [(second, t.key, t.sequence) for second, t in course.transitions]

    assert told(run(Scenario(7))) == told(run(Scenario(7)))


def test_the_simulation_sees_what_it_looks_for() -> None:
    """Over some runs every kind of trouble comes true: else the invariants hold of nothing."""
    courses = [run(Scenario(seed, faults=4)) for seed in range(12)]
    kinds = {t.kind for course in courses for _, t in course.transitions}
    assert {"FaultOpened", "FaultUpdated", "FaultResolved"} <= kinds
    roots = {root.kind for c in courses for _, t in c.transitions for root in t.group.roots}
    assert {"device", "link", "condition"} <= roots
    assert any(c.spells and c.restarted_at for c in courses)
