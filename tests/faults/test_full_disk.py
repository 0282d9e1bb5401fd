"""A disk that is really full (a small tmpfs), and then free again: nothing acknowledged is lost."""

import errno
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

import httpx
import pytest

from monitors.samples import Sample, tags_of
from monitors.store.influx import InfluxMetricStore
from monitors.store.protocol import MetricStore, StoreUnavailable
from monitors.store.spool import Spool
from monitors.store.sqlite import SqliteMetricStore
from monitors.store.writer import MetricWriter
from ops_core.kernel.audit import verify_chain
from ops_core.kernel.clock import FixedClock, SystemClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database, create_database_engine, migrate
from ops_core.kernel.errors import DatabaseBusy, DatabaseTrouble
from ops_core.kernel.events import EventBus, read_events
from ops_core.kernel.permissions import Actor
from tests.monitors.store.conftest import InfluxServer
from tests.pace import is_over
from tests.wallboard.serve import PASSWORD, make
from wallboard.application import create_application

START = datetime(2026, 3, 1, tzinfo=UTC)
TAGS = tags_of(agent_host="rt-a")
WRITER = Actor.system("test")


Refusal = TypeVar("Refusal", bound=Exception)


def first_refusal(kind: type[Refusal], act: Callable[[], object]) -> Refusal:
    """Act until it is refused: a database has some room of its own on a full disk."""
    for _ in range(50_000):
        try:
            act()
        except kind as refused:
            return refused
    raise AssertionError("never refused")


@dataclass(frozen=True)
class SmallDisk:
    """A file system of its own, four megabytes large."""

    folder: Path

    def fill(self) -> None:
        """Take every byte that is left."""
        with (self.folder / "ballast").open("ab", buffering=0) as file:
            for size in (2**16, 2**12, 1):
                full = first_refusal(OSError, partial(file.write, b"x" * size))
                assert full.errno == errno.ENOSPC

    def free(self) -> None:
        """Give back what was taken."""
        (self.folder / "ballast").unlink()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    folder = tmp_path / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], check=True)
    yield SmallDisk(folder)
    subprocess.run(["umount", "-l", folder], check=True)


@pytest.fixture
def influxd(tmp_path: Path) -> Iterator[InfluxServer]:
    """On a disk with room; not started yet."""
    folder = tmp_path / "influx"
    folder.mkdir()
    server = InfluxServer(folder)
    yield server
    server.kill()


def samples(first: int, last: int) -> list[Sample]:
    return [
        Sample("host", TAGS, {"n": number}, START + timedelta(seconds=number))
        for number in range(first, last)
    ]


def stored(store: MetricStore) -> list[object]:
    points = store.series("host", TAGS, "n", START, START + timedelta(days=2))
    return [point.value for point in points]


def wait_until(condition: Callable[[], bool], what: str, limit_s: float = 60) -> None:
    begun = time.monotonic()
    while not condition():
        assert not is_over(begun, limit_s), f"not reached in time: {what}"
        time.sleep(0.05)


def keys(writer: MetricWriter) -> set[str]:
    return {concern.key for concern in writer.concerns(SystemClock().now())}


@pytest.mark.daemon
def test_store_away_and_disk_full_cost_no_sample_and_are_said(
    disk: SmallDisk, influxd: InfluxServer
) -> None:
    store = InfluxMetricStore(influxd.url, "full")
    writer = MetricWriter(store, Spool(disk.folder / "spool", 2**20, 2**18))
    writer.start()
    for first in range(0, 300, 100):  # three records, so that the disk fills between two
        writer.submit(samples(first, first + 100))
        wait_until(lambda: writer.state().queued == 0, "spooled")
    disk.fill()
    writer.submit(samples(300, 5_000))
    wait_until(lambda: "spool/unwritable" in keys(writer), "said that the spool takes nothing")
    assert writer.state().queued == 4_700
    disk.free()
    wait_until(lambda: writer.state().queued == 0, "goes on by itself")
    assert keys(writer) == {"metric-store/away"}
    disk.fill()
    writer.submit(samples(5_000, 6_000))
    influxd.start()
    wait_until(lambda: writer.state().accepted == 6_000, "delivered while the disk is full")
    writer.stop()
    state = writer.state()
    assert (state.dropped, state.refused, state.restarts) == (0, 0, 0)
    assert stored(store) == list(range(6_000))
    assert keys(writer) == set()
    store.close()


@pytest.mark.daemon
def test_what_exceeds_memory_as_well_is_counted_said_and_the_oldest(
    disk: SmallDisk, influxd: InfluxServer
) -> None:
    store = InfluxMetricStore(influxd.url, "bound")
    spool = Spool(disk.folder / "spool", 2**20, 2**18)
    writer = MetricWriter(store, spool, queue_limit=500)
    writer.start()
    writer.submit(samples(0, 100))
    wait_until(lambda: writer.state().queued == 0, "spooled")
    disk.fill()
    for first in range(100, 1_100, 100):
        writer.submit(samples(first, first + 100))
        wait_until(lambda: writer.state().lag_s > 0, "in memory")
    wait_until(lambda: "samples/dropped" in keys(writer), "said that samples are dropped")
    assert writer.state().queued <= 500
    influxd.start()
    wait_until(lambda: not writer.state().queued and spool.is_empty, "delivered")
    writer.stop()
    state = writer.state()
    assert state.accepted + state.dropped == 1_100
    assert state.dropped > 0
    found = stored(store)
    assert found == [*range(100), *range(100 + state.dropped, 1_100)]
    store.close()


