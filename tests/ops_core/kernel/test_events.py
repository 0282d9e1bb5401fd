import tempfile
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_core.kernel.clock import FixedClock, SystemClock
from ops_core.kernel.commands import UnitOfWork, unit_of_work
from ops_core.kernel.consumers import advance_position, consume, read_position
from ops_core.kernel.database import Database
from ops_core.kernel.errors import Invalid
from ops_core.kernel.events import (
    Event,
    EventBus,
    events_of,
    last_position,
    read_events,
)
from ops_core.kernel.permissions import Actor
from ops_core.kernel.tables import ConsumerPositionRow
from tests.migrated import migrated_database

ALERTS = Actor.system("alerts")
CLOCK = FixedClock(datetime(2026, 3, 2, 8, 30, tzinfo=UTC))


def work(database: Database) -> AbstractContextManager[UnitOfWork]:
    return unit_of_work(database, None, CLOCK, ALERTS)


def append(database: Database, link: str, what: str = "cut") -> Event:
    with work(database) as uow:
        uow.event("link", link, what, {})
    with database.reading() as session:
        return events_of(session, "link", link)[-1]


@contextmanager
def fresh_sqlite() -> Iterator[Database]:
    with tempfile.TemporaryDirectory() as directory:
        database = migrated_database(Path(directory) / "a.sqlite")
        yield database
        database.close()


def test_each_aggregate_counts_its_own_events_and_positions_order_all(database: Database) -> None:
    appended = [append(database, "a"), append(database, "b"), append(database, "a", "healed")]
    assert [event.sequence for event in appended] == [1, 1, 2]
    assert [event.position for event in appended] == sorted({e.position for e in appended})
    with database.reading() as session:
        assert read_events(session, 0, 10) == appended
        assert read_events(session, appended[0].position, 1) == appended[1:2]
        assert events_of(session, "link", "a") == [appended[0], appended[2]]
        assert last_position(session) == appended[-1].position


def test_a_payload_comes_back_as_it_was(database: Database) -> None:
    payload = {"座席": [1, 2.5, None, True, {"深": "值"}], "nul": "\x00", "big": 2**60}
    with work(database) as uow:
        uow.event("link", "a", "cut", payload)
    with database.reading() as session:
        assert read_events(session, 0, 1)[0].payload == payload


@pytest.mark.parametrize(
    "payload",
    [{"a": float("nan")}, {"a": object()}, {"a": "\ud800"}],
    ids=["not a number", "an object", "half a character"],
)
def test_a_payload_json_cannot_say_is_refused(database: Database, payload: Any) -> None:
    with pytest.raises(Invalid), work(database) as uow:
        uow.event("link", "a", "cut", payload)


def test_an_event_appended_earlier_and_committed_later_is_never_passed_by(
    database: Database,
) -> None:
    first_appended, may_commit = threading.Event(), threading.Event()

    def slow() -> None:
        with work(database) as uow:
            uow.event("link", "slow", "cut", {})
            first_appended.set()
            may_commit.wait(10)

    def quick() -> None:
        first_appended.wait(10)
        append(database, "quick")

    threads = [threading.Thread(target=slow), threading.Thread(target=quick)]
    for thread in threads:
        thread.start()
    first_appended.wait(10)
    threads[1].join(0.3)
    with database.reading() as session:
        seen_meanwhile = read_events(session, 0, 10)
    may_commit.set()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        assert [event.aggregate_id for event in read_events(session, 0, 10)] == ["slow", "quick"]
    assert seen_meanwhile == []


def test_a_consumer_beside_many_writers_sees_every_event_in_order(database: Database) -> None:
    writers, each = 4, 15
    seen: list[Event] = []

    def write(number: int) -> None:
        for _ in range(each):
            with unit_of_work(database, EventBus(), SystemClock(), ALERTS) as uow:
                uow.event("link", str(number % 2), "cut", {})

    threads = [threading.Thread(target=write, args=(number,)) for number in range(writers)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        with database.reading() as session:
            seen += read_events(session, seen[-1].position if seen else 0, 7)
    with database.reading() as session:
        seen += read_events(session, seen[-1].position if seen else 0, 1000)
        assert seen == read_events(session, 0, 1000)
    assert len(seen) == writers * each
    assert [e.sequence for e in seen if e.aggregate_id == "0"] == list(range(1, 2 * each + 1))


def test_a_position_never_goes_back(database: Database) -> None:
    with work(database) as uow:
        assert read_position(uow.session, "incident") == 0
        advance_position(uow, "incident", 7)
        advance_position(uow, "incident", 3)
    with database.reading() as session:
        assert read_position(session, "incident") == 7
        assert read_position(session, "another") == 0


class Crash(Exception):
    """The process dies here."""


@settings(max_examples=15, deadline=None)
@given(
    events=st.integers(1, 12),
    crashes=st.lists(st.integers(0, 5), max_size=6),
    batch=st.integers(1, 5),
)
def test_whatever_crashes_a_consumer_handles_each_event_once(
    events: int, crashes: list[int], batch: int
) -> None:
    with fresh_sqlite() as database:
        for number in range(events):
            append(database, str(number))
        remaining = list(crashes)

        def run() -> int:
            crash_after = remaining.pop() if remaining else None
            with work(database) as uow:
                session = uow.session

                def handle(event: Event) -> None:
                    nonlocal crash_after
                    if crash_after == 0:
                        raise Crash
                    crash_after = None if crash_after is None else crash_after - 1
                    counter = session.get(ConsumerPositionRow, f"effect-{event.aggregate_id}")
                    before = 0 if counter is None else counter.position
                    session.merge(
                        ConsumerPositionRow(
                            consumer=f"effect-{event.aggregate_id}", position=before + 1
                        )
                    )

                return consume(uow, "effects", handle, batch)

        handled = -1
        while handled != 0 or remaining:
            try:
                handled = run()
            except Crash:
                handled = -1
        with database.reading() as session:
            effects = [read_position(session, f"effect-{number}") for number in range(events)]
            assert effects == [1] * events
            assert read_position(session, "effects") == last_position(session)


def test_two_processes_of_one_consumer_share_the_work(database: Database) -> None:
    for number in range(20):
        append(database, str(number))
    handled: list[str] = []

    def share() -> None:
        while True:
            with work(database) as uow:
                if not consume(uow, "both", lambda e: handled.append(e.aggregate_id), 3):
                    return

    threads = [threading.Thread(target=share) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(handled, key=int) == [str(number) for number in range(20)]


def test_the_bus_wakes_everyone_though_one_fails(caplog: pytest.LogCaptureFixture) -> None:
    bus, woken = EventBus(), []

    def fail() -> None:
        raise Crash

    bus.subscribe(fail)
    unsubscribe = bus.subscribe(lambda: woken.append(1))
    bus.notify()
    assert woken == [1]
    assert "subscriber" in caplog.text
    unsubscribe()
    unsubscribe()
    bus.notify()
    assert woken == [1]
