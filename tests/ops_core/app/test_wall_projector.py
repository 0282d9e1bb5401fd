"""The wall's parts live apart: one that hangs, fails or is flooded ages no other and comes back."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from device_configs.site import load_site
from device_configs.site.model import Site
from monitors.alerts.engine import AlertEngine
from monitors.samples import Tags
from monitors.store.protocol import Point, StoreUnavailable
from monitors.store.sqlite import SqliteMetricStore
from ops_core.app.wall_projector import WallProjector
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.database import Database
from ops_core.kernel.events import EventBus
from ops_core.kernel.health import Concern
from ops_core.kernel.i18n import message
from ops_core.kernel.settings import PROJECT_DIRECTORY
from ops_core.kernel.workers import Workers
from tests.migrated import migrated_database
from tests.monitors.alerts.simulation import World
from tests.ops_core.app.incident_storm import Storm
from wallboard.wall.state import WallState

PATIENCE_S = 60.0


class ObstinateStore(SqliteMetricStore):
    """A store whose answers can be held back, or refused."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.answers = threading.Event()
        self.answers.set()
        self.asked = threading.Event()
        self.refuses = False

    def last_of_each(self, measurement: str, field: str) -> dict[Tags, Point]:
        self.asked.set()
        self.answers.wait(PATIENCE_S)
        if self.refuses:
            raise StoreUnavailable("away")
        return dict(super().last_of_each(measurement, field))


class Hall:
    """A wall over real stores, its parts running in their threads."""

    def __init__(self, directory: Path) -> None:
        self.site: Site = load_site(PROJECT_DIRECTORY / "inventory")
        self.clock, self.bus = SystemClock(), EventBus()
        self.database = migrated_database(directory / "zhishou.sqlite")
        self.store = ObstinateStore(directory / "metrics.sqlite")
        self.engine = AlertEngine(
            self.site, self.database, self.bus, self.clock, warm_up=timedelta(0)
        )
        self.storm = Storm(self.site, self.database, self.bus, self.clock)
        self.found: tuple[Concern, ...] = ()
        self.wall = WallProjector(
            self.site, self.database, self.bus, self.clock, self.engine, self.store,
            self._beats, lambda: self.found,
        )  # fmt: skip
        self.workers = Workers(self.clock)
        self._stop = threading.Event()
        self._threads = [
            self.workers.thread(
                part.name,
                lambda worker, part=part: self.wall.run(part, self._stop, worker),  # type: ignore[misc]
                self._stop,
            )
            for part in self.wall.parts
        ]
        self._threads.append(threading.Thread(target=self._judge, daemon=True))

    def __enter__(self) -> "Hall":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self.store.answers.set()
        for thread in self._threads:
            thread.join(10)
        self.database.close()
        self.store.close()

    def _beats(self) -> dict[str, datetime]:
        return dict.fromkeys(("icmp", "snmp"), self.clock.now())

    def _judge(self) -> None:
        world = World(self.site)
        while not self._stop.wait(0.2):
            self.engine.observe(world.everything(self.clock.now()))
            self.engine.tick()

    def age_s(self, part: str) -> float:
        """How old what a part shows is; for ever when it shows nothing."""
        as_of: datetime | None = getattr(self.wall.state(), part).as_of
        return float("inf") if as_of is None else (self.clock.now() - as_of).total_seconds()

    def failures(self, part: str) -> float:
        return sum(
            measure.value
            for measure in self.wall.measures()
            if measure.name == "zhishou_wall_look_failures_total" and measure.labels["part"] == part
        )


PARTS = ("network", "seats", "incidents", "availability", "indicators", "calls")


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    with Hall(tmp_path) as running:
        until(lambda: all(running.age_s(part) < 3 for part in PARTS))
        yield running


def until(true: Callable[[], bool]) -> None:
    limit = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < limit, "it did not become so"
        time.sleep(0.02)


