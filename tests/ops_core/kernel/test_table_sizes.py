"""Rows and bytes by table, on either database."""

from datetime import UTC, datetime, timedelta

from ops_core.app.tables import TABLE_MODULES
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database, migrate
from ops_core.kernel.events import EventBus
from ops_core.kernel.migrations import load_metadata
from ops_core.kernel.permissions import Actor
from ops_core.kernel.table_sizes import table_sizes


def test_rows_are_by_year_and_bytes_with_indexes(database: Database) -> None:
    migrate(database.engine, TABLE_MODULES)
    clock = FixedClock(datetime(2024, 12, 31, 23, tzinfo=UTC))
    for _ in range(3):
        with unit_of_work(database, EventBus(), clock, Actor.system("test")) as uow:
            uow.event("thing", "1", "Happened", {})
            uow.audit("happen", "thing", "1", {})
        clock.advance(timedelta(hours=1))
    metadata = load_metadata(TABLE_MODULES)
    with database.reading() as session:
        found = {size.table: size for size in table_sizes(session, metadata)}
    assert found.keys() == metadata.tables.keys()
    assert found["audit_entries"].by_year == {2024: 1, 2025: 2}
    assert found["audit_entries"].rows == 3
    assert found["audit_entries"].bytes > 0
    assert found["audit_heads"].rows == 1
    assert found["audit_heads"].by_year == {}, "it has no instant"
    assert found["incidents"].rows == 0
