"""The web face's threads: what waits for a lock takes nobody else's, and nothing waits for ever."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager

import httpx
import pytest
from sqlalchemy.orm import Session

from ops_core.kernel.clock import FixedClock
from ops_core.kernel.database import Database
from tests.wallboard.conftest import ORIGIN, sign_in
from tests.wallboard.incidents_story import tell_incidents
from tests.wallboard.serve import Served
from tests.wallboard.test_stream import Listener
from wallboard.application import create_application
from wallboard.threads import COMMAND_THREADS, Lane, Lanes, ServerBusy
from wallboard.wall.live import LiveWall

NUMBER = "F-20261123-007"


async def until(true: Callable[[], object]) -> None:
    """Wait for a condition."""
    for _ in range(6_000):
        if true():
            return
        await asyncio.sleep(0.01)
    pytest.fail("it did not become so within a minute")


class Locked:
    """A database whose commands wait for a lock that somebody holds."""

    def __init__(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        self.lock = threading.Lock()
        self.waiting = threading.Semaphore(0)
        self._command = database.command
        monkeypatch.setattr(database, "command", self.command)

    @contextmanager
    def command(self) -> Iterator[Session]:
        self.waiting.release()
        with self.lock, self._command() as session:
            yield session


@asynccontextmanager
async def browser_of(served: Served) -> AsyncIterator[tuple[httpx.AsyncClient, LiveWall]]:
    """A signed-in browser before an application that runs whole, its followers included."""
    application = create_application(served.dependencies)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(application.router.lifespan_context(application))
        client = await stack.enter_async_context(
            httpx.AsyncClient(
                transport=httpx.ASGITransport(application),
                base_url=ORIGIN,
                headers={"accept": "text/html", "sec-fetch-site": "same-origin"},
                timeout=60,
            )
        )
        await sign_in(client, "li.ming")
        yield client, application.state.live_wall


async def test_six_writers_that_wait_for_a_lock_stop_no_heartbeat_and_no_page(
    served: Served, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell_incidents(served)
    locked = Locked(served.dependencies.database, monkeypatch)
    async with browser_of(served) as (browser, live_wall):
        listener = Listener(live_wall.stream("zh", live_wall._release))  # type: ignore[arg-type]
        await listener.until("event: beat")
        locked.lock.acquire()
        address = f"/api/incidents/{NUMBER}/acknowledge"
        writers = [
            asyncio.create_task(browser.post(address, json={"version": 1}))
            for _ in range(COMMAND_THREADS)
        ]
        for _ in writers:
            await asyncio.to_thread(locked.waiting.acquire)
        beats = sum("event: beat" in message for message in listener.messages)
        await until(lambda: sum("event: beat" in one for one in listener.messages) >= beats + 3)
        for path in ("/wall", "/incidents", "/api/incidents", "/healthz"):
            assert (await browser.get(path)).status_code == 200
        refused = await browser.post(address, json={"version": 1})
        assert refused.status_code == 503
        assert int(refused.headers["retry-after"]) >= 1
        page = await browser.post(f"/incidents/{NUMBER}/acknowledge", data={"version": "1"})
        assert (page.status_code, "平台正忙" in page.text) == (503, True)
        locked.lock.release()
        answers = sorted(answer.status_code for answer in await asyncio.gather(*writers))
        assert answers == [204] + [409] * (COMMAND_THREADS - 1)
        again = await browser.get("/incidents")
        assert again.status_code == 200
        await listener.leave()


@pytest.mark.parametrize(
    ("method", "path", "lane"),
    [
        ("GET", "/wall", "live"),
        ("GET", "/wall/live", "live"),
        ("GET", "/live", "live"),
        ("GET", "/incidents", "pages"),
        ("GET", "/wallet", "pages"),
        ("POST", "/login", "commands"),
        ("DELETE", "/api/orders/1", "commands"),
    ],
)
async def test_what_may_write_has_its_own_threads(method: str, path: str, lane: str) -> None:
    assert Lanes().of_request(method, path).name == lane


async def test_work_whose_caller_left_keeps_its_thread_until_it_ends() -> None:
    lane, go, ended = Lane("one", 1, wait_s=0.05), threading.Event(), threading.Event()

    def work() -> None:
        go.wait(30)
        ended.set()

    caller = asyncio.create_task(lane.run(work))
    await until(lambda: lane.is_full)
    caller.cancel()
    with pytest.raises(ServerBusy):
        await lane.run(lambda: None)
    assert lane.refused == 1
    go.set()
    await asyncio.to_thread(ended.wait)
    await until(lambda: not lane.is_full)
    assert await lane.run(lambda: 7) == 7


async def test_only_so_many_wait_for_a_thread() -> None:
    lane, go = Lane("one", 1, wait_s=30), threading.Event()
    waiting = [asyncio.create_task(lane.run(lambda: go.wait(30))) for _ in range(9)]
    await until(lambda: lane.waiting >= 8)
    with pytest.raises(ServerBusy):
        await lane.run(lambda: None)
    go.set()
    assert all(await asyncio.gather(*waiting))


async def test_a_lane_that_is_full_is_a_concern_with_figures(clock: FixedClock) -> None:
    lanes, go = Lanes(), threading.Event()
    waiting = [
        asyncio.create_task(lanes.commands.run(lambda: go.wait(30)))
        for _ in range(COMMAND_THREADS + 1)
    ]
    await until(lambda: lanes.commands.waiting)
    assert [concern.key for concern in lanes.concerns(clock.now())] == ["web/commands"]
    figures = {(m.name, m.labels["lane"]): m.value for m in lanes.measures()}
    assert figures["zhishou_web_threads_busy", "commands"] == COMMAND_THREADS
    assert figures["zhishou_web_waiting", "commands"] == 1
    go.set()
    await asyncio.gather(*waiting)
    lanes.close()
