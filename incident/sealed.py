"""Incidents held against their seals in the audit log."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from incident.store import INCIDENT
from incident.tables import IncidentRow
from ops_core.kernel.audit import Break
from ops_core.kernel.recorded_ends import (
    SEAL,
    end_breaks,
    recorded_ends,
    row_seal,
    unrecorded_breaks,
)


def incident_breaks(session: Session) -> Iterator[Break]:
    """Incidents that are not what they were after their last recorded change."""
    recorded = recorded_ends(session, INCIDENT, SEAL)
    rows = session.scalars(select(IncidentRow).execution_options(yield_per=1000))
    present = {row.number: row_seal(row) for row in rows}
    yield from end_breaks(INCIDENT, recorded, present)
    yield from unrecorded_breaks(session, INCIDENT, present)
