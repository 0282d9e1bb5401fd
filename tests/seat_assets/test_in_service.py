"""What was in service when: no edit of the seat list moves a figure of the past (invariant 13)."""

from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from seat_assets.history import states_through
from seat_assets.in_service import (
    ServiceMove,
    intervals,
    moves_by,
    seats_at,
    time_in_service,
)
from seat_assets.model import Change, Part, Terminal, TerminalCondition
from seat_assets.snapshots import count_through, time_weighted
from tests.monitors.alerts.simulation import after

OK = TerminalCondition.OK
SEATS = (1, 2, 3)
Lists = list[tuple[int, frozenset[int], int]]
"""Seconds since the reading before, the seats of the list, which set of machines stands there."""
lists = st.lists(
    st.tuples(st.integers(0, 9), st.frozensets(st.sampled_from(SEATS)), st.integers(0, 1)),
    max_size=6,
)
changes = st.lists(
    st.builds(
        Change,
        st.sampled_from(SEATS),
        st.sampled_from(Part),
        st.sampled_from(TerminalCondition),
        st.integers(-5, 60).map(after),
    ),
    max_size=20,
)


def declared(seats: frozenset[int], machines: int) -> list[Terminal]:
    return [
        Terminal(n, f"seat-{n:03}", "sw-1", 1, n, f"80{n:02}", f"PC-{machines}-{n}", f"DP-{n}")
        for n in seats
    ]


def readings(edits: Lists) -> list[tuple[datetime, frozenset[int], tuple[ServiceMove, ...]]]:
    """When the list was read, what it said, and all moves known by then."""
    found, moves, second = [], tuple[ServiceMove, ...](), 0
    for waited, seats, machines in edits:
        second += waited
        latest = {move.seat: move for move in moves}
        moves += moves_by(latest, declared(seats, machines), after(second))
        found.append((after(second), seats, moves))
    return found


@given(lists)
def test_in_service_is_what_the_list_said_when_it_was_read(edits: Lists) -> None:
    for at, seats, moves in readings(edits):
        assert seats_at(moves, at) == seats
        assert moves_by({m.seat: m for m in moves}, [], at) == tuple(
            ServiceMove(m.seat, False, at, m.host, m.displays)
            for m in sorted({m.seat: m for m in moves}.values(), key=lambda m: m.seat)
            if m.in_service
        )


@given(lists, changes)
def test_no_edit_of_the_list_moves_a_figure_of_the_past(edits: Lists, seen: list[Change]) -> None:
    """Whatever comes later, what was counted before the last reading is counted for ever."""
    read = readings(edits)
    final = read[-1][2] if read else ()
    for at, _, moves in read:
        looks = [after(second) for second in range(-2, 60) if after(second) < at]
        assert count_through(seen, (), looks, final) == count_through(seen, (), looks, moves)
        past = [time_weighted(seen, (), after(-2), at, known) for known in (final, moves)]
        assert past[0] == past[1]
        assert time_in_service(final, after(-2), at) == time_in_service(moves, after(-2), at)


@given(lists, st.integers(0, 60), st.integers(0, 60))
def test_time_in_service_is_the_sum_of_the_intervals_and_of_the_parts_of_a_period(
    edits: Lists, cut: int, length: int
) -> None:
    moves = [move for _, _, known in readings(edits)[-1:] for move in known]
    start, middle, end = after(0), after(cut), after(cut + length)
    whole = time_in_service(moves, start, end)
    assert whole == time_in_service(moves, start, middle) + time_in_service(moves, middle, end)
    each = sum(len(seats_at(moves, after(second))) for second in range(cut + length))
    assert whole == timedelta(seconds=each)
    held = intervals(moves)
    for one, other in pairwise(held):
        assert one.seat < other.seat or (one.end is not None and one.end <= other.start)


@given(lists, changes)
def test_what_is_counted_is_every_terminal_in_service_at_each_look(
    edits: Lists, seen: list[Change]
) -> None:
    moves = [move for _, _, known in readings(edits)[-1:] for move in known]
    looks = [after(second) for second in range(-2, 40)]
    counted = count_through(seen, (), looks, moves)
    states = list(states_through(seen, (), looks, moves))
    assert counted.total() == sum(len(seats_at(moves, at)) for at in looks)
    assert [{s.seat for s in some} for some in states] == [set(seats_at(moves, at)) for at in looks]
    pairs = [(s.host, s.display) for some in states for s in some]
    assert {pair: pairs.count(pair) for pair in set(pairs)} == dict(counted)


def test_a_terminal_in_service_of_which_nothing_is_known_is_counted_and_not_good() -> None:
    moves = moves_by({}, declared(frozenset({1}), 0), after(0))
    assert time_weighted([], (), after(0), after(10), moves) == 0
    known = [Change(1, part, OK, after(5)) for part in Part]
    assert time_weighted(known, (), after(0), after(10), moves) == timedelta(5) / timedelta(10)


def test_another_machine_at_a_seat_splits_its_interval() -> None:
    moves = moves_by({}, declared(frozenset({1}), 0), after(0))
    moves += moves_by({m.seat: m for m in moves}, declared(frozenset({1}), 1), after(10))
    assert [(held.host, held.start, held.end) for held in intervals(moves)] == [
        ("PC-0-1", after(0), after(10)),
        ("PC-1-1", after(10), None),
    ]
