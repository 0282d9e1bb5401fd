"""The writer through an outage of a real InfluxDB, killed and started again."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitors.samples import Sample, tags_of
from monitors.store.influx import InfluxMetricStore
from monitors.store.protocol import MetricStore, StoreRefused, StoreUnavailable, Written
from monitors.store.spool import Spool
from monitors.store.sqlite import SqliteMetricStore
from monitors.store.writer import MetricWriter
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.health import MeasureKind
from ops_core.kernel.workers import Workers
from tests.monitors.store.conftest import InfluxServer
from tests.pace import is_over

START = datetime(2026, 3, 1, tzinfo=UTC)
TAGS = tags_of(agent_host="rt-a")


def samples(first: int, last: int) -> list[Sample]:
    return [
        Sample("host", TAGS, {"n": number}, START + timedelta(seconds=number))
        for number in range(first, last)
    ]


def stored(store: MetricStore) -> list[int | float | str | bool]:
    points = store.series("host", TAGS, "n", START, START + timedelta(days=1))
    return [point.value for point in points]


def wait_until(condition: Callable[[], bool], limit_s: float = 20) -> None:
    begun = time.monotonic()
    while not condition():
        assert not is_over(begun, limit_s), "not reached in time"
        time.sleep(0.05)


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[InfluxServer]:
    folder = tmp_path / "influx"
    folder.mkdir()
    server = InfluxServer(folder)
    server.start()
    yield server
    server.kill()


@pytest.mark.daemon
def test_an_outage_of_influxdb_loses_nothing_and_counts_nothing_twice(
    own_server: InfluxServer, tmp_path: Path
) -> None:
    store = InfluxMetricStore(own_server.url, "outage")
    spool = Spool(tmp_path / "spool", max_bytes=2**20, segment_bytes=2**16)
    writer = MetricWriter(store, spool)
    writer.start()
    writer.submit(samples(0, 100))
    wait_until(lambda: writer.state().accepted == 100)

    own_server.kill()
    for first in range(100, 500, 100):
        writer.submit(samples(first, first + 100))
        wait_until(lambda: writer.state().queued == 0)
    wait_until(lambda: writer.state().spool.bytes_waiting > 0)
    assert not writer.state().available

    own_server.start()
    writer.submit(samples(500, 600))
    wait_until(lambda: writer.state().accepted == 600)
    writer.stop()
    assert stored(store) == list(range(600))
    assert spool.is_empty
    state = writer.state()
    assert (state.refused, state.dropped, state.available) == (0, 0, True)
    store.close()


@pytest.mark.daemon
def test_what_waits_at_the_end_of_one_process_is_written_by_the_next(
    own_server: InfluxServer, tmp_path: Path
) -> None:
    store = InfluxMetricStore(own_server.url, "restart")
    own_server.kill()
    writer = MetricWriter(store, Spool(tmp_path / "spool", max_bytes=2**20, segment_bytes=2**16))
    writer.start()
    writer.submit(samples(0, 50))
    writer.stop()

    own_server.start()
    successor = MetricWriter(store, Spool(tmp_path / "spool", 2**20, 2**16))
    successor.start()
    wait_until(lambda: successor.state().accepted == 50)
    successor.stop()
    assert stored(store) == list(range(50))
    store.close()


def test_stopping_writes_what_is_queued(tmp_path: Path) -> None:
    store = SqliteMetricStore(tmp_path / "metrics.sqlite")
    writer = MetricWriter(store)
    writer.start()
    writer.submit(samples(0, 12_000))
    writer.stop()
    assert len(stored(store)) == 12_000
    store.close()


class Faulty(SqliteMetricStore):
    """The embedded store with faults on demand, each raised before anything is stored."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.raises: BaseException | None = None
        self.poison: frozenset[int] = frozenset()
        self.on_retain: BaseException | None = None
        self.retained = 0
        self.goes_on = threading.Event()
        self.goes_on.set()

    def write(self, samples: Sequence[Sample]) -> Written:
        self.goes_on.wait(30)
        if self.raises is not None:
            raise self.raises
        if any(sample.fields["n"] in self.poison for sample in samples):
            raise StoreRefused("the whole request")
        return super().write(samples)

    def retain(self, keep: timedelta, newest: datetime) -> None:
        self.retained += 1
        if self.on_retain is not None:
            raise self.on_retain
        super().retain(keep, newest)


