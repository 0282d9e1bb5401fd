"""States are kept as intervals that neither overlap nor lose time, across restarts."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.alerts.model import State
from monitors.availability.model import Availability, Interval, availability, changes
from monitors.availability.service import StateRecorder, read_intervals
from monitors.evidence import Element, ElementKind
from ops_core.kernel.database import Database
from tests.migrated import migrated_database

START = datetime(2026, 11, 23, tzinfo=UTC)
CIRCUIT = Element(ElementKind.CIRCUIT, "egov-a")


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = migrated_database(tmp_path / "test.sqlite")
    yield opened
    opened.close()


def recorded(database: Database, until: float) -> list[Interval]:
    with database.reading() as session:
        return read_intervals(session, [ElementKind.CIRCUIT], START, at(until))


def test_a_change_of_state_ends_one_interval_and_starts_the_next(database: Database) -> None:
    recorder = StateRecorder(database)
    recorder.resume(at(0))
    recorder.record({CIRCUIT: State.UP}, at(1))
    recorder.record({CIRCUIT: State.UP}, at(2))
    recorder.record({CIRCUIT: State.DOWN}, at(11))
    assert recorded(database, 100) == [
        Interval(CIRCUIT, State.UP, at(1), at(11)),
        Interval(CIRCUIT, State.DOWN, at(11), None),
    ]


def test_the_time_between_a_crash_and_the_return_is_unknown(database: Database) -> None:
    before = StateRecorder(database)
    before.resume(at(0))
    before.record({CIRCUIT: State.UP}, at(0))
    before.record({CIRCUIT: State.UP}, at(6))
    after = StateRecorder(database)
    after.resume(at(60))
    after.record({CIRCUIT: State.UP}, at(61))
    assert recorded(database, 100) == [
        Interval(CIRCUIT, State.UP, at(0), at(6)),
        Interval(CIRCUIT, State.UNKNOWN, at(6), at(60)),
        Interval(CIRCUIT, State.UP, at(61), None),
    ]


def test_unknown_time_is_recorded_but_not_up() -> None:
    intervals = [
        Interval(CIRCUIT, State.UP, at(0), at(90)),
        Interval(CIRCUIT, State.UNKNOWN, at(90), None),
    ]
    assert availability(intervals, at(0), at(100)) == Availability(
        timedelta(seconds=90), timedelta(seconds=100), unknown=timedelta(seconds=10)
    )


states = st.dictionaries(
    st.sampled_from([Element.device(name) for name in "abcd"]), st.sampled_from(State)
)


@given(states, states)
def test_applying_the_changes_gives_the_new_states(
    held: dict[Element, State], now: dict[Element, State]
) -> None:
    result = dict(held)
    for element, state in changes(held, now).items():
        if state is None:
            del result[element]
        else:
            result[element] = state
    assert result == now


@given(st.lists(st.tuples(st.integers(1, 50), st.sampled_from(State)), min_size=1),
       st.integers(0, 400))  # fmt: skip
def test_splitting_a_period_adds_up(steps: list[tuple[int, State]], split: int) -> None:
    intervals, time = [], 0
    for length, state in steps:
        intervals.append(Interval(CIRCUIT, state, at(time), at(time + length)))
        time += length
    end = max(time, split)
    whole = availability(intervals, at(0), at(end))
    parts = availability(intervals, at(0), at(split)) + availability(intervals, at(split), at(end))
    assert parts == whole
    assert whole.up <= whole.recorded == timedelta(seconds=time)
