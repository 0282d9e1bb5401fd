"""Hotline commands a second, with their events and audit entries, on both databases.

Each client gives the commands of tests/ops_core/hotline/storm.py one after the other, each a
transaction of its own: as a process ("commands"), and as a thread of one process with one database,
as the platform's are ("threads"). SQLite runs as shipped (WAL, synchronous=FULL), PostgreSQL
with fsync on, started for the run. Beside each stands the floor: as many transactions that insert
one row by the driver alone. After each run the audit chain is verified and every order replayed.

    python -m tests.benchmarks.commands [--commands 3000] [--clients 1 2 4] [--only sqlite]
"""

import argparse
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from statistics import quantiles

import psycopg
from pydantic import TypeAdapter
from rich.console import Console
from rich.table import Table as Sheet
from sqlalchemy.engine import make_url

from ops_core.kernel.database import Database, create_database_engine, migrate
from tests.ops_core.hotline.sound import unsound
from tests.ops_core.hotline.storm import Storm, client
from tests.postgresql import running_postgresql

WARM_UP = 40
GOALS = {"sqlite": 200, "postgresql": 500}
P99_GOAL_MS = 100
_ROW = ("order", "W-20261124-00001", "OrderStepTaken", "x" * 200)


@dataclass(frozen=True)
class ClientRun:
    """What one client measured: seconds of each command by its kind, start and end (monotonic).

    ``cpu_s`` is the client's own processor time, which a busy machine disturbs least.
    """

    seconds: dict[str, list[float]]
    began: float
    ended: float
    cpu_s: float


