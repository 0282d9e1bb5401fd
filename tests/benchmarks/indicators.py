"""How long the indicators' pages take over a year's records, on both databases.

A million calls, a hundred thousand orders with their callbacks, ratings, faults and terminals are
put into the tables; the day sums are held against the records themselves. Then the pages
are asked for through the whole web face (sign-in, permission, template). SQLite is as shipped,
PostgreSQL a fresh server with its defaults, vacuumed once as its own autovacuum would.

    python -m tests.benchmarks.indicators [--calls 1000000] [--orders 100000] [--only sqlite]
"""

import argparse
import asyncio
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table as Sheet
from sqlalchemy import bindparam, insert, text, update
from sqlalchemy.orm import Session

from device_configs.site.model import FaultClassName, Site
from incident.tables import IncidentRow
from ops_core.app.serve import set_aside_what_remains
from ops_core.hotline.adjudications.tables import AdjudicationRow
from ops_core.hotline.callbacks.model import CallbackOutcome
from ops_core.hotline.calls.model import Call, Outcome
from ops_core.hotline.calls.tables import CallRow, CallTallyRow
from ops_core.hotline.calls.tallies import tally_key
from ops_core.hotline.cases.tables import CaseRow
from ops_core.hotline.day_sums.recount import store_recount
from ops_core.hotline.orders.tables import WorkOrderRow
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database, UtcDateTime, create_database_engine, migrate
from ops_core.kernel.events import EventBus
from ops_core.kernel.identity import Role, create_user
from ops_core.kernel.permissions import Actor
from ops_core.kpi.call_tallies import tally_differences
from ops_core.kpi.day_sums import day_sum_differences
from ops_core.kpi.overview import read_assessed
from seat_assets.model import Part, TerminalCondition
from seat_assets.tables import SeatChangeRow
from tests.ops_core_kpi.stored import (
    SHANGHAI,
    Callback,
    store,
    store_calls,
    store_orders,
    store_ratings,
)
from tests.postgresql import running_postgresql
from tests.wallboard.serve import PASSWORD, make
from wallboard.application import create_application

START = datetime(2026, 1, 1, tzinfo=SHANGHAI)
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=SHANGHAI)
DAYS = (NOW - START).days
YEAR_S = int((NOW - START).total_seconds())
ASKED = 20
BOUND_MS = 100
BOUND = ("/indicators", "/indicators/1")
PAGES = (
    *BOUND,
    "/indicators?month=2026-03",
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
    "/api/indicators",
)
OUTCOMES = ([Outcome.ANSWERED] * 970 + [Outcome.ABANDONED] * 20 + [Outcome.TIMED_OUT] * 6
            + [Outcome.OVERFLOWED] * 3 + [Outcome.LEFT_BY_KEY])  # fmt: skip
NAME = "supervisor.of.the.benchmark"


@dataclass(frozen=True)
class Result:
    database: str
    what: str
    first_ms: float
    median_ms: float
    worst_ms: float
    cpu_ms: float
    """Of this process alone, an answer on average: what a quiet machine would at least take."""

    @property
    def is_within_bound(self) -> bool:
        return self.what not in BOUND or max(self.first_ms, self.worst_ms) < BOUND_MS


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=1_000_000)
    parser.add_argument("--orders", type=int, default=100_000)
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
    with running_postgresql(fsync=True) as server:
        server.execute("CREATE DATABASE zhishou")
        database = Database(create_database_engine(server.url("zhishou")))
        yield database
        database.close()


def _measure(kind: str, database: Database, folder: Path, calls: int, orders: int) -> list[Result]:
    clock = FixedClock(NOW)
    migrate(database.engine)
    sample = make(folder, clock)
    site = sample.dependencies.site
    _timed(f"{kind}: stored", lambda: _fill(database, site, calls, orders))
    if kind == "postgresql":
        with closing(database.engine.raw_connection()) as asked:  # in no transaction
            asked.cursor().execute("VACUUM ANALYZE")
    _timed(
        f"{kind}: day sums held against {calls:,} calls and {orders:,} orders",
        lambda: _verify(database, site),
    )
    with unit_of_work(database, EventBus(), clock, Actor.system("benchmark")) as uow:
        create_user(uow, NAME, "测量", PASSWORD, (Role.SUPERVISOR,))
    dependencies = replace(sample.dependencies, database=database)

    def assessed() -> None:
        with database.reading() as session:
            read_assessed(session, site, clock.now())

    found = [_repeated(kind, "the wall's five figures", assessed)]
    application = create_application(dependencies)
    set_aside_what_remains()
    found += asyncio.run(_ask(kind, application))
    sample.close()
    return found


def _verify(database: Database, site: Site) -> None:
    with database.reading() as session:
        differences: list[object] = [*tally_differences(session, site)]
        differences += day_sum_differences(session)
    if differences:
        raise SystemExit(f"the day sums differ: {differences[:3]}")


def _timed(what: str, work: Callable[[], None]) -> None:
    began = time.monotonic()
    work()
    print(f"{what}: {time.monotonic() - began:.1f} s", flush=True)


