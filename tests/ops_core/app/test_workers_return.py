"""Every worker of the platform, killed in turn: it comes back, is counted, and the others run on.

The platform watches simulated agents on loopback here, with all its real parts and threads.
"""

import asyncio
import ctypes
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ops_core.app import anchoring, knowledge_index, left_changes, report_calendar
from ops_core.app.demonstration import report_acts
from ops_core.app.platform import Platform
from ops_core.app.serve import dependencies_of
from ops_core.kernel.settings import Settings
from ops_core.kernel.workers import WorkerState
from tests.pace import is_over
from wallboard.application import create_application

PATIENCE_S = 120
FIRST_LOOK_S, LONGEST_LOOK_S = 0.02, 0.5
"""Between two looks: twenty a second took as much of the processor as the platform itself."""
KILL_AGAIN_S = 1
"""Well below the polling interval: a loop that has much to do contains nearly every kill."""
THREADS = (
    "alerts",
    "availability",
    "audit-anchor",
    "database-log",
    "demonstration",
    "demonstration-reports",
    "impairment",
    "incidents",
    "knowledge",
    "lateness",
    "left-changes",
    "metric-writer",
    "reports",
    "rollups",
    "rules",
    "terminals",
    "wall-availability",
    "wall-calls",
    "wall-figures",
    "wall-health",
    "wall-incidents",
    "wall-indicators",
    "wall-network",
    "device-side",
)

TASKS = ("beat", "snmp")
"""Of the device side's loop; with simulated agents nothing is pinged, probed or trapped."""
LOOKING = (anchoring, knowledge_index, left_changes, report_acts, report_calendar)
"""Of those that look at something from time to time: a kill strikes when the thread wakes."""
LOOK_EVERY_S = 2.0
STREAMS = ("console-stream", "wall-stream")


class Killed(BaseException):
    """No Exception: what ends a worker for good unless the runner contains everything."""


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    settings = Settings(state_directory=tmp_path_factory.mktemp("platform"), demonstration=True)
    with pytest.MonkeyPatch.context() as patch:
        for module in LOOKING:
            patch.setattr(module, "LOOK_EVERY_S", LOOK_EVERY_S)
        made = Platform(settings)
        made.start()
        wait_for(lambda: not missing(made, (*THREADS, *TASKS)), "every worker runs")
        yield made
        made.stop()


def wait_for(condition: Callable[[], bool], what: str) -> None:
    begun, looks = time.monotonic(), pauses()
    while not condition():
        assert not is_over(begun, PATIENCE_S), what
        time.sleep(next(looks))


def pauses() -> Iterator[float]:
    """Seconds to rest before each next look, short ones first."""
    pause = FIRST_LOOK_S
    while True:
        yield pause
        pause = min(1.5 * pause, LONGEST_LOOK_S)


def state_of(platform: Platform, name: str) -> WorkerState:
    return next(state for state in platform.workers.states() if state.name == name)


def failures_of(state: WorkerState) -> int:
    """Starts again and failed rounds: where the kill strikes decides which of them it is."""
    return state.restarts + sum(state.item_failures.values())


def missing(platform: Platform, names: tuple[str, ...]) -> set[str]:
    return set(names) - {s.name for s in platform.workers.states() if s.is_alive}


def kill_thread(name: str) -> None:
    thread = next(thread for thread in threading.enumerate() if thread.name == name)
    assert thread.ident is not None
    number = ctypes.c_ulong(thread.ident)
    assert ctypes.pythonapi.PyThreadState_SetAsyncExc(number, ctypes.py_object(Killed)) == 1


def kill_until(name: str, has_struck: Callable[[], bool]) -> None:
    """Kill again while something within contained it: a task of the thread's loop, for instance."""
    begun = time.monotonic()
    while not has_struck():
        assert not is_over(begun, PATIENCE_S), f"{name} cannot be killed"
        kill_thread(name)
        again, looks = time.monotonic() + KILL_AGAIN_S, pauses()
        while not has_struck() and time.monotonic() < again:
            time.sleep(next(looks))


def kill_task(loop: asyncio.AbstractEventLoop, name: str) -> None:
    """Let whatever the task waits for fail."""

    def fail() -> None:
        waited = next(task for task in asyncio.all_tasks(loop) if task.get_name() == name)
        while isinstance(waited, asyncio.Task):
            waited = waited._fut_waiter  # type: ignore[attr-defined]
        if waited is None or waited.done():
            loop.call_soon(fail)  # it is just about to go on
        else:
            waited.set_exception(Killed("killed"))

    loop.call_soon_threadsafe(fail)


def test_the_table_of_workers_is_complete(platform: Platform) -> None:
    assert {state.name for state in platform.workers.states()} == {*THREADS, *TASKS}
    shown = {state.name for state in platform.health.health().workers}
    assert shown == {*THREADS, *TASKS}, "and health shows them all"


@pytest.mark.parametrize("name", THREADS)
def test_a_killed_thread_comes_back_and_is_counted(platform: Platform, name: str) -> None:
    before = state_of(platform, name)
    kill_until(name, lambda: "Killed" in state_of(platform, name).last_error)
    wait_for(lambda: state_of(platform, name).is_alive, f"{name} comes back")
    assert failures_of(state_of(platform, name)) > failures_of(before)
    wait_for(lambda: not missing(platform, (*THREADS, *TASKS)), "the others run on")


@pytest.mark.parametrize("name", TASKS)
def test_a_killed_task_comes_back_and_the_other_is_not_disturbed(
    platform: Platform, name: str
) -> None:
    (other,) = set(TASKS) - {name}
    before, untouched = state_of(platform, name), state_of(platform, other)
    loop = platform.devices._loop
    assert loop is not None
    kill_task(loop, name)
    wait_for(
        lambda: (
            (now := state_of(platform, name)).is_alive and failures_of(now) > failures_of(before)
        ),
        f"{name} comes back",
    )
    assert state_of(platform, other).restarts == untouched.restarts


def test_after_all_of_that_everything_is_judged_and_stored(platform: Platform) -> None:
    wait_for(lambda: platform.health.health().is_healthy, "healthy again")
    seen = platform.engine.view
    wait_for(lambda: platform.engine.view is not seen, "the judge goes on")
    accepted = platform._stores.writer.state().accepted
    wait_for(lambda: platform._stores.writer.state().accepted > accepted, "samples are stored")


@pytest.mark.parametrize("name", STREAMS)
async def test_a_killed_stream_comes_back(platform: Platform, name: str) -> None:
    app = create_application(dependencies_of(platform))
    async with app.router.lifespan_context(app):
        await asyncio.sleep(0.1)
        before = state_of(platform, name)
        kill_task(asyncio.get_running_loop(), name)
        end = time.monotonic() + PATIENCE_S
        while (now := state_of(platform, name)).restarts == before.restarts or not now.is_alive:
            assert time.monotonic() < end
            await asyncio.sleep(0.05)


def test_a_folder_that_cannot_be_written_is_said_at_the_start(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(OSError, match="file"):
        Platform(Settings(state_directory=file / "state"))
