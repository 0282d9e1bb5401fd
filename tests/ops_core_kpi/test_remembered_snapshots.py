"""What is remembered of past snapshots is what counting again gives, whatever is recorded late."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from device_configs.site.model import Site
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.events import EventBus
from ops_core.kpi.judgements import Counts, RecordVerdict
from ops_core.kpi.periods import month_named, year_to_date
from ops_core.kpi.read import read_figure
from seat_assets.model import Change, Part, TerminalCondition, terminals_of
from seat_assets.service import RECORDER, store_changes
from seat_assets.service_record import record_service

BEGAN = datetime(2026, 2, 3, 4, tzinfo=UTC)
NOW = datetime(2026, 4, 20, 4, tzinfo=UTC)


def work(database: Database, at: datetime, changes: Sequence[Change]) -> None:
    with unit_of_work(database, EventBus(), FixedClock(at), RECORDER) as uow:
        store_changes(uow, changes)


def counts(database: Database, site: Site, label: str, as_of: datetime) -> tuple[Counts, Counts]:
    """The figures of the month and of the year: remembered, or counted anew by who may write."""
    month = month_named(label, site.contract)
    with database.reading() as session:
        seen = [read_figure(session, site, 13, period, as_of).counts
                for period in (month, year_to_date(month, site.contract))]  # fmt: skip
    with database.transaction() as session:
        anew = [read_figure(session, site, 13, period, as_of).counts
                for period in (month, year_to_date(month, site.contract))]  # fmt: skip
    assert seen == anew
    return seen[0], seen[1]


@pytest.mark.parametrize("seed", range(3))
def test_a_remembered_figure_is_the_one_counted_anew(
    database: Database, site: Site, seed: int
) -> None:
    dice, moments = random.Random(seed), timedelta(minutes=int((NOW - BEGAN).total_seconds()) // 60)
    terminals = list(terminals_of(site)[:3])
    for _ in range(12):
        at = BEGAN + dice.random() * moments
        if dice.random() < 0.3:
            with unit_of_work(database, EventBus(), FixedClock(NOW), RECORDER) as uow:
                record_service(uow, terminals[: dice.randrange(1, 4)])
        else:
            parts = [
                Change(dice.choice(terminals).seat, part, dice.choice(list(TerminalCondition)), at)
                for part in Part
            ]
            work(database, NOW, parts)
        for label in ("2026-02", "2026-03", "2026-04"):
            counts(database, site, label, NOW - timedelta(hours=dice.randrange(200)))
            counts(database, site, label, NOW)


def test_past_snapshots_are_counted_once(database: Database, site: Site) -> None:
    with unit_of_work(database, EventBus(), FixedClock(BEGAN), RECORDER) as uow:
        record_service(uow, terminals_of(site))
    month, asked = month_named("2026-03", site.contract), list[str]()

    @event.listens_for(database.engine, "before_cursor_execute")
    def hear(*sent: object) -> None:
        asked.append(str(sent[2]))

    for times in (1, 1):
        with database.reading() as session:
            read_figure(session, site, 13, month, NOW)
        assert sum("seat_changes.condition" in statement for statement in asked) == times


def test_what_a_transaction_sees_that_may_be_taken_back_is_not_remembered(
    database: Database, site: Site
) -> None:
    """On SQLite the next one's records may bear the numbers of those that were taken back."""
    seat = terminals_of(site)[0].seat
    month = month_named("2026-03", site.contract)
    with unit_of_work(database, EventBus(), FixedClock(BEGAN), RECORDER) as uow:
        record_service(uow, terminals_of(site)[:1])

    def take_back() -> None:
        with unit_of_work(database, EventBus(), FixedClock(NOW), RECORDER) as uow:
            store_changes(uow, [Change(seat, part, TerminalCondition.OK, BEGAN) for part in Part])
            assert read_figure(uow.session, site, 13, month, NOW).misses == 0
            raise RuntimeError

    with pytest.raises(RuntimeError):
        take_back()
    work(database, NOW, [Change(seat, part, TerminalCondition.BAD, BEGAN) for part in Part])
    seen, _ = counts(database, site, "2026-03", NOW)
    assert seen.count(RecordVerdict.MISSED) == seen.denominator > 0
