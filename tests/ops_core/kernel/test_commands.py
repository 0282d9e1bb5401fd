from datetime import timedelta

import pytest

from ops_core.kernel.audit import read_audit, verify_chain
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.consumers import read_position
from ops_core.kernel.database import Database
from ops_core.kernel.events import EventBus, last_position, read_events
from ops_core.kernel.permissions import Actor, Role
from ops_core.kernel.tables import ConsumerPositionRow

LI = Actor.user("li.ming", [Role.DUTY_TECHNICIAN])
ZHANG = Actor.user("zhang.wei", [Role.NETWORK_ENGINEER])


def test_a_command_stores_change_event_and_audit_entry_in_its_actors_name(
    database: Database, bus: EventBus, clock: FixedClock
) -> None:
    with unit_of_work(database, bus, clock, ZHANG) as uow:
        uow.session.add(ConsumerPositionRow(consumer="x", position=5))
        uow.event("link", "a", "cut", {"silent": True})
        uow.audit("cut_link", "link", "a", {"silent": True})
    with database.reading() as session:
        assert read_position(session, "x") == 5
        [event], [entry] = read_events(session, 0, 10), read_audit(session)
    assert (event.aggregate_id, event.sequence, event.payload) == ("a", 1, {"silent": True})
    assert (entry.position, entry.action, entry.detail) == (1, "cut_link", '{"silent":true}')
    assert (event.actor, entry.actor) == ("zhang.wei", "zhang.wei")
    assert event.occurred_at == event.recorded_at == entry.at == clock.now()


def test_a_failing_command_stores_nothing_and_wakes_nobody(
    database: Database, bus: EventBus, clock: FixedClock
) -> None:
    woken: list[int] = []
    bus.subscribe(lambda: woken.append(1))

    def fail() -> None:
        with unit_of_work(database, bus, clock, ZHANG) as uow:
            uow.session.add(ConsumerPositionRow(consumer="x", position=5))
            uow.event("link", "a", "cut", {})
            uow.audit("cut_link", "link", "a", {})
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        fail()
    with database.reading() as session:
        assert read_position(session, "x") == 0
        assert last_position(session) == 0
        assert read_audit(session) == []
    assert woken == []


def test_who_is_woken_finds_the_event_committed(
    database: Database, bus: EventBus, clock: FixedClock
) -> None:
    found: list[int] = []

    def look() -> None:
        with database.reading() as session:
            found.append(len(read_events(session, 0, 10)))

    bus.subscribe(look)
    with unit_of_work(database, bus, clock, ZHANG) as uow:
        uow.event("link", "a", "cut", {})
    assert found == [1]


def test_one_unit_in_two_names_is_one_commit_recorded_by_the_units_own_clock(
    database: Database, bus: EventBus, clock: FixedClock
) -> None:
    earlier = FixedClock(clock.now() - timedelta(days=1))
    with unit_of_work(database, bus, clock, ZHANG) as uow:
        theirs = uow.acting_as(LI, earlier)
        theirs.event("link", "a", "cut", {})
        theirs.audit("cut_link", "link", "a", {})
        uow.audit("healed_link", "link", "a", {})
    with database.reading() as session:
        assert verify_chain(session) == []
        [event], [last, first] = read_events(session, 0, 10), read_audit(session)
    assert [first.actor, last.actor] == ["li.ming", "zhang.wei"]
    assert (event.actor, event.occurred_at) == ("li.ming", earlier.now())
    assert event.recorded_at == first.at == last.at == clock.now()


def test_a_command_without_a_bus_wakes_nobody(database: Database, clock: FixedClock) -> None:
    with unit_of_work(database, None, clock, ZHANG) as uow:
        uow.audit("refused", "page", "/", {})
    with database.reading() as session:
        assert [entry.action for entry in read_audit(session)] == ["refused"]
