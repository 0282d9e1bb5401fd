"""Times pieces of work and pages, the latter asked for by a client over the loopback."""

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import httpx
import uvicorn

ASKED = 20


@dataclass(frozen=True)
class Result:
    """Milliseconds of one piece of work done again and again."""

    database: str
    what: str
    first_ms: float
    median_ms: float
    worst_ms: float
    cpu_ms: float
    """Of this process alone, an answer on average: what a quiet machine would at least take."""
    server_ms: float
    """The same of the database's own processes."""
    bound_ms: float | None = None

    @property
    def is_within_bound(self) -> bool:
        return self.bound_ms is None or max(self.first_ms, self.worst_ms) < self.bound_ms


class Watch:
    """Times one piece of work again and again."""

    def __init__(self, server_s: Callable[[], float]) -> None:
        self._taken: list[float] = []
        self._cpu = 0.0
        self._server_s, self._server_begin = server_s, server_s()

    @contextmanager
    def once(self) -> Iterator[None]:
        began, cpu = time.perf_counter(), time.process_time()
        yield
        self._taken.append(1_000 * (time.perf_counter() - began))
        self._cpu += 1_000 * (time.process_time() - cpu)

    def result(self, kind: str, what: str, bound_ms: float | None = None) -> Result:
        first, *others = self._taken
        times = len(self._taken)
        cpu = self._cpu / times
        server = 1_000 * (self._server_s() - self._server_begin) / times
        return Result(kind, what, first, median(others), max(others), cpu, server, bound_ms)


def repeated(
    kind: str, what: str, work: Callable[[], object], server_s: Callable[[], float]
) -> Result:
    """Do it once and then :data:`ASKED` times more."""
    watch = Watch(server_s)
    for _ in range(ASKED + 1):
        with watch.once():
            work()
    return watch.result(kind, what)


def children_seconds(parent: int) -> float:
    """Processor time of all processes that a process has started and that still live."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # ended meanwhile
            fields = stat.read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12]) if int(fields[1]) == parent else 0
    return ticks / os.sysconf("SC_CLK_TCK")


@contextmanager
def served(application: object) -> Iterator[str]:
    """Serve it on a free port of the loopback; gives the address."""
    config = uvicorn.Config(application, port=0, log_level="warning")  # type: ignore[arg-type]
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="served", daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


def ask(
    kind: str,
    address: str,
    who: tuple[str, str],
    pages: Sequence[tuple[str, float | None]],
    server_s: Callable[[], float],
) -> Iterator[Result]:
    """Sign in by name and password, and ask for each page, of a bound in ms, again and again."""
    headers = {"accept": "text/html", "sec-fetch-site": "same-origin"}
    with httpx.Client(base_url=address, headers=headers, timeout=300) as client:
        signed = client.post("/login", data=dict(zip(("name", "password"), who, strict=True)))
        assert signed.status_code == 303, signed.text
        for page, bound_ms in pages:
            watch = Watch(server_s)
            for _ in range(ASKED + 1):
                with watch.once():
                    answer = client.get(page)
                assert answer.status_code == 200, f"{page}: {answer.text[:2000]}"
            yield watch.result(kind, page, bound_ms)
