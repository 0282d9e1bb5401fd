"""The sweep finds exactly the pairs that a comparison of all with all finds."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from device_configs.proofs.filters.sweep import Span, overlapping

spans = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)), max_size=25).map(
    lambda found: [Span(low, low + size, f"s{i}") for i, (low, size) in enumerate(found)]
)


@given(spans, st.randoms())
def test_every_overlapping_pair_is_found_once_in_any_order(
    found: list[Span], random: object
) -> None:
    expected = {
        frozenset((a.name, b.name))
        for a, b in combinations(found, 2)
        if a.low <= b.high and b.low <= a.high
    }
    random.shuffle(found)  # type: ignore[attr-defined]
    pairs = [frozenset((a.name, b.name)) for a, b in overlapping(found)]
    assert len(pairs) == len(expected)
    assert set(pairs) == expected
