"""How long the indicators' pages take over a year's records, on both databases.

Calls, orders with their callbacks, ratings, faults and terminals are put into the tables; the day
sums are held against the records themselves, every month that lacks nothing is submitted and sealed
by the product's commands, and every sealed value is computed anew from its records. Then a client
asks for the pages over the loopback (sign-in, permission, template). SQLite is as shipped,
PostgreSQL a fresh server with its defaults, but for writes, which it does not wait for; vacuumed
once as its own autovacuum would. Its own processor time stands next to this process's.

    python -m tests.benchmarks.indicators [--calls 1000000] [--orders 300000] [--only sqlite]
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.table import Table as Sheet

from device_configs.site.model import Site
from ops_core.app.serve import set_aside_what_remains
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database, create_database_engine, migrate
from ops_core.kernel.events import EventBus
from ops_core.kernel.identity import Role, create_user
from ops_core.kernel.permissions import Actor
from ops_core.kpi.assessment.period_terms import PeriodStep
from ops_core.kpi.assessment.sealing import (
    PeriodWords,
    draft_seal,
    missing_for,
    take_period_step,
)
from ops_core.kpi.assessment.verifying import sealed_differences
from ops_core.kpi.call_tallies import tally_differences
from ops_core.kpi.day_sums import day_sum_differences
from ops_core.kpi.overview import read_assessed
from ops_core.kpi.periods import month_named
from ops_core.kpi.read import indicators_of, read_figure
from tests.benchmarks.page_times import ASKED, Result, ask, children_seconds, repeated, served
from tests.benchmarks.year_of_records import DAYS, NOW, a_call, an_order, fill
from tests.postgresql import running_postgresql
from tests.wallboard.serve import PASSWORD, make
from wallboard.application import create_application

INDICATORS_MS, RECORDS_MS = 300.0, 150.0
OVERVIEWS = ("/indicators", "/indicators?month=2026-03", "/api/indicators")
RECORDS = (
    "/indicators/1",
    "/indicators/1?show=counted",
    "/indicators/1?show=counted&after=20260601T000000.000000~x",
    "/indicators/1?period=month&show=left_out",
    "/indicators/2?period=contract_year",
    "/indicators/3?period=contract_year",
    "/indicators/4?period=contract_year",
    "/indicators/4?period=contract_year&show=counted",
    "/indicators/10?period=contract_year",
    "/indicators/12?period=contract_year&show=counted",
    "/indicators/13?period=contract_year",
    "/calls",
    f"/calls/{a_call()}",
    "/orders",
    f"/orders/{an_order()}",
)
PAGES = (*((page, INDICATORS_MS) for page in OVERVIEWS), *((page, RECORDS_MS) for page in RECORDS))
MONTHS = tuple(f"2026-{month:02d}" for month in range(1, 11))
NAME = "supervisor.of.the.benchmark"
OPERATOR = Actor.user("operator", (Role.SUPERVISOR,))
PURCHASER = Actor.user("purchaser", (Role.PURCHASER_SUPERVISOR,))
T = TypeVar("T")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=1_000_000)
    parser.add_argument("--orders", type=int, default=300_000)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    options = parser.parse_args()
    print(f"load average before: {os.getloadavg()[0]:.2f}", flush=True)
    results: list[Result] = []
    for kind in (options.only,) if options.only else ("sqlite", "postgresql"):
        with tempfile.TemporaryDirectory() as folder, _database(kind, Path(folder)) as database:
            results += _measure(kind, database, Path(folder), options.calls, options.orders)
    _print(results)
    print(f"load average after: {os.getloadavg()[0]:.2f}")
    return 0 if all(result.is_within_bound for result in results) else 1


@contextmanager
def _database(kind: str, folder: Path) -> Iterator[Database]:
    if kind == "sqlite":
        database = Database(create_database_engine(f"sqlite:///{folder / 'zhishou.sqlite'}"))
        yield database
        database.close()
        return
    with running_postgresql(fsync=False) as server:  # what is timed writes nothing
        server.execute("CREATE DATABASE zhishou")
        database = Database(create_database_engine(server.url("zhishou")))
        yield database
        database.close()


def _measure(kind: str, database: Database, folder: Path, calls: int, orders: int) -> list[Result]:
    clock = FixedClock(NOW)
    migrate(database.engine)
    sample = make(folder, clock)
    site = sample.dependencies.site
    _timed(f"{kind}: stored", lambda: fill(database, site, calls, orders))
    if kind == "postgresql":
        with closing(database.engine.raw_connection()) as asked:  # in no transaction
            asked.cursor().execute("VACUUM ANALYZE")
    of = f"{calls // DAYS * DAYS:,} calls and {orders // DAYS * DAYS:,} orders"
    _timed(f"{kind}: day sums held against {of}", lambda: _verify(database, site))
    sealed = _timed(f"{kind}: months sealed", lambda: _seal(database, site))
    _timed(f"{kind}: the {sealed} sealed values computed anew", lambda: _compute(database, site))
    with unit_of_work(database, EventBus(), clock, Actor.system("benchmark")) as uow:
        create_user(uow, NAME, "测量", PASSWORD, (Role.SUPERVISOR,))
    dependencies = replace(sample.dependencies, database=database)

    def assessed() -> None:
        with database.reading() as session:
            read_assessed(session, site, clock.now())

    server_s = _server_seconds(database)
    found = [repeated(kind, "the wall's five figures", assessed, server_s)]
    application = create_application(dependencies)
    set_aside_what_remains()
    with served(application) as address:
        found += ask(kind, address, (NAME, PASSWORD), PAGES, server_s)
    sample.close()
    return found


def _server_seconds(database: Database) -> Callable[[], float]:
    """What asks for the processor time of the database's own processes; SQLite has none."""
    folder = database.engine.url.query.get("host")
    if folder is None:
        return lambda: 0.0
    postmaster = int((Path(str(folder)) / "data" / "postmaster.pid").read_text().split()[0])
    return lambda: children_seconds(postmaster)


