"""The platform: every part put together, started in order, ended in reverse."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from queue import SimpleQueue

from device_configs.render.secrets import Secrets
from device_configs.site import load_site
from device_configs.site.model import Site
from device_configs.twin.client import TwinClient, TwinNotRunning
from device_configs.twin.credentials import ensure_secrets
from incident.service import IncidentPolicy
from monitors.alerts.conditions import RuleWatch
from monitors.alerts.engine import AlertEngine
from monitors.alerts.rules import RuleBook, load_rules
from monitors.availability.service import StateRecorder
from monitors.collect.trap_meaning import Hint
from monitors.evidence import Element, ElementKind
from monitors.samples import Sample
from monitors.store.influx import InfluxAccount, InfluxMetricStore
from monitors.store.protocol import MetricStore
from monitors.store.spool import Spool
from monitors.store.sqlite import SqliteMetricStore
from monitors.store.writer import MetricWriter
from ops_core.app.demonstration.feed import DemonstrationFeed
from ops_core.app.device_side import DeviceSide, Outlets
from ops_core.app.tables import TABLE_MODULES
from ops_core.app.views.availability import recorded_elements
from ops_core.app.views.conditions import device_state
from ops_core.app.views.incidents import consume_pending
from ops_core.app.wall_keeper import WallKeeper
from ops_core.hotline.contacts import open_vault
from ops_core.kernel.clock import Clock, SystemClock
from ops_core.kernel.database import Database, migrate, open_database
from ops_core.kernel.events import EventBus
from ops_core.kernel.settings import Settings
from seat_assets.model import terminals_of
from seat_assets.service import TerminalRecorder

log = logging.getLogger(__name__)

FOLLOW_EVERY_S = 0.25
CONSUME_EVERY_S = 1.0
SPOOL_LIMIT_BYTES = 256 * 1024 * 1024
RAW_KEPT = timedelta(days=3)


@dataclass(frozen=True)
class Stores:
    """Where metrics go: the store, and the writer that never makes a collector wait."""

    store: MetricStore
    writer: MetricWriter


class Platform:
    """One process of the product without its web face; ``start`` and ``stop`` once each."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock: Clock = clock or SystemClock()
        self.site: Site = load_site(settings.inventory)
        self.database: Database = open_database(settings)
        migrate(self.database.engine, TABLE_MODULES)
        self.bus = EventBus()
        self.twin = _twin(settings.state_directory)
        self._stores = open_stores(settings)
        self.store = self._stores.store
        self.engine = AlertEngine(
            self.site, self.database, self.bus, self.clock, on_recheck=self._recheck
        )
        self.devices = DeviceSide(
            self.site,
            settings,
            self.clock,
            Outlets(self._measured, self.engine.observe, self._hinted),
            _secrets(settings.state_directory),
            self.twin,
        )
        self.wall = WallKeeper(
            self.site,
            self.database,
            self.bus,
            self.clock,
            self.engine,
            self.store,
            self.devices.heartbeat,
        )
        self._samples: SimpleQueue[list[Sample]] = SimpleQueue()
        self._rules = RuleWatch(RuleBook(load_rules()))
        self._stop = threading.Event()
        self._news = threading.Event()
        self._threads = [
            self._thread("alerts", lambda: self.engine.run(self._stop)),
            self._thread("incidents", self._consume),
            self._thread("follow", self._follow),
            self._thread("wall", lambda: self.wall.run(self._stop)),
        ]
        if demonstrates(settings, self.site):
            vault = open_vault(settings.state_directory)
            feed = DemonstrationFeed(
                self.site, self.database, self.bus, self.clock, vault, settings.demonstration_seed
            )
            self._threads.append(self._thread("demonstration", lambda: feed.run(self._stop)))

    def start(self) -> None:
        """Begin to collect, to judge and to tell."""
        self._stores.writer.start()
        for thread in self._threads:
            thread.start()
        self.devices.start()

    def stop(self) -> None:
        """End every thread and close the stores."""
        self._stop.set()
        self._news.set()
        self.devices.stop()
        for thread in self._threads:
            thread.join(5)
        self._stores.writer.stop()
        self.store.close()
        self.database.close()

    def _thread(self, name: str, work: Callable[[], None]) -> threading.Thread:
        return threading.Thread(target=work, name=name, daemon=True)

    def _measured(self, samples: list[Sample]) -> None:
        self._stores.writer.submit(samples)
        self._samples.put(samples)

    def _hinted(self, hint: Hint) -> None:
        """A trap asked for a look: the collector polls by itself, the evidence follows."""
        log.debug("hint from %s", ", ".join(hint.devices))

    def _recheck(self, elements: frozenset[Element]) -> None:
        """The judge waits for these devices: ask them at once."""
        self.devices.poll_now(sorted(element.name for element in elements))

    def _consume(self) -> None:
        """Carry fault events into incidents as soon as they are committed."""
        unsubscribe = self.bus.subscribe(self._news.set)
        policy = IncidentPolicy()
        while not self._stop.is_set():
            try:
                consume_pending(self.site, self.database, self.bus, self.clock, policy)
            except Exception:
                log.exception("fault events wait: they could not be carried into incidents")
                self._stop.wait(CONSUME_EVERY_S)
            self._news.wait(CONSUME_EVERY_S)
            self._news.clear()
        unsubscribe()

    def _apply_rules(self) -> None:
        """Hold what was measured since the last look against the threshold and absence rules."""
        measured: list[Sample] = []
        while not self._samples.empty():
            measured += self._samples.get()
        observations = self._rules.take(measured) + self._rules.tick(self.clock.now())
        if observations:
            self.engine.observe(observations)

    def _follow(self) -> None:
        """Feed heartbeats to the judge; record terminals and availability from its verdicts."""
        terminals = TerminalRecorder(terminals_of(self.site), self.database, self.bus, self.clock)
        recorder = StateRecorder(self.database)
        recorder.resume(self.clock.now())
        elements = recorded_elements(self.site)
        while not self._stop.wait(FOLLOW_EVERY_S):
            try:
                self.engine.heartbeat(self.devices.heartbeat())
                self._apply_rules()
                view = self.engine.view
                if view is not None:
                    terminals.record(view.register)
                    states = {
                        element: device_state(self.site, view.verdict, element.name)
                        if element.kind is ElementKind.DEVICE
                        else view.verdict.state(element)
                        for element in elements
                    }
                    recorder.record(states, self.clock.now())
            except Exception:
                log.exception("states could not be recorded; the next look repeats it")


