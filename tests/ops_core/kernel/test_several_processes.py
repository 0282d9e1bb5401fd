"""Several processes write one journal: no gap, no fork of the chain, no event passed by."""

import multiprocessing
from contextlib import closing

import pytest
from sqlalchemy import text

from ops_core.kernel import engines
from ops_core.kernel.audit import read_head, verify_chain
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database, create_database_engine
from ops_core.kernel.errors import DatabaseBusy, DatabaseTrouble
from ops_core.kernel.events import Event, EventBus, last_position, read_events
from ops_core.kernel.permissions import Actor

ALERTS = Actor.system("alerts")
WRITERS, EACH = 3, 40
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.ops_core.kernel.test_several_processes"])


def write(url: str, number: int) -> None:
    """Commands on a link of the writer's own and on one that all share."""
    with closing(Database(create_database_engine(url))) as database:
        for _ in range(EACH):
            with unit_of_work(database, EventBus(), SystemClock(), ALERTS) as uow:
                uow.event("link", "shared", "cut", {})
                uow.event("link", str(number), "cut", {})
                uow.audit("cut_link", "link", "shared", {"by": number})


def test_processes_at_once_leave_no_gap_and_one_chain(database: Database) -> None:
    writers = [_processes.Process(target=write, args=(_url(database), n)) for n in range(WRITERS)]
    for writer in writers:
        writer.start()
    seen: list[Event] = []
    while any(writer.is_alive() for writer in writers):
        with database.reading() as session:
            seen += read_events(session, seen[-1].position if seen else 0, 7)
    assert [writer.exitcode for writer in writers] == [0] * WRITERS
    with database.reading() as session:
        seen += read_events(session, seen[-1].position if seen else 0, 10_000)
        assert seen == read_events(session, 0, 10_000), "a reader that follows passed one by"
        assert verify_chain(session) == []
        assert read_head(session).position == WRITERS * EACH
    for link, events in {"shared": WRITERS * EACH, "0": EACH}.items():
        found = [event.sequence for event in seen if event.aggregate_id == link]
        assert found == list(range(1, events + 1))


@pytest.mark.daemon
def test_a_connection_whose_server_hung_up_while_it_rested_is_replaced(
    postgresql_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "IDLE_CHECK_S", 0)
    with postgresql_database.reading() as session:
        resting = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
    engine = create_database_engine(_url(postgresql_database))
    with engine.connect() as other:
        other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": resting})
    engine.dispose()
    with postgresql_database.reading() as session:
        assert last_position(session) == 0


def test_a_command_waits_for_its_turn_and_says_so_when_it_was_in_vain(database: Database) -> None:
    other = Database(create_database_engine(_url(database), wait_s=0.1))
    with database.command(), pytest.raises(DatabaseBusy) as refused, other.command():
        raise AssertionError("two wrote at once")
    assert refused.value.trouble is DatabaseTrouble.LOCKED
    assert other.waits().failures == {DatabaseTrouble.LOCKED: 1}
    assert other.waits().waits == 1
    assert 0.1 <= other.waits().waited_s < 5
    with other.command() as command:
        assert last_position(command.session) == 0
    other.close()


def _url(database: Database) -> str:
    return database.engine.url.render_as_string(hide_password=False)
