"""All scenarios at once say what a search for each scenario says."""

from itertools import combinations, pairwise

from hypothesis import given
from hypothesis import strategies as st

from device_configs.proofs.failures.graph import WayGraph, next_steps, reach, walk
from device_configs.proofs.failures.scenarios import (
    FailedElement,
    Scenarios,
    bits_of,
    double_failures,
    single_failures,
)
from tests.device_configs.proofs.failing import failed_elements_of, searched

NODES = 9
ELEMENTS = [f"n{i}" for i in range(NODES)] + [f"l{i}" for i in range(14)]


@st.composite
def graphs(draw: st.DrawFn) -> WayGraph:
    """Nodes carried by devices ``n0..``, two of them by the same one, edges by links ``l0..``."""
    graph = WayGraph()
    for number in range(NODES):
        graph.node(f"node {number}", f"n{number % (NODES - 1)}")
    edges = st.tuples(
        st.integers(0, NODES - 1),
        st.integers(0, NODES - 1),
        st.sampled_from([None, *(f"l{i}" for i in range(14))]),
    )
    for tail, head, link in draw(st.lists(edges, max_size=24)):
        graph.join(tail, head, link)
    return graph


failed_elements = failed_elements_of(ELEMENTS, 1, 6)


def agree(graph: WayGraph, scenarios: Scenarios, start: int) -> None:
    reached = reach(graph, (start,), scenarios.dead, scenarios.everything)
    for bit in bits_of(scenarios.everything):
        failed = set().union(*(c.elements for c in scenarios.failed_elements_of(bit)))
        expected = searched(graph, start, failed)
        assert {n for n, bits in enumerate(reached) if bits >> bit & 1} == expected


@given(graphs(), failed_elements, st.integers(0, NODES - 1))
def test_every_single_failure_is_decided_as_by_a_search(
    graph: WayGraph, found: list[FailedElement], start: int
) -> None:
    agree(graph, single_failures(found), start)


@given(graphs(), failed_elements, st.integers(0, NODES - 1))
def test_every_pair_of_failures_is_decided_as_by_a_search(
    graph: WayGraph, found: list[FailedElement], start: int
) -> None:
    for most_bits in (1, 2 * len(found), 1_000):
        for part in double_failures(found, most_bits):
            agree(graph, part, start)


@given(failed_elements)
def test_pairs_are_each_two_failed_elements_once(found: list[FailedElement]) -> None:
    for most_bits in (1, 2 * len(found), 1_000):
        parts = double_failures(found, most_bits)
        pairs = [part.failed_elements_of(bit) for part in parts for bit in bits_of(part.everything)]
        assert pairs == list(combinations(found, 2))


@given(graphs(), failed_elements, st.integers(0, NODES - 1), st.randoms())
def test_the_order_of_edges_and_failed_elements_changes_nothing(
    graph: WayGraph, found: list[FailedElement], start: int, random: object
) -> None:
    def answers() -> set[tuple[int, str]]:
        scenarios = single_failures(found)
        reached = reach(graph, (start,), scenarios.dead, scenarios.everything)
        return {
            (node, scenarios.failed_elements_of(bit)[0].name)
            for node, bits in enumerate(reached)
            for bit in bits_of(bits)
        }

    before = answers()
    random.shuffle(graph.edges)  # type: ignore[attr-defined]
    random.shuffle(found)  # type: ignore[attr-defined]
    assert answers() == before


@given(graphs(), st.integers(0, NODES - 1), st.integers(0, NODES - 1))
def test_backward_is_forward_over_turned_edges(graph: WayGraph, start: int, goal: int) -> None:
    forward = reach(graph, (start,), {}, 1)[goal]
    assert forward == reach(graph, (goal,), {}, 1, backward=True)[start]


@given(
    graphs(),
    st.integers(0, NODES - 1),
    st.integers(0, NODES - 1),
    st.sets(st.sampled_from(ELEMENTS), max_size=3),
)
def test_a_walk_is_found_exactly_where_the_goal_is_reached(
    graph: WayGraph, start: int, goal: int, failed: set[str]
) -> None:
    way = walk(graph, (start,), {goal}, failed)
    assert bool(way) == (goal in searched(graph, start, failed))
    steps = {(e.tail, e.head) for e in graph.edges if e.element not in failed}
    assert all(step in steps for step in pairwise(way))
    if way:
        assert (way[0], way[-1]) == (start, goal)


@given(graphs(), st.integers(0, NODES - 1))
def test_next_steps_lead_to_the_goal_as_shortly_as_a_walk(graph: WayGraph, goal: int) -> None:
    following = next_steps(graph, (goal,))
    for start in range(NODES):
        way = walk(graph, (start,), {goal})
        steps = [start]
        while following[steps[-1]] not in (None, steps[-1]):
            steps.append(following[steps[-1]])
        assert len(steps) == max(1, len(way))
        assert (following[start] is None) == (not way)
