"""Which index the lists of ended incidents use: they must not grow with all that ever ended."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Select, text
from sqlalchemy.dialects import sqlite

from incident.model import IncidentState
from incident.read import ended_incidents, newest_ended, restored_after, versions_now
from incident.tables import IncidentRow
from ops_core.app.tables import TABLE_MODULES
from ops_core.kernel.database import Database, migrate, open_database
from ops_core.kernel.settings import Settings

START = datetime(2026, 3, 1, tzinfo=UTC)
ENDED = 400


@pytest.fixture
def database(tmp_path: Path) -> Database:
    """400 incidents that ended and one that runs; each lasted an hour."""
    opened = open_database(Settings(state_directory=tmp_path, database_url=None))
    migrate(opened.engine, TABLE_MODULES)
    with opened.transaction() as session:
        session.add_all(incident(n) for n in range(ENDED + 1))
    return opened


def incident(number: int) -> IncidentRow:
    detected = START + timedelta(minutes=number)
    closed = number % 2 == 0
    is_running = number == ENDED
    return IncidentRow(
        number=f"F-20260301-{number:03}",
        day="20260301",
        state=IncidentState.DETECTED
        if is_running
        else (IncidentState.CLOSED if closed else IncidentState.RESTORED),
        detected_at=detected,
        restored_at=None if is_running else detected + timedelta(hours=1),
        cleared=True,
        fault_key=str(number),
        classes=[],
        fault={},
        reopened=0,
        version=1,
    )


def plan_of(database: Database, query: Select[Any]) -> list[str]:
    compiled = query.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    with database.engine.connect() as connection:
        rows = connection.execute(text(f"EXPLAIN QUERY PLAN {compiled}"))
        return [row.detail for row in rows]


def test_the_newest_ended_incidents_are_found_by_state_and_time(database: Database) -> None:
    plan = plan_of(database, newest_ended(200))
    by_index = [step for step in plan if "ix_incidents_state_detected_at (state=?)" in step]
    assert len(by_index) == 2, "one descent for each state that has ended"
    assert not [step for step in plan if step.startswith("SCAN incidents")]


def test_the_incidents_restored_since_are_found_by_that_time(database: Database) -> None:
    (step,) = plan_of(database, restored_after(START))
    assert "ix_incidents_restored_at (restored_at>?)" in step


def test_the_newest_ended_ones_are_the_same_whichever_state_they_ended_in(
    database: Database,
) -> None:
    with database.reading() as session:
        found = [one.number for one in ended_incidents(session, 7)]
    assert found == [f"F-20260301-{ENDED - n:03}" for n in range(1, 8)]


def test_versions_are_of_those_that_run_or_were_restored_since(database: Database) -> None:
    since = START + timedelta(minutes=ENDED - 3, hours=1)
    with database.reading() as session:
        found = versions_now(session, since)
    assert set(found) == {f"F-20260301-{ENDED - n:03}" for n in (0, 1, 2, 3)}
