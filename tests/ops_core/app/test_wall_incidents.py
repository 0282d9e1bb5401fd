"""The wall's incidents follow the event log, and cost what happened since the last look."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from device_configs.site import load_site
from device_configs.site.model import FaultClassName, Site
from incident import service
from incident.model import ENDED, read_clocks
from incident.read import list_incidents, running_numbers
from incident.tables import IncidentRow
from ops_core.app.wall_parts import incidents as wall_incidents
from ops_core.app.wall_parts.incidents import COMPARE_EVERY, INCIDENTS_PER_LOOK, IncidentList
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.errors import Conflict
from ops_core.kernel.events import EventBus
from ops_core.kernel.settings import PROJECT_DIRECTORY
from ops_core.kernel.workers import Worker
from tests.migrated import migrated_database
from tests.ops_core.app.incident_storm import TECHNICIAN, Storm
from tests.ops_core.app.statements import statements
from wallboard.incidents.summary import (
    IncidentSummary,
    in_time,
    list_open,
    list_recent,
    open_incident,
)
from wallboard.snapshot import Snapshot
from wallboard.wall.state import IncidentsView

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def site() -> Site:
    return load_site(PROJECT_DIRECTORY / "inventory")


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def storm(site: Site, database: Database, clock: FixedClock) -> Storm:
    return Storm(site, database, EventBus(), clock)


@pytest.fixture
def worker(clock: FixedClock) -> Worker:
    return Worker("wall-incidents", clock, is_vital=False, longest_silence_s=None)


def everything_read(storm: Storm) -> IncidentsView:
    """The same view by reading every incident there is."""
    now, contract = storm.clock.now(), storm.site.contract
    with storm.database.reading() as session:
        every = list_incidents(session, 10_000)
    rank = {c.name: index for index, c in enumerate(contract.fault_classes)}
    opened = [open_incident(storm.site, i, now) for i in every if i.state not in ENDED]
    midnight = datetime(2026, 11, now.astimezone(UTC).day, tzinfo=UTC) - timedelta(hours=8)
    midnight += timedelta(days=(now - midnight).days)
    restored = [
        in_time(read_clocks(contract, i.classes, i.stamps, now)) is True
        for i in every
        if i.state in ENDED and (at := i.stamps.restored_at) is not None and at >= midnight
    ]
    opened.sort(key=lambda i: (rank[i.fault_class], i.started_at, i.number))
    return IncidentsView(now, tuple(opened), len(restored), sum(restored))


def settled(wall: IncidentList, storm: Storm, worker: Worker) -> IncidentsView:
    """Look until nothing waits any more."""
    for _ in range(50):
        view = wall.look(storm.clock.now(), worker)
        if view.as_of == storm.clock.now():
            return view
    raise AssertionError("the wall's incidents never came up to date")


def test_the_wall_shows_who_handles_an_incident(storm: Storm, worker: Worker) -> None:
    wall = IncidentList(storm.site, storm.database)
    storm.open([1])
    (shown,) = settled(wall, storm, worker).open
    assert shown.handler is None
    with unit_of_work(storm.database, storm.bus, storm.clock, TECHNICIAN) as uow:
        service.respond(uow, storm.numbers[1])
    (shown,) = settled(wall, storm, worker).open
    assert (shown.handler, shown.phase) == ("wang.gang", "responding")


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["open", "update", "resolve", "merge", "respond", "restore", "close", "look", "wait"]
        ),
        st.integers(0, 11),
        st.integers(0, 11),
    ),
    max_size=40,
)


@settings(max_examples=25, deadline=None)
@given(STEPS)
def test_following_the_events_shows_what_reading_everything_shows(
    tmp_path_factory: pytest.TempPathFactory, site: Site, steps: list[tuple[str, int, int]]
) -> None:
    with database_at(tmp_path_factory.mktemp("wall")) as database:
        clock = FixedClock(NOW)
        storm = Storm(site, database, EventBus(), clock)
        wall = IncidentList(site, database)
        worker = Worker("wall-incidents", clock, is_vital=False, longest_silence_s=None)
        for step, index, other in steps:
            take(storm, wall, worker, step, index, other)
            clock.advance(timedelta(seconds=1))
        assert settled(wall, storm, worker) == everything_read(storm)
        assert worker.state().item_failures == {}


def take(
    storm: Storm, wall: IncidentList, worker: Worker, step: str, index: int, other: int
) -> None:
    """One step of a story; what makes no sense in the present state is left out."""
    clock = storm.clock
    if step == "look":
        wall.look(clock.now(), worker)
    elif step == "wait" and isinstance(clock, FixedClock):
        clock.advance(timedelta(hours=3 + index))
    elif step == "open" and index not in storm.numbers:
        storm.open([index])
    elif index in storm.numbers and step in ("update", "resolve"):
        (storm.update if step == "update" else storm.resolve)(index)
    elif index in storm.numbers and step in ("respond", "restore", "close"):
        command = getattr(service, step)
        try:
            with unit_of_work(storm.database, storm.bus, clock, TECHNICIAN) as uow:
                command(uow, storm.numbers[index], *(["said so"] if step != "respond" else []))
        except Conflict:
            return
    elif step == "merge" and {index, other} <= storm.numbers.keys() and index != other:
        storm.merge(index, other)


@contextmanager
def database_at(directory: Path) -> Iterator[Database]:
    database = migrated_database(directory / "zhishou.sqlite")
    yield database
    database.close()


def test_a_look_reads_a_bounded_number_and_says_how_old_the_rest_is(
    storm: Storm, worker: Worker, clock: FixedClock
) -> None:
    storm.open(range(2 * INCIDENTS_PER_LOOK + 10))
    wall = IncidentList(storm.site, storm.database)
    sizes = []
    for _ in range(3):
        view = wall.look(clock.now(), worker)
        sizes.append(len(view.open))
        behind = len(view.open) < 2 * INCIDENTS_PER_LOOK + 10
        assert view.as_of == (None if behind else clock.now())
        clock.advance(timedelta(seconds=1))
    for index in range(INCIDENTS_PER_LOOK + 1):
        storm.update(index)
    current = clock.now() - timedelta(seconds=1)
    assert wall.look(clock.now(), worker).as_of == current
    assert wall.look(clock.now(), worker).as_of == clock.now()
    assert sizes == [INCIDENTS_PER_LOOK, 2 * INCIDENTS_PER_LOOK, 2 * INCIDENTS_PER_LOOK + 10]


def test_more_news_than_a_look_takes_is_caught_up_by_comparing_versions(
    storm: Storm, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    wall = IncidentList(storm.site, storm.database)
    storm.open(range(5))
    settled(wall, storm, worker)
    monkeypatch.setattr(wall_incidents, "EVENTS_PER_LOOK", 3)
    for index in range(5):
        storm.update(index)
    storm.resolve(2)
    view = settled(wall, storm, worker)
    assert view == everything_read(storm)
    assert (len(view.open), view.restored_today) == (4, 1)


def test_an_incident_that_cannot_be_read_is_shown_and_hides_no_other(
    storm: Storm, worker: Worker, clock: FixedClock
) -> None:
    wall = IncidentList(storm.site, storm.database)
    storm.open(range(3))
    number = storm.numbers[1]
    with storm.database.transaction() as session:
        whole = session.scalar(select(IncidentRow.classes).where(IncidentRow.number == number))
        session.execute(
            update(IncidentRow).where(IncidentRow.number == number).values(classes=[{"odd": 1}])
        )
    view = settled(wall, storm, worker)
    assert [i.number for i in view.open if i.fault_class is FaultClassName.MAJOR] == [number]
    assert len(view.open) == 3
    assert worker.state().item_failures == {f"incident {number}": 1}
    listed = opened_now(storm, clock)
    assert (listed[0].number, len(listed)) == (number, 3)
    with storm.database.transaction() as session:
        session.execute(
            update(IncidentRow).where(IncidentRow.number == number).values(classes=whole)
        )
    clock.advance(COMPARE_EVERY)
    assert settled(wall, storm, worker) == everything_read(storm)


def test_what_was_restored_today_is_counted_anew_after_midnight(
    storm: Storm, worker: Worker, clock: FixedClock
) -> None:
    wall = IncidentList(storm.site, storm.database)
    storm.open(range(3))
    storm.resolve(0)
    assert settled(wall, storm, worker).restored_today == 1
    clock.advance(timedelta(hours=12))
    storm.resolve(1)
    view = settled(wall, storm, worker)
    assert (view.restored_today, len(view.open)) == (1, 1)
    assert view == everything_read(storm)


T = TypeVar("T")


def seen_by(storm: Storm, clock: FixedClock, read: Callable[[Snapshot], T]) -> T:
    """What a page reads, in a session of its own."""
    with storm.database.reading() as session:
        return read(Snapshot(session, storm.site, clock.now()))


def opened_now(
    storm: Storm, clock: FixedClock, limit: int | None = None, offset: int = 0
) -> list[IncidentSummary]:
    return seen_by(storm, clock, lambda seen: list_open(seen, limit, offset))


def look_cost_s(site: Site, directory: Path, opened: int, touched: int) -> tuple[float, int]:
    """CPU seconds and statements of a look after ``touched`` incidents changed; the median."""
    clock = FixedClock(NOW)
    with database_at(directory) as database:
        storm = Storm(site, database, EventBus(), clock)
        storm.open(range(opened))
        wall = IncidentList(site, database)
        worker = Worker("wall-incidents", clock, is_vital=False, longest_silence_s=None)
        settled(wall, storm, worker)
        chosen, costs, sent = Random(opened), [], []
        for _ in range(9):
            for index in chosen.sample(range(opened), touched):
                storm.update(index)
            clock.advance(timedelta(milliseconds=500))
            with statements(database) as noted:
                began = time.process_time()
                view = wall.look(clock.now(), worker)
                costs.append(time.process_time() - began)
            sent.append(len(noted))
            assert (view.as_of, len(view.open)) == (clock.now(), opened)
        return median(costs), max(sent)


def test_a_look_costs_what_changed_and_not_what_is_open(site: Site, tmp_path: Path) -> None:
    (tmp_path / "few").mkdir()
    (tmp_path / "many").mkdir()
    few, few_sent = look_cost_s(site, tmp_path / "few", 10, 10)
    many, many_sent = look_cost_s(site, tmp_path / "many", 500, 10)
    print(f"a look with 10 and with 500 open: {1000 * few:.1f} and {1000 * many:.1f} ms CPU")
    assert many_sent == few_sent
    assert many < 3 * few


def test_a_page_of_the_list_costs_the_same_number_of_statements_however_many_are_open(
    storm: Storm, clock: FixedClock
) -> None:
    sent = []
    for opened in (range(10), range(10, 150)):
        storm.open(opened)
        with statements(storm.database) as noted:
            listed = opened_now(storm, clock, limit=100)
            numbers = seen_by(storm, clock, lambda s: running_numbers(s.session, s.site.contract))
        sent.append(len(noted))
        assert [incident.number for incident in listed] == list(numbers)[:100]
    assert sent[0] == sent[1]
    assert len(opened_now(storm, clock)) == 150
    rest = opened_now(storm, clock, limit=100, offset=100)
    assert [incident.number for incident in rest] == list(numbers)[100:]
    for index in range(60):
        storm.resolve(index)
    with statements(storm.database) as noted:
        assert len(seen_by(storm, clock, lambda s: list_recent(s, 50))) == 50
    assert len(noted) <= 4
