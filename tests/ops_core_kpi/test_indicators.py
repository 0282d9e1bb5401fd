"""Indicators 12 and 13: golden cases of the contract and their invariants."""

from datetime import UTC, datetime, time, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_configs.site import load_site
from device_configs.site.model import FaultClassName
from incident.model import ClassHeld, TimeStamps
from ops_core.kpi.indicators import (
    FaultRecord,
    Reason,
    Snapshot,
    faults_handled_in_time,
    show_percent,
    terminals_in_order,
)
from ops_core.kpi.periods import Period, PeriodKind, contract_year_of, month_of
from seat_assets.model import (
    Change,
    Condition,
    Part,
    TerminalState,
    snapshot_instants,
    states_at,
    time_weighted,
)

CONTRACT = load_site(Path(__file__).parents[2] / "inventory").contract
START = datetime(2026, 11, 3, 2, 0, tzinfo=UTC)
NOVEMBER = month_of(START, CONTRACT)
LATER = START + timedelta(days=20)


def fault(
    number: int, name: FaultClassName, seconds: float | None, at: datetime = START
) -> FaultRecord:
    end = None if seconds is None else at + timedelta(seconds=seconds)
    stamps = TimeStamps(at, responded_at=end, restored_at=end)
    return FaultRecord(f"F-{number}", stamps, (ClassHeld(name, at, 1),))


@pytest.mark.parametrize(
    ("name", "seconds", "good"),
    [
        (FaultClassName.MAJOR, 1799.9, True),
        (FaultClassName.MAJOR, 1800, False),
        (FaultClassName.DEVICE, 86_400, True),
        (FaultClassName.GENERAL, 86_400, False),
    ],
    ids=[
        "1799.9 s passes 小于半小时",
        "1800 s fails 小于半小时",
        "24 h passes 24小时内",
        "24 h fails 小于24小时",
    ],
)
def test_the_contract_s_limits_decide_a_fault(
    name: FaultClassName, seconds: float, good: bool
) -> None:
    figure = faults_handled_in_time(CONTRACT, [fault(1, name, seconds)], NOVEMBER, LATER)
    assert figure.value == (1 if good else 0)
    assert [record.identifier for record in figure.numerator] == (["F-1"] if good else [])


def test_nothing_to_count_is_not_available() -> None:
    figure = faults_handled_in_time(CONTRACT, [], NOVEMBER, LATER)
    assert figure.value is None
    assert figure.is_met is None
    assert figure.display == "N/A"


def test_an_undecided_fault_waits_and_an_overdue_one_counts_at_once() -> None:
    running = fault(1, FaultClassName.SEVERE, None)
    soon, late = START + timedelta(hours=1), START + timedelta(hours=2)
    waiting = faults_handled_in_time(CONTRACT, [running], NOVEMBER, soon)
    assert [left.reason for left in waiting.left_out] == [Reason.CLOCK_RUNNING]
    assert faults_handled_in_time(CONTRACT, [running], NOVEMBER, late).value == 0


def test_a_fault_belongs_to_the_month_of_its_detection_in_shanghai() -> None:
    first = datetime(2026, 10, 31, 16, 0, tzinfo=UTC)
    before = first - timedelta(microseconds=1)
    found = [
        fault(1, FaultClassName.GENERAL, 60, first),
        fault(2, FaultClassName.GENERAL, 60, before),
    ]
    figure = faults_handled_in_time(CONTRACT, found, NOVEMBER, LATER)
    assert [record.identifier for record in figure.denominator] == ["F-1"]
    assert [left.reason for left in figure.left_out] == [Reason.OUTSIDE_PERIOD]


def test_the_contract_year_is_cut_in_the_contract_s_zone() -> None:
    year = contract_year_of(datetime(2026, 12, 31, 16, 0, tzinfo=UTC), CONTRACT)
    assert year.label == "2027-01-01/.."


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Fraction(95996, 100_000), "95.99%"),
        (Fraction(71, 72), "98.61%"),
        (Fraction(899_999, 1_000_000), "89.99%"),
        (Fraction(1), "100.00%"),
    ],
)
def test_shown_values_are_cut_off_never_rounded_up(value: Fraction, shown: str) -> None:
    assert show_percent(value) == shown


