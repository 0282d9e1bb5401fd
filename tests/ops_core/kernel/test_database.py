import sqlite3
import threading
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import bindparam, select, text
from sqlalchemy.exc import DBAPIError

from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import (
    Database,
    UtcDateTime,
    create_database_engine,
    migrate,
    open_database,
)
from ops_core.kernel.errors import Conflict
from ops_core.kernel.events import EventBus, last_position, read_events
from ops_core.kernel.permissions import Actor
from ops_core.kernel.settings import Settings
from ops_core.kernel.tables import ConsumerPositionRow, UserSessionRow

SHANGHAI = timezone(timedelta(hours=8))
ALERTS = Actor.system("alerts")


def test_an_instant_comes_back_as_utc_to_the_microsecond(
    database: Database, clock: FixedClock
) -> None:
    at = datetime(2026, 3, 2, 16, 30, 0, 123456, tzinfo=SHANGHAI)
    with unit_of_work(database, None, clock, ALERTS) as uow:
        uow.event("link", "a", "cut", {}, at)
    with database.reading() as session:
        found = read_events(session, 0, 1)[0].occurred_at
    assert found == at
    assert found.tzinfo is UTC


def test_a_naive_instant_is_not_stored(database: Database, clock: FixedClock) -> None:
    naive = datetime(2026, 3, 2)  # noqa: DTZ001
    with (
        pytest.raises(ValueError, match="needs a timezone"),
        unit_of_work(database, None, clock, ALERTS) as uow,
    ):
        uow.event("link", "a", "cut", {}, naive)


@given(st.datetimes(timezones=st.sampled_from([UTC, SHANGHAI]), min_value=datetime(1970, 1, 2)))  # noqa: DTZ001
def test_storing_an_instant_never_changes_which_instant_it_is(at: datetime) -> None:
    engine = create_database_engine("sqlite://")
    stored = UtcDateTime().process_bind_param(at, engine.dialect)
    assert stored == at
    assert stored is not None
    assert UtcDateTime().process_result_value(stored.replace(tzinfo=None), engine.dialect) == at
    with engine.connect() as connection:
        read = connection.scalar(select(bindparam("at", at, UtcDateTime)))
        said = text("SELECT :at AS at").columns(at=UtcDateTime)
        with_zone = connection.scalar(said, {"at": at.isoformat(" ")})
    assert [(one, one.tzinfo) for one in (read, with_zone)] == [(at, UTC)] * 2


def test_a_reading_transaction_is_refused_a_write(database: Database) -> None:
    with pytest.raises(DBAPIError), database.reading() as session:
        session.add(ConsumerPositionRow(consumer="x", position=1))
    with database.transaction() as session:  # the same pooled connection may write again
        session.add(ConsumerPositionRow(consumer="x", position=1))


def test_a_reader_keeps_its_snapshot_and_does_not_hold_up_a_writer(
    database: Database, clock: FixedClock
) -> None:
    with database.reading() as reader:
        assert last_position(reader) == 0
        with unit_of_work(database, None, clock, ALERTS) as uow:
            uow.event("link", "a", "cut", {})
        assert last_position(reader) == 0
    with database.reading() as reader:
        assert last_position(reader) == 1


def test_a_reference_to_nobody_is_refused(database: Database, clock: FixedClock) -> None:
    with pytest.raises(DBAPIError), database.transaction() as session:
        session.add(
            UserSessionRow(
                token_hash="0",
                user_name="nobody",
                opened_at=clock.now(),
                expires_at=clock.now(),
            )
        )


def test_two_commands_that_read_before_they_write_both_succeed(
    database: Database, clock: FixedClock, bus: EventBus
) -> None:
    """On SQLite a transaction not begun IMMEDIATE would be thrown out here, unwaited."""
    both_ready = threading.Barrier(2)

    def count_up() -> None:
        both_ready.wait()
        with unit_of_work(database, bus, clock, ALERTS) as uow:
            row = uow.session.get(ConsumerPositionRow, "count")
            time.sleep(0.05)
            if row is None:
                uow.session.add(ConsumerPositionRow(consumer="count", position=1))
            else:
                row.position += 1

    threads = [threading.Thread(target=count_up) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        assert session.get_one(ConsumerPositionRow, "count").position == 2


def test_sqlite_keeps_what_it_has_promised_through_a_power_cut(tmp_path: Path) -> None:
    database = Database(create_database_engine(f"sqlite:///{tmp_path / 'a.sqlite'}"))
    migrate(database.engine)
    with database.transaction() as session:
        kept = {
            pragma: session.scalar(text(f"PRAGMA {pragma}"))
            for pragma in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    database.close()
    assert kept == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 10_000,
    }


@pytest.mark.parametrize(
    ("place", "setting"),
    [
        ("missing/a.sqlite", "ZHISHOU_DATABASE_URL"),
        ("folder", "ZHISHOU_DATABASE_URL"),
        ("text.sqlite", "ZHISHOU_DATABASE_URL"),
        (None, "ZHISHOU_STATE_DIRECTORY"),
    ],
    ids=["no folder", "a folder", "no database", "by the state directory"],
)
def test_a_file_that_cannot_be_opened_is_refused_by_name_at_once(
    tmp_path: Path, place: str | None, setting: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "text.sqlite").write_text("no database" * 100)
    (tmp_path / "zhishou.sqlite").mkdir()
    file = tmp_path / (place or "zhishou.sqlite")
    url = None if place is None else f"sqlite:///{file}"
    with pytest.raises(Conflict) as refusal:
        open_database(Settings(state_directory=tmp_path, database_url=url))
    assert str(file) in str(refusal.value.detail)
    assert setting in str(refusal.value.remedy)


def test_a_locked_file_can_be_opened(tmp_path: Path) -> None:
    held = sqlite3.connect(tmp_path / "zhishou.sqlite", isolation_level=None)
    held.execute("CREATE TABLE a (b)")
    held.execute("BEGIN EXCLUSIVE")
    open_database(Settings(state_directory=tmp_path)).close()
    held.close()