def _verify(database: Database, site: Site) -> None:
    with database.reading() as session:
        differences: list[object] = [*tally_differences(session, site)]
        differences += day_sum_differences(session)
    if differences:
        raise SystemExit(f"the day sums differ: {differences[:3]}")


def _seal(database: Database, site: Site) -> int:
    """Every month of every indicator that lacks nothing; how many."""
    sealed = 0
    for month in MONTHS:
        for indicator in indicators_of(site):
            sealed += _seal_one(database, site, month, indicator.number)
    return sealed


def _seal_one(database: Database, site: Site, month: str, number: int) -> bool:
    bus, clock = EventBus(), FixedClock(NOW)
    with database.reading() as session:
        figure = read_figure(session, site, number, month_named(month, site.contract), NOW)
        if missing_for(session, figure, NOW):
            return False
        draft = draft_seal(session, site, month, number, NOW)
    with unit_of_work(database, bus, clock, OPERATOR) as uow:
        take_period_step(uow, site, month, number, PeriodStep.SUBMIT, PeriodWords())
    with unit_of_work(database, bus, clock, PURCHASER) as uow:
        take_period_step(uow, site, month, number, PeriodStep.SEAL, PeriodWords(), draft)
    return True


def _compute(database: Database, site: Site) -> None:
    with database.reading() as session:
        differences = list(sealed_differences(session, site))
    if differences:
        raise SystemExit(f"sealed values differ: {len(differences)}, {differences[:3]}")


def _timed(what: str, work: Callable[[], T]) -> T:
    began, cpu = time.monotonic(), time.process_time()
    found = work()
    took, cpu = time.monotonic() - began, time.process_time() - cpu
    print(f"{what}: {took:.1f} s, {cpu:.1f} s of this process's processor time", flush=True)
    return found


def _print(results: list[Result]) -> None:
    title = f"ms, the first answer and {ASKED} more; load {os.getloadavg()[0]:.1f}"
    sheet = Sheet(title=title)
    for heading in ("database", "what", "first", "median", "worst", "CPU", "its CPU", "bound"):
        sheet.add_column(heading, justify="left" if heading in ("database", "what") else "right")
    for r in results:
        figures = (
            f"{ms:.0f}" for ms in (r.first_ms, r.median_ms, r.worst_ms, r.cpu_ms, r.server_ms)
        )
        bound = "" if r.bound_ms is None else f"{r.bound_ms:.0f}"
        sheet.add_row(r.database, r.what, *figures, bound)
    Console(width=120).print(sheet)


if __name__ == "__main__":
    sys.exit(main())
