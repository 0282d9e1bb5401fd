"""The list of incidents for a terminal, read by SQLite's own driver.

``zhishou incidents list`` is typed while something burns, so it must not wait for the declaration,
the models and SQLAlchemy, of which a list needs nothing. Whatever this reader does not know (no
file yet, an older schema, another database, a later shape of a stored fault) it leaves to
:mod:`incident.read`, with None; a test holds both to the same answer.
"""

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

BUSY_TIMEOUT_S = 5
_OPEN = """
    SELECT number, state, detected_at, classes, fault, false_alarm_state FROM incidents
    WHERE state != 'closed' ORDER BY detected_at DESC, number DESC
"""
_NEWEST = """
    SELECT number, state, detected_at, classes, fault, false_alarm_state FROM incidents
    ORDER BY detected_at DESC, number DESC LIMIT 200
"""


@dataclass(frozen=True, slots=True)
class ListedIncident:
    """One line of the list; ``roots`` as ``kind/name``."""

    number: str
    fault_class: str
    state: str
    roots: tuple[str, ...]
    detected_at: datetime
    seats: int
    services: int
    false_alarm: str | None
    """The state of its mark, None without one."""


def read_listed(file: Path, everything: bool) -> list[ListedIncident] | None:
    """The open incidents, or the newest of all, the latest first; None if it cannot tell."""
    address = f"{file.absolute().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True, timeout=BUSY_TIMEOUT_S)) as connection:
            rows = connection.execute(_NEWEST if everything else _OPEN).fetchall()
        return [_listed(*row) for row in rows]
    except (sqlite3.Error, ValueError, LookupError, TypeError):
        return None


def _listed(
    number: str, state: str, detected_at: str, classes: str, fault: str, false_alarm: str | None
) -> ListedIncident:
    stored: dict[str, Any] = json.loads(fault)
    return ListedIncident(
        number=number,
        fault_class=json.loads(classes)[-1]["fault_class"],
        state=state,
        roots=tuple(f"{root['kind']}/{root['name']}" for root in stored["roots"]),
        detected_at=datetime.fromisoformat(detected_at).replace(tzinfo=UTC),
        seats=len(stored["seats"]),
        services=len(stored["services"]),
        false_alarm=false_alarm,
    )