@dataclass(frozen=True)
class Result:
    database: str
    what: str
    clients: int
    seconds: dict[str, list[float]]
    wall_s: float
    cpu_s: float

    @property
    def every(self) -> list[float]:
        return [one for kind in self.seconds.values() for one in kind]

    @property
    def per_second(self) -> float:
        return len(self.every) / self.wall_s


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--commands", type=int, default=3_000, help="of all clients together")
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--only", choices=tuple(GOALS))
    parser.add_argument("--client", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.client:
        url, folder, what, name = options.client
        _be_client(url, folder, what, name, options.commands, options.clients[0])
        return 0
    print(f"load average before: {os.getloadavg()[0]:.2f}", flush=True)
    results: list[Result] = []
    for kind in (options.only,) if options.only else tuple(GOALS):
        results += [
            _measure(kind, what, clients, options.commands)
            for clients in options.clients
            for what in ("floor", "commands", "threads")
        ]
    _print(results)
    print(f"load average after: {os.getloadavg()[0]:.2f}")
    return 0 if _reached(results) else 1


def _measure(kind: str, what: str, clients: int, commands: int) -> Result:
    with tempfile.TemporaryDirectory() as folder, _database(kind, Path(folder)) as url:
        with _opened(url) as database:
            migrate(database.engine)
        runs = _run_clients(url, Path(folder), what, clients, commands // clients)
        with _opened(url) as database:
            faults = unsound(database)
        if faults:
            raise SystemExit(f"{kind}, {clients} clients: {faults}")
    seconds: dict[str, list[float]] = defaultdict(list)
    for one in runs:
        for name, durations in one.seconds.items():
            seconds[name] += durations
    wall = max(one.ended for one in runs) - min(one.began for one in runs)
    return Result(kind, what, clients, seconds, wall, sum(one.cpu_s for one in runs))


@contextmanager
def _database(kind: str, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'zhishou.sqlite'}"
        return
    with running_postgresql(fsync=True) as server:
        server.execute("CREATE DATABASE zhishou")
        yield server.url("zhishou")


@contextmanager
def _opened(url: str) -> Iterator[Database]:
    database = Database(create_database_engine(url))
    yield database
    database.close()


def _run_clients(url: str, folder: Path, what: str, clients: int, each: int) -> list[ClientRun]:
    """All are ready before the first begins."""
    threads, processes = (clients, 1) if what == "threads" else (1, clients)
    command = [sys.executable, "-m", "tests.benchmarks.commands", "--commands", str(each),
               "--clients", str(threads)]  # fmt: skip
    running = [
        subprocess.Popen(
            [*command, "--client", url, str(folder), what, f"c{number}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(processes)
    ]
    for one in running:
        if one.stdout is None or one.stdout.readline() != "ready\n":
            raise SystemExit("a client did not start")
    for one in running:
        if one.stdin is not None:
            one.stdin.write("go\n")
            one.stdin.flush()
    answers = [one.communicate()[0] for one in running]
    return [TypeAdapter(ClientRun).validate_json(answer) for answer in answers]


def _be_client(url: str, folder: str, what: str, name: str, commands: int, threads: int) -> None:
    if what == "floor":
        runs = [_floor(url)]
    else:
        first = client(url, Path(folder), name)
        runs = [_hotline(first.named(f"{name}-{number}")) for number in range(threads)]
    seconds: dict[str, list[float]] = defaultdict(list)
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda run: list(islice(run, WARM_UP)), runs))
        print("ready", flush=True)
        sys.stdin.readline()
        began, cpu = time.monotonic(), time.process_time()
        given = list(pool.map(lambda run: list(islice(run, commands)), runs))
    ended = time.monotonic()
    for kind, took in chain.from_iterable(given):
        seconds[kind].append(took)
    run = ClientRun(seconds, began, ended, time.process_time() - cpu)
    print(TypeAdapter(ClientRun).dump_json(run).decode())


def _hotline(storm: Storm) -> Iterator[tuple[str, float]]:
    for command in storm.commands():
        began = time.perf_counter()
        command.run()
        yield command.kind, time.perf_counter() - began


def _floor(url: str) -> Iterator[tuple[str, float]]:
    """What the machine can do at best: a row and its commit by the driver alone."""
    target = make_url(url)
    if target.get_backend_name() == "sqlite":
        return _sqlite_floor(str(target.database))
    return _postgresql_floor(f"host={target.query['host']} user=postgres dbname={target.database}")


def _sqlite_floor(file: str) -> Iterator[tuple[str, float]]:
    connection = sqlite3.connect(file, isolation_level=None, timeout=10)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS floor (a TEXT, b TEXT, c TEXT, d TEXT)")
    while True:
        began = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO floor VALUES (?, ?, ?, ?)", _ROW)
        connection.execute("COMMIT")
        yield "insert", time.perf_counter() - began


def _postgresql_floor(target: str) -> Iterator[tuple[str, float]]:
    with psycopg.connect(target) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(1)")
        connection.execute("CREATE TABLE IF NOT EXISTS floor (a TEXT, b TEXT, c TEXT, d TEXT)")
        connection.commit()
        while True:
            began = time.perf_counter()
            connection.execute("INSERT INTO floor VALUES (%s, %s, %s, %s)", _ROW)
            connection.commit()
            yield "insert", time.perf_counter() - began


def _print(results: list[Result]) -> None:
    sheet = Sheet(
        "database", "what", "clients", "per second", "p50 ms", "p99 ms", "worst ms", "client CPU ms"
    )
    for result in results:
        sheet.add_row(result.database, result.what, str(result.clients), *_figures(result))
    Console(width=110).print(sheet)
    kinds = Sheet("database", "clients", "command", "n", "p50 ms", "p99 ms")
    for result in results:
        if result.what == "commands" and result.clients == results[0].clients:
            for kind, seconds in sorted(result.seconds.items()):
                p50, p99 = _percentiles(seconds)
                kinds.add_row(
                    result.database, str(result.clients), kind, str(len(seconds)), p50, p99
                )
    Console(width=110).print(kinds)


def _figures(result: Result) -> tuple[str, ...]:
    worst = f"{max(result.every) * 1000:.1f}"
    cpu = f"{result.cpu_s / len(result.every) * 1000:.2f}"
    return f"{result.per_second:.0f}", *_percentiles(result.every), worst, cpu


def _percentiles(seconds: list[float]) -> tuple[str, str]:
    cuts = quantiles(seconds, n=100)
    return f"{cuts[49] * 1000:.2f}", f"{cuts[98] * 1000:.2f}"


def _reached(results: list[Result]) -> bool:
    """Whether each database reached its goal with at least one number of clients."""
    return all(
        any(
            result.per_second >= goal and quantiles(result.every, n=100)[98] * 1000 < P99_GOAL_MS
            for result in results
            if (result.database, result.what) in ((kind, "commands"), (kind, "threads"))
        )
        for kind, goal in GOALS.items()
        if any(result.database == kind for result in results)
    )


if __name__ == "__main__":
    sys.exit(main())