@pytest.fixture
def faulty(tmp_path: Path) -> Iterator[Faulty]:
    store = Faulty(tmp_path / "metrics.sqlite")
    yield store
    store.close()


class Panic(BaseException):
    """As an extension module raises it."""


def test_a_batch_refused_as_a_whole_loses_only_the_samples_at_fault(faulty: Faulty) -> None:
    faulty.poison = frozenset({7, 41, 42})
    writer = MetricWriter(faulty)
    writer.start()
    writer.submit(samples(0, 100))
    wait_until(lambda: writer.state().queued == 0)
    writer.stop()
    assert stored(faulty) == [n for n in range(100) if n not in faulty.poison]
    state = writer.state()
    assert (state.accepted, state.refused, state.dropped) == (97, 3, 0)
    assert state.available


@pytest.mark.parametrize(
    "trouble",
    [StoreUnavailable("away"), TypeError("a bug"), Panic("in an extension"), OSError(28, "full")],
    ids=lambda trouble: type(trouble).__name__,
)
def test_whatever_a_store_raises_the_writer_goes_on_and_keeps_the_samples(
    faulty: Faulty, trouble: BaseException
) -> None:
    workers = Workers(SystemClock())
    writer = MetricWriter(faulty, workers=workers)
    faulty.raises = trouble
    writer.start()
    writer.submit(samples(0, 10))
    wait_until(lambda: writer.state().attempts_failed > 0)
    away = writer.state()
    assert (away.available, away.queued, away.dropped) == (False, 10, 0)
    assert [concern.key for concern in writer.concerns(START)] == ["metric-store/away"]
    faulty.raises = None
    writer.submit(samples(10, 20))
    wait_until(lambda: writer.state().accepted == 20)
    writer.stop()
    assert stored(faulty) == list(range(20))
    assert writer.state().available
    assert list(writer.concerns(START)) == []


@pytest.mark.parametrize(
    "trouble", [StoreRefused("not ours"), RuntimeError("a bug")], ids=["refused", "bug"]
)
def test_retention_that_fails_ends_nothing(faulty: Faulty, trouble: BaseException) -> None:
    """``StoreRefused`` out of it ended the writer for good, and ``available`` stayed true."""
    faulty.on_retain = trouble
    writer = MetricWriter(faulty, keep=timedelta(hours=1))
    writer.start()
    for moment in (0, 10_000, 20_000):
        writer.submit(samples(moment, moment + 1))
        wait_until(lambda moment=moment: stored(faulty)[-1:] == [moment])
    writer.stop()
    assert writer.state().restarts == 0
    assert faulty.retained == (1 if isinstance(trouble, StoreRefused) else 3)


def test_an_acknowledgement_that_cannot_be_noted_ends_nothing(
    faulty: Faulty, tmp_path: Path
) -> None:
    """``OSError`` out of it ended the writer for good; at worst a batch comes twice."""
    (tmp_path / "spool" / "position").mkdir(parents=True)
    writer = MetricWriter(faulty, Spool(tmp_path / "spool", 2**20, 2**16))
    faulty.raises = StoreUnavailable("away")
    writer.start()
    writer.submit(samples(0, 10))
    wait_until(lambda: writer.state().queued == 0)
    faulty.raises = None
    writer.submit(samples(10, 20))
    wait_until(lambda: writer.state().accepted == 20)
    writer.stop()
    state = writer.state()
    assert state.spool is not None
    assert state.spool.unsaved_positions > 0
    assert state.restarts == 0
    assert stored(faulty) == list(range(20))


