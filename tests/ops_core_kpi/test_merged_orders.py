"""Indicator 2 of orders that no unit has: a merged one has its lead's answer, others their own."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import ColumnElement, select

from device_configs.site.model import Site
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.hotline.day_sums.model import DaySeries
from ops_core.hotline.day_sums.store import sums_by_kind
from ops_core.hotline.orders.citations import Citation
from ops_core.hotline.orders.particulars import Particulars
from ops_core.hotline.orders.service import take_step
from ops_core.hotline.orders.steps import Step
from ops_core.hotline.orders.tables import CAME_BACK, IS_MERGED, WorkOrderRow
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database, create_database_engine
from ops_core.kernel.migrations import alembic_config, migrate
from ops_core.kernel.permissions import Actor
from ops_core.kpi.day_sums import day_sum_differences
from ops_core.kpi.judgements import RecordVerdict
from ops_core.kpi.periods import Period, PeriodKind
from ops_core.kpi.records import Cohort, IndicatorReading, Show
from ops_core.kpi.secondary import SecondaryKind
from ops_core.kpi.sources.callbacks import CallbackSource
from ops_core.kpi.sources.returns import ReturnSource
from ops_core.kpi.sources.web_orders import WebOrderSource
from tests.ops_core.hotline.conftest import AGENT, DISPATCHER, REVIEWER, Work, vault
from tests.ops_core.hotline.test_order_read import Centre

__all__ = ["vault"]
MONDAY = datetime(2026, 3, 2, 1, tzinfo=UTC)
MARCH = Period(
    PeriodKind.MONTH, "2026-03", datetime(2026, 2, 28, 16, tzinfo=UTC),
    datetime(2026, 3, 31, 16, tzinfo=UTC),
)  # fmt: skip
GIVEN = Particulars(reason="petition", service="110", cited=(Citation("K-1", 1, "0" * 64),))


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(MONDAY)


@pytest.fixture
def work(database: Database, clock: FixedClock) -> Work:
    return lambda actor: unit_of_work(database, None, clock, actor)


@pytest.fixture
def centre(work: Work, site: Site, vault: ContactVault) -> Centre:
    return Centre(work, site, vault)


def take(
    work: Work, site: Site, number: str, step: Step, actor: Actor, given: Particulars = GIVEN
) -> None:
    with work(actor) as uow:
        take_step(uow, site, number, step, remark="说明", particulars=given)


def read(database: Database, site: Site, now: datetime) -> IndicatorReading:
    with database.reading() as session:
        return WebOrderSource(site).read(session, Cohort(MARCH, now))


def waiting(reading: IndicatorReading) -> tuple[int, int]:
    """Orders whose answer is overdue now, of those that wait for one."""
    (ratio,) = [r for r in reading.secondary if r.kind is SecondaryKind.ANSWERS_OVERDUE]
    return ratio.numerator, ratio.denominator


def test_a_merged_order_has_the_answer_of_its_lead(
    work: Work, site: Site, database: Database, clock: FixedClock, centre: Centre
) -> None:
    lead, twin = centre.order(), centre.order()
    take(work, site, twin, Step.MERGE, DISPATCHER, replace(GIVEN, lead=lead))
    clock.advance(timedelta(days=3))  # past the working day after the receipt
    unanswered = read(database, site, clock.now())
    assert unanswered.counts.count(RecordVerdict.MISSED) == 2, "merging answers nobody"
    assert waiting(unanswered) == (2, 2)
    take(work, site, lead, Step.ANSWER, AGENT)
    late = read(database, site, clock.now())
    assert late.counts.count(RecordVerdict.MISSED) == 2
    assert waiting(late) == (0, 0)
    take(work, site, twin, Step.REOPEN, REVIEWER)
    again = read(database, site, clock.now())
    assert waiting(again) == (1, 1), "taken up again it waits for an answer of its own"


def test_what_is_merged_in_time_is_answered_with_its_lead(
    work: Work, site: Site, database: Database, clock: FixedClock, centre: Centre
) -> None:
    lead, twin = centre.order(), centre.order()
    clock.advance(timedelta(hours=1))
    take(work, site, lead, Step.ANSWER, AGENT)
    clock.advance(timedelta(days=2))
    take(work, site, twin, Step.MERGE, DISPATCHER, replace(GIVEN, lead=lead))
    reading = read(database, site, clock.now())
    assert reading.counts.count(RecordVerdict.GOOD) == 2
    with database.reading() as session:
        page = WebOrderSource(site).page(session, Cohort(MARCH, clock.now()), Show.COUNTED, None)
    assert {(record.identifier, record.agent) for record in page.records} == {
        (lead, AGENT.name), (twin, AGENT.name),
    }  # fmt: skip


@pytest.mark.parametrize(
    "steps",
    [
        [(Step.ANSWER_DIRECTLY, AGENT)],
        [(Step.TRANSFER, AGENT)],
        [(Step.DECLINE, AGENT), (Step.CONFIRM, REVIEWER)],
    ],
    ids=["answered directly", "handed on", "not accepted"],
)
def test_what_ends_an_order_in_time_is_its_answer_and_counts_for_2_alone(
    work: Work, site: Site, database: Database, clock: FixedClock, centre: Centre,
    steps: list[tuple[Step, Actor]],
) -> None:  # fmt: skip
    number = centre.order()
    for step, actor in steps:
        take(work, site, number, step, actor)
    clock.advance(timedelta(days=3))
    assert read(database, site, clock.now()).counts.count(RecordVerdict.GOOD) == 1
    with database.reading() as session:
        cohort = Cohort(MARCH, clock.now())
        for source in (ReturnSource(site), CallbackSource(site)):
            assert source.read(session, cohort).counts.denominator == 0


def test_sums_of_orders_merged_before_know_the_answer_of_their_lead(
    work: Work, site: Site, database: Database, clock: FixedClock, centre: Centre
) -> None:
    """Migration 0050 makes of the sums before it what they are now, and takes it back."""
    lead, twin, _ = centre.order(), centre.order(), centre.order()
    take(work, site, twin, Step.MERGE, DISPATCHER, replace(GIVEN, lead=lead))
    clock.advance(timedelta(days=3))
    take(work, site, lead, Step.ANSWER, AGENT)
    assert answer_sums(database) == {"": 1, "2026-03-05": 2}
    with database.engine.begin() as connection:
        command.downgrade(alembic_config(connection), "0049")
    assert answer_sums(database) == {"": 2, "2026-03-05": 1}
    migrate(database.engine)
    assert answer_sums(database) == {"": 1, "2026-03-05": 2}
    with database.reading() as session:
        assert list(day_sum_differences(session)) == []


def answer_sums(database: Database) -> dict[str, int]:
    with database.reading() as session:
        return sums_by_kind(session, DaySeries.WEB_ANSWERS, "2026-03-02", "2026-03-03")


@pytest.mark.parametrize(
    ("rows", "index"),
    [
        (IS_MERGED & (WorkOrderRow.merged_into == "W-1"), "ix_work_orders_merged_into"),
        (CAME_BACK & (WorkOrderRow.first_dispatched_at >= MONDAY), "ix_work_orders_returned"),
    ],
)
def test_few_orders_are_found_without_reading_all(
    tmp_path: Path, rows: ColumnElement[bool], index: str
) -> None:
    """SQLite goes by an index of some rows only where the question has its very words."""
    engine = create_database_engine(f"sqlite:///{tmp_path / 'orders.sqlite'}")
    migrate(engine)
    asked = select(WorkOrderRow.number).where(rows).compile(engine)
    values = tuple(asked.construct_params().values())
    with engine.begin() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}", values).all()
    assert index in str(plan)
    engine.dispose()