@given(st.fractions(0, 1))
def test_what_is_shown_never_exceeds_the_value(value: Fraction) -> None:
    assert Fraction(show_percent(value).rstrip("%")) / 100 <= value


conditions = st.sampled_from(Condition)
terminal = st.builds(TerminalState, seat=st.integers(1, 72), host=conditions, display=conditions)


@given(st.lists(terminal, max_size=40))
def test_terminals_in_order_are_a_share_of_all_and_unknown_is_not_good(
    terminals: list[TerminalState],
) -> None:
    figure = terminals_in_order(CONTRACT, [Snapshot(START, tuple(terminals))], NOVEMBER, LATER)
    good = [t for t in terminals if t.host is t.display is Condition.OK]
    assert len(figure.denominator) == len(terminals)
    assert len(figure.numerator) == len(good)
    assert figure.value is None or 0 <= figure.value <= 1


def test_a_display_that_is_off_moves_the_figure_by_one_seat() -> None:
    states = [TerminalState(n, Condition.OK, Condition.OK) for n in range(1, 73)]
    states[16] = TerminalState(17, Condition.OK, Condition.BAD)
    now = Period(PeriodKind.NOW, "now", START, START + timedelta(microseconds=1))
    figure = terminals_in_order(CONTRACT, [Snapshot(START, tuple(states))], now, START)
    assert figure.value == Fraction(71, 72)
    assert figure.is_met


def test_three_terminals_down_for_two_days_of_thirty() -> None:
    """Of 40: time-weighted 99.5 %, and the worst snapshot 92.5 %."""
    begin = datetime(2026, 11, 1, tzinfo=UTC)
    seats = range(1, 41)
    changes = [Change(n, part, Condition.OK, begin) for n in seats for part in Part]
    for seat in (1, 2, 3):
        changes.append(Change(seat, Part.HOST, Condition.BAD, begin + timedelta(days=9)))
        changes.append(Change(seat, Part.HOST, Condition.OK, begin + timedelta(days=11)))
    end = begin + timedelta(days=30)
    assert time_weighted(changes, list(seats), begin, end) == Fraction(995, 1000)
    shots = [
        sum(t.is_available for t in states_at(changes, seats, at))
        for at in snapshot_instants([time(0), time(8), time(16)], "Asia/Shanghai", begin, end)
    ]
    assert len(shots) == 90
    assert min(shots) == 37


@given(
    st.lists(
        st.tuples(st.integers(1, 3), st.sampled_from(Part), conditions, st.integers(0, 99)),
        max_size=30,
        unique_by=lambda item: (item[0], item[1], item[3]),
    )
)
def test_snapshots_taken_ever_more_often_approach_the_time_weighted_share(
    raw: list[tuple[int, Part, Condition, int]],
) -> None:
    """With changes on whole seconds, one snapshot a second is already exact."""
    seats = [1, 2, 3]
    changes = [Change(s, p, c, START + timedelta(seconds=at)) for s, p, c, at in raw]
    end = START + timedelta(seconds=100)
    good = sum(
        state.is_available
        for n in range(100)
        for state in states_at(changes, seats, START + timedelta(seconds=n))
    )
    assert time_weighted(changes, seats, START, end) == Fraction(good, 300)


@given(st.permutations([fault(n, FaultClassName.GENERAL, 80_000 + n * 2_000) for n in range(6)]))
def test_the_order_of_records_changes_nothing(faults: list[FaultRecord]) -> None:
    figure = faults_handled_in_time(CONTRACT, faults, NOVEMBER, LATER)
    assert figure == faults_handled_in_time(CONTRACT, faults[::-1], NOVEMBER, LATER)
    assert figure.value == Fraction(4, 6)
