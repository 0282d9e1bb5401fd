"""Another process holds the database: nothing is lost, nothing doubled, and readers do not wait."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select, text

from device_configs.site import Site, load_site
from incident.read import list_incidents
from monitors.alerts.engine import FAULT, AlertEngine
from monitors.alerts.model import State
from monitors.availability.service import StateRecorder, read_intervals
from monitors.evidence import Element, ElementKind, EvidenceRegister, Observation
from ops_core.app.calls_watch import CallsWatch
from ops_core.app.demonstration.feed import DemonstrationFeed
from ops_core.app.incident_feed import IncidentFeed
from ops_core.app.tables import TABLE_MODULES
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.database import Database, create_database_engine, migrate
from ops_core.kernel.errors import DatabaseBusy, DatabaseTrouble
from ops_core.kernel.events import EventBus, read_events
from ops_core.kernel.settings import PROJECT_DIRECTORY
from seat_assets.model import Part, TerminalCondition, terminals_of
from seat_assets.read import read_changes
from seat_assets.service import TerminalRecorder
from tests.faults.locked_file import locked
from tests.monitors.alerts.simulation import START, World
from tests.ops_core.app.demonstration.test_feed import told
from tests.pace import is_over
from tests.wallboard.serve import PASSWORD, Served, make
from wallboard.application import create_application

WAIT_S = 0.2
UPLINK = Element(ElementKind.LINK, "rt-a--egov")
NEVER = threading.Event()


@pytest.fixture(scope="session")
def site() -> Site:
    return load_site(PROJECT_DIRECTORY / "inventory")


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    file = tmp_path_factory.mktemp("migrated") / "zhishou.sqlite"
    database = Database(create_database_engine(f"sqlite:///{file}"))
    migrate(database.engine, TABLE_MODULES)
    database.close()
    return file.read_bytes()


@pytest.fixture
def file(tmp_path: Path, migrated: bytes) -> Path:
    path = tmp_path / "zhishou.sqlite"
    path.write_bytes(migrated)
    return path


@pytest.fixture
def database(file: Path) -> Iterator[Database]:
    opened = Database(create_database_engine(f"sqlite:///{file}", WAIT_S))
    yield opened
    opened.close()


@pytest.fixture
def bus() -> EventBus:
    return EventBus()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(START)


def wait_until(condition: Callable[[], bool], what: str, limit_s: float = 60) -> None:
    begun = time.monotonic()
    while not condition():
        assert not is_over(begun, limit_s), f"not reached in time: {what}"
        time.sleep(0.02)


def write_once(database: Database) -> None:
    """The shortest transaction that takes the write lock."""
    with database.transaction() as session:
        session.execute(text("SELECT 1"))


def engine_of(site: Site, database: Database, bus: EventBus, clock: FixedClock) -> AlertEngine:
    return AlertEngine(site, database, bus, clock, warm_up=timedelta(0))


def a_cut(site: Site, clock: FixedClock) -> list[Observation]:
    """What the collectors see of the whole centre with the first uplink cut."""
    return World(site, cut=frozenset({UPLINK.name})).everything(clock.now())


def fault_events(database: Database) -> list[str]:
    with database.reading() as session:
        events = read_events(session, 0, 100)
    return [event.type for event in events if event.aggregate_type == FAULT]


def test_a_fault_seen_while_the_database_is_locked_opens_once_with_its_true_start(
    site: Site, file: Path, database: Database, bus: EventBus, clock: FixedClock
) -> None:
    engine = engine_of(site, database, bus, clock)
    seen_at = clock.now()
    with locked(file):
        for _ in range(3):
            engine.observe(a_cut(site, clock))
            clock.advance(timedelta(seconds=5))
            with pytest.raises(DatabaseBusy):
                engine.tick()
    engine.observe(a_cut(site, clock))
    clock.advance(timedelta(seconds=1))
    engine.tick()
    engine.tick()
    IncidentFeed(site, database, bus, clock).carry()
    with database.reading() as session:
        found = list_incidents(session, 10)
    assert [incident.fault.roots for incident in found] == [(UPLINK,)]
    assert found[0].fault.since == seen_at
    assert len(fault_events(database)) == len(set(fault_events(database))) > 0


def test_incidents_wait_for_the_database_and_are_opened_once(
    site: Site, file: Path, database: Database, bus: EventBus, clock: FixedClock
) -> None:
    engine = engine_of(site, database, bus, clock)
    engine.observe(a_cut(site, clock))
    engine.tick()
    clock.advance(timedelta(seconds=5))
    engine.observe(a_cut(site, clock))
    engine.tick()
    with locked(file):
        for _ in range(2):
            with pytest.raises(DatabaseBusy):
                IncidentFeed(site, database, bus, clock).carry()
    assert IncidentFeed(site, database, bus, clock).carry() > 0
    assert IncidentFeed(site, database, bus, clock).carry() == 0
    with database.reading() as session:
        assert len(list_incidents(session, 10)) == 1


def test_availability_keeps_each_change_with_its_instant_while_the_database_is_locked(
    file: Path, database: Database, clock: FixedClock
) -> None:
    recorder = StateRecorder(database)
    began = clock.now()
    recorder.record({UPLINK: State.UP}, began)
    with locked(file):
        for second, state in ((10, State.DOWN), (20, State.UP), (30, State.CUT)):
            with pytest.raises(DatabaseBusy):
                recorder.record({UPLINK: state}, began + timedelta(seconds=second))
    recorder.record({UPLINK: State.CUT}, began + timedelta(seconds=40))
    with database.reading() as session:
        intervals = read_intervals(session, [UPLINK.kind], began, began + timedelta(hours=1))
    at = [began + timedelta(seconds=second) for second in (0, 10, 20, 30)]
    assert [(i.state, i.start, i.end) for i in intervals] == [
        (State.UP, at[0], at[1]),
        (State.DOWN, at[1], at[2]),
        (State.UP, at[2], at[3]),
        (State.CUT, at[3], None),
    ]


def test_more_changes_than_can_wait_are_unknown_and_never_invented(
    file: Path, database: Database, clock: FixedClock
) -> None:
    recorder = StateRecorder(database, most_waiting=3)
    began = clock.now()
    recorder.record({UPLINK: State.UP}, began)
    with locked(file):
        for second in range(1, 20):
            state = State.DOWN if second % 2 else State.UP
            with pytest.raises(DatabaseBusy):
                recorder.record({UPLINK: state}, began + timedelta(seconds=second))
    assert recorder.waiting == 4
    recorder.record({UPLINK: State.UP}, began + timedelta(seconds=20))
    recorder.record({UPLINK: State.UP}, began + timedelta(seconds=21))
    with database.reading() as session:
        found = read_intervals(session, [UPLINK.kind], began, began + timedelta(hours=1))
    states = [interval.state for interval in found]
    assert states == [State.UP, State.DOWN, State.UP, State.DOWN, State.UNKNOWN, State.UP]


def test_terminals_keep_each_change_while_the_database_is_locked(
    site: Site, file: Path, database: Database, bus: EventBus, clock: FixedClock
) -> None:
    recorder = TerminalRecorder(terminals_of(site), database, bus, clock)
    began = clock.now()

    def look(display_ok: bool) -> None:
        host, display = Element.seat_host(1), Element.seat_display(1)
        said = [(host, True), (display, display_ok)]
        register = EvidenceRegister().merged(
            Observation(element, "snmp", ok, clock.now(), "") for element, ok in said
        )
        recorder.record(register)

    with locked(file), pytest.raises(DatabaseBusy):
        look(display_ok=True)
    look(display_ok=True)
    with locked(file):
        for ok in (False, True, False):
            clock.advance(timedelta(seconds=5))
            with pytest.raises(DatabaseBusy):
                look(display_ok=ok)
    look(display_ok=False)
    with database.reading() as session:
        changes = read_changes(session, began - timedelta(1), clock.now())
    of_display = [c.condition for c in changes if c.part is Part.DISPLAY]
    assert of_display == [
        TerminalCondition.OK,
        TerminalCondition.BAD,
        TerminalCondition.OK,
        TerminalCondition.BAD,
    ]
    assert len({c.at for c in changes if c.part is Part.DISPLAY}) == 4


def test_the_demonstration_goes_on_where_it_was_and_refuses_nothing(
    site: Site, migrated: bytes, tmp_path: Path, bus: EventBus, clock: FixedClock
) -> None:
    small = site.model_copy(update={"seats": dict(list(site.seats.items())[:3])})
    vault = ContactVault(Fernet.generate_key())
    done = []
    for name in ("undisturbed", "locked"):
        path = tmp_path / f"{name}.sqlite"
        path.write_bytes(migrated)
        database = Database(create_database_engine(f"sqlite:///{path}", WAIT_S))
        feed = DemonstrationFeed(
            small, database, bus, clock, vault, 7, timedelta(0), pause_share=0.1
        )
        if name == "locked":
            with locked(path):
                for _ in range(2):
                    with pytest.raises(DatabaseBusy):
                        feed.catch_up(NEVER)
        feed.catch_up(NEVER)
        assert feed.refused == 0
        done.append(told(database))
        database.close()
    assert done[0] == done[1]
    assert done[0].calls


def test_who_only_reads_does_not_wait_for_who_holds_the_database(
    site: Site, file: Path, clock: FixedClock
) -> None:
    """Not even beside twenty writers that wait: with 30 s each a reader behind one would show."""
    database = Database(create_database_engine(f"sqlite:///{file}", wait_s=30))
    watch = CallsWatch(site, database)

    with ThreadPoolExecutor(20) as pool:
        with locked(file):
            writers = [pool.submit(write_once, database) for _ in range(20)]
            wait_until(lambda: database.waits().waiting == 20, "all writers wait")
            assert watch.look(clock.now()).as_of == clock.now()
            with database.reading() as session:
                assert session.scalars(select(1)).all() == [1]
            assert not any(writer.done() for writer in writers), "a reader outwaited a writer"
        for writer in writers:
            writer.result()
    assert database.waits().waits == 20
    database.close()


def test_a_lock_held_for_too_long_already_is_not_waited_for_by_everybody_anew(
    file: Path,
) -> None:
    database = Database(create_database_engine(f"sqlite:///{file}", wait_s=4))
    took = []
    with locked(file):
        for _ in range(2):
            began = time.monotonic()
            with pytest.raises(DatabaseBusy):
                write_once(database)
            took.append(time.monotonic() - began)
    assert took[0] >= 4
    assert took[1] < took[0] / 2
    write_once(database)
    state = database.waits()
    assert state.failures == {DatabaseTrouble.LOCKED: 2}
    assert state.waits == 2
    assert state.waited_s >= 4
    assert [c.key for c in database.concerns(START)] == ["database/locked"]
    figures = {(m.name, *m.labels.values()): m.value for m in database.measures()}
    assert figures["zhishou_database_failures_total", "locked"] == 2
    assert figures["zhishou_database_waits_total",] == 2
    database.close()


def test_a_start_needs_no_lock_when_there_is_nothing_to_migrate(file: Path) -> None:
    with locked(file):
        engine = create_database_engine(f"sqlite:///{file}", WAIT_S)
        migrate(engine, TABLE_MODULES, patience_s=0)
    engine.dispose()


def test_a_start_that_must_migrate_waits_for_the_database(tmp_path: Path) -> None:
    path = tmp_path / "new.sqlite"
    engine = create_database_engine(f"sqlite:///{path}", WAIT_S)
    with engine.begin() as connection:  # the file is there, with no table of ours
        connection.execute(text("CREATE TABLE other (id INTEGER PRIMARY KEY)"))
    with ThreadPoolExecutor(1) as pool:
        with locked(path):
            with pytest.raises(DatabaseBusy):
                migrate(engine, TABLE_MODULES, patience_s=0)
            waiting = pool.submit(migrate, engine, TABLE_MODULES)
        waiting.result()
    migrate(engine, TABLE_MODULES, patience_s=0)
    engine.dispose()


@pytest.fixture
def served(tmp_path: Path, clock: FixedClock) -> Iterator[Served]:
    made = make(tmp_path, clock)
    made.dependencies.database.close()
    database = Database(create_database_engine(f"sqlite:///{tmp_path}/wall.sqlite", WAIT_S))
    yield replace(made, dependencies=replace(made.dependencies, database=database))
    database.close()


async def test_a_change_over_the_web_is_answered_503_and_when_to_come_again(
    served: Served, tmp_path: Path
) -> None:
    transport = httpx.ASGITransport(create_application(served.dependencies))
    browser = {"accept": "text/html", "sec-fetch-site": "same-origin"}
    credentials = {"name": "li.ming", "password": PASSWORD, "target": "/"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1", headers=browser
    ) as client:
        with locked(tmp_path / "wall.sqlite"):
            refused = await client.post("/login", data=credentials)
        assert refused.status_code == 503
        assert refused.headers["retry-after"] == "5"
        assert "数据库" in refused.text
        assert (await client.post("/login", data=credentials)).status_code == 303
        with locked(tmp_path / "wall.sqlite"):
            page = await client.post("/logout")
            note = await client.post("/api/incidents/F-1/note", json={"comment": "x"})
            program = await client.post("/logout", headers={"accept": "application/json"})
            reading = await client.get("/incidents")
        assert reading.status_code == 200, "whoever is signed in reads on"
        assert page.status_code == program.status_code == note.status_code == 503
        assert note.headers["retry-after"] == "5"
        assert page.headers["retry-after"] == program.headers["retry-after"] == "5"
        assert page.headers["content-type"].startswith("text/html")
        assert program.headers["content-type"] == "application/problem+json"
        assert program.json()["type"] == "urn:zhishou:problem:database-busy"
        assert (await client.post("/logout")).status_code == 303


async def test_a_refusal_that_cannot_be_recorded_is_answered_503(
    served: Served, tmp_path: Path
) -> None:
    transport = httpx.ASGITransport(create_application(served.dependencies))
    credentials = {"name": "guest", "password": PASSWORD, "target": "/"}
    async with httpx.AsyncClient(
        transport=transport,
        base_url="http://127.0.0.1",
        headers={"accept": "text/html", "sec-fetch-site": "same-origin"},
    ) as client:
        await client.post("/login", data=credentials)
        with locked(tmp_path / "wall.sqlite"):
            assert (await client.get("/orders")).status_code == 503
        assert (await client.get("/orders")).status_code == 403


async def test_a_database_that_is_away_is_answered_503_on_a_page_without_a_reader(
    served: Served,
) -> None:
    away = Database(create_database_engine("postgresql+psycopg://127.0.0.1:1/zhishou", WAIT_S))
    application = create_application(replace(served.dependencies, database=away))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(application),
        base_url="http://127.0.0.1",
        headers={"accept": "text/html"},
        cookies={"zhishou_session": "x" * 43},
    ) as client:
        answer = await client.get("/incidents")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "10"
    assert away.waits().failures[DatabaseTrouble.AWAY] > 0