class Watch:
    """Times one piece of work again and again."""

    def __init__(self) -> None:
        self._taken: list[float] = []
        self._cpu = 0.0

    @contextmanager
    def once(self) -> Iterator[None]:
        began, cpu = time.perf_counter(), time.process_time()
        yield
        self._taken.append(1_000 * (time.perf_counter() - began))
        self._cpu += 1_000 * (time.process_time() - cpu)

    def result(self, kind: str, what: str) -> Result:
        first, *others = self._taken
        cpu = self._cpu / len(self._taken)
        return Result(kind, what, first, median(others), max(others), cpu)


def _repeated(kind: str, what: str, work: Callable[[], object]) -> Result:
    watch = Watch()
    for _ in range(ASKED + 1):
        with watch.once():
            work()
    return watch.result(kind, what)


async def _ask(kind: str, application: object) -> list[Result]:
    transport = httpx.ASGITransport(application)  # type: ignore[arg-type]
    headers = {"accept": "text/html", "sec-fetch-site": "same-origin"}
    address = "http://127.0.0.1"
    results = []
    async with httpx.AsyncClient(transport=transport, base_url=address, headers=headers) as client:
        signed = await client.post("/login", data={"name": NAME, "password": PASSWORD})
        assert signed.status_code == 303, signed.text
        for page in PAGES:
            watch = Watch()
            for _ in range(ASKED + 1):
                with watch.once():
                    answer = await client.get(page)
                assert answer.status_code == 200, answer.text
            results.append(watch.result(kind, page))
    return results