def demonstrates(settings: Settings, site: Site) -> bool:
    """Both must say so: a real centre's declaration never gets simulated calls."""
    return settings.demonstration and site.demonstration


def open_stores(settings: Settings) -> Stores:
    """The metric store of the installation, with a spool on disk where it may be away.

    The embedded store has none: a full disk would take both, and a file that another process holds
    is waited for in memory, where minutes of samples fit.
    """
    if settings.metrics == "influxdb":
        store: MetricStore = InfluxMetricStore(
            settings.influxdb_url, settings.influxdb_database, _influx_account(settings)
        )
        spool = Spool(settings.state_directory / "spool", SPOOL_LIMIT_BYTES)
        return Stores(store, MetricWriter(store, spool, keep=RAW_KEPT))
    store = SqliteMetricStore(settings.state_directory / "metrics.sqlite")
    return Stores(store, MetricWriter(store, keep=RAW_KEPT))


def _influx_account(settings: Settings) -> InfluxAccount:
    token, password = settings.influxdb_token, settings.influxdb_password
    return InfluxAccount(
        token=token.get_secret_value() if token else None,
        username=settings.influxdb_username,
        password=password.get_secret_value() if password else None,
        verify_certificate=settings.influxdb_verify_certificate,
    )


def _twin(state_directory: Path) -> TwinClient | None:
    """The twin that runs in this state directory, if one does."""
    client = TwinClient.of(state_directory)
    try:
        client.status()
    except TwinNotRunning:
        return None
    return client


def _secrets(state_directory: Path) -> Secrets:
    return Secrets.model_validate(ensure_secrets(state_directory).model_dump())
