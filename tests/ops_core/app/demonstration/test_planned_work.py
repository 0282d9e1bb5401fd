"""Planned work of the demonstration comes once, through the commands, and shows in the figures."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from device_configs.site.model import Site
from ops_core.app.demonstration.planned_work import STORIES, ensure_planned_work
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.database import Database
from ops_core.kernel.events import EventBus
from ops_core.kernel.evidence_files import EvidenceStore
from ops_core.kernel.evidence_links import evidence_flaws
from ops_core.kpi.judgements import RecordVerdict
from ops_core.kpi.periods import contract_year_of
from ops_core.kpi.records import Cohort
from ops_core.kpi.sources import SOURCES
from ops_core.registers.read import documents_in_effect
from ops_core.registers.tables import RegisterItemRow
from ops_core.registers.verifying import register_breaks, register_flaws

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize("hour", [0, 15])
def test_planned_work_comes_once_and_every_indicator_of_it_has_records(
    database: Database, site: Site, tmp_path: Path, hour: int
) -> None:
    clock = FixedClock(datetime(2026, 11, 30, tzinfo=UTC) + timedelta(hours=hour))
    store = EvidenceStore(tmp_path / "evidence", 1 << 20)
    assert ensure_planned_work(site, database, EventBus(), clock, store) == len(STORIES)
    assert ensure_planned_work(site, database, EventBus(), clock, store) == 0
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(RegisterItemRow)) == len(STORIES)
        flaws = [*register_flaws(session, ZONE), *register_breaks(session)]
        assert [*flaws, *evidence_flaws(session, store)] == []
        cohort = Cohort(contract_year_of(clock.now(), site.contract), clock.now())
        for number in (11, 14, 15):
            counts = SOURCES[number](site).read(session, cohort).counts
            assert counts.count(RecordVerdict.GOOD) >= 2
        assert counts.count(RecordVerdict.MISSED) == 1
        assert len(documents_in_effect(session, "li", clock.now().astimezone(ZONE))) == 2
