"""The roll-up worker over both stores: in time, late, killed anywhere, and read without seam."""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitors.samples import Sample, tags_of
from monitors.store.history import HistoryReader, Resolution, resolution_for
from monitors.store.late_marking import LateMarking
from monitors.store.protocol import Point, StoreUnavailable, Written
from monitors.store.rolling import RAW_KEPT as RAW_KEPT_BY_DEFAULT
from monitors.store.rolling import RollupWorker
from monitors.store.rollup import RollupWidth, rolled_up
from monitors.store.rollup_ledger import RollupLedger
from monitors.store.rollup_protocol import SeriesKey, SeriesRollup
from monitors.store.sqlite import SqliteMetricStore
from monitors.store.sqlite_rollups import SqliteRollupStore
from tests.monitors.store.conftest import Stores

START = datetime(2026, 3, 1, tzinfo=UTC)
UPLINK = tags_of(agent_host="rt-a", ifName="egov")
LOAD = SeriesKey("interface", UPLINK, "load")
FIVE, HOUR = RollupWidth.FIVE_MINUTES, RollupWidth.HOUR
MINUTE = timedelta(minutes=1)
RAW_KEPT = timedelta(hours=12)
"""Short, so that a ledger that knows nothing has little to hand out."""


class SetClock:
    """A clock that stands where it was set."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return (self.at - START).total_seconds()


class Plant:
    """Everything that takes part; ``restart`` is what a new process finds."""

    def __init__(self, stores: Stores, folder: Path) -> None:
        self.clock, self._stores, self._file = SetClock(), stores, folder / "ledger.sqlite"
        self.restart()

    def restart(self) -> None:
        self.ledger = RollupLedger(self._file)
        self.store = LateMarking(self._stores.raw, self.ledger, self.clock)
        self.rollups = self._stores.rollups
        self.worker = RollupWorker(self.rollups, self.ledger, self.clock, RAW_KEPT)
        self.reader = HistoryReader(self.store, self.rollups, self.ledger, RAW_KEPT)

    def begin(self) -> None:
        """As if everything before the start were rolled up already."""
        self.ledger.advance(START, START - FIVE.long, START)

    def write(self, points: Sequence[Point]) -> None:
        self.store.write([Sample("interface", UPLINK, {"load": p.value}, p.at) for p in points])

    def settle(self, until: datetime) -> None:
        """Rounds until nothing that has ended is dirty."""
        self.clock.at = max(self.clock.at, until)
        for _ in range(60):
            self.worker.round()
            self.clock.at += timedelta(seconds=31)
            dirty = self.ledger.due(FIVE, self.clock.at - MINUTE, self.clock.at, 1)
            hours = self.ledger.due(HOUR, self.clock.at - MINUTE, self.clock.at, 1)
            if not dirty and not hours:
                return
        raise AssertionError("never settles")

    def stored(self, width: RollupWidth) -> list[object]:
        return list(self.rollups.of_series(width, LOAD, START - HOUR.long, START + 200 * HOUR.long))


@pytest.fixture
def plant(stores: Stores, tmp_path: Path) -> Plant:
    made = Plant(stores, tmp_path)
    made.begin()
    return made


def values(first: datetime, count: int, spacing: timedelta = MINUTE) -> list[Point]:
    return [Point(first + n * spacing, float(n % 7)) for n in range(count)]


def test_what_has_ended_is_rolled_up_and_the_hour_from_it(plant: Plant) -> None:
    points = values(START, 130)
    plant.write(points)
    plant.settle(START + timedelta(hours=3))
    assert plant.stored(FIVE) == rolled_up(points, FIVE)
    assert plant.stored(HOUR) == rolled_up(points, HOUR)


def test_a_bucket_that_is_still_open_is_not_rolled_up(plant: Plant) -> None:
    plant.write(values(START, 8))
    plant.settle(START + timedelta(minutes=8))
    assert [r.start for r in plant.rollups.of_series(FIVE, LOAD, START, START + HOUR.long)] == [
        START
    ]
    assert plant.stored(HOUR) == []


def test_a_late_value_has_its_bucket_and_its_hour_rolled_up_again(plant: Plant) -> None:
    points = values(START, 130)
    plant.write(points)
    plant.settle(START + timedelta(hours=3))
    late = Point(START + timedelta(minutes=7, seconds=30), 99.0)
    plant.write([late])
    assert plant.ledger.dirty()[FIVE] == 1
    plant.settle(plant.clock.at)
    assert plant.stored(FIVE) == rolled_up([*points, late], FIVE)
    assert plant.stored(HOUR) == rolled_up([*points, late], HOUR)


def test_who_writes_in_time_marks_nothing(plant: Plant) -> None:
    plant.settle(START + timedelta(hours=1))
    before = plant.ledger.dirty()
    plant.write(values(plant.clock.at, 10, timedelta(seconds=1)))
    assert plant.ledger.dirty() == before


def test_a_replay_that_goes_on_is_waited_for(plant: Plant) -> None:
    plant.settle(START + timedelta(hours=1))
    plant.write(values(START, 3))
    plant.worker.round()
    assert plant.stored(FIVE) == [], "touched a moment ago"
    plant.settle(plant.clock.at + timedelta(minutes=1))
    assert plant.stored(FIVE) == rolled_up(values(START, 3), FIVE)


def test_a_value_that_arrives_while_its_bucket_is_read_keeps_the_mark(plant: Plant) -> None:
    plant.settle(START + timedelta(hours=1))
    plant.write(values(START, 2))
    plant.clock.at += MINUTE
    (bucket,) = plant.ledger.due(FIVE, plant.clock.at, plant.clock.at, 9)
    plant.write([Point(START + timedelta(seconds=100), 5.0)])
    plant.ledger.done(bucket, HOUR, plant.clock.at)
    assert plant.ledger.dirty()[FIVE] == 1


def test_a_restart_goes_on_where_it_was_and_looks_again_at_the_last_minutes(plant: Plant) -> None:
    points = values(START, 60)
    plant.write(points)
    plant.settle(START + timedelta(hours=1, minutes=2))
    behind_the_mark = Point(START + timedelta(minutes=58, seconds=1), 50.0)
    plant._stores.raw.write(
        [Sample("interface", UPLINK, {"load": behind_the_mark.value}, behind_the_mark.at)]
    )
    plant.restart()
    plant.settle(plant.clock.at + MINUTE)
    assert plant.stored(FIVE) == rolled_up([*points, behind_the_mark], FIVE)


def test_a_ledger_that_is_lost_has_everything_that_is_kept_raw_rolled_up_again(
    plant: Plant, tmp_path: Path
) -> None:
    points = values(START, 130)
    plant.write(points)
    plant.clock.at = START + timedelta(hours=3)
    plant.ledger.close()
    for file in tmp_path.glob("ledger.sqlite*"):
        file.unlink()
    plant.restart()
    while not plant.ledger.rolled_until or plant.ledger.due(
        FIVE, plant.clock.at, plant.clock.at, 1
    ):
        plant.worker.round()
        plant.clock.at += timedelta(seconds=31)
    assert plant.stored(FIVE) == rolled_up(points, FIVE)


def test_a_late_value_of_a_bucket_whose_values_are_gone_leaves_its_rollup_alone(
    plant: Plant,
) -> None:
    points = values(START, 10)
    plant.write(points)
    plant.settle(START + timedelta(hours=1))
    plant.clock.at = START + RAW_KEPT + timedelta(hours=1)
    plant.ledger.touch([START], plant.clock.at)
    plant.worker.round()
    assert plant.stored(FIVE) == rolled_up(points, FIVE)
    passed = [m.value for m in plant.worker.measures() if m.name.endswith("passed_over_total")]
    assert passed[0] > 0


def test_a_history_has_no_seam_and_is_up_to_the_last_value(plant: Plant) -> None:
    points = values(START, 200)
    plant.write(points)
    plant.settle(START + timedelta(hours=2, minutes=30))
    late = Point(START + timedelta(minutes=3, seconds=3), 40.0)
    plant.write([late])
    end = START + timedelta(days=1)
    for resolution in (Resolution.FIVE_MINUTES, Resolution.HOUR):
        found = plant.reader.read(LOAD, START, end, plant.clock.at, resolution)
        assert found.resolution is resolution
        assert found.values == rolled_up([*points, late], resolution.value)


def test_a_history_is_raw_while_it_is_short(plant: Plant) -> None:
    points = values(START, 5)
    plant.write(points)
    found = plant.reader.read(LOAD, START, START + timedelta(minutes=4), START + HOUR.long)
    assert found.resolution is Resolution.RAW
    assert [(v.start, v.last, v.count) for v in found.values] == [
        (p.at, p.value, 1) for p in points[:4]
    ]


DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("ago", "span", "resolution"),
    [
        (timedelta(hours=6), timedelta(hours=6), Resolution.RAW),
        (timedelta(hours=7), timedelta(hours=7), Resolution.FIVE_MINUTES),
        (7 * DAY, timedelta(hours=1), Resolution.RAW),
        (8 * DAY, timedelta(hours=1), Resolution.FIVE_MINUTES),
        (14 * DAY, 14 * DAY, Resolution.FIVE_MINUTES),
        (15 * DAY, 15 * DAY, Resolution.HOUR),
        (366 * DAY, DAY, Resolution.FIVE_MINUTES),
        (367 * DAY, DAY, Resolution.HOUR),
    ],
)
def test_the_resolution_goes_by_the_span_and_by_what_is_kept(
    ago: timedelta, span: timedelta, resolution: Resolution
) -> None:
    now = START
    assert resolution_for(now - ago, now - ago + span, now, RAW_KEPT_BY_DEFAULT) is resolution


class Killed(BaseException):
    """What ends a process in the middle."""


class Fragile:
    """Roll-ups in SQLite that end the process at the n-th call, before or after it took effect."""

    def __init__(self, store: SqliteRollupStore) -> None:
        self._store, self.calls_left, self.is_before = store, -1, True

    def raw(self, start: datetime, end: datetime) -> Iterator[tuple[SeriesKey, list[Point]]]:
        self._pass()
        return self._store.raw(start, end)

    def write(self, width: RollupWidth, rollups: Sequence[SeriesRollup]) -> Written:
        if self.is_before:
            self._pass()
        written = self._store.write(width, rollups)
        if not self.is_before:
            self._pass()
        return written

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def _pass(self) -> None:
        self.calls_left -= 1
        if self.calls_left == 0:
            raise Killed


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_killed_anywhere_with_values_late_and_in_time_it_ends_at_the_truth(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("killed")
    file = folder / "metrics.sqlite"
    fragile = Fragile(SqliteRollupStore(file))
    plant = Plant(Stores(SqliteMetricStore(file), fragile), folder)  # type: ignore[arg-type]
    plant.begin()
    written: dict[datetime, Point] = {}
    for _ in range(data.draw(st.integers(1, 6))):
        plant.clock.at += timedelta(minutes=data.draw(st.integers(0, 60)))
        for age in data.draw(st.lists(st.integers(0, 180), max_size=6)):
            at = max(START, plant.clock.at - timedelta(minutes=age))
            point = Point(at, float(data.draw(st.integers(-5, 5))))
            plant.write([point])
            written[at] = point
        fragile.calls_left = data.draw(st.integers(0, 30))
        fragile.is_before = data.draw(st.booleans())
        try:
            plant.worker.round()
        except Killed:
            plant.ledger.close()
            plant.restart()
        fragile.calls_left = -1
    plant.settle(plant.clock.at + timedelta(hours=2))
    assert plant.stored(FIVE) == rolled_up(written.values(), FIVE)
    assert plant.stored(HOUR) == rolled_up(written.values(), HOUR)


def test_a_writer_waits_for_no_more_than_a_chunk_of_rollups(tmp_path: Path) -> None:
    """Between the chunks the file's lock is free: a writer without patience gets in."""
    file = tmp_path / "metrics.sqlite"
    store, rollups = SqliteMetricStore(file), SqliteRollupStore(file)
    keys = [SeriesKey("host", tags_of(agent_host=f"seat-{n}"), "load") for n in range(5_000)]
    store.write([Sample(k.measurement, k.tags, {k.field: 1.0}, START) for k in keys])
    (rollup,) = rolled_up([Point(START, 1.0)], FIVE)
    many = [SeriesRollup(key, rollup) for key in keys]
    thread = threading.Thread(target=lambda: rollups.write(FIVE, many))
    got_in = 0
    other = sqlite3.connect(file, isolation_level=None, timeout=0)
    thread.start()
    while thread.is_alive():
        try:
            other.execute("BEGIN IMMEDIATE")
            got_in += 1
            other.execute("ROLLBACK")
        except sqlite3.OperationalError:
            pass
    thread.join()
    assert got_in > 0
    assert len(list(rollups.of_all(FIVE, START, START + FIVE.long))) == len(keys)


def test_lag_and_dirty_buckets_are_measured_and_a_long_wait_is_a_concern(plant: Plant) -> None:
    def measured(name: str) -> float:
        return next(m.value for m in plant.worker.measures() if m.name == f"zhishou_rollup_{name}")

    plant.settle(START + timedelta(hours=1))
    assert measured("lag_seconds") < 60
    assert not list(plant.worker.concerns(plant.clock.at))
    plant.write(values(START, 1))
    assert measured("dirty_buckets") == 1
    plant.clock.at += timedelta(hours=1)
    assert measured("lag_seconds") >= 3_600 - 360
    assert [c.key for c in plant.worker.concerns(plant.clock.at)] == ["rollups/behind"]


def test_a_store_that_is_away_costs_no_mark(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant.write(values(START, 10))
    plant.clock.at = START + timedelta(minutes=20)

    def away(*_: object) -> Iterator[tuple[SeriesKey, list[Point]]]:
        raise StoreUnavailable("away")

    with monkeypatch.context() as broken:
        broken.setattr(plant.rollups, "raw", away)
        with pytest.raises(StoreUnavailable):
            plant.worker.round()
    plant.settle(plant.clock.at)
    assert plant.stored(FIVE) == rolled_up(values(START, 10), FIVE)