def test_the_embedded_store_goes_on_when_there_is_room_again(disk: SmallDisk) -> None:
    """A rollback that SQLite had done by itself, or a failed commit, left it broken for good."""
    store = SqliteMetricStore(disk.folder / "metrics.sqlite")
    accepted = 0

    def write_more() -> None:
        nonlocal accepted
        store.write(samples(accepted, accepted + 100))
        accepted += 100

    write_more()
    disk.fill()
    for round_ in range(10):
        new = Sample("other", tags_of(round=str(round_)), {"x": 1.0}, START)
        first_refusal(StoreUnavailable, write_more)
        first_refusal(StoreUnavailable, partial(store.write, [new]))
    assert stored(store) == list(range(accepted)), "it can be read while the disk is full"
    disk.free()
    write_more()
    assert store.write([new]).accepted == 1
    assert store.last("other", new.tags, "x") is not None
    assert stored(store) == list(range(accepted))
    store.close()


def test_a_writer_over_the_embedded_store_loses_nothing_to_a_full_disk(disk: SmallDisk) -> None:
    store = SqliteMetricStore(disk.folder / "metrics.sqlite")
    writer = MetricWriter(store)
    writer.start()
    writer.submit(samples(0, 1_000))
    wait_until(lambda: writer.state().accepted == 1_000, "written")
    disk.fill()
    for first in range(1_000, 31_000, 5_000):
        writer.submit(samples(first, first + 5_000))
    wait_until(lambda: "metric-store/away" in keys(writer), "said that the store is away")
    disk.free()
    wait_until(lambda: writer.state().queued == 0, "goes on by itself")
    writer.stop()
    assert writer.state().dropped == 0
    assert stored(store) == list(range(31_000))
    assert keys(writer) == set()
    store.close()


def test_the_database_goes_on_when_there_is_room_again_and_kept_its_word(disk: SmallDisk) -> None:
    database = Database(create_database_engine(f"sqlite:///{disk.folder}/zhishou.sqlite"))
    migrate(database.engine)
    clock, bus = FixedClock(START), EventBus()
    done: list[str] = []

    def command(number: int) -> None:
        with unit_of_work(database, bus, clock, WRITER) as uow:
            uow.event("test", str(number), "done", {"text": "x" * 500})
            uow.audit("done", "test", str(number), {})
        done.append(str(number))

    def on_record() -> list[str]:
        with database.reading() as session:
            return [event.aggregate_id for event in read_events(session, 0, 100_000)]

    command(0)
    disk.fill()
    numbers = iter(range(1, 5_000))
    for _ in range(20):
        refused = first_refusal(DatabaseBusy, lambda: command(next(numbers)))
        assert refused.trouble is DatabaseTrouble.FULL
    assert on_record() == done, "it can be read while the disk is full"
    assert [concern.key for concern in database.concerns(START)] == ["database/full"]
    disk.free()
    for number in range(5_000, 5_020):
        command(number)
    assert on_record() == done
    with database.reading() as session:
        assert verify_chain(session) == []
    database.close()


def test_a_database_opened_on_a_full_disk_serves_as_soon_as_there_is_room(disk: SmallDisk) -> None:
    engine = create_database_engine(f"sqlite:///{disk.folder}/zhishou.sqlite")
    migrate(engine)
    engine.dispose()
    disk.fill()
    with pytest.raises(DatabaseBusy) as refused:
        migrate(engine, patience_s=0)
    assert refused.value.trouble is DatabaseTrouble.FULL
    disk.free()
    migrate(engine, patience_s=0)
    engine.dispose()


async def test_the_web_says_that_the_disk_is_full_and_when_to_come_again(
    disk: SmallDisk, tmp_path: Path
) -> None:
    served = make(tmp_path, FixedClock(START))
    served.dependencies.database.close()
    file = disk.folder / "wall.sqlite"
    file.write_bytes((tmp_path / "wall.sqlite").read_bytes())
    database = Database(create_database_engine(f"sqlite:///{file}"))
    application = create_application(replace(served.dependencies, database=database))
    clock, bus = served.dependencies.clock, served.dependencies.bus

    def command() -> None:
        with unit_of_work(database, bus, clock, WRITER) as uow:
            uow.audit("done", "test", "1", {"text": "x" * 2_000})

    credentials = {"name": "li.ming", "password": PASSWORD, "target": "/"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(application),
        base_url="http://127.0.0.1",
        headers={"accept": "text/html", "sec-fetch-site": "same-origin"},
    ) as client:
        assert (await client.post("/login", data=credentials)).status_code == 303
        disk.fill()
        first_refusal(DatabaseBusy, command)
        answer = await client.post("/login", data=credentials)
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "30"
        assert (await client.get("/incidents")).status_code == 200
        disk.free()
        assert (await client.post("/login", data=credentials)).status_code == 303
    database.close()


def test_a_small_disk_is_really_full(disk: SmallDisk) -> None:
    disk.fill()
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        (disk.folder / "more").write_bytes(b"x" * 10_000)
