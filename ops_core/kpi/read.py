"""Figures from the stored records."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from device_configs.site.model import Site
from incident.service import incident_of
from incident.tables import IncidentRow
from ops_core.kpi.indicators import (
    FaultRecord,
    Figure,
    Snapshot,
    faults_handled_in_time,
    terminals_in_order,
)
from ops_core.kpi.periods import Period, PeriodKind
from seat_assets.model import snapshot_instants, states_at, terminals_of
from seat_assets.service import read_changes, recording_began


def read_indicator_12(session: Session, site: Site, period: Period, now: datetime) -> Figure:
    """Faults handled in time, of those detected in the period."""
    rows = session.scalars(
        select(IncidentRow).where(
            IncidentRow.detected_at >= period.start, IncidentRow.detected_at < period.end
        )
    )
    incidents = [incident_of(row) for row in rows]
    faults = [FaultRecord(i.number, i.stamps, i.classes, i.merged_into) for i in incidents]
    return faults_handled_in_time(site.contract, faults, period, now)


def read_indicator_13(session: Session, site: Site, period: Period, now: datetime) -> Figure:
    """Terminals in order: at the instant for the period ``now``, else over the snapshots."""
    seats = [terminal.seat for terminal in terminals_of(site)]
    changes = read_changes(session, period.start, min(now, period.end))
    if period.kind is PeriodKind.NOW:
        instants: tuple[datetime, ...] = (period.start,)
    else:
        began = recording_began(session)
        start = period.start if began is None else max(began, period.start)
        end = min(now, period.end)
        contract = site.contract
        instants = (
            ()
            if began is None
            else snapshot_instants(contract.snapshot_times, contract.timezone, start, end)
        )
    snapshots = [Snapshot(at, states_at(changes, seats, at)) for at in instants]
    return terminals_in_order(site.contract, snapshots, period, now)
