"""Catching up with a whole day of the demonstration, and how long others wait meanwhile.

A SQLite database of its own; the clock starts a minute before midnight, so that the first start
brings the days before and all of the day. Beside it a command of somebody else runs ten times a
second, as the platform's other threads do.

    python -m tests.benchmarks.demonstration
"""

import logging
import statistics
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from sqlalchemy import func, select

from device_configs.site import load_site
from ops_core.app.demonstration.feed import DemonstrationFeed
from ops_core.app.tables import TABLE_MODULES
from ops_core.hotline.callbacks.tables import CallbackTaskRow
from ops_core.hotline.calls.tables import CallRow
from ops_core.hotline.cases.tables import CaseRow
from ops_core.hotline.contacts.vault import open_vault
from ops_core.hotline.orders.tables import WorkOrderRow
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database, migrate, open_database
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor
from ops_core.kernel.settings import PROJECT_DIRECTORY, Settings

END_OF_DAY = datetime(2026, 3, 25, 15, 59, tzinfo=UTC)
SOMEBODY = Actor.system("somebody")


class ShiftedClock(SystemClock):
    """Goes as the machine's does, from another instant on."""

    def __init__(self, at: datetime) -> None:
        self._by: timedelta = at - datetime.now(UTC)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._by


def main() -> None:
    logging.getLogger("alembic").setLevel(logging.WARNING)
    site = load_site(PROJECT_DIRECTORY / "inventory")
    with tempfile.TemporaryDirectory(prefix="zhishou-demonstration-") as directory:
        settings = Settings(state_directory=Path(directory), database_url=None)
        database = open_database(settings)
        migrate(database.engine, TABLE_MODULES)
        clock, bus, stop = ShiftedClock(END_OF_DAY), EventBus(), threading.Event()
        vault = open_vault(settings.state_directory)
        feed = DemonstrationFeed(site, database, bus, clock, vault, 12345)
        waits: list[float] = []
        other = threading.Thread(target=_command_now_and_then, args=(database, bus, stop, waits))
        other.start()
        wall, cpu = time.perf_counter(), time.process_time()
        done = feed.catch_up(threading.Event())
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        stop.set()
        other.join()
        _tell(database, done, feed.refused, wall, cpu, waits)
        database.close()


def _command_now_and_then(
    database: Database, bus: EventBus, stop: threading.Event, waits: list[float]
) -> None:
    while not stop.wait(0.1):
        begun = time.perf_counter()
        with unit_of_work(database, bus, SystemClock(), SOMEBODY) as uow:
            uow.audit("looked", "benchmark", "1", {})
        waits.append(time.perf_counter() - begun)


def _tell(
    database: Database, done: int, refused: int, wall: float, cpu: float, waits: list[float]
) -> None:
    console = Console()
    with database.reading() as session:
        counts = ", ".join(
            f"{session.scalar(select(func.count()).select_from(table))} {table.__tablename__}"
            for table in (CallRow, CaseRow, WorkOrderRow, CallbackTaskRow)
        )
    console.print(f"{done} happenings, {refused} refused: {counts}")
    console.print(
        f"wall {wall:.1f} s, processor {cpu:.1f} s, {done / wall:.0f} happenings a second"
    )
    parts = statistics.quantiles(waits, n=100)
    console.print(
        f"another's command ({len(waits)}): median {statistics.median(waits) * 1e3:.0f} ms,"
        f" p99 {parts[98] * 1e3:.0f} ms, worst {max(waits) * 1e3:.0f} ms"
    )


if __name__ == "__main__":
    main()