def restamped(hall: Hall, *parts: str) -> None:
    """Wait until these parts are known to be current by a look that begins now."""
    begun = hall.clock.now()

    def fresh(state: WallState) -> bool:
        stamps = [getattr(state, part).as_of for part in parts]
        return all(stamp is not None and stamp > begun for stamp in stamps)

    until(lambda: fresh(hall.wall.state()))


def test_a_metric_store_that_hangs_ages_no_tile(hall: Hall) -> None:
    hall.store.asked.clear()
    hall.store.answers.clear()
    until(hall.store.asked.is_set)
    for _ in range(3):
        restamped(hall, *PARTS)
    assert hall.failures("network") == 0


def test_a_store_that_is_away_is_no_failure_of_the_wall(hall: Hall) -> None:
    hall.store.refuses = True
    hall.store.asked.clear()
    until(hall.store.asked.is_set)
    restamped(hall, *PARTS)
    assert hall.failures("figures") == 0


def test_a_part_that_fails_is_counted_and_ages_alone(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(hall.wall._calls, "look", lambda _now: 1 / 0)
        until(lambda: hall.failures("calls") >= 1)
        stamped = hall.wall.state().calls.as_of
        restamped(hall, *(part for part in PARTS if part != "calls"))
        assert hall.wall.state().calls.as_of == stamped
    restamped(hall, *PARTS)


@contextmanager
def tables_gone(database: Database) -> Iterator[None]:
    """A database in which nothing can be read for a while."""
    with database.engine.connect() as connection:
        connection.exec_driver_sql("ALTER TABLE events RENAME TO events_away")
        connection.commit()
    yield
    with database.engine.connect() as connection:
        connection.exec_driver_sql("ALTER TABLE events_away RENAME TO events")
        connection.commit()


def test_incidents_come_back_by_themselves_when_the_database_does(hall: Hall) -> None:
    hall.storm.open(range(20))
    with tables_gone(hall.database):
        until(lambda: hall.failures("incidents") >= 1)
    restamped(hall, "incidents")
    assert len(hall.wall.state().incidents.open) == 20


def test_a_storm_of_events_on_five_hundred_open_incidents_leaves_no_mark(hall: Hall) -> None:
    hall.storm.open(range(500))
    until(lambda: len(hall.wall.state().incidents.open) == 500)
    ages = []
    ended = time.monotonic() + 4
    turn = 0
    while time.monotonic() < ended:
        for _ in range(5):
            hall.storm.update(turn * 7 % 500)
            turn += 1
        ages.append(hall.age_s("incidents"))
        time.sleep(0.1)
    hall.storm.resolve(3)
    restamped(hall, *PARTS)
    until(lambda: len(hall.wall.state().incidents.open) == 499)
    looks = {
        measure.labels["part"]: measure.value
        for measure in hall.wall.measures()
        if measure.name == "zhishou_wall_look_seconds"
    }
    print(f"{turn} events; oldest {max(ages):.1f} s; last look {looks['incidents']:.3f} s")
    assert sorted(ages)[len(ages) // 2] < 4, "in the storm the tile was shown as late"


def test_the_platform_s_own_trouble_is_on_the_wall(hall: Hall) -> None:
    assert hall.wall.state().health.concerns == 0
    hall.found = (
        Concern("spool/half", message("缓存已用一半")),
        Concern("worker/alerts", message("判定线程已停止"), is_vital=True),
    )
    until(lambda: hall.wall.state().health.concerns == 2)
    assert hall.wall.state().health.first == "判定线程已停止"


def test_a_part_that_shows_nothing_new_is_a_concern(tmp_path: Path) -> None:
    hall = Hall(tmp_path)
    hall.wall.refresh(hall.workers._worker("wall", False, None))
    now = hall.clock.now()
    assert hall.wall.concerns(now) == []
    late = {concern.key for concern in hall.wall.concerns(now + timedelta(minutes=1))}
    assert {"wall/incidents", "wall/calls"} <= late
    hall.database.close()
    hall.store.close()
