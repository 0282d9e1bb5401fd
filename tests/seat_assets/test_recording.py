"""Changes of terminals as they are stored and read back, on either database."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from monitors.evidence import Element, EvidenceRegister, Observation
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database, create_database_engine
from ops_core.kernel.errors import DatabaseBusy
from ops_core.kernel.events import EventBus, read_events
from ops_core.kernel.tables import AuditEntryRow
from seat_assets import service
from seat_assets.digest import digest_of_changes
from seat_assets.history import states_at
from seat_assets.model import Change, Part, Terminal, TerminalCondition
from seat_assets.read import current_conditions, read_changes, read_terminals, recording_began
from seat_assets.service import (
    RECORDER,
    STALE_AFTER,
    WATCH,
    WATCH_EVERY,
    TerminalRecorder,
    close_gap,
    store_changes,
)
from seat_assets.tables import SeatChangeRow, SeatWatchRow
from tests.faults.locked_file import locked
from tests.monitors.alerts.simulation import START, after

OK, BAD, UNKNOWN = TerminalCondition
HOST, DISPLAY = Part
INSTANT = timedelta(microseconds=1)


def change(part: Part, condition: TerminalCondition, seconds: float, seat: int = 5) -> Change:
    return Change(seat, part, condition, after(seconds))


def heard(clock: FixedClock, host: bool | None = True, display: bool | None = True) -> (
    EvidenceRegister
):  # fmt: skip
    """Of seat 5, just now."""
    found = [
        Observation(Element.seat_host(5), "snmp", host, clock.now()),
        Observation(Element.seat_display(5), "snmp", display, clock.now()),
    ]
    return EvidenceRegister().merged(found)


@pytest.fixture
def recorder(
    database: Database, bus: EventBus, clock: FixedClock, terminal: Terminal
) -> TerminalRecorder:
    return TerminalRecorder([terminal], database, bus, clock)


def stored(database: Database, *changes: Change) -> None:
    with unit_of_work(database, EventBus(), FixedClock(START), RECORDER) as uow:
        store_changes(uow, changes)


def last_watch(database: Database) -> object:
    with database.reading() as session:
        return session.get_one(SeatWatchRow, WATCH).last_at


def test_changes_come_back_as_they_went_in(database: Database) -> None:
    changes = [change(HOST, OK, 1.000001), change(DISPLAY, BAD, 2), change(HOST, UNKNOWN, 3, 72)]
    stored(database, *changes)
    with database.reading() as session:
        assert read_changes(session, after(0), after(9)) == changes
        assert current_conditions(session) == {
            (5, HOST): OK, (5, DISPLAY): BAD, (72, HOST): UNKNOWN,
        }  # fmt: skip
        assert recording_began(session) == after(1.000001)


def test_before_the_first_record_there_is_nothing(database: Database, terminal: Terminal) -> None:
    with database.reading() as session:
        assert recording_began(session) is None
        assert read_changes(session, after(0), after(9)) == []
        assert current_conditions(session) == {}
        (state,) = read_terminals(session, [terminal], after(0))
    assert (state.host, state.display, state.since) == (UNKNOWN, UNKNOWN, None)


def test_a_period_is_read_with_what_held_at_its_start_and_up_to_its_end(
    database: Database,
) -> None:
    stored(
        database,
        change(HOST, BAD, 0), change(HOST, OK, 10), change(DISPLAY, OK, 20),
        change(HOST, BAD, 30), change(HOST, OK, 30.000001),
    )  # fmt: skip
    with database.reading() as session:
        assert read_changes(session, after(10), after(30)) == [
            change(HOST, OK, 10), change(DISPLAY, OK, 20), change(HOST, BAD, 30),
        ]  # fmt: skip
        assert read_changes(session, after(9.999999), after(10)) == [
            change(HOST, BAD, 0), change(HOST, OK, 10),
        ]  # fmt: skip
        assert read_changes(session, after(-2), after(-1)) == []


def test_of_two_changes_at_one_instant_the_later_record_is_current(
    database: Database, terminal: Terminal
) -> None:
    stored(database, change(HOST, BAD, 1), change(DISPLAY, OK, 1), change(HOST, OK, 1))
    with database.reading() as session:
        assert current_conditions(session) == {(5, HOST): OK, (5, DISPLAY): OK}
        (state,) = read_terminals(session, [terminal], after(1))
        assert state.is_available
        assert read_terminals(session, [terminal], after(1) - INSTANT)[0].since is None


drawn = st.lists(
    st.builds(
        change,
        st.sampled_from(Part),
        st.sampled_from(TerminalCondition),
        st.integers(0, 60),
        st.sampled_from([5, 6]),
    ),
    max_size=12,
).map(lambda changes: sorted(changes, key=lambda one: one.at))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn, st.integers(-5, 65), st.integers(0, 40))
def test_what_a_period_is_judged_by_is_what_all_records_say(
    database: Database, changes: list[Change], begin: int, length: int
) -> None:
    """Reading only the period and what held before it hides nothing."""
    with database.transaction() as session:
        session.query(SeatChangeRow).delete()
    stored(database, *changes)
    with database.reading() as session:
        found = read_changes(session, after(begin), after(begin + length))
    for second in range(begin, begin + length + 1):
        at = after(second)
        states = zip(states_at(found, [5, 6], at), states_at(changes, [5, 6], at), strict=True)
        assert all((one.host, one.display) == (two.host, two.display) for one, two in states)


def test_each_change_is_an_event_and_all_of_a_look_are_one_entry(
    database: Database, recorder: TerminalRecorder, clock: FixedClock
) -> None:
    changes = recorder.record(heard(clock, display=False))
    with database.reading() as session:
        events = read_events(session, 0, 100)
        entries = session.scalars(
            select(AuditEntryRow).where(AuditEntryRow.action == "TerminalsChanged")
        )
        (entry,) = entries.all()
    told = [(e.type, e.aggregate_type, e.aggregate_id, e.payload) for e in events]
    assert told.pop(0)[0] == "TerminalInService"
    assert told == [
        ("TerminalChanged", "seat", "5", {"part": "host", "condition": "ok"}),
        ("TerminalChanged", "seat", "5", {"part": "display", "condition": "bad"}),
    ]
    assert len(changes) == 2
    assert json.loads(entry.detail) == {"seats": [5], "digest": digest_of_changes(changes)}


def test_a_look_without_news_writes_only_that_somebody_watched_and_not_each_time(
    database: Database, recorder: TerminalRecorder, clock: FixedClock
) -> None:
    recorder.record(heard(clock))
    first = last_watch(database)
    clock.advance(WATCH_EVERY - INSTANT)
    assert recorder.record(heard(clock)) == ()
    assert last_watch(database) == first
    clock.advance(INSTANT)
    assert recorder.record(heard(clock)) == ()
    assert last_watch(database) == clock.now()
    with database.reading() as session:
        actions = session.scalars(select(AuditEntryRow.action)).all()
    assert actions == ["ServiceChanged", "TerminalsChanged"]


def test_a_change_is_watching_as_well(
    database: Database, recorder: TerminalRecorder, clock: FixedClock
) -> None:
    recorder.record(heard(clock))
    clock.advance(timedelta(seconds=5))
    recorder.record(heard(clock, display=False))
    assert last_watch(database) == clock.now()


def test_a_short_gap_between_two_starts_is_none(
    database: Database, recorder: TerminalRecorder, clock: FixedClock, terminal: Terminal
) -> None:
    """The watch is written every so often, and a word counts for a while after it."""
    recorder.record(heard(clock))
    watched = clock.now()
    clock.advance(WATCH_EVERY + STALE_AFTER)
    with unit_of_work(database, EventBus(), clock, RECORDER) as uow:
        assert close_gap(uow, STALE_AFTER) == {(5, HOST): OK, (5, DISPLAY): OK}
    clock.advance(INSTANT)
    with unit_of_work(database, EventBus(), clock, RECORDER) as uow:
        assert close_gap(uow, STALE_AFTER) == {(5, HOST): UNKNOWN, (5, DISPLAY): UNKNOWN}
    with database.reading() as session:
        (before,) = read_terminals(session, [terminal], watched + STALE_AFTER - INSTANT)
        (since,) = read_terminals(session, [terminal], watched + STALE_AFTER)
    assert before.is_available
    assert (since.host, since.display) == (UNKNOWN, UNKNOWN)


def test_a_gap_makes_nothing_unknown_that_is_so_already(
    database: Database, recorder: TerminalRecorder, clock: FixedClock
) -> None:
    recorder.record(heard(clock, host=False))
    recorder.record(heard(clock, host=None))
    clock.advance(timedelta(hours=1))
    with unit_of_work(database, EventBus(), clock, RECORDER) as uow:
        held = close_gap(uow, STALE_AFTER)
    with database.reading() as session:
        rows = session.scalars(select(SeatChangeRow)).all()
    assert set(held.values()) == {UNKNOWN}
    assert [(row.part, row.condition) for row in rows].count(("host", "unknown")) == 1


def test_the_first_start_of_all_has_no_gap(database: Database, clock: FixedClock) -> None:
    with unit_of_work(database, EventBus(), clock, RECORDER) as uow:
        assert close_gap(uow, STALE_AFTER) == {}


def test_a_new_recorder_goes_on_with_what_holds(
    database: Database,
    bus: EventBus,
    recorder: TerminalRecorder,
    clock: FixedClock,
    terminal: Terminal,
) -> None:
    recorder.record(heard(clock))
    clock.advance(timedelta(seconds=5))
    again = TerminalRecorder([terminal], database, bus, clock)
    assert again.record(heard(clock)) == ()
    assert [c.condition for c in again.record(heard(clock, display=False))] == [BAD]


@pytest.fixture
def impatient(sqlite_database: Database, tmp_path: Path) -> Iterator[Database]:
    """The SQLite file, opened by one who does not wait long for whoever holds it."""
    opened = Database(create_database_engine(f"sqlite:///{tmp_path}/zhishou.sqlite", wait_s=0.05))
    yield opened
    opened.close()


def test_what_could_not_be_written_is_written_later_with_its_own_instant(
    impatient: Database, bus: EventBus, clock: FixedClock, terminal: Terminal, tmp_path: Path
) -> None:
    watch = TerminalRecorder([terminal], impatient, bus, clock)
    watch.record(heard(clock))
    clock.advance(timedelta(seconds=5))
    went_off = clock.now()
    with locked(tmp_path / "zhishou.sqlite"):
        with pytest.raises(DatabaseBusy):
            watch.record(heard(clock, display=False))
        clock.advance(timedelta(seconds=5))
        with pytest.raises(DatabaseBusy):
            watch.record(heard(clock, display=True))
    clock.advance(timedelta(seconds=1))
    assert [(c.condition, c.at) for c in watch.record(heard(clock))] == [
        (BAD, went_off), (OK, went_off + timedelta(seconds=5)),
    ]  # fmt: skip
    with impatient.reading() as session:
        assert not read_terminals(session, [terminal], went_off)[0].is_available
        assert read_terminals(session, [terminal], clock.now())[0].is_available
    clock.advance(timedelta(seconds=1))
    assert watch.record(heard(clock)) == (), "nothing is written twice"


def test_of_what_waits_for_the_database_the_oldest_is_given_up(
    impatient: Database,
    bus: EventBus,
    clock: FixedClock,
    terminal: Terminal,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(service, "MOST_WAITING", 3)
    watch = TerminalRecorder([terminal], impatient, bus, clock)
    watch.resume()
    with locked(tmp_path / "zhishou.sqlite"):
        for display in (True, False, True):
            clock.advance(timedelta(seconds=1))
            with pytest.raises(DatabaseBusy):
                watch.record(heard(clock, display=display))
    kept = watch.record(heard(clock))
    assert [(c.part, c.condition) for c in kept] == [(DISPLAY, OK), (DISPLAY, BAD), (DISPLAY, OK)]


def test_what_is_recorded_is_the_word_of_three_intervals(
    database: Database, recorder: TerminalRecorder, clock: FixedClock, terminal: Terminal
) -> None:
    register = heard(clock)
    recorder.record(register)
    spoken = clock.now()
    clock.advance(timedelta(seconds=15))
    assert recorder.record(register) == ()
    clock.advance(INSTANT)
    assert {c.at for c in recorder.record(register)} == {spoken + timedelta(seconds=15)}
    with database.reading() as session:
        assert read_terminals(session, [terminal], clock.now())[0].condition is UNKNOWN
