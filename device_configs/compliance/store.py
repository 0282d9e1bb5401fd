"""The last check of each device, stored and read."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.orm import Session

from device_configs.compliance.drift import ConfigurationDifference, DriftState
from device_configs.compliance.tables import DriftRow

_DIFFERENCES = TypeAdapter(tuple[ConfigurationDifference, ...])


@dataclass(frozen=True, slots=True)
class DeviceDrift:
    """What is known of a device since its last check. ``author`` says who may have changed it."""

    device: str
    state: DriftState
    checked_at: datetime
    drifted_since: datetime | None = None
    differences: tuple[ConfigurationDifference, ...] = ()
    problem: str = ""
    author: str = ""


def read_drift(session: Session) -> dict[str, DeviceDrift]:
    """Every device that was ever checked, by name."""
    return {row.device: _drift_of(row) for row in session.scalars(select(DriftRow))}


def keep_drift(session: Session, drift: DeviceDrift) -> None:
    """Store a check in place of the one before."""
    row = session.get(DriftRow, drift.device)
    if row is None:
        row = DriftRow(device=drift.device)
        session.add(row)
    row.state, row.checked_at = drift.state.value, drift.checked_at
    row.drifted_since, row.problem = drift.drifted_since, drift.problem
    row.differences = _DIFFERENCES.dump_python(drift.differences, mode="json")
    row.author = drift.author


def _drift_of(row: DriftRow) -> DeviceDrift:
    return DeviceDrift(
        row.device,
        DriftState(row.state),
        row.checked_at,
        row.drifted_since,
        _DIFFERENCES.validate_python(row.differences),
        row.problem,
        row.author,
    )
