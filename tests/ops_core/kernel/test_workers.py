"""The runner of long-lived work: nothing ends it but what is meant to."""

import asyncio
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ops_core.kernel.clock import FixedClock, SystemClock
from ops_core.kernel.containment import ITEMS_KEPT, OTHERS
from ops_core.kernel.health import Concern, HealthRegistry, Measure
from ops_core.kernel.i18n import message
from ops_core.kernel.workers import Worker, Workers

AT = datetime(2026, 11, 29, 1, 0, tzinfo=UTC)


class Panic(BaseException):
    """What an extension module raises."""


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops_core.kernel.workers.FIRST_PAUSE_S", 0.001)


@pytest.mark.parametrize("failure", [ValueError, Panic, SystemExit, MemoryError])
def test_a_thread_whose_work_fails_starts_again(failure: type[BaseException]) -> None:
    workers, stop, again = Workers(SystemClock()), threading.Event(), threading.Event()
    starts: list[int] = []

    def work(_: Worker) -> None:
        starts.append(1)
        if len(starts) < 3:
            raise failure("no")
        again.set()
        stop.wait()

    thread = workers.thread("work", work, stop)
    thread.start()
    assert again.wait(30)
    (state,) = workers.states()
    assert (state.is_alive, state.restarts) == (True, 2)
    assert state.last_error == f"{failure.__name__}: no"
    stop.set()
    thread.join(30)
    assert not workers.states()[0].is_alive


def test_a_thread_whose_work_returns_too_early_starts_again() -> None:
    workers, stop, again = Workers(SystemClock()), threading.Event(), threading.Event()
    starts: list[int] = []

    def work(_: Worker) -> None:
        starts.append(1)
        if len(starts) > 1:
            again.set()
            stop.wait()

    thread = workers.thread("work", work, stop)
    thread.start()
    assert again.wait(30)
    stop.set()
    thread.join(30)
    assert "EndedEarly" in workers.states()[0].last_error


async def test_a_task_whose_work_fails_starts_again_and_ends_when_cancelled() -> None:
    workers, again = Workers(SystemClock()), asyncio.Event()
    starts: list[int] = []

    async def work(worker: Worker) -> None:
        starts.append(1)
        if len(starts) < 3:
            raise Panic("no")
        worker.succeeded()
        again.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(workers.task("work", work))
    await asyncio.wait_for(again.wait(), 30)
    assert workers.states()[0].restarts == 2
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not workers.states()[0].is_alive


def _worker() -> Worker:
    return Worker("work", FixedClock(AT), is_vital=True, longest_silence_s=None)


@pytest.mark.parametrize("failure", [ValueError, Panic])
def test_one_item_that_fails_is_counted_and_the_next_goes_on(
    failure: type[BaseException],
) -> None:
    worker, done = _worker(), []
    for item in ("one", "bad", "two"):
        with worker.boundary(item):
            if item == "bad":
                raise failure("no")
            done.append(item)
    assert done == ["one", "two"]
    assert worker.state().item_failures == {"bad": 1}


@pytest.mark.parametrize("ending", [KeyboardInterrupt, SystemExit, asyncio.CancelledError])
def test_a_boundary_lets_pass_what_is_meant_to_end_work(ending: type[BaseException]) -> None:
    with pytest.raises(ending), _worker().boundary("item"):
        raise ending


def test_an_item_that_goes_on_failing_is_logged_once_until_it_has_worked(
    caplog: pytest.LogCaptureFixture,
) -> None:
    worker = _worker()
    for outcome in ("no", "no", "", "no"):
        with worker.boundary("bad"):
            if outcome:
                raise ValueError(outcome)
    logged = [record for record in caplog.records if record.levelname == "ERROR"]
    assert len(logged) == 2
    assert worker.state().item_failures == {"bad": 3}
    assert worker.state().last_error == "bad: ValueError: no"


def test_names_from_outside_do_not_grow_without_bound() -> None:
    worker = _worker()
    for number in range(ITEMS_KEPT + 5):
        worker.failed(f"item {number}", ValueError("no"))
    failures = worker.state().item_failures
    assert len(failures) == ITEMS_KEPT + 1
    assert failures[OTHERS] == 5


def _health_of(change: Callable[[FixedClock, Worker], None]) -> list[tuple[str, bool]]:
    clock = FixedClock(AT)
    workers = Workers(clock)
    ready, stop, kept = threading.Event(), threading.Event(), []

    def work(worker: Worker) -> None:
        kept.append(worker)
        ready.set()
        stop.wait()

    thread = workers.thread("work", work, stop, longest_silence_s=5)
    thread.start()
    assert ready.wait(30)
    change(clock, kept[0])
    health = HealthRegistry(workers, clock).health()
    stop.set()
    thread.join(30)
    return [(concern.key, concern.is_vital) for concern in health.concerns]


def test_a_worker_without_success_for_too_long_is_a_vital_concern() -> None:
    assert _health_of(lambda clock, _: clock.advance(timedelta(seconds=6))) == [
        ("worker/work", True)
    ]


def test_a_moved_clock_makes_no_worker_silent() -> None:
    assert _health_of(lambda clock, _: clock.adjust(timedelta(minutes=10))) == []


def test_a_success_ends_the_silence() -> None:
    def change(clock: FixedClock, worker: Worker) -> None:
        clock.advance(timedelta(seconds=6))
        worker.succeeded()
        clock.advance(timedelta(seconds=2))

    assert _health_of(change) == []


def test_a_source_that_cannot_be_read_is_a_concern_and_the_others_are_read() -> None:
    clock = FixedClock(AT)
    registry = HealthRegistry(Workers(clock), clock)

    def broken() -> list[Measure]:
        raise Panic("no")

    registry.add("broken", measures=broken)
    registry.add(
        "whole",
        measures=lambda: [Measure("zhishou_depth", "Depth.", 3)],
        concerns=lambda _: [Concern("spool/full", message("满"), is_vital=True)],
    )
    health = registry.health()
    assert [measure.value for measure in health.measures] == [3]
    assert {concern.key for concern in health.concerns} == {"health/broken", "spool/full"}
    assert not health.is_healthy


def test_the_system_shows_a_worker_by_its_name() -> None:
    workers, stop, working = Workers(SystemClock()), threading.Event(), threading.Event()

    def work(_: Worker) -> None:
        working.set()
        stop.wait()

    thread = workers.thread("a name longer than fifteen bytes", work, stop)
    thread.start()
    assert working.wait(10)
    shown = Path(f"/proc/self/task/{thread.native_id}/comm").read_text()
    stop.set()
    thread.join(10)
    assert shown == "a name longer t\n"
