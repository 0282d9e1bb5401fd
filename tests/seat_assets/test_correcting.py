"""When a terminal really came into service: the purchaser's word, beside what was recorded."""

from datetime import timedelta

import pytest

from device_configs.site import Site
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.errors import Forbidden, Invalid, NotFound
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor, Role
from ops_core.kpi.derived_records import journal_differences
from seat_assets.correcting import correct_service
from seat_assets.in_service import seats_at
from seat_assets.model import terminals_of
from seat_assets.read import read_moves, read_recorded_moves
from seat_assets.service_record import record_service

PURCHASER = Actor.user("purchaser.zhao", [Role.PURCHASER_SUPERVISOR])
SUPERVISOR = Actor.user("super.gao", [Role.SUPERVISOR])
DAY = timedelta(days=1)


def test_a_corrected_move_counts_from_when_it_was_and_stays_on_record(
    site: Site, database: Database, bus: EventBus, clock: FixedClock
) -> None:
    terminals, began = terminals_of(site), clock.now()
    recorder = Actor.system("seat_assets")
    with unit_of_work(database, bus, clock, recorder) as uow:
        record_service(uow, terminals[:1])
    clock.advance(5 * DAY)
    with unit_of_work(database, bus, clock, recorder) as uow:
        record_service(uow, terminals[:2])
    seat, recorded = terminals[1].seat, clock.now()

    def corrected(actor: Actor, of: int, days: float, reason: str = "验收单 7") -> None:
        with unit_of_work(database, bus, clock, actor) as uow:
            correct_service(uow, of, recorded, recorded - days * DAY, reason)

    for actor in (SUPERVISOR, Actor.system("cli/root")):
        with pytest.raises(Forbidden):
            corrected(actor, seat, 2)
    with pytest.raises(NotFound):
        corrected(PURCHASER, terminals[0].seat, 2)
    for days, reason in ((-1, "x"), (2, " ")):
        with pytest.raises(Invalid):
            corrected(PURCHASER, seat, days, reason)
    corrected(PURCHASER, seat, 3)
    corrected(PURCHASER, seat, 2)
    with database.reading() as session:
        moves = read_moves(session, clock.now(), terminals)
        assert [len(seats_at(moves, began + n * DAY)) for n in range(6)] == [1, 1, 1, 2, 2, 2]
        assert recorded in {move.at for move in read_recorded_moves(session)}
        assert journal_differences(session) == []


def test_a_correction_passes_no_other_move_of_its_seat(
    site: Site, database: Database, bus: EventBus, clock: FixedClock
) -> None:
    terminals, recorder = terminals_of(site)[:1], Actor.system("seat_assets")
    for held in (terminals, (), terminals):
        with unit_of_work(database, bus, clock, recorder) as uow:
            record_service(uow, held)
        last = clock.now()
        clock.advance(DAY)
    with pytest.raises(Invalid), unit_of_work(database, bus, clock, PURCHASER) as uow:
        correct_service(uow, terminals[0].seat, last, last - 1.5 * DAY, "x")
