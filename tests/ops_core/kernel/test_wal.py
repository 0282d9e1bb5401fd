"""SQLite's write-ahead log stays small, whoever reads."""

import threading
import time

import pytest
from sqlalchemy import text

from ops_core.kernel import wal
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.database import Database
from ops_core.kernel.wal import WriteAheadLog
from ops_core.kernel.workers import Workers
from tests.pace import is_over


def test_a_write_ahead_log_that_readers_kept_long_is_begun_anew(
    sqlite_database: Database,
) -> None:
    log = WriteAheadLog(sqlite_database.engine, bound_bytes=100_000)
    rows = [{"n": number, "t": "x" * 1_000} for number in range(300)]
    with sqlite_database.transaction() as session:
        session.execute(text("CREATE TABLE blobs (n INTEGER, t TEXT)"))
    with sqlite_database.reading() as reader:
        reader.execute(text("SELECT count(*) FROM events")).all()
        with sqlite_database.transaction() as session:
            session.execute(text("INSERT INTO blobs VALUES (:n, :t)"), rows)
        assert log.size_bytes > 100_000
        assert not log.keep_small(), "a reader still needs it"
    assert log.keep_small()
    assert log.size_bytes == 0
    figures = {m.name: m.value for m in log.measures()}
    assert figures["zhishou_database_wal_blocked_total"] == 1
    assert figures["zhishou_database_wal_truncations_total"] == 1


def test_it_is_looked_after_by_a_worker_and_another_database_has_none(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wal, "LOOK_EVERY_S", 0.01)
    workers, stop = Workers(SystemClock()), threading.Event()
    log = database.write_ahead_log
    thread = workers.thread("database", lambda worker: log.tend(worker, stop), stop)
    thread.start()
    begun = time.monotonic()
    while workers.states()[0].last_success is None:
        assert not is_over(begun, 30), "never looked after"
        stop.wait(0.01)
    stop.set()
    thread.join()
    assert workers.states()[0].restarts == 0
    assert list(log.concerns(SystemClock().now())) == []
