"""``zhishou indicators verify`` takes minutes on a year: it says what it is at, if it is seen."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from device_configs.site import load_site
from device_configs.site.model import Site
from ops_core.app.tables import TABLE_MODULES
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database, migrate, open_database
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor, Role
from ops_core.kernel.settings import load_settings
from ops_core.kpi.assessment.period_terms import PeriodStep
from ops_core.kpi.assessment.sealing import PeriodWords, draft_seal, take_period_step
from ops_core.kpi.checks import CHECKS, differences, step_count
from ops_core.kpi.cli import indicators
from tests.ops_core_kpi.stored import SHANGHAI

MONTH, NUMBER = "2026-01", 12
NOW = datetime(2026, 3, 1, tzinfo=SHANGHAI)
OPERATOR = Actor.user("zhao.lei", (Role.SUPERVISOR,))
PURCHASER = Actor.user("zhou.min", (Role.PURCHASER_SUPERVISOR,))


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """The installation's own database, with a month of one indicator sealed."""
    monkeypatch.setenv("ZHISHOU_STATE_DIRECTORY", str(tmp_path / "state"))
    monkeypatch.delenv("ZHISHOU_DATABASE_URL", raising=False)
    opened, site = open_database(load_settings()), load_site(load_settings().inventory)
    migrate(opened.engine, TABLE_MODULES)
    seal(opened, site)
    yield opened
    opened.close()


def seal(database: Database, site: Site) -> None:
    with database.reading() as session:
        draft = draft_seal(session, site, MONTH, NUMBER, NOW)
    steps = ((OPERATOR, PeriodStep.SUBMIT, None), (PURCHASER, PeriodStep.SEAL, draft))
    for actor, step, given in steps:
        with unit_of_work(database, EventBus(), FixedClock(NOW), actor) as uow:
            take_period_step(uow, site, MONTH, NUMBER, step, PeriodWords(), given)


def test_each_check_and_each_sealed_value_is_named_before_it_begins(database: Database) -> None:
    begun: list[str] = []
    site = load_site(load_settings().inventory)
    with database.reading() as session:
        assert list(differences(session, site, str, begun.append)) == []
        assert len(begun) == step_count(session)
    assert begun == [*(str(check.title) for check in CHECKS), f"封存值 {MONTH}/{NUMBER}"]
    assert len(set(begun)) == len(begun)


def test_a_terminal_sees_it_and_a_pipe_does_not(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert CliRunner().invoke(indicators, ["verify"]).output == "0 differences\n"
    monkeypatch.setenv("FORCE_COLOR", "1")  # what makes of any stream a terminal, for rich
    seen = CliRunner().invoke(indicators, ["verify"])
    assert seen.stdout == "0 differences\n"
    assert f"封存值 {MONTH}/{NUMBER}" in seen.stderr
