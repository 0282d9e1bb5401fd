"""Terminals over time: which condition holds when, at which snapshots, for how long."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_configs.site import Site
from seat_assets.history import states_at, states_through
from seat_assets.model import Change, Part, TerminalCondition, TerminalState, terminals_of
from seat_assets.snapshots import count_through, snapshot_instants, time_weighted
from tests.monitors.alerts.simulation import after

OK, BAD, UNKNOWN = TerminalCondition
HOST, DISPLAY = Part
INSTANT = timedelta(microseconds=1)
SHANGHAI = "Asia/Shanghai"
SHIFTS = (time(0), time(8), time(16))


def change(part: Part, condition: TerminalCondition, seconds: float, seat: int = 1) -> Change:
    return Change(seat, part, condition, after(seconds))


def in_order(seconds: float, seat: int = 1) -> list[Change]:
    return [change(HOST, OK, seconds, seat), change(DISPLAY, OK, seconds, seat)]


@pytest.mark.parametrize(
    ("host", "display", "expected"),
    [
        (OK, OK, OK), (OK, BAD, BAD), (OK, UNKNOWN, UNKNOWN),
        (BAD, OK, BAD), (BAD, BAD, BAD), (BAD, UNKNOWN, BAD),
        (UNKNOWN, OK, UNKNOWN), (UNKNOWN, BAD, BAD), (UNKNOWN, UNKNOWN, UNKNOWN),
    ],
)  # fmt: skip
def test_a_terminal_is_as_its_worse_part_and_available_in_one_case_of_nine(
    host: TerminalCondition, display: TerminalCondition, expected: TerminalCondition
) -> None:
    state = TerminalState(1, host, display)
    assert state.condition is expected
    assert state.is_available is (expected is OK)


def test_terminals_are_the_declared_seats_by_number(site: Site) -> None:
    turned = site.model_copy(update={"seats": dict(reversed(site.seats.items()))})
    found = terminals_of(turned)
    assert [terminal.seat for terminal in found] == list(range(1, 73))
    seat = site.seats[found[16].name]
    first = found[16]
    assert (first.seat, first.name, first.switch) == (17, seat.name, seat.switch)
    assert (first.row, first.column, first.phone) == (seat.row, seat.column, seat.phone)
    assert (first.host_asset, first.display_asset) == (seat.host_asset, seat.display_asset)


# At an instant


def test_a_change_holds_from_its_instant_on() -> None:
    changes = [*in_order(0), change(DISPLAY, BAD, 10)]
    (before,) = states_at(changes, [1], after(10) - INSTANT)
    (at,) = states_at(changes, [1], after(10))
    assert (before.display, at.display) == (OK, BAD)
    assert (before.since, at.since) == (after(0), after(10))


def test_since_is_the_later_of_the_two_parts() -> None:
    early, late = change(HOST, OK, 3), change(DISPLAY, OK, 8)
    assert states_at([early, late], [1], after(9))[0].since == after(8)
    assert states_at([early], [1], after(9)) == (TerminalState(1, OK, UNKNOWN, after(3)),)


def test_what_nothing_is_known_about_is_unknown_since_never() -> None:
    assert states_at([], [2, 1], after(0)) == (
        TerminalState(1, UNKNOWN, UNKNOWN, None),
        TerminalState(2, UNKNOWN, UNKNOWN, None),
    )


def test_of_two_changes_at_one_instant_the_one_recorded_later_holds() -> None:
    changes = [change(HOST, BAD, 1), change(HOST, OK, 1)]
    assert states_at(changes, [1], after(1))[0].host is OK
    assert next(states_through(changes, [1], [after(1)]))[0].host is OK


@pytest.mark.parametrize("many", [1, 3])
def test_several_instants_at_one_moment_see_the_same(many: int) -> None:
    seen = list(states_through(in_order(0), [1], [after(0)] * many))
    assert [states[0].is_available for states in seen] == [True] * many
    assert count_through(in_order(0), [1], [after(0)] * many) == {(OK, OK): many}


def test_states_come_by_seat_number_and_of_the_seats_asked_for_alone() -> None:
    changes = [*in_order(0, seat=7), *in_order(0, seat=2)]
    (seen,) = states_through(changes, [7, 3, 2], [after(0)])
    assert [(state.seat, state.is_available) for state in seen] == [
        (2, True), (3, False), (7, True),
    ]  # fmt: skip
    (others,) = states_through(changes, [3], [after(0)])
    assert [state.seat for state in others] == [3]


def test_counting_starts_at_unknown_and_leaves_other_seats_alone() -> None:
    changes = [change(HOST, BAD, 2, seat=1), *in_order(0, seat=9)]
    counted = count_through(changes, [1, 2], [after(1), after(3)])
    assert counted == Counter({(UNKNOWN, UNKNOWN): 3, (BAD, UNKNOWN): 1})


def test_a_state_that_no_terminal_was_seen_in_is_not_counted() -> None:
    assert set(count_through(in_order(0), [1], [after(1)])) == {(OK, OK)}
    assert count_through(in_order(0), [1], []) == Counter()


# Snapshots


def test_snapshots_fall_into_the_period_with_its_start_and_without_its_end() -> None:
    begin = datetime(2026, 10, 31, 16, tzinfo=UTC)  # 1 November in Shanghai
    end = datetime(2026, 11, 30, 16, tzinfo=UTC)
    found = snapshot_instants(SHIFTS, SHANGHAI, begin, end)
    assert len(found) == 3 * 30
    assert found[0] == begin
    assert found[-1] == end - timedelta(hours=8)
    assert snapshot_instants(SHIFTS, SHANGHAI, begin + INSTANT, end)[0] == found[1]
    assert snapshot_instants(SHIFTS, SHANGHAI, begin, end + INSTANT)[-1] == end


def test_the_times_are_the_centres_own_in_order_however_they_are_declared() -> None:
    begin = datetime(2026, 11, 23, 4, tzinfo=UTC)  # noon in Shanghai
    found = snapshot_instants((time(16), time(0), time(8)), SHANGHAI, begin, begin + timedelta(1))
    assert [at.astimezone(UTC).strftime("%d %H:%M") for at in found] == [
        "23 08:00", "23 16:00", "24 00:00",
    ]  # fmt: skip
    assert all(str(at.tzinfo) == SHANGHAI for at in found)


def test_a_snapshot_of_the_last_hours_of_the_local_day_is_not_forgotten() -> None:
    """In UTC it is still the day before, in Shanghai already the next."""
    begin = datetime(2026, 11, 23, 16, 30, tzinfo=UTC)
    found = snapshot_instants((time(7, 59),), SHANGHAI, begin, begin + timedelta(hours=8))
    assert found == (datetime(2026, 11, 23, 23, 59, tzinfo=UTC),)


def test_an_empty_period_has_no_snapshot() -> None:
    at = datetime(2026, 11, 22, 16, tzinfo=UTC)
    assert snapshot_instants(SHIFTS, SHANGHAI, at, at) == ()
    assert snapshot_instants((), SHANGHAI, at, at + timedelta(9)) == ()


instants = st.datetimes(
    datetime(2026, 1, 1), datetime(2026, 3, 1), timezones=st.just(UTC)  # noqa: DTZ001
)  # fmt: skip


@given(instants, instants, instants, st.sets(st.times(), min_size=1, max_size=4))
def test_periods_side_by_side_share_no_snapshot_and_lose_none(
    one: datetime, two: datetime, three: datetime, times: set[time]
) -> None:
    first, middle, last = sorted((one, two, three))
    whole = snapshot_instants(times, SHANGHAI, first, last)
    before = snapshot_instants(times, SHANGHAI, first, middle)
    assert whole == before + snapshot_instants(times, SHANGHAI, middle, last)
    assert list(whole) == sorted(set(whole))
    whole_days = (last - first) // timedelta(days=1)
    assert whole_days * len(times) <= len(whole) <= (whole_days + 1) * len(times)


# Over time


def test_time_is_available_while_both_parts_are_in_order() -> None:
    changes = [
        change(HOST, OK, 10), change(DISPLAY, OK, 20),
        change(DISPLAY, BAD, 50), change(DISPLAY, UNKNOWN, 60), change(DISPLAY, OK, 70),
        change(HOST, BAD, 90),
    ]  # fmt: skip
    assert time_weighted(changes, [1], after(0), after(100)) == Fraction(30 + 20, 100)


def test_what_began_before_the_period_counts_in_it_and_what_begins_after_does_not() -> None:
    changes = [*in_order(-50), change(HOST, BAD, 200)]
    assert time_weighted(changes, [1], after(0), after(100)) == 1
    assert time_weighted(in_order(100), [1], after(0), after(100)) == 0
    ended = [*in_order(-50), change(HOST, BAD, -1)]
    assert time_weighted(ended, [1], after(0), after(100)) == 0


def test_time_is_counted_to_the_microsecond() -> None:
    changes = [*in_order(0), change(HOST, BAD, 0.000001)]
    assert time_weighted(changes, [1], after(0), after(1)) == Fraction(1, 1_000_000)


@pytest.mark.parametrize(
    ("seats", "seconds"), [([], 10), ([1], 0), ([1], -10)], ids=["no seat", "no time", "less"]
)
def test_without_seats_or_time_there_is_no_share(seats: list[int], seconds: float) -> None:
    assert time_weighted(in_order(0), seats, after(0), after(seconds)) is None


def test_a_single_microsecond_is_a_period() -> None:
    assert time_weighted(in_order(0), [1], after(0), after(0) + INSTANT) == 1


def test_seats_weigh_alike_and_others_do_not_count() -> None:
    changes = [*in_order(0, seat=1), *in_order(50, seat=2), *in_order(0, seat=9)]
    assert time_weighted(changes, [1, 2, 3], after(0), after(100)) == Fraction(150, 300)


changes_drawn = st.lists(
    st.builds(
        change,
        st.sampled_from(Part),
        st.sampled_from(TerminalCondition),
        st.integers(-20, 120),
        st.integers(1, 3),
    ),
    max_size=25,
    unique_by=lambda one: (one.seat, one.part, one.at),
)
SEATS = [1, 2, 3]


@given(changes_drawn, st.integers(1, 99))
def test_the_share_of_a_period_is_the_mean_of_its_parts(changes: list[Change], cut: int) -> None:
    whole = time_weighted(changes, SEATS, after(0), after(100))
    first = time_weighted(changes, SEATS, after(0), after(cut))
    second = time_weighted(changes, SEATS, after(cut), after(100))
    assert first is not None
    assert second is not None
    assert whole == (first * cut + second * (100 - cut)) / 100
    assert 0 <= whole <= 1


@given(changes_drawn, st.sampled_from([BAD, UNKNOWN]), st.data())
def test_a_good_word_less_never_raises_the_share(
    changes: list[Change], other: TerminalCondition, data: st.DataObject
) -> None:
    """Unknown counts as little as bad, and no order of the records matters."""
    whole = time_weighted(changes, SEATS, after(0), after(100))
    assert whole == time_weighted(data.draw(st.permutations(changes)), SEATS, after(0), after(100))
    worse = [
        replace(one, condition=other) if one.condition is OK and data.draw(st.booleans()) else one
        for one in changes
    ]
    share = time_weighted(worse, SEATS, after(0), after(100))
    assert share is not None
    assert whole is not None
    assert share <= whole


@given(changes_drawn, st.lists(st.integers(-30, 130), max_size=15))
def test_counts_are_those_of_the_states_at_each_instant(
    changes: list[Change], seconds: list[int]
) -> None:
    looks = [after(second) for second in sorted(seconds)]
    counted = count_through(changes, SEATS, looks)
    each = [state for at in looks for state in states_at(changes, SEATS, at)]
    assert counted == Counter((state.host, state.display) for state in each)
    assert counted.total() == len(SEATS) * len(looks)


@given(changes_drawn, st.integers(-30, 130))
def test_what_is_recorded_later_changes_no_earlier_state(
    changes: list[Change], second: int
) -> None:
    known = [one for one in changes if one.at <= after(second)]
    assert states_at(changes, SEATS, after(second)) == states_at(known, SEATS, after(second))
