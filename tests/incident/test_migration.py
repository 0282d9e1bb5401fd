"""What a database of an earlier release keeps when incidents get their handler."""

from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from sqlalchemy import text

from ops_core.kernel.database import create_database_engine, migrate
from ops_core.kernel.migrations import alembic_config

AT = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
INCIDENT = """
INSERT INTO incidents (number, day, state, detected_at, cleared, fault_key, classes, fault,
                       reopened, version)
VALUES (:number, '20261123', 'detected', :at, 0, :number, '[]', '{}', 0, 1)
"""
EVENT = """
INSERT INTO events (aggregate_type, aggregate_id, sequence, type, payload, occurred_at,
                    recorded_at, actor)
VALUES ('incident', :number, :sequence, :type, '{}', :at, :at, :actor)
"""


def test_who_last_acknowledged_or_responded_stands_on_an_older_incident_too(
    tmp_path: Path,
) -> None:
    engine = create_database_engine(f"sqlite:///{tmp_path}/zhishou.sqlite")
    with engine.begin() as connection:
        command.upgrade(alembic_config(connection, ()), "0006")
        for number in ("F-1", "F-2"):
            connection.execute(text(INCIDENT), {"number": number, "at": AT})
        told = [
            ("IncidentOpened", "system:incident"),
            ("IncidentAcknowledged", "zhao.min"),
            ("IncidentResponded", "wang.gang"),
            ("IncidentNoted", "li.ming"),
        ]
        for sequence, (kind, actor) in enumerate(told, 1):
            row = {"number": "F-1", "sequence": sequence, "type": kind, "actor": actor, "at": AT}
            connection.execute(text(EVENT), row)
    migrate(engine)
    with engine.connect() as connection:
        found = connection.execute(text("SELECT number, handler FROM incidents ORDER BY number"))
        assert [tuple(row) for row in found] == [("F-1", "wang.gang"), ("F-2", None)]
    engine.dispose()
