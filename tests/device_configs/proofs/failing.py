"""Made-up failed elements, and what is reached meanwhile, by networkx a scenario at a time."""

from collections.abc import Collection, Sequence

import networkx as nx
from hypothesis import strategies as st

from device_configs.proofs.failures.graph import WayGraph
from device_configs.proofs.failures.scenarios import FailedElement, FailedElementKind


def failed_elements_of(
    elements: Sequence[str], least: int, most: int
) -> st.SearchStrategy[list[FailedElement]]:
    """Lists of those that take one to three of the elements with them, many of them just one."""
    taken = st.one_of(
        st.builds(lambda element: {element}, st.sampled_from(elements)),
        st.sets(st.sampled_from(elements), min_size=1, max_size=3),
    )
    failed_element = st.builds(
        lambda name, failing: FailedElement(FailedElementKind.GROUP, name, frozenset(failing)),
        st.text("abc", min_size=1, max_size=3),
        taken,
    )
    return st.lists(
        failed_element, min_size=least, max_size=most, unique_by=lambda found: found.name
    )


def searched(graph: WayGraph, start: int, failed: Collection[str]) -> set[int]:
    """What networkx reaches from the start in one scenario."""
    whole = nx.MultiDiGraph()
    whole.add_nodes_from(range(len(graph.names)))
    whole.add_edges_from((e.tail, e.head) for e in graph.edges if e.element not in failed)
    whole.remove_nodes_from([n for n, name in enumerate(graph.elements) if name in failed])
    return {start, *nx.descendants(whole, start)} if start in whole else set()
