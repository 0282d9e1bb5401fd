"""Meters see lateness from any side; impairment is said once, on record, and taken back."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitors.impairment.meters import HEARTBEAT_S, DropCounter, Meter
from monitors.impairment.model import NoticeStep, SignKind
from monitors.impairment.notices import MONITORING, SUBJECT, ImpairmentNotices
from monitors.impairment.service import ImpairmentMonitor
from ops_core.kernel.audit import verify_chain
from ops_core.kernel.clock import FixedClock, SystemClock
from ops_core.kernel.database import Database
from ops_core.kernel.events import EventBus, events_of
from ops_core.kernel.workers import Workers
from tests.migrated import migrated_database
from tests.pace import is_over

START = datetime(2026, 11, 29, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = migrated_database(tmp_path / "test.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(START)


def passes(clock: FixedClock, seconds: float) -> None:
    clock.advance(timedelta(seconds=seconds))


def test_a_beat_in_time_is_no_sign(clock: FixedClock) -> None:
    meter = Meter(SignKind.COLLECTOR, clock, 0.25)
    meter.begin()
    for _ in range(100):
        passes(clock, HEARTBEAT_S + 0.01)
        meter.heartbeat()
    assert meter.take() == []
    assert meter.worst_s == pytest.approx(0.01)


def test_a_meter_that_does_not_beat_is_late_before_its_next_beat(clock: FixedClock) -> None:
    meter = Meter(SignKind.COLLECTOR, clock, 0.25)
    meter.begin()
    passes(clock, HEARTBEAT_S + 20)
    (sign,) = meter.take()
    assert sign.lasted == timedelta(seconds=20)
    assert meter.last_s == pytest.approx(20)


def test_a_meter_that_was_ended_is_not_late(clock: FixedClock) -> None:
    meter = Meter(SignKind.COLLECTOR, clock, 0.25)
    meter.begin()
    meter.end()
    passes(clock, 100)
    assert meter.take() == []


def test_a_thread_that_holds_the_interpreter_shows_as_late_threads() -> None:
    monitor, stop = ImpairmentMonitor(SystemClock()), threading.Event()
    thread = Workers(SystemClock()).thread("lateness", lambda w: monitor.run(w, stop), stop)
    thread.start()
    begun = time.monotonic()
    while monitor.threads.worst_s < 0.3:
        assert not is_over(begun, 20)
        sum(range(60_000_000))  # one C call: the lock is not given up in it
    stop.set()
    thread.join(5)


def test_dropped_replies_are_a_sign_and_a_new_socket_counts_from_nothing(
    clock: FixedClock,
) -> None:
    drops = DropCounter(clock)
    drops.look("icmp", 3)
    assert drops.take() == [], "what was dropped before nobody asked"
    passes(clock, 5)
    drops.look("icmp", 7)
    (sign,) = drops.take()
    assert (sign.kind, sign.lasted) == (SignKind.REPLIES, timedelta(seconds=5))
    passes(clock, 5)
    drops.look("icmp", 2)
    assert len(drops.take()) == 1
    assert drops.total == 6


def stopped_for(monitor: ImpairmentMonitor, clock: FixedClock, seconds: float) -> None:
    monitor.collector.begin()
    passes(clock, HEARTBEAT_S + seconds)
    monitor.collector.heartbeat()


def test_impairment_is_said_once_on_record_and_taken_back(
    database: Database, clock: FixedClock
) -> None:
    monitor = ImpairmentMonitor(clock)
    notices = ImpairmentNotices(monitor, database, EventBus(), clock)
    stopped_for(monitor, clock, 20)
    for _ in range(100):
        notices.record()
        if monitor.outlook().view is not None:
            assert [c.key for c in monitor.concerns(clock.now())] == ["monitoring/impaired"]
        passes(clock, 0.5)
        monitor.collector.begin()
    with database.reading() as session:
        events = events_of(session, MONITORING, SUBJECT)
        assert verify_chain(session) == []
    assert [event.type for event in events] == [NoticeStep.IMPAIRED, NoticeStep.RESTORED]
    assert events[0].occurred_at == START + timedelta(seconds=HEARTBEAT_S)
    assert events[0].payload["reasons"] == ["采集最多迟到 20.0 秒"]
    assert list(monitor.concerns(clock.now())) == []


def test_a_notice_that_an_earlier_process_left_ends_with_it(
    database: Database, clock: FixedClock
) -> None:
    monitor = ImpairmentMonitor(clock)
    stopped_for(monitor, clock, 20)
    ImpairmentNotices(monitor, database, EventBus(), clock).record()
    ImpairmentNotices(ImpairmentMonitor(clock), database, EventBus(), clock).record()
    with database.reading() as session:
        events = events_of(session, MONITORING, SUBJECT)
    assert [event.type for event in events] == [NoticeStep.IMPAIRED, NoticeStep.RESTORED]


def test_what_cannot_be_stored_is_said_later(database: Database, clock: FixedClock) -> None:
    class Full(Exception):
        pass

    class FullDatabase:
        def command(self) -> None:
            raise Full

        reading = database.reading

    monitor = ImpairmentMonitor(clock)
    notices = ImpairmentNotices(monitor, FullDatabase(), EventBus(), clock)  # type: ignore[arg-type]
    stopped_for(monitor, clock, 20)
    with pytest.raises(Full):
        notices.record()
    notices._database = database
    notices.record()
    with database.reading() as session:
        events = events_of(session, MONITORING, SUBJECT)
    assert [event.type for event in events] == [NoticeStep.IMPAIRED]


def test_slow_storing_is_said_and_spoils_no_evidence(clock: FixedClock) -> None:
    monitor = ImpairmentMonitor(clock)
    with monitor.storing():
        passes(clock, 6)
    outlook = monitor.outlook()
    assert outlook.view is not None
    assert outlook.view.reasons == ("数据库写入最多用了 6.0 秒",)
    assert (outlook.spells, outlook.is_gated) == ((), False)


def test_figures_count_spells_and_their_time(clock: FixedClock) -> None:
    monitor = ImpairmentMonitor(clock)
    for _ in range(2):
        stopped_for(monitor, clock, 10)
        for _ in range(60):
            monitor.outlook()
            passes(clock, 0.5)
            monitor.collector.begin()
    monitor.withheld(["icmp", "probe:0", "probe:1"])
    figures = {(m.name, *m.labels.values()): m.value for m in monitor.measures()}
    assert figures["zhishou_monitoring_impaired_spells_total",] == 2
    assert 5 <= figures["zhishou_monitoring_impaired_seconds_total",] <= 30
    assert figures["zhishou_observations_withheld_total", "probe"] == 2
