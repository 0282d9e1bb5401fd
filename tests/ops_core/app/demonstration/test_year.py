"""A loaded year: every indicator has its records, all of it verifies, and it is the same on both
databases, however often the load was broken off."""

import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from shutil import copy
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from device_configs.site.model import Site
from incident.tables import IncidentRow
from ops_core.app.demonstration_year.faults import FaultCause, fault_of_day, outage_days
from ops_core.app.demonstration_year.loading import YearLoader
from ops_core.app.demonstration_year.records_there import loaded_years, position_of
from ops_core.app.demonstration_year.scope import YearScope, year_scope
from ops_core.hotline.calls.tables import CallRow
from ops_core.hotline.contacts.vault import open_vault
from ops_core.hotline.orders.verifying import order_flaws
from ops_core.kernel.audit import verify_chain
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database, create_database_engine
from ops_core.kernel.errors import Conflict, Invalid
from ops_core.kernel.events import EventBus
from ops_core.kernel.evidence_files import EvidenceStore
from ops_core.kernel.evidence_links import evidence_flaws
from ops_core.kernel.permissions import Actor
from ops_core.knowledge.verifying import knowledge_flaws
from ops_core.kpi.assessment.tables import ExemptionRow, SealRow
from ops_core.kpi.assessment.verifying import sealed_differences
from ops_core.kpi.call_tallies import tally_differences
from ops_core.kpi.derived_records import derived_differences, journal_differences
from ops_core.kpi.derived_registers import register_differences
from ops_core.kpi.judgements import RecordVerdict
from ops_core.kpi.periods import contract_year_of
from ops_core.kpi.records import Cohort
from ops_core.kpi.sources import SOURCES

SEED = 12345
SCALE = 0.3
SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 2, 26, 2, tzinfo=UTC)
"""The first month is sealed on the day before."""
COLUMNS = (SealRow.month, SealRow.indicator, SealRow.revision)


class Killed(Exception):
    """The machine lost its power."""


@pytest.fixture(scope="module")
def scope(site: Site) -> YearScope:
    return year_scope(site, 2026, SCALE, SEED, NOW)


def loader(site: Site, database: Database, scope: YearScope, folder: Path) -> YearLoader:
    store = EvidenceStore(folder / "evidence", 1 << 22)
    paper = store.take_in("材料.txt", io.BytesIO("成果材料".encode()))
    clock = FixedClock(NOW)
    return YearLoader(site, database, clock, open_vault(folder), store, paper, scope)


def sealed(database: Database) -> list[tuple[object, ...]]:
    """What was sealed: figures and the digests of all records behind them."""
    with database.reading() as session:
        rows = session.execute(select(*COLUMNS, SealRow.content).order_by(SealRow.sequence))
        found = []
        for *named, content in rows:
            held = json.loads(content)
            figures = (held["figure"], held["raw"], held["year"], held["records"])
            found.append((*named, *figures, held["record_count"]))
        return found


def broken_off_on(day: date) -> Callable[[date], None]:
    def loaded(reached: date) -> None:
        if reached == day:
            raise Killed

    return loaded


@pytest.fixture(scope="module")
def loaded(
    migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory, site: Site, scope: YearScope
) -> Iterator[tuple[Database, Path]]:
    """Loaded in two goes into a SQLite file: broken off in the middle, and gone on with."""

    folder = tmp_path_factory.mktemp("year")
    file = copy(migrated_sqlite, folder / "zhishou.sqlite")
    database = Database(create_database_engine(f"sqlite:///{file}"))
    with pytest.raises(Killed):
        loader(site, database, scope, folder).run(broken_off_on(date(2026, 1, 20)))
    count = loader(site, database, scope, folder).run(lambda _: None)
    assert count.days == scope.days - 20
    yield database, folder
    database.close()


def test_every_indicator_has_records_and_every_one_of_them_verifies(
    loaded: tuple[Database, Path], site: Site
) -> None:
    database, folder = loaded
    store = EvidenceStore(folder / "evidence", 1 << 22)
    with database.reading() as session:
        cohort = Cohort(contract_year_of(NOW, site.contract), NOW)
        for number, source in SOURCES.items():
            counts = source(site).read(session, cohort).counts
            judged = counts.count(RecordVerdict.GOOD) + counts.count(RecordVerdict.MISSED)
            assert judged or number in (5, 6), number
        assert verify_chain(session) == []
        flaws = [
            *tally_differences(session, site), *derived_differences(session),
            *journal_differences(session), *register_differences(session, site),
            *order_flaws(session), *knowledge_flaws(session), *evidence_flaws(session, store),
            *sealed_differences(session, site),
        ]  # fmt: skip
        assert flaws == []
        assert {row[1] for row in sealed(database)} == set(SOURCES)


