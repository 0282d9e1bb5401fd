"""What a unit of work tells is written at its end: whole, in its order, behind its changes."""

from collections.abc import Sequence

import pytest
from psycopg.errors import UndefinedTable
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ops_core.kernel.audit import AuditEntry, read_audit, verify_chain
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Base, Database, connection_of
from ops_core.kernel.errors import Invalid
from ops_core.kernel.events import Event, EventBus, read_events
from ops_core.kernel.permissions import Actor, Role
from ops_core.kernel.pipelining import PIPELINED
from ops_core.kernel.tables import ConsumerPositionRow

ZHANG = Actor.user("zhang.wei", [Role.NETWORK_ENGINEER])
REMEMBER = insert(Base.metadata.tables[ConsumerPositionRow.__tablename__]).execution_options(
    **PIPELINED
)


def events(database: Database) -> list[Event]:
    with database.reading() as session:
        return read_events(session, 0, 100)


def entries(database: Database) -> list[AuditEntry]:
    """Oldest first, of a chain that holds."""
    with database.reading() as session:
        assert verify_chain(session) == []
        return read_audit(session)[::-1]


def remember(session: Session, consumer: str) -> None:
    connection_of(session).execute(REMEMBER, {"consumer": consumer, "position": 1})


def remembered(session: Session) -> list[str]:
    return sorted(session.scalars(select(ConsumerPositionRow.consumer)))


def tell(
    database: Database, clock: FixedClock, links: Sequence[str], audited: Sequence[str]
) -> None:
    """One unit with an event of each link and an entry of each audited one."""
    with unit_of_work(database, EventBus(), clock, ZHANG) as uow:
        for number, link in enumerate(links):
            uow.event("link", link, "cut", {"n": number})
        for number, link in enumerate(audited):
            uow.audit("cut_link", "link", link, {"n": number})


@pytest.mark.parametrize(
    ("links", "audited"),
    [
        pytest.param("a", "a", id="one of each"),
        pytest.param("aa", "aa", id="two of each"),
        pytest.param("abaa", "a", id="more events"),
        pytest.param("a", "abc", id="more entries"),
        pytest.param("ab", "", id="events alone"),
        pytest.param("", "ab", id="entries alone"),
    ],
)
def test_a_unit_writes_all_it_told_in_its_order(
    database: Database, clock: FixedClock, links: str, audited: str
) -> None:
    for _ in range(2):  # the first begins the chain, the second goes on with it
        tell(database, clock, links, audited)
    found, chain = events(database), entries(database)
    assert [event.aggregate_id for event in found] == list(links * 2)
    assert [event.payload["n"] for event in found] == [*range(len(links))] * 2
    for link in set(links):
        counted = [event.sequence for event in found if event.aggregate_id == link]
        assert counted == [*range(1, 2 * links.count(link) + 1)]
    assert [entry.subject_id for entry in chain] == list(audited * 2)
    assert [entry.position for entry in chain] == [*range(1, 2 * len(audited) + 1)]


def test_a_journal_written_twice_makes_one_chain(database: Database, clock: FixedClock) -> None:
    tell(database, clock, "a", "a")
    with unit_of_work(database, EventBus(), clock, ZHANG) as uow:
        uow.event("link", "a", "cut", {})
        uow.audit("at_once", "link", "a", {})
        uow.journal.write(uow.session)
        uow.event("link", "a", "healed", {})
        uow.audit("at_the_end", "link", "a", {})
    recorded = [(event.sequence, event.type) for event in events(database)]
    assert recorded == [(1, "cut"), (2, "cut"), (3, "healed")]
    actions = [entry.action for entry in entries(database)]
    assert actions == ["cut_link", "at_once", "at_the_end"]


def test_a_command_after_one_that_recorded_nothing_reads_the_head_anew(
    database: Database, clock: FixedClock
) -> None:
    tell(database, clock, "", "a")
    with unit_of_work(database, EventBus(), clock, ZHANG):
        pass  # learns of the head and does not use it
    tell(database, clock, "", "b")
    tell(database, clock, "c", "c")
    assert [entry.subject_id for entry in entries(database)] == ["a", "b", "c"]


