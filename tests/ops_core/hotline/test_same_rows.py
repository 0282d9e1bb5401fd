"""The same commands at the same instants leave the same rows on either database."""

from itertools import islice

import pytest
from sqlalchemy import select

from device_configs.site.model import Site
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.database import Base, Database
from tests.ops_core.hotline.sound import unsound
from tests.ops_core.hotline.storm import Storm

SEALED = {"number_sealed", "name_sealed"}
"""Encrypted with a nonce, so never twice the same."""
COMMANDS = 60
"""Some seven stories, with rated calls, returned orders and callbacks that were not reached."""


def rows(database: Database) -> dict[str, list[dict[str, object]]]:
    """Every row of every table, in order of its key."""
    with database.reading() as session:
        connection = session.connection()
        return {
            table.name: [
                {name: value for name, value in row.items() if name not in SEALED}
                for row in connection.execute(
                    select(table).order_by(*table.primary_key.columns)
                ).mappings()
            ]
            for table in Base.metadata.sorted_tables
        }


@pytest.mark.daemon
def test_both_databases_store_the_same(
    sqlite_database: Database,
    postgresql_database: Database,
    site: Site,
    vault: ContactVault,
    clock: FixedClock,
) -> None:
    for database in (sqlite_database, postgresql_database):
        for command in islice(Storm(database, site, vault, clock, "c0").commands(), COMMANDS):
            command.run()
        assert unsound(database) == []
    on_sqlite, on_postgresql = rows(sqlite_database), rows(postgresql_database)
    for table, stored in on_sqlite.items():
        assert stored == on_postgresql[table], table
    assert {"events", "audit_entries", "callback_attempts", "attitude_ratings"} <= {
        table for table, stored in on_sqlite.items() if stored
    }