def test_a_load_that_is_whole_changes_nothing_when_it_is_asked_for_again(
    loaded: tuple[Database, Path], site: Site, scope: YearScope
) -> None:
    database, folder = loaded
    before = sealed(database)
    assert loader(site, database, scope, folder).run(lambda _: None).days == 0
    assert sealed(database) == before


def test_another_load_is_refused(
    loaded: tuple[Database, Path], site: Site, scope: YearScope
) -> None:
    database, _ = loaded
    other = year_scope(site, 2026, SCALE, SEED + 1, NOW)
    with database.reading() as session:
        assert list(loaded_years(session)) == [scope.consumer]
        with pytest.raises(Conflict, match="另一次装入"):
            position_of(session, other)


def test_a_database_with_records_of_its_own_is_refused(
    sqlite_database: Database, site: Site, scope: YearScope, tmp_path: Path
) -> None:
    at = datetime(2026, 1, 3, tzinfo=UTC)
    with sqlite_database.transaction() as session:
        session.add(
            ExemptionRow(
                number="X-1", indicators=[1], start_at=at, end_at=at, record="", reason="x",
                evidence="x", state="requested", requested_by="li", requested_at=at, decided_by="",
                decided_at=None, decided_text="", version=1,
            )
        )  # fmt: skip
    with pytest.raises(Conflict) as refusal:
        loader(site, sqlite_database, scope, tmp_path).run(lambda _: None)
    assert "exemptions 1" in str(refusal.value.detail)
    with sqlite_database.reading() as session:
        assert session.scalar(select(func.count()).select_from(CallRow)) == 0


def test_an_hour_that_is_refused_leaves_nothing_of_its_day(
    sqlite_database: Database, site: Site, scope: YearScope, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    whole = loader(site, sqlite_database, scope, tmp_path)

    def refuse(*_: object) -> None:
        raise Invalid("不行")

    monkeypatch.setattr("ops_core.app.demonstration_year.loading.train_front_line", refuse)
    with pytest.raises(Invalid):
        whole.run(lambda _: None)
    with sqlite_database.reading() as session:
        assert loaded_years(session) == {}
        assert session.scalar(select(func.count()).select_from(IncidentRow)) == 0
        assert session.scalar(select(func.count()).select_from(CallRow)) == 0
    with unit_of_work(sqlite_database, EventBus(), FixedClock(NOW), whole_actor()) as uow:
        uow.audit("looked", "test", "1", {})


def whole_actor() -> Actor:
    return Actor.system("test")


@pytest.mark.daemon
def test_a_year_recomputed_on_postgresql_equals_what_was_sealed_on_sqlite(
    loaded: tuple[Database, Path], postgresql_database: Database, site: Site, scope: YearScope,
    tmp_path: Path,
) -> None:  # fmt: skip
    loader(site, postgresql_database, scope, tmp_path).run(lambda _: None)
    assert sealed(postgresql_database) == sealed(loaded[0])
    with postgresql_database.reading() as session:
        assert list(sealed_differences(session, site)) == []


@pytest.mark.parametrize(("year", "scale"), [(2026, 0), (2026, 4), (2031, 1), (2026, float("nan"))])
def test_what_cannot_be_loaded_is_refused(site: Site, year: int, scale: float) -> None:
    with pytest.raises(Invalid):
        year_scope(site, year, scale, SEED, NOW)


def test_a_real_centre_is_refused(site: Site) -> None:
    with pytest.raises(Invalid, match="演示"):
        year_scope(site.model_copy(update={"demonstration": False}), 2026, 1, SEED, NOW)


def test_a_year_that_is_over_goes_on_until_its_orders_have_ended(site: Site) -> None:
    scope = year_scope(site, 2025, 1, SEED, NOW)
    assert (scope.first, scope.last) == (date(2025, 1, 1), date(2025, 12, 31))
    assert scope.end == date(2026, 2, 25)
    assert scope.days_after(date(2026, 2, 24).toordinal()) == (date(2026, 2, 25),)
    assert scope.days_after(scope.end.toordinal()) == ()


def test_the_year_has_two_losses_of_power_and_faults_of_every_cause(site: Site) -> None:
    scope = year_scope(site, 2025, 1, SEED, NOW)
    days = [scope.first + (scope.first.resolution * n) for n in range(365)]
    faults = [fault for day in days if (fault := fault_of_day(scope, site, day))]
    outages = [f.since.astimezone(SHANGHAI).date() for f in faults if f.cause is FaultCause.OUTAGE]
    assert tuple(outages) == outage_days(scope)
    assert {fault.cause for fault in faults} == set(FaultCause)
    assert all(fault.seats for fault in faults)