def test_a_writer_that_breaks_starts_again_with_the_batch_in_hand(
    faulty: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers = Workers(SystemClock())
    writer = MetricWriter(faulty, workers=workers)
    broken = [Panic("once"), Panic("twice")]
    attempt = writer._delivery.attempt

    def break_first(batch: Sequence[Sample]) -> bool:
        if broken:
            raise broken.pop()
        return attempt(batch)

    monkeypatch.setattr(writer._delivery, "attempt", break_first)
    writer.start()
    writer.submit(samples(0, 10))
    wait_until(lambda: writer.state().accepted == 10)
    writer.stop()
    (worker,) = workers.states()
    assert (worker.name, worker.restarts, writer.state().restarts) == ("metric-writer", 2, 2)
    assert stored(faulty) == list(range(10))


def test_memory_is_bounded_and_what_it_costs_is_counted_and_said(faulty: Faulty) -> None:
    faulty.raises = StoreUnavailable("away")
    writer = MetricWriter(faulty, queue_limit=100)
    writer.start()
    for first in range(0, 250, 50):
        writer.submit(samples(first, first + 50))
    wait_until(lambda: writer.state().attempts_failed > 0)
    assert (writer.state().queued, writer.state().dropped) == (100, 150)
    said = {concern.key: concern.text for concern in writer.concerns(START)}
    assert set(said) == {"metric-store/away", "samples/dropped"}
    assert "150" in said["samples/dropped"]
    faulty.raises = None
    wait_until(lambda: writer.state().queued == 0)
    writer.stop()
    assert stored(faulty) == list(range(150, 250)), "the oldest go first"


def test_a_store_that_takes_its_time_is_seen_while_it_does(faulty: Faulty) -> None:
    writer = MetricWriter(faulty)
    faulty.goes_on.clear()
    writer.start()
    writer.submit(samples(0, 10))
    wait_until(lambda: writer.state().waiting_s > 0.3)
    assert writer.state().lag_s >= writer.state().waiting_s
    figures = {measure.name: measure.value for measure in writer.measures()}
    assert figures["zhishou_store_waiting_seconds"] > 0.3
    assert figures["zhishou_samples_queued"] == 10
    faulty.goes_on.set()
    wait_until(lambda: writer.state().queued == 0)
    assert (writer.state().waiting_s, writer.state().lag_s) == (0, 0)
    writer.stop()


def test_a_full_spool_is_said_with_the_number_of_samples(faulty: Faulty, tmp_path: Path) -> None:
    faulty.raises = StoreUnavailable("away")
    writer = MetricWriter(faulty, Spool(tmp_path / "spool", 40_000, 4_000))
    writer.start()
    for first in range(0, 1_000, 100):
        writer.submit(samples(first, first + 100))
        wait_until(lambda: writer.state().queued == 0)
    state = writer.state()
    assert state.spool is not None
    lost = state.spool.dropped_samples
    said = {concern.key: str(concern.text) for concern in writer.concerns(START)}
    assert str(lost) in said["spool/full"]
    assert "spool/nearly-full" in said
    faulty.raises = None
    wait_until(lambda: writer.state().accepted == 1_000 - lost)
    writer.stop()
    assert stored(faulty) == list(range(lost, 1_000))
    assert all(
        measure.name.endswith("_total") == (measure.kind is MeasureKind.COUNTER)
        for measure in writer.measures()
    )


def test_what_is_older_than_is_to_be_kept_is_forgotten_by_the_hour(tmp_path: Path) -> None:
    store = SqliteMetricStore(tmp_path / "metrics.sqlite")
    for moment in (0, 3_000, 9_000):
        writer = MetricWriter(store, keep=timedelta(hours=1))
        writer.start()
        writer.submit(samples(moment, moment + 1))
        writer.stop()
    assert stored(store) == [9_000]
    store.close()
