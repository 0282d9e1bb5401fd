"""The demonstration's reports: written, received or returned by its cast, and left to who tries."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from device_configs.site import load_site
from device_configs.site.model import Site
from ops_core.app.demonstration import report_acts
from ops_core.app.demonstration.report_acts import DemonstrationReports
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.events import EventBus
from ops_core.kernel.evidence_files import EvidenceStore
from ops_core.kernel.permissions import Actor
from ops_core.kernel.settings import PROJECT_DIRECTORY
from ops_core.kpi.periods import month_named
from ops_core.kpi.read import read_figure
from ops_core.obligations.model import ReportState
from ops_core.obligations.read import ReportTab, list_reports
from ops_core.obligations.service import owe_reports
from ops_core.obligations.verifying import report_flaws
from tests.migrated import migrated_database

NOW = datetime(2026, 12, 1, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def site() -> Site:
    return load_site(PROJECT_DIRECTORY / "inventory")


def test_the_cast_brings_reports_to_their_readers_once(
    tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_acts, "PAUSE_S", 0.0)
    database: Database = migrated_database(tmp_path / "a.sqlite")
    clock, bus, stop = FixedClock(NOW), EventBus(), threading.Event()
    with unit_of_work(database, bus, clock, Actor.system("reports")) as uow:
        owe_reports(uow, site)
    store = EvidenceStore(tmp_path / "evidence", 1 << 24)
    cast = DemonstrationReports(site, database, bus, clock, store, seed=1)
    assert cast.look(stop) > 30
    assert cast.look(stop) == 0
    with database.reading() as session:
        listed = list_reports(session, site, NOW, ReportTab.ALL)
        states = {one.report.key: one.report.state for one in listed}
        figure = read_figure(session, site, 9, month_named("2026-11", site.contract), NOW)
        assert list(report_flaws(session)) == []
    assert states["daily-2026-11-30"] is ReportState.OWED
    assert states["weekly-2026-W48"] is ReportState.SUBMITTED
    assert states["monthly-2026-10"] is ReportState.RECEIVED
    assert figure.good >= 8
    assert len(list(store.names())) > 8
    database.close()
