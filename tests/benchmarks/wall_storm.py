"""What a refresh of the wall and the list of incidents cost while a storm goes on.

``python -m tests.benchmarks.wall_storm [--url URL] [--open 10 100 500] [--rate 50]``: so many
incidents are open, made by the commands that make real ones, and so many events a second happen
to them. A refresh is every part of the wall once, half a second after the last: CPU of this process
and wall clock, the median and the worst. Beside each stands the same by a control in the same run,
which reads every open incident whole (its row, its clocks, its time line), as the wall once did.
"""

import argparse
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from statistics import median

from device_configs.site import load_site
from device_configs.site.model import Site
from incident.read import open_incidents, read_incident, running_numbers
from monitors.alerts.engine import AlertEngine
from monitors.store.sqlite import SqliteMetricStore
from ops_core.app.wall_projector import WallProjector
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.database import Database, create_database_engine, migrate
from ops_core.kernel.events import EventBus
from ops_core.kernel.i18n import Language
from ops_core.kernel.settings import PROJECT_DIRECTORY
from ops_core.kernel.workers import Worker, Workers
from tests.monitors.alerts.simulation import World
from tests.ops_core.app.incident_storm import Storm
from wallboard.incidents.summary import IncidentSummary, list_open
from wallboard.pages import Pages
from wallboard.snapshot import Snapshot
from wallboard.static_files import StaticFiles
from wallboard.wall.tiles import TileRenderer

TURNS = 12
EVERY_S = 0.5
PAGE = 100


@dataclass(frozen=True)
class Cost:
    """CPU and wall clock of one kind of work: milliseconds of each turn."""

    cpu_ms: list[float]
    wall_ms: list[float]

    def line(self, name: str) -> str:
        return (
            f"  {name}: {median(self.cpu_ms):.1f} ms CPU, {median(self.wall_ms):.1f} ms"
            f" (worst {max(self.wall_ms):.0f} ms)"
        )


def measure(work: Callable[[], object], every_s: float = 0.0) -> Cost:
    """The CPU is this thread's own: the storm beside it is not counted."""
    cpu, wall = [], []
    for _ in range(TURNS):
        began, began_cpu = time.perf_counter(), time.thread_time()
        work()
        cpu.append(1000 * (time.thread_time() - began_cpu))
        wall.append(1000 * (time.perf_counter() - began))
        time.sleep(every_s)
    return Cost(cpu, wall)


class Hall:
    """A wall over an empty database in which a storm begins."""

    def __init__(self, site: Site, database: Database, directory: Path) -> None:
        self.site, self.database = site, database
        self.clock, self.bus = SystemClock(), EventBus()
        self.store = SqliteMetricStore(directory / "metrics.sqlite")
        self.engine = AlertEngine(site, database, self.bus, self.clock, warm_up=timedelta(0))
        self.engine.observe(World(site).everything(self.clock.now()))
        self.engine.tick()
        self.wall = WallProjector(
            site, database, self.bus, self.clock, self.engine, self.store, dict
        )
        self.storm = Storm(site, database, self.bus, self.clock)
        self.renderer = TileRenderer(site, Pages(StaticFiles()), Language.CHINESE)
        self.worker: Worker = Workers(self.clock)._worker("wall", False, None)

    def open_numbers(self) -> list[str]:
        with self.database.reading() as session:
            return running_numbers(session, self.site.contract)

    def opened(self, limit: int | None = None) -> list[IncidentSummary]:
        with self.database.reading() as session:
            return list_open(Snapshot(session, self.site, self.clock.now()), limit)

    def refresh(self) -> None:
        self.wall.refresh(self.worker)
        self.renderer.render(self.wall.state())

    def read_everything(self) -> None:
        """The control: what a refresh read of the incidents before it followed events."""
        with self.database.reading() as session:
            for incident in open_incidents(session):
                read_incident(session, self.site.contract, incident.number, self.clock.now())

    def settle(self, opened: int) -> None:
        while len(self.wall.state().incidents.open) < opened:
            self.refresh()


def rage(hall: Hall, opened: int, rate: float, stop: threading.Event) -> None:
    """Events on one incident after the other, so many a second."""
    began = time.monotonic()
    for turn, index in enumerate(cycle(range(opened))):
        if stop.wait(max(0.0, began + turn / rate - time.monotonic())):
            return
        hall.storm.update(index)


def run(site: Site, database: Database, directory: Path, opened: list[int], rate: float) -> None:
    hall = Hall(site, database, directory)
    print(f"{database.engine.dialect.name}, {rate:.0f} events a second, {TURNS} turns each")
    first: Cost | None = None
    known = 0
    for count in opened:
        hall.storm.open(range(known, count))
        known = count
        hall.settle(count)
        stop = threading.Event()
        storm = threading.Thread(target=rage, args=(hall, count, rate, stop))
        storm.start()
        refresh = measure(hall.refresh, EVERY_S)
        listed = measure(lambda: (hall.open_numbers(), hall.opened(PAGE)))
        every = measure(hall.opened)
        control = measure(hall.read_everything)
        stop.set()
        storm.join()
        first = first or refresh
        print(f"{count} open")
        print(refresh.line("a refresh of the whole wall"))
        print(listed.line(f"/incidents, {PAGE} a page"))
        print(every.line("all of them, as the interface gives them"))
        print(control.line("control: every open incident read whole"))
        print(
            f"  refresh to {opened[0]} open: {_ratio(refresh, first):.2f};"
            f" to the control: {_ratio(refresh, control):.3f}"
        )


def _ratio(one: Cost, other: Cost) -> float:
    return median(one.cpu_ms) / median(other.cpu_ms)


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--url")
    options.add_argument("--open", type=int, nargs="+", default=[10, 100, 500])
    options.add_argument("--rate", type=float, default=50)
    chosen = options.parse_args()
    site = load_site(PROJECT_DIRECTORY / "inventory")
    with tempfile.TemporaryDirectory() as directory:
        url = chosen.url or f"sqlite:///{Path(directory) / 'storm.sqlite'}"
        database = Database(create_database_engine(url))
        migrate(database.engine)
        run(site, database, Path(directory), sorted(chosen.open), chosen.rate)
        database.close()


if __name__ == "__main__":
    main()
