"""Drills on record: who, when, each fault, and what grew against former drills."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from device_configs.drills.faults import DrillFault, DrillKind
from device_configs.drills.history import ABANDONED_AFTER
from device_configs.drills.judging import DrillFigure, DrillVerdict
from device_configs.drills.read import read_drill, read_drills
from device_configs.drills.service import record_end, record_figure, record_start
from device_configs.drills.terms import DrillCause, DrillPlace, DrillTerms
from ops_core.kernel.audit import verify_chain
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import UnitOfWork, unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.errors import Forbidden, Invalid, NotFound
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor, Role
from tests.migrated import migrated_database

TERMS = DrillTerms(2, DrillPlace.OWN_TWIN, DrillCause.SCHEDULE)
SHANGHAI = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 11, 24, 16, 30, tzinfo=UTC)  # half past midnight of the 25th in Shanghai
LI = Actor.user("li.ming", [Role.NETWORK_ENGINEER])
ZHAO = Actor.user("zhao.lei", [Role.AGENT])
CUT = DrillFault(DrillKind.CUT, "rt-a--egov", "seat-001", 150)
KILL = DrillFault(DrillKind.KILL, "fwi-a", "seat-001", 400)


class Desk:
    def __init__(self, database: Database) -> None:
        self.database = database

    def unit(self, actor: Actor = LI) -> AbstractContextManager[UnitOfWork]:
        return unit_of_work(self.database, EventBus(), FixedClock(AT), actor)

    def drill(self, *figures: DrillFigure, faults: tuple[DrillFault, ...] = (CUT, KILL)) -> str:
        with self.unit() as uow:
            number = record_start(uow, faults, SHANGHAI, TERMS)
        for figure in figures:
            with self.unit() as uow:
                record_figure(uow, number, figure)
        with self.unit() as uow:
            record_end(uow, number, "")
        return number


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    database = migrated_database(tmp_path / "drills.sqlite")
    yield Desk(database)
    database.close()


def measured(fault: DrillFault, gap: float, survived: bool | None = None) -> DrillFigure:
    return DrillFigure(fault, (gap,), (25.0,), (gap,), 24.0, survived)


def test_a_drill_is_read_as_it_was_recorded(desk: Desk) -> None:
    number = desk.drill(measured(CUT, 100), measured(KILL, 120, survived=True))
    assert number == "Y-20261125-001"
    with desk.database.reading() as session:
        found = read_drill(session, number)
        assert verify_chain(session) == []
    assert (found.author, found.started_at) == ("li.ming", AT)
    assert [outcome.figure for outcome in found.outcomes] == [
        measured(CUT, 100),
        measured(KILL, 120, survived=True),
    ]
    assert found.verdict is DrillVerdict.HOLDS


def test_what_was_not_measured_is_unknown(desk: Desk) -> None:
    number = desk.drill(measured(CUT, 100))
    with desk.database.reading() as session:
        assert read_drill(session, number).verdict is DrillVerdict.UNKNOWN


def test_a_gap_that_grew_is_on_record(desk: Desk) -> None:
    for gap in (80, 82, 78):
        desk.drill(measured(CUT, gap), faults=(CUT,))
    number = desk.drill(measured(CUT, 140), faults=(CUT,))
    with desk.database.reading() as session:
        drills = read_drills(session, 9)
    assert drills[0].number == number
    assert [w.median_ms for w in drills[0].worsenings] == [80]
    assert not any(drill.worsenings for drill in drills[1:])
    assert drills[0].verdict is DrillVerdict.HOLDS, "it is still within its bound"


def test_a_drill_without_an_end_is_abandoned_after_a_while(desk: Desk) -> None:
    with desk.unit() as uow:
        number = record_start(uow, (CUT,), SHANGHAI, TERMS)
    with desk.database.reading() as session:
        found = read_drill(session, number)
    assert not found.is_abandoned(AT + ABANDONED_AFTER)
    assert found.is_abandoned(AT + ABANDONED_AFTER + timedelta(seconds=1))
    assert found.verdict is DrillVerdict.UNKNOWN


def test_who_may_not_operate_the_twin_drills_nothing(desk: Desk) -> None:
    with pytest.raises(Forbidden), desk.unit(ZHAO) as uow:
        record_start(uow, (CUT,), SHANGHAI, TERMS)


def test_nothing_to_drill_and_nothing_to_read(desk: Desk) -> None:
    with pytest.raises(Invalid), desk.unit() as uow:
        record_start(uow, (), SHANGHAI, TERMS)
    with desk.database.reading() as session, pytest.raises(NotFound):
        read_drill(session, "Y-20261125-001")