def _fill(database: Database, site: Site, calls: int, orders: int) -> None:
    dice = random.Random(20261124)
    with database.transaction() as session:
        _store_days(session, list(_calls_of_a_day(dice, calls // DAYS)))
        made = [(f"W-{n:07d}", 1, list(_callbacks(dice))) for n in range(orders)]
        store_orders(session, made, running=orders // 100)
        _store_courses(session, dice, made)
        store_ratings(session, _ratings(dice, calls))
        store(session, IncidentRow, _incidents(dice, 400))
        seats = sorted(seat.number for seat in site.seats.values())
        store(session, SeatChangeRow, _seat_changes(dice, seats))
        store_recount(session)


def _store_courses(
    session: Session, dice: random.Random, made: list[tuple[str, int, list[Callback]]]
) -> None:
    """Every fifth request comes by the web, one answer in twenty is late; 4 % of orders return."""
    courses = [_course(dice, number, called[0].completed_at) for number, _, called in made]
    case, order = CaseRow.__table__, WorkOrderRow.__table__
    session.execute(
        update(case).where(case.c.number == bindparam("of_case"))
        .values(channel=bindparam("to_channel"), received_at=bindparam("to_received")),
        courses,
    )  # fmt: skip
    session.execute(
        update(order).where(order.c.number == bindparam("of_order")).values(
            answered_at=bindparam("to_answered"), returns=bindparam("to_returns"),
            first_dispatched_at=bindparam("to_dispatched"),
        ),
        courses,
    )  # fmt: skip
    store(session, AdjudicationRow, _matters(dice, courses))


def _course(dice: random.Random, number: str, completed_at: datetime) -> dict[str, Any]:
    received = completed_at - timedelta(hours=dice.randrange(24, 144))
    late = timedelta(hours=dice.randrange(24, 140) if dice.random() < 0.05 else 1)
    return {
        "of_case": f"C-{number}", "of_order": number, "to_received": received,
        "to_channel": "web" if dice.random() < 0.2 else "phone",
        "to_answered": received + late, "to_returns": int(dice.random() < 0.04),
        "to_dispatched": received + timedelta(minutes=30),
    }  # fmt: skip


def _matters(dice: random.Random, courses: list[dict[str, Any]]) -> Iterator[dict[str, object]]:
    """What the purchaser says of returns, and of one web order in five hundred."""
    plain = dict.fromkeys(("text", "nature", "call", "person", "decided_by", "decision"), "x")
    for n, course in enumerate(courses):
        appealed = course["to_channel"] == "web" and dice.random() < 0.002
        kinds = [kind for kind, is_so in (("return", course["to_returns"]), ("appeal", appealed))
                 if is_so]  # fmt: skip
        for kind in kinds:
            order, at = course["of_order"], course["to_dispatched"]
            states = ("upheld",) if kind == "appeal" else ("upheld", "pending", *["rejected"] * 6)
            yield plain | {
                "number": f"J-{kind}-{n}", "kind": kind, "state": dice.choice(states),
                "subject": order if kind == "appeal" else f"{order}/1", "order": order,
                "version": 2, "occurred_at": at, "level": None, "parties": [],
                "submitted_by": "x", "submitted_at": at, "cause": None, "decided_at": at,
            }  # fmt: skip


_SHIFTED = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%S.000000', {at}, :days || ' days')",
    "postgresql": "{at} + make_interval(days => :days)",
}


def _store_days(session: Session, calls: list[Call]) -> None:
    """The first day's calls, and their copies on every day after it, made by the database."""
    store_calls(session, calls)
    shifted = _SHIFTED[session.get_bind().dialect.name]
    columns = {column.name: column.name for column in CallRow.__table__.columns} | {
        at: shifted.format(at=at) for at in ("entered_at", "answered_at", "left_at")
    }
    columns["call"] = "call || :suffix"
    copy = text(
        f"INSERT INTO calls ({', '.join(columns)}) SELECT {', '.join(columns.values())}"  # noqa: S608
        " FROM calls WHERE entered_at < :second_day"
    ).bindparams(bindparam("second_day", START + timedelta(days=1), UtcDateTime))
    sums = Counter(tally_key(call, SHANGHAI)[1:] for call in calls)
    for day in range(1, DAYS):
        session.execute(copy, {"days": day, "suffix": f".{day}"})
        session.execute(
            insert(CallTallyRow),
            [
                {"day": f"{START + timedelta(days=day):%Y-%m-%d}", "outcome": outcome,
                 "offered": offered, "count": count}
                for (outcome, offered), count in sums.items()
            ],
        )  # fmt: skip


def _some_instant(dice: random.Random) -> datetime:
    return START + timedelta(seconds=dice.randrange(YEAR_S))


def _calls_of_a_day(dice: random.Random, count: int) -> Iterator[Call]:
    for number in range(count):
        at = START + timedelta(seconds=dice.randrange(86_400))
        ended, outcome = at + timedelta(seconds=dice.randrange(1, 60)), dice.choice(OUTCOMES)
        taken = outcome is Outcome.ANSWERED
        yield Call(
            f"pbx:{number}.0", at, "citizen", outcome, ended if taken else None, ended,
            f"agent.{dice.randrange(70)}" if taken else "",
            dice.randrange(1, 73) if taken else None, dice.randrange(2), 0,
        )  # fmt: skip


def _callbacks(dice: random.Random) -> Iterator[Callback]:
    """One cycle, or two for one order in fifty; one in a hundred of the older is never done."""
    at = _some_instant(dice)
    for _ in range(2 if dice.random() < 0.02 else 1):
        at += timedelta(hours=1)
        waits = dice.random() < (0.7 if NOW - at < timedelta(days=2) else 0.01)
        outcome = None if waits else dice.choice(
            [CallbackOutcome.REACHED] * 9 + [CallbackOutcome.UNREACHABLE]
        )  # fmt: skip
        rated = outcome is CallbackOutcome.REACHED and dice.random() < 0.6
        done = None if waits else at + timedelta(hours=dice.randrange(1, 9))
        yield Callback(at, outcome, done, dice.choice((5, 5, 5, 4, 2)) if rated else None)


def _ratings(dice: random.Random, calls: int) -> Iterator[tuple[str, int, datetime]]:
    """Every fifth call's."""
    for number in range(0, calls, 5):
        yield f"call:pbx:{number}", dice.choice((5,) * 15 + (4, 4, 4, 3, 1)), _some_instant(dice)


def _incidents(dice: random.Random, count: int) -> Iterator[dict[str, object]]:
    for number in range(count):
        at = _some_instant(dice)
        until = at + timedelta(minutes=dice.randrange(5, 200))
        held = {"fault_class": FaultClassName.GENERAL.value, "since": at.isoformat(),
                "contract_version": 1}  # fmt: skip
        yield {
            "number": f"F-{number}", "day": f"{at:%Y%m%d}", "state": "closed", "detected_at": at,
            "acknowledged_at": at, "responded_at": at, "restored_at": until, "closed_at": until,
            "restored_by": None, "cleared": True, "fault_key": str(number), "classes": [held],
            "fault": {}, "reopened": 0, "merged_into": None, "version": 1,
        }  # fmt: skip


def _seat_changes(dice: random.Random, seats: Iterable[int]) -> Iterator[dict[str, object]]:
    """Each seat loses and regains its display every week or so."""
    found = []
    for seat in seats:
        found += [(START, seat, part, TerminalCondition.OK) for part in Part]
        for _ in range(45):
            at = _some_instant(dice)
            found.append((at, seat, Part.DISPLAY, TerminalCondition.BAD))
            found.append((at + timedelta(hours=2), seat, Part.DISPLAY, TerminalCondition.OK))
    for at, seat, part, condition in sorted(found, key=lambda change: change[0]):
        yield {"seat": seat, "part": part.value, "condition": condition.value, "at": at}


def _print(results: list[Result]) -> None:
    sheet = Sheet(title=f"ms, the first answer and {ASKED} more; bound {BOUND_MS} for {BOUND}")
    for heading in ("database", "what", "first", "median", "worst", "CPU"):
        sheet.add_column(heading, justify="left" if heading in ("database", "what") else "right")
    for r in results:
        figures = (f"{ms:.0f}" for ms in (r.first_ms, r.median_ms, r.worst_ms, r.cpu_ms))
        sheet.add_row(r.database, r.what, *figures)
    Console(width=110).print(sheet)


if __name__ == "__main__":
    sys.exit(main())
