"""The platform: every part put together, started in order, ended in reverse."""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path

from device_configs.changes.carrying import ChangeWork
from device_configs.deploy.work import DeploymentWork
from device_configs.render.secrets import Secrets
from device_configs.site import load_site
from device_configs.site.model import Site
from device_configs.twin.client import running_twin
from device_configs.twin.credentials import ensure_secrets
from monitors.alerts.engine import AlertEngine
from monitors.alerts.rule_memory import StoredRules
from monitors.alerts.rules import load_rules
from monitors.collect.trap_meaning import Trigger
from monitors.evidence import Element
from monitors.impairment.notices import ImpairmentNotices
from monitors.impairment.service import IMPAIRED, ImpairmentMonitor
from monitors.impairment.withholding import Windows
from monitors.samples import Sample
from ops_core.app.anchoring import DailyAnchor
from ops_core.app.calendar_watch import calendar_concerns
from ops_core.app.checks_soon import ChecksSoon
from ops_core.app.demonstration.assessed_months import ensure_assessed_month
from ops_core.app.demonstration.attached_files import ensure_attached_files
from ops_core.app.demonstration.feed import DemonstrationFeed
from ops_core.app.demonstration.planned_work import ensure_planned_work
from ops_core.app.demonstration.report_acts import DemonstrationReports
from ops_core.app.device_checks import DeviceChecks
from ops_core.app.device_side import DeviceSide, Outlets
from ops_core.app.heartbeat import DeadManHeartbeat
from ops_core.app.incident_feed import IncidentFeed
from ops_core.app.knowledge_index import KnowledgeIndex
from ops_core.app.left_changes import LeftChanges
from ops_core.app.log_audit import log_audit_of
from ops_core.app.metric_stores import open_stores
from ops_core.app.recording import VerdictRecording
from ops_core.app.report_calendar import ReportCalendar
from ops_core.app.rule_feed import RuleFeed
from ops_core.app.scheduled_drills import ScheduledDrills
from ops_core.app.tables import TABLE_MODULES
from ops_core.app.wall_projector import WallProjector
from ops_core.hotline.contacts.vault import open_vault
from ops_core.kernel.clock import Clock, SteadyClock
from ops_core.kernel.database import Database, migrate, open_database
from ops_core.kernel.events import EventBus
from ops_core.kernel.evidence_files import evidence_store
from ops_core.kernel.health import Concern, HealthRegistry
from ops_core.kernel.settings import Settings
from ops_core.kernel.workers import Worker, Workers

log = logging.getLogger(__name__)

SILENCE_S = 60.0
"""A vital worker without a success for so long makes the process unhealthy."""
JUDGED_WITHIN_S = 30.0
ASKED_AGAIN = timedelta(seconds=1)
"""After a spell of lateness: what a poll may take besides its interval."""


