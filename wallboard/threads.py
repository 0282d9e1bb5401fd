"""Threads for blocking work, in lanes that cannot take each other's: live parts, pages, commands.

The event loop's own pool is one queue for everything. Six commands that wait for the database's
lock would take all of its threads on a small machine, and the walls' heartbeat would wait behind
them. Each lane here is bounded: work that finds no thread in time is refused, so that a browser is
answered 503 and comes back, instead of a queue that grows while nobody waits any more.
"""

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from contextvars import ContextVar, copy_context
from datetime import datetime
from http import HTTPStatus
from typing import TypeVar

from starlette.types import ASGIApp, Receive, Scope, Send

from ops_core.kernel.errors import DomainError
from ops_core.kernel.health import Concern, Measure, MeasureKind
from ops_core.kernel.i18n import message

T = TypeVar("T")

LIVE_THREADS = 4
PAGE_THREADS = 6
COMMAND_THREADS = 6
PASSWORD_THREADS = 2
"""Each hash takes 64 MiB and a core for 50 ms."""
CONSOLES = 1_000
"""After a restart all consoles come back at once, and each asks for what it has missed."""
WAIT_S = 3.0
"""How long work waits for a thread."""
WAITING_PER_THREAD = 8
RETRY_AFTER_S = 2
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
LIVE_PATHS = ("/wall", "/live")


class ServerBusy(DomainError):
    """All threads of the lane are taken; ``retry_after_s`` says when to ask again."""

    default_status = HTTPStatus.SERVICE_UNAVAILABLE
    exit_code = 7

    def __init__(self) -> None:
        super().__init__(
            message("平台正忙"),
            message("同类请求过多，本次没有执行。"),
            message("请在几秒后重试。"),
        )
        self.retry_after_s = RETRY_AFTER_S


class Lane:
    """A bounded number of threads, and a bounded wait for one. Used from one event loop."""

    def __init__(
        self, name: str, threads: int, wait_s: float = WAIT_S, waiting: int | None = None
    ) -> None:
        self.name = name
        self._wait_s = wait_s
        self._waiting_at_most = threads * WAITING_PER_THREAD if waiting is None else waiting
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix=f"web-{name}")
        self._free = asyncio.Semaphore(threads)
        self._threads = threads
        self.busy = 0
        self.waiting = 0
        self.refused = 0

    async def run(self, work: Callable[[], T]) -> T:
        """Do blocking work in a thread of the lane. Raises :class:`ServerBusy`."""
        await self._take_thread()
        loop, context = asyncio.get_running_loop(), copy_context()
        self.busy += 1

        def done(_: Future[T]) -> None:
            # A thread is free when its work has ended, not when nobody waits for it any more.
            with suppress(RuntimeError):  # the loop has ended before the work
                loop.call_soon_threadsafe(self._give_back)

        future = self._executor.submit(context.run, work)
        future.add_done_callback(done)
        return await asyncio.wrap_future(future)

    async def _take_thread(self) -> None:
        if self.waiting >= self._waiting_at_most:
            raise self._refusal()
        self.waiting += 1
        try:
            async with asyncio.timeout(self._wait_s):
                await self._free.acquire()
        except TimeoutError:
            raise self._refusal() from None
        finally:
            self.waiting -= 1

    def _refusal(self) -> ServerBusy:
        self.refused += 1
        return ServerBusy()

    def _give_back(self) -> None:
        self.busy -= 1
        self._free.release()

    @property
    def is_full(self) -> bool:
        return self.busy >= self._threads

    def close(self) -> None:
        """Take no more work; what runs, runs to its end."""
        self._executor.shutdown(wait=False, cancel_futures=True)


class Lanes:
    """The web face's threads.

    ``live`` serves the requests for walls and streams; ``wall`` and ``events`` are what keeps the
    streams going, each by itself. ``passwords`` hashes: guessing holds up nobody who works.
    """

    def __init__(self) -> None:
        self.wall = Lane("wall", 1)
        self.events = Lane("events", 2, wait_s=30.0, waiting=CONSOLES)
        self.live = Lane("live", LIVE_THREADS)
        self.pages = Lane("pages", PAGE_THREADS)
        self.commands = Lane("commands", COMMAND_THREADS)
        self.passwords = Lane("passwords", PASSWORD_THREADS)

    @property
    def every(self) -> tuple[Lane, ...]:
        return (self.wall, self.events, self.live, self.pages, self.commands, self.passwords)

    def of_request(self, method: str, path: str) -> Lane:
        """The lane of a request: what may write waits for locks, and waits among its like."""
        if method not in SAFE_METHODS:
            return self.commands
        is_live = any(path == start or path.startswith(f"{start}/") for start in LIVE_PATHS)
        return self.live if is_live else self.pages

    def measures(self) -> Iterable[Measure]:
        for lane in self.every:
            labels = {"lane": lane.name}
            yield Measure("zhishou_web_threads_busy", "Threads of the web face at work", lane.busy,
                          labels=labels)  # fmt: skip
            yield Measure("zhishou_web_waiting", "Requests that wait for a thread", lane.waiting,
                          labels=labels)  # fmt: skip
            yield Measure("zhishou_web_refused_total", "Requests answered 503: no thread in time",
                          lane.refused, MeasureKind.COUNTER, labels)  # fmt: skip

    def concerns(self, _now: datetime) -> Iterable[Concern]:
        for lane in self.every:
            if lane.is_full and lane.waiting:
                yield Concern(
                    f"web/{lane.name}",
                    message(
                        "网页线程（{lane}）已用满，{count} 个请求在等待",
                        lane=lane.name,
                        count=lane.waiting,
                    ),
                )

    def close(self) -> None:
        for lane in self.every:
            lane.close()


_LANE: ContextVar[Lane | None] = ContextVar("lane", default=None)


async def run_in_lane(work: Callable[[], T]) -> T:
    """Run blocking work off the event loop, in the lane of the request that asks for it.

    Raises :class:`ServerBusy` when the lane has no thread for it in time.
    """
    lane = _LANE.get()
    return await (asyncio.to_thread(work) if lane is None else lane.run(work))


class ChooseLane:
    """Plain ASGI middleware: everything a request does in threads, it does in its own lane."""

    def __init__(self, app: ASGIApp, lanes: Lanes) -> None:
        self._app, self._lanes = app, lanes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            _LANE.set(self._lanes.of_request(scope["method"], scope["path"]))
        await self._app(scope, receive, send)
