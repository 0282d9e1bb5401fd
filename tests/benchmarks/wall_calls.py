"""What the wall's look at calls costs over a million of them.

``python -m tests.benchmarks.wall_calls [--url URL] [--calls N]``: an empty database (a SQLite file
of its own unless told) is filled with calls evenly spread over 400 days, a few of them going on.
Times are CPU seconds of this process, which on PostgreSQL leave the server's share out, beside the
wall clock's.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import insert, text

from device_configs.site import load_site
from ops_core.app.calls_watch import QUARTERS_EVERY, CallsWatch
from ops_core.hotline.calls import read as call_read
from ops_core.hotline.calls.model import Outcome
from ops_core.hotline.calls.read import Selection
from ops_core.hotline.calls.tables import CallRow, CallTallyRow
from ops_core.kernel.database import Base, Database, create_database_engine, migrate
from ops_core.kernel.settings import PROJECT_DIRECTORY

NOW = datetime(2026, 11, 24, 7, tzinfo=UTC)
DAYS = 400
LOT = 20_000
REPEATS = 20
ZONE = ZoneInfo("Asia/Shanghai")
OPEN = 45


def fill(database: Database, calls: int) -> None:
    """Calls in equal steps up to NOW: 95 of 100 answered; the last ones go on."""
    step = timedelta(days=DAYS) / calls
    tallies: dict[tuple[str, str], int] = {}
    table = Base.metadata.tables[CallRow.__tablename__]
    for first in range(0, calls, LOT):
        rows = [_row(n, NOW - step * (calls - n), n >= calls - OPEN) for n in
                range(first, min(first + LOT, calls))]  # fmt: skip
        for row in rows:
            entered = row["entered_at"]
            if not isinstance(entered, datetime):
                raise TypeError("entered_at is an instant")
            key = (f"{entered.astimezone(ZONE):%Y-%m-%d}", str(row["outcome"]))
            tallies[key] = tallies.get(key, 0) + 1
        with database.transaction() as session:
            session.execute(insert(table), rows)
    with database.transaction() as session:
        session.add_all(
            CallTallyRow(day=day, outcome=outcome, offered=True, count=count)
            for (day, outcome), count in tallies.items()
        )
    with database.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))


def _row(number: int, entered: datetime, is_open: bool) -> dict[str, object]:
    answered = number % 20 != 0
    return {
        "call": f"{number}",
        "entered_at": entered,
        "queue": "citizen",
        "outcome": (Outcome.ANSWERED if answered else Outcome.ABANDONED).value,
        "answered_at": entered + timedelta(seconds=9) if answered else None,
        "left_at": None if is_open and answered else entered + timedelta(seconds=200),
        "agent": f"agent.{number % 72}" if answered else "",
        "seat": 1 + number % 72 if answered else None,
        "rung": 0,
        "transfers": 0,
        "requester_id": None,
    }


def measure(name: str, work: Callable[[int], object]) -> None:
    """The median of some repeats, ms."""
    walls, cpus = [], []
    for turn in range(REPEATS):
        wall, cpu = time.perf_counter(), time.process_time()
        work(turn)
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    middle = REPEATS // 2
    print(
        f"{name}: {1000 * sorted(cpus)[middle]:.1f} ms CPU, {1000 * sorted(walls)[middle]:.1f} ms"
    )


def run(database: Database, calls: int) -> None:
    site = load_site(PROJECT_DIRECTORY / "inventory")
    fill(database, calls)
    print(f"{calls} calls over {DAYS} days, {database.engine.dialect.name}")
    watch = CallsWatch(site, database)
    watch.look(NOW)
    measure("a look each second", lambda turn: watch.look(NOW + timedelta(seconds=1 + turn)))
    measure(
        "a look that counts the quarter hours and the orders too",
        lambda turn: watch.look(NOW + QUARTERS_EVERY * (turn + 1)),
    )
    with database.reading() as session:
        measure(
            "a page of today's list",
            lambda _: call_read.list_calls(
                session, Selection(start=NOW - timedelta(hours=15)), NOW, None, 101
            ),
        )
        measure(
            "a page of one agent's calls of all time",
            lambda _: call_read.list_calls(session, Selection(agent="agent.7"), NOW, None, 101),
        )


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--url")
    options.add_argument("--calls", type=int, default=1_000_000)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        url = chosen.url or f"sqlite:///{Path(directory) / 'calls.sqlite'}"
        database = Database(create_database_engine(url))
        migrate(database.engine)
        run(database, chosen.calls)
        database.close()


if __name__ == "__main__":
    main()
