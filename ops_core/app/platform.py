"""The platform: every part put together, started in order, ended in reverse."""

import logging
import threading
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from device_configs.render.secrets import Secrets
from device_configs.site import load_site
from device_configs.site.model import Site
from device_configs.twin.client import TwinClient, TwinNotRunning
from device_configs.twin.credentials import ensure_secrets
from monitors.alerts.engine import AlertEngine
from monitors.alerts.rule_memory import StoredRules
from monitors.alerts.rules import load_rules
from monitors.collect.trap_meaning import Hint
from monitors.evidence import Element
from monitors.samples import Sample
from monitors.store.influx import InfluxAccount, InfluxMetricStore
from monitors.store.protocol import MetricStore
from monitors.store.spool import Spool
from monitors.store.sqlite import SqliteMetricStore
from monitors.store.writer import MetricWriter
from ops_core.app.demonstration.feed import DemonstrationFeed
from ops_core.app.device_side import DeviceSide, Outlets
from ops_core.app.heartbeat import DeadManHeartbeat
from ops_core.app.incident_feed import IncidentFeed
from ops_core.app.recording import VerdictRecording
from ops_core.app.rule_feed import RuleFeed
from ops_core.app.tables import TABLE_MODULES
from ops_core.app.wall_keeper import WallKeeper
from ops_core.hotline.contacts import open_vault
from ops_core.kernel.clock import Clock, SystemClock
from ops_core.kernel.database import Database, migrate, open_database
from ops_core.kernel.events import EventBus
from ops_core.kernel.health import HealthRegistry
from ops_core.kernel.settings import Settings
from ops_core.kernel.workers import Workers

log = logging.getLogger(__name__)

SILENCE_S = 60.0
"""A vital worker without a success for so long makes the process unhealthy."""
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
        self.workers = Workers(self.clock)
        self.health = HealthRegistry(self.workers, self.clock)
        self._rules = RuleFeed(
            self.engine,
            StoredRules(load_rules(), self.database, _agents(self.site).__contains__),
            self.devices.heartbeat,
            self.clock,
        )
        self._recording = VerdictRecording(
            self.site, self.database, self.bus, self.clock, self.engine
        )
        self._incidents = IncidentFeed(self.site, self.database, self.bus, self.clock)
        self._stop = threading.Event()
        self._report_health()
        self._threads = self._declared_threads()

    def _report_health(self) -> None:
        """Every part that has something to say of itself."""
        self.health.add("rules", measures=self._rules.measures)
        self.health.add(
            "incidents", measures=self._incidents.measures, concerns=self._incidents.concerns
        )

    def _declared_threads(self) -> list[threading.Thread]:
        stop = self._stop
        threads = [
            self.workers.thread("alerts", lambda _: self.engine.run(stop), stop),
            self.workers.thread(
                "rules",
                lambda worker: self._rules.run(worker, stop),
                stop,
                longest_silence_s=SILENCE_S,
            ),
            self.workers.thread(
                "incidents",
                lambda worker: self._incidents.run(worker, stop),
                stop,
                longest_silence_s=SILENCE_S,
            ),
            self.workers.thread(
                "terminals",
                lambda worker: self._recording.terminals(worker, stop),
                stop,
                longest_silence_s=SILENCE_S,
            ),
            self.workers.thread(
                "availability",
                lambda worker: self._recording.availability(worker, stop),
                stop,
                longest_silence_s=SILENCE_S,
            ),
            self.workers.thread("wall", lambda _: self.wall.run(stop), stop),
        ]
        return threads + self._optional_threads()

    def _optional_threads(self) -> list[threading.Thread]:
        settings, stop = self.settings, self._stop
        threads = []
        if demonstrates(settings, self.site):
            vault = open_vault(settings.state_directory)
            feed = DemonstrationFeed(
                self.site, self.database, self.bus, self.clock, vault, settings.demonstration_seed
            )
            threads.append(
                self.workers.thread("demonstration", lambda _: feed.run(stop), stop, is_vital=False)
            )
        if settings.heartbeat_url is not None:
            heartbeat = DeadManHeartbeat(
                settings.heartbeat_url,
                settings.heartbeat_every_s,
                self.health.health,
                self.clock,
            )
            self.health.add("heartbeat", measures=heartbeat.measures, concerns=heartbeat.concerns)
            threads.append(
                self.workers.thread(
                    "heartbeat",
                    lambda worker: heartbeat.run(worker, stop),
                    stop,
                    is_vital=False,
                )
            )
        return threads

    def start(self) -> None:
        """Begin to collect, to judge and to tell."""
        self._stores.writer.start()
        for thread in self._threads:
            thread.start()
        self.devices.start()

    def stop(self) -> None:
        """End every thread and close the stores."""
        self._stop.set()
        self._incidents.wake()
        self.devices.stop()
        for thread in self._threads:
            thread.join(5)
        self._stores.writer.stop()
        self.store.close()
        self.database.close()

    def _measured(self, samples: list[Sample]) -> None:
        self._stores.writer.submit(samples)
        self._rules.submit(samples)

    def _hinted(self, hint: Hint) -> None:
        """A trap asked for a look: the collector polls by itself, the evidence follows."""
        log.debug("hint from %s", ", ".join(hint.devices))

    def _recheck(self, elements: frozenset[Element]) -> None:
        """The judge waits for these devices: ask them at once."""
        self.devices.poll_now(sorted(element.name for element in elements))


def _agents(site: Site) -> frozenset[str]:
    return frozenset(site.devices) | frozenset(seat.name for seat in site.seats.values())


def demonstrates(settings: Settings, site: Site) -> bool:
    """Both must say so: a real centre's declaration never gets simulated calls."""
    return settings.demonstration and site.demonstration


def open_stores(settings: Settings) -> Stores:
    """The metric store of the installation, with a spool on disk where it may be away."""
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