class Platform:
    """One process of the product without its web face; ``start`` and ``stop`` once each."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock: Clock = clock or SteadyClock()
        self.workers = Workers(self.clock)
        self.impairment = ImpairmentMonitor(self.clock, windows=_windows(settings))
        self.health = HealthRegistry(self.workers, self.clock)
        self.site: Site = load_site(settings.inventory)
        self.database: Database = open_database(settings)
        migrate(self.database.engine, TABLE_MODULES)
        self.bus = EventBus()
        self._preparation: list[Callable[[], int | None]] = []
        self.twin = running_twin(settings.state_directory)
        self._stores = open_stores(settings, self.workers, self.clock)
        self.store = self._stores.store
        self.engine = AlertEngine(
            self.site,
            self.database,
            self.bus,
            self.clock,
            on_recheck=self._recheck,
            impairment=self.impairment,
        )
        self._soon = ChecksSoon(self.site)
        self.devices = DeviceSide(
            self.site,
            settings,
            self.clock,
            Outlets(self._measured, self.engine.observe, self._triggered, self._soon.heard),
            _secrets(settings.state_directory),
            self.twin,
            self.workers,
            self.impairment,
        )
        self.wall = WallProjector(
            self.site,
            self.database,
            self.bus,
            self.clock,
            self.engine,
            self.store,
            self.devices.heartbeat,
            self._wall_concerns,
            self._prepared_percent,
        )
        self._rules = RuleFeed(
            self.engine,
            StoredRules(load_rules(), self.database, _agents(self.site).__contains__),
            self.devices.heartbeat,
            self.impairment.outlook,
            self.clock,
        )
        self._recording = VerdictRecording(
            self.site, self.database, self.bus, self.clock, self.engine
        )
        self._incidents = IncidentFeed(self.site, self.database, self.bus, self.clock)
        self._stop = threading.Event()
        self._threads = [*self._vital_threads(), *self._other_threads()]
        self._report_health()

    def _report_health(self) -> None:
        """Every part that has something to say of itself."""
        add, writer = self.health.add, self._stores.writer
        add("database", measures=self.database.measures, concerns=self.database.concerns)
        add("metrics", measures=writer.measures, concerns=writer.concerns)
        rolling = self._stores.rolling
        add("rollups", measures=rolling.measures, concerns=rolling.concerns)
        add("devices", measures=self.devices.measures, concerns=self.devices.concerns)
        add("wall", measures=self.wall.measures, concerns=self.wall.concerns)
        add("rules", measures=self._rules.measures)
        add("incidents", measures=self._incidents.measures, concerns=self._incidents.concerns)
        add("calendar", concerns=partial(calendar_concerns, self.site))
        add("impairment", measures=self.impairment.measures, concerns=self.impairment.concerns)

    def _wall_concerns(self) -> tuple[Concern, ...]:
        """Our own concerns, but for lateness, which has a strip of its own."""
        return tuple(c for c in self.health.concerns() if c.key != IMPAIRED)

    def _prepared_percent(self) -> int | None:
        """How much of the demonstration is there; None once all of it is, or without one."""
        return next((share() for share in self._preparation), None)

    def _vital_threads(self) -> Iterator[threading.Thread]:
        stop, recording = self._stop, self._recording
        works: Mapping[str, tuple[Callable[[Worker], None], float | None]] = {
            "lateness": (lambda worker: self.impairment.run(worker, stop), None),
            "alerts": (lambda worker: self.engine.run(stop, worker), JUDGED_WITHIN_S),
            "rules": (lambda worker: self._rules.run(worker, stop), SILENCE_S),
            "incidents": (lambda worker: self._incidents.run(worker, stop), SILENCE_S),
            "terminals": (lambda worker: recording.terminals(worker, stop), SILENCE_S),
            "availability": (lambda worker: recording.availability(worker, stop), SILENCE_S),
        }
        for name, (work, silence_s) in works.items():
            yield self.workers.thread(name, work, stop, longest_silence_s=silence_s)

    def _other_threads(self) -> Iterator[threading.Thread]:
        """What may fail without making the process unhealthy."""
        settings, stop = self.settings, self._stop
        notices = ImpairmentNotices(self.impairment, self.database, self.bus, self.clock)
        anchor = DailyAnchor(
            self.site, settings, self.database, self.clock, log_audit_of(self.site, self.twin)
        )
        reports = ReportCalendar(self.site, self.database, self.bus, self.clock)
        self.health.add("audit-anchor", measures=anchor.measures, concerns=anchor.concerns)
        index = KnowledgeIndex(
            self.site, self.database, self.bus, self.clock, demonstrates(settings, self.site)
        )
        changes = ChangeWork(self.site, settings, self.database, self.bus, self.clock, self.twin)
        left = LeftChanges(changes)
        works: dict[str, Callable[[Worker], None]] = {
            "left-changes": lambda worker: left.run(worker, stop),
            "knowledge": lambda worker: index.run(worker, stop),
            "reports": lambda worker: reports.run(worker, stop),
            "impairment": lambda worker: notices.run(worker, stop),
            "rollups": lambda worker: self._stores.rolling.run(worker, stop),
            "audit-anchor": lambda worker: anchor.run(worker, stop),
            "database-log": lambda worker: self.database.write_ahead_log.tend(worker, stop),
        }
        if demonstrates(settings, self.site):
            vault = open_vault(settings.state_directory)
            feed = DemonstrationFeed(
                self.site, self.database, self.bus, self.clock, vault, settings.demonstration_seed
            )
            store = evidence_store(settings)

            def write(worker: Worker) -> None:
                with worker.boundary("registers"):
                    ensure_planned_work(self.site, self.database, self.bus, self.clock, store)
                with worker.boundary("assessment"):
                    ensure_assessed_month(self.site, self.database, self.bus, self.clock)
                with worker.boundary("attachments"):
                    ensure_attached_files(self.site, self.database, self.bus, self.clock, store)
                authors.run(worker, stop)

            self._preparation.append(feed.share_done)
            works["demonstration"] = lambda worker: feed.run(worker, stop)
            authors = DemonstrationReports(
                self.site, self.database, self.bus, self.clock, store, settings.demonstration_seed
            )  # fmt: skip
            works["demonstration-reports"] = write
        if settings.heartbeat_url is not None:
            url, every_s = settings.heartbeat_url, settings.heartbeat_every_s
            heartbeat = DeadManHeartbeat(url, every_s, self.health.health, self.clock)
            self.health.add("heartbeat", measures=heartbeat.measures, concerns=heartbeat.concerns)
            works["heartbeat"] = lambda worker: heartbeat.run(worker, stop)
        if self.twin is not None:
            recorded = DeploymentWork(self.site, settings, self.database, self.bus, self.clock)
            checks = DeviceChecks(recorded, self.twin, self._measured, self._soon)
            works["device-checks"] = lambda worker: checks.run(worker, stop)
            drills = ScheduledDrills(changes)
            works["scheduled-drills"] = lambda worker: drills.run(worker, stop)
        for name, work in works.items():
            yield self.workers.thread(name, work, stop, is_vital=False)
        for part in self.wall.parts:
            yield self.workers.thread(
                f"wall-{part.name}",
                partial(self.wall.run, part, stop),
                stop,
                is_vital=False,
                longest_silence_s=SILENCE_S,
            )

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
        self._stores.close()
        self.database.close()

    def _measured(self, samples: list[Sample]) -> None:
        self._stores.writer.submit(samples)
        self._rules.submit(samples)

    def _triggered(self, trigger: Trigger) -> None:
        """A trap asked for a look: the collector polls by itself, the evidence follows."""
        log.debug("trigger from %s", ", ".join(trigger.devices))

    def _recheck(self, elements: frozenset[Element]) -> None:
        """The judge waits for these devices: ask them at once."""
        self.devices.poll_now(sorted(element.name for element in elements))


def _agents(site: Site) -> frozenset[str]:
    return frozenset(site.devices) | frozenset(seat.name for seat in site.seats.values())


def _windows(settings: Settings) -> Windows:
    """How long evidence takes to be made, by the installation's polling interval."""
    interval = timedelta(seconds=settings.polling_interval_s)
    return Windows(poll=interval, grace=interval + ASKED_AGAIN)


def demonstrates(settings: Settings, site: Site) -> bool:
    """Both must say so: a real centre's declaration never gets simulated calls."""
    return settings.demonstration and site.demonstration


def _secrets(state_directory: Path) -> Secrets:
    return Secrets.model_validate(ensure_secrets(state_directory).model_dump())
