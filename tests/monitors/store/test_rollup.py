"""The bucketing, by properties: whatever the values, their order and the way they are cut up."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.samples import FieldValue
from monitors.store.instants import instant, microseconds
from monitors.store.protocol import Point
from monitors.store.rollup import (
    MOST_STATES,
    Rollup,
    RollupWidth,
    coarser,
    merged,
    of_points,
    rolled_up,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
FIVE, HOUR = RollupWidth.FIVE_MINUTES, RollupWidth.HOUR

whole_floats = st.integers(-(2**20), 2**20).map(lambda n: n / 8)
"""Eighths below 2^17: their sums are exact, so that equal means equal."""
values = st.one_of(
    st.lists(whole_floats, min_size=1, max_size=40),
    st.lists(st.integers(-1_000, 1_000), min_size=1, max_size=40),
    st.lists(st.sampled_from([1, 2, 7]), min_size=1, max_size=40),
    st.lists(st.booleans(), min_size=1, max_size=40),
    st.lists(st.sampled_from(["up", "down", "未知", ""]), min_size=1, max_size=40),
)


@st.composite
def series(draw: st.DrawFn) -> list[Point]:
    """Values of one type at instants of their own within some hours, in any order."""
    of_one_type: Sequence[FieldValue] = draw(values)
    moments = draw(
        st.lists(
            st.integers(-4 * 3600 * 10**6, 4 * 3600 * 10**6),
            min_size=len(of_one_type),
            max_size=len(of_one_type),
            unique=True,
        )
    )
    base = draw(st.sampled_from([microseconds(NOON), 0]))
    return [Point(instant(base + m), v) for m, v in zip(moments, of_one_type, strict=True)]


@given(points=series(), cut=st.integers(0, 40), width=st.sampled_from(RollupWidth))
def test_the_rollup_of_a_concatenation_is_the_merge_of_the_rollups(
    points: list[Point], cut: int, width: RollupWidth
) -> None:
    both = rolled_up(points[:cut], width) + rolled_up(points[cut:], width)
    assert coarser(both, width) == rolled_up(points, width)


@given(points=series())
def test_hours_from_five_minutes_are_hours_from_the_values(points: list[Point]) -> None:
    assert coarser(rolled_up(points, FIVE), HOUR) == rolled_up(points, HOUR)


@given(points=series(), width=st.sampled_from(RollupWidth))
def test_every_value_is_in_one_bucket_and_no_bucket_is_without_one(
    points: list[Point], width: RollupWidth
) -> None:
    found = rolled_up(points, width)
    assert sum(rollup.count for rollup in found) == len(points)
    assert all(rollup.count > 0 for rollup in found), "a gap has no roll-up"
    starts = [rollup.start for rollup in found]
    assert starts == sorted(set(starts))
    assert all(microseconds(start) % (width.seconds * 10**6) == 0 for start in starts)
    for rollup in found:
        assert rollup.start <= rollup.last_at < rollup.start + width.long


@given(points=series(), order=st.randoms())
def test_the_order_of_arrival_does_not_matter(points: list[Point], order: object) -> None:
    shuffled = list(points)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    assert rolled_up(shuffled, FIVE) == rolled_up(points, FIVE)


@given(points=series())
def test_a_bucket_says_what_a_plain_count_says(points: list[Point]) -> None:
    for rollup in rolled_up(points, HOUR):
        inside = [p for p in points if rollup.start <= p.at < rollup.start + HOUR.long]
        newest = max(inside, key=lambda point: point.at)
        assert (rollup.count, rollup.last, rollup.last_at) == (
            len(inside), newest.value, newest.at
        )  # fmt: skip
        numbers = [p.value for p in inside if not isinstance(p.value, str)]
        if not numbers:
            assert rollup.mean is rollup.low is rollup.high is None
            continue
        assert (rollup.low, rollup.high) == (min(numbers), max(numbers))
        assert rollup.mean == pytest.approx(sum(numbers) / len(numbers))


@given(points=series())
def test_the_shares_of_states_add_up_to_one(points: list[Point]) -> None:
    for rollup in rolled_up(points, HOUR):
        if rollup.occurrences is not None:
            inside = {p.value for p in points if HOUR.start_of(p.at) == rollup.start}
            assert sum(rollup.share_of(state) or 0 for state in inside) == pytest.approx(1)


@pytest.mark.parametrize(
    ("seconds", "start"),
    [(0, 0), (299.999999, 0), (300, 300), (-0.000001, -300)],
    ids=["its start", "just before its end", "the start of the next", "just before its start"],
)
def test_a_bucket_holds_its_start_and_not_its_end(seconds: float, start: float) -> None:
    point = Point(NOON + timedelta(seconds=seconds), 1.0)
    assert [r.start for r in rolled_up([point], FIVE)] == [NOON + timedelta(seconds=start)]


def test_no_change_of_a_local_clock_moves_a_bucket() -> None:
    """Shanghai had summer time from 1986 to 1991: 1986-05-04 lost an hour at two o'clock."""
    spring = datetime(1986, 5, 3, 17, tzinfo=UTC)
    points = [Point(spring + timedelta(minutes=5 * n), float(n)) for n in range(36)]
    assert [r.count for r in rolled_up(points, HOUR)] == [12, 12, 12]
    assert [r.count for r in rolled_up(points, FIVE)] == [1] * 36


def test_a_state_has_shares_and_the_last_value() -> None:
    states = [1, 1, 1, 2]
    points = [Point(NOON + timedelta(seconds=5 * n), s) for n, s in enumerate(states)]
    (rollup,) = rolled_up(points, FIVE)
    assert (rollup.share_of(1), rollup.share_of(2), rollup.share_of(3)) == (0.75, 0.25, 0.0)
    assert rollup.last == 2


def test_what_takes_many_values_is_no_state_however_it_was_merged() -> None:
    points = [Point(NOON + timedelta(seconds=n), n) for n in range(MOST_STATES + 1)]
    (rollup,) = rolled_up(points, FIVE)
    assert rollup.occurrences is None
    one, other = of_points(points[:5], NOON), of_points(points[5:], NOON)
    assert merged(one, other).occurrences is None
    assert merged(other, rollup).share_of(1) is None


def test_a_gap_is_no_value() -> None:
    points = [Point(NOON, 1.0), Point(NOON + timedelta(minutes=50), 3.0)]
    found = rolled_up(points, FIVE)
    assert [r.start for r in found] == [NOON, NOON + timedelta(minutes=50)]
    (hour,) = coarser(found, HOUR)
    assert (hour.count, hour.mean) == (2, 2.0)


def test_nothing_rolls_up_to_nothing() -> None:
    empty: list[Rollup] = []
    assert rolled_up([], FIVE) == coarser(empty, HOUR) == []
