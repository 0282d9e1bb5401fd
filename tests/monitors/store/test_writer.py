"""The writer through an outage of a real InfluxDB, killed and started again."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitors.samples import Sample, tags_of
from monitors.store.influx import InfluxMetricStore
from monitors.store.protocol import MetricStore
from monitors.store.spool import Spool
from monitors.store.sqlite import SqliteMetricStore
from monitors.store.writer import MetricWriter
from tests.monitors.store.conftest import InfluxServer

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
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, "not reached in time"
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


def test_what_is_older_than_is_to_be_kept_is_forgotten_by_the_hour(tmp_path: Path) -> None:
    store = SqliteMetricStore(tmp_path / "metrics.sqlite")
    for moment in (0, 3_000, 9_000):
        writer = MetricWriter(store, keep=timedelta(hours=1))
        writer.start()
        writer.submit(samples(moment, moment + 1))
        writer.stop()
    assert stored(store) == [9_000]
    store.close()
