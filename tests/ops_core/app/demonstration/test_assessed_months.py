"""The month before is assessed once, by both sides, and verifies."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from device_configs.site.model import Site
from ops_core.app.demonstration.assessed_months import LEFT_TO_SEAL, ensure_assessed_month
from ops_core.app.demonstration.planned_work import ensure_planned_work
from ops_core.kernel.audit import verify_chain
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.database import Database
from ops_core.kernel.events import EventBus
from ops_core.kernel.evidence_files import EvidenceStore
from ops_core.kpi.assessment.exemption_store import ExemptionFilter, list_exemptions
from ops_core.kpi.assessment.period_terms import PeriodState
from ops_core.kpi.assessment.tables import AssessedPeriodRow, SealRow
from ops_core.kpi.assessment.verifying import assessment_differences, sealed_differences


@pytest.mark.parametrize("day", [1, 30])
def test_a_month_is_sealed_once_with_one_exemption_granted_and_one_that_waits(
    database: Database, site: Site, tmp_path: Path, day: int
) -> None:
    clock, bus = FixedClock(datetime(2026, 11, day, 3, tzinfo=UTC)), EventBus()
    store = EvidenceStore(tmp_path / "evidence", 1 << 20)
    ensure_planned_work(site, database, bus, clock, store)
    sealed = ensure_assessed_month(site, database, bus, clock)
    assert sealed > 5
    assert ensure_assessed_month(site, database, bus, clock) == 0
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(SealRow)) == sealed
        row = AssessedPeriodRow
        submitted = select(func.count()).where(row.state == PeriodState.SUBMITTED.value)
        assert session.scalar(submitted) == LEFT_TO_SEAL
        states = sorted(one.state.value for one in list_exemptions(session, ExemptionFilter()))
        assert states == ["approved", "requested"]
        assert [*sealed_differences(session, site), *assessment_differences(session)] == []
        assert verify_chain(session) == []
