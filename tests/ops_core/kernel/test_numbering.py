"""Numbers of a day: each given once, whoever gives them at the same time."""

import multiprocessing
from contextlib import closing
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database, create_database_engine
from ops_core.kernel.errors import Conflict
from ops_core.kernel.numbering import CASES, INCIDENTS, ORDERS, NumberSeries
from ops_core.kernel.permissions import Actor
from ops_core.kernel.tables import ConsumerPositionRow

SHANGHAI = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 11, 23, 16, 30, tzinfo=UTC)
"""Half past midnight of the 24th there."""
GIVER = Actor.system("giver")
GIVERS, EACH = 3, 20
_processes = multiprocessing.get_context("forkserver")


def give(database: Database, series: NumberSeries) -> str:
    """Take the next number and keep it; a consumer's name stands for any numbered row."""
    with unit_of_work(database, None, FixedClock(AT), GIVER) as uow:
        numbers = series.on_day_of(AT, SHANGHAI)
        number = numbers.next_free(uow.session, ConsumerPositionRow.consumer)
        uow.session.add(ConsumerPositionRow(consumer=number, position=0))
    return number


def keep(database: Database, *numbers: str) -> None:
    with database.transaction() as session:
        session.add_all(ConsumerPositionRow(consumer=number, position=0) for number in numbers)


def give_many(url: str) -> None:
    with closing(Database(create_database_engine(url))) as database:
        for _ in range(EACH):
            give(database, ORDERS)


def test_the_first_number_is_that_of_the_local_day(database: Database) -> None:
    assert give(database, ORDERS) == "W-20261124-00001"
    assert give(database, INCIDENTS) == "F-20261124-001"
    assert give(database, ORDERS) == "W-20261124-00002"


def test_numbers_of_other_days_and_series_do_not_count(database: Database) -> None:
    keep(database, "W-20261123-00042", "W-20261125-00007", "C-20261124-00009", "W-20261124")
    assert give(database, ORDERS) == "W-20261124-00001"


def test_a_day_with_more_incidents_than_digits_goes_on(database: Database) -> None:
    keep(database, "F-20261124-998")
    given = [give(database, INCIDENTS) for _ in range(3)]
    assert given == ["F-20261124-999", "F-20261124-1000", "F-20261124-1001"]


def test_a_number_that_was_left_out_is_not_given_later(database: Database) -> None:
    keep(database, "F-20261124-001", "F-20261124-003")
    assert give(database, INCIDENTS) == "F-20261124-004"


def test_a_bounded_series_that_is_used_up_says_so(database: Database) -> None:
    keep(database, "C-20261124-99999")
    with pytest.raises(Conflict, match="C-20261124-"):
        give(database, CASES)


def test_processes_at_once_give_each_number_once(database: Database) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    givers = [_processes.Process(target=give_many, args=(url,)) for _ in range(GIVERS)]
    for giver in givers:
        giver.start()
    for giver in givers:
        giver.join(120)
    assert [giver.exitcode for giver in givers] == [0] * GIVERS
    with database.reading() as session:
        given = sorted(session.scalars(select(ConsumerPositionRow.consumer)))
    assert given == [f"W-20261124-{n:05d}" for n in range(1, GIVERS * EACH + 1)]
