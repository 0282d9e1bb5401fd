"""Pairs of failures found near by near say what a search for each pair says."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from device_configs.proofs.failures.cuts import Ways, cuts
from device_configs.proofs.failures.double_cuts import new_double_cuts
from device_configs.proofs.failures.graph import WayGraph
from device_configs.proofs.failures.scenarios import FailedElement, single_failures
from device_configs.proofs.topology import Attachment, start_node
from tests.device_configs.proofs.failing import failed_elements_of, searched

SEATS = {Attachment(f"s{i}", "net"): (f"seat-{i}a", f"seat-{i}b") for i in range(3)}
ELEMENTS = ["s0", "s1", "s2", *(f"n{i}" for i in range(5)), *(f"l{i}" for i in range(8))]


@st.composite
def graphs(draw: st.DrawFn) -> WayGraph:
    """Three switches with seats and a few devices; edges over links, or over nothing at all."""
    graph = WayGraph()
    for at in SEATS:
        graph.node(f"{at.switch}>{at.network}", at.switch)
    for number in range(5):
        graph.node(f"n{number}", f"n{number}")
    devices = st.integers(len(SEATS), len(graph.names) - 1)
    links = st.sampled_from([None, *(f"l{i}" for i in range(8))])
    for start in range(len(SEATS)):
        for head, link in draw(st.lists(st.tuples(devices, links), min_size=1, max_size=3)):
            graph.join(start, head, link)
    for tail, head, link in draw(st.lists(st.tuples(devices, devices, links), max_size=12)):
        graph.join(tail, head, link)
    return graph


failed_elements = failed_elements_of(ELEMENTS, 2, 9)
hosts = st.sets(st.sampled_from(range(3, 8)), min_size=1, max_size=3).map(sorted).map(tuple)
answering = st.lists(st.tuples(hosts, st.booleans()), min_size=1, max_size=3)


def cut_off(way: Ways, failed: set[str]) -> set[str]:
    """Seats without a way in one scenario."""
    lost = set()
    for at, names in SEATS.items():
        start = start_node(way.graph, at)
        assert start is not None
        if not searched(way.graph, start, failed) & set(way.hosts):
            lost |= set(names)
    return lost


def each_pair(services: dict[str, Ways], found: list[FailedElement]) -> dict[frozenset[str], dict]:
    """What each pair cuts beyond each of the two, a search for each."""
    expected = {}
    for one, other in combinations(found, 2):
        seats = {}
        for name, way in services.items():
            alone = [cut_off(way, set(c.elements)) for c in (one, other)]
            both = cut_off(way, {*one.elements, *other.elements})
            if way.used_by_seats and (new := both - alone[0] - alone[1]):
                seats[name] = frozenset(new)
        if seats:
            expected[frozenset((one.name, other.name))] = seats
    return expected


@given(graphs(), failed_elements, answering, st.sampled_from((0, 1, 3, 100)))
def test_every_pair_is_decided_as_by_a_search(
    graph: WayGraph,
    found: list[FailedElement],
    answering: list[tuple[tuple[int, ...], bool]],
    most_near: int,
) -> None:
    services = {f"service-{n}": Ways(graph, *way) for n, way in enumerate(answering)}
    singles = cuts(services, SEATS, single_failures(found))
    expected = each_pair(services, found)
    doubles = new_double_cuts(services, SEATS, found, singles, most_near)
    told = {frozenset(c.name for c in cut.failed_elements): dict(cut.seats) for cut in doubles}
    assert told.items() <= expected.items()
    # A pair with a group may be left out for a pair of its members that cuts the same.
    by_elements = {tuple(sorted(c.name for c in cut.failed_elements)): cut.seats for cut in doubles}
    assert len(by_elements) == len(doubles)
    for names in expected.keys() - told.keys():
        one, other = (c for c in found if c.name in names)
        assert len(one.elements) > 1 or len(other.elements) > 1
    order = [tuple(found.index(c) for c in cut.failed_elements) for cut in doubles]
    assert order == sorted(order)


@given(graphs(), failed_elements, answering)
def test_how_many_are_near_changes_nothing(
    graph: WayGraph, found: list[FailedElement], answering: list[tuple[tuple[int, ...], bool]]
) -> None:
    services = {f"service-{n}": Ways(graph, *way) for n, way in enumerate(answering)}
    singles = cuts(services, SEATS, single_failures(found))
    rectangle = new_double_cuts(services, SEATS, found, singles, 0)
    for most_near in (1, 2, 4, 100):
        assert new_double_cuts(services, SEATS, found, singles, most_near) == rectangle