def test_a_payload_json_cannot_say_is_refused_where_it_is_told(
    database: Database, clock: FixedClock
) -> None:
    with unit_of_work(database, EventBus(), clock, ZHANG) as uow:
        with pytest.raises(Invalid):
            uow.event("link", "a", "cut", {"n": float("nan")})
        with pytest.raises(Invalid):
            uow.audit("cut_link", "link", "a", {"n": float("nan")})
    assert (events(database), entries(database)) == ([], [])


def test_a_payload_changed_after_it_was_told_was_told_as_it_was(
    database: Database, clock: FixedClock
) -> None:
    payload = {"n": [1]}
    with unit_of_work(database, EventBus(), clock, ZHANG) as uow:
        uow.event("link", "a", "cut", payload)
        payload["n"].append(2)
    assert events(database)[0].payload == {"n": [1]}


def test_an_exception_behind_what_was_told_leaves_nothing(
    database: Database, clock: FixedClock
) -> None:
    def fail() -> None:
        with unit_of_work(database, EventBus(), clock, ZHANG) as uow:
            remember(uow.session, "x")
            uow.event("link", "a", "cut", {})
            uow.audit("cut_link", "link", "a", {})
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        fail()
    tell(database, clock, "b", "b")
    assert [event.aggregate_id for event in events(database)] == ["b"]
    assert [entry.subject_id for entry in entries(database)] == ["b"]
    with database.reading() as session:
        assert remembered(session) == []


def test_a_refused_write_that_nobody_waited_for_undoes_the_command(
    database: Database, clock: FixedClock
) -> None:
    woken: list[int] = []
    bus = EventBus()
    bus.subscribe(lambda: woken.append(1))

    def remember_twice() -> None:
        with unit_of_work(database, bus, clock, ZHANG) as uow:
            remember(uow.session, "x")
            remember(uow.session, "x")
            uow.event("link", "a", "cut", {})
            uow.audit("cut_link", "link", "a", {})

    for _ in range(3):  # the connection it happened on serves the next command
        with pytest.raises(DBAPIError):
            remember_twice()
    assert woken == []
    with unit_of_work(database, bus, clock, ZHANG) as uow:
        remember(uow.session, "y")
    with database.reading() as session:
        assert remembered(session) == ["y"]
    assert (events(database), entries(database)) == ([], [])


def test_a_command_reads_what_it_wrote_without_waiting(
    database: Database, clock: FixedClock
) -> None:
    with unit_of_work(database, EventBus(), clock, ZHANG) as uow:
        remember(uow.session, "x")
        assert remembered(uow.session) == ["x"]
        remember(uow.session, "y")
        uow.session.add(ConsumerPositionRow(consumer="z", position=1))
        assert remembered(uow.session) == ["x", "y", "z"]
        savepoint = uow.session.begin_nested()
        remember(uow.session, "v")
        savepoint.rollback()
        remember(uow.session, "w")
    with database.reading() as session:
        assert remembered(session) == ["w", "x", "y", "z"]


def test_a_transaction_of_any_kind_may_write_without_waiting(database: Database) -> None:
    with database.transaction() as session:
        remember(session, "x")
    with database.transaction() as session:
        session.execute(REMEMBER, [{"consumer": name, "position": 1} for name in "abc"])
        assert remembered(session) == ["a", "b", "c", "x"]
    with database.reading() as session:
        assert remembered(session) == ["a", "b", "c", "x"]


def test_readings_of_postgresql_are_planned_for_their_values_and_commands_are_not(
    postgresql_database: Database,
) -> None:
    with postgresql_database.reading() as session:
        assert session.scalar(text("SHOW plan_cache_mode")) == "force_custom_plan"
    with postgresql_database.command() as opened:
        assert opened.session.scalar(text("SHOW plan_cache_mode")) == "auto"


def test_a_command_that_cannot_begin_says_why(postgresql_database: Database) -> None:
    database = postgresql_database
    with database.transaction() as session:
        session.execute(text("ALTER TABLE audit_heads RENAME TO put_away"))
    try:
        with pytest.raises(UndefinedTable, match="audit_heads"), database.command():
            pass
    finally:
        with database.transaction() as session:
            session.execute(text("ALTER TABLE put_away RENAME TO audit_heads"))
    with database.command() as command:
        assert remembered(command.session) == []
