"""Keeps the wall's present state: reads its sources when they change, stamps them while alive."""

import logging
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from device_configs.site.model import Site
from incident.model import read_clocks
from incident.read import list_incidents, open_incidents, read_incident
from monitors.alerts.engine import AlertEngine, EngineView
from monitors.alerts.model import State, Verdict
from monitors.evidence import Element, ElementKind
from monitors.samples import tags_of
from monitors.store.protocol import MetricStore, StoreUnavailable
from ops_core.app.calls_watch import CallsWatch
from ops_core.app.views.availability import circuit_availability, read_month, summed
from ops_core.app.views.conditions import (
    circuit_standings,
    circuit_views,
    device_state,
    link_views,
    node_views,
    seat_views,
    standings,
)
from ops_core.app.views.incidents import ENDED, handler_of, in_time, open_incident
from ops_core.app.views.indicators import Indicators
from ops_core.kernel.clock import Clock
from ops_core.kernel.database import Database
from ops_core.kernel.events import EventBus, last_position
from ops_core.kpi.periods import month_of
from wallboard.wall.state import (
    AvailabilityView,
    IncidentsView,
    IndicatorsView,
    NetworkView,
    SeatsView,
    Standing,
    Uptime,
    WallState,
)

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.5
RECORDS_EVERY = timedelta(seconds=1.5)
MEASURED_EVERY = timedelta(seconds=2)
SOON = timedelta(seconds=0.4)
TODAY_LIMIT = 500
BITS = 8
NO_UPTIME = Uptime(timedelta(0), timedelta(0))


class WallKeeper:
    """The wall's source. A thread builds the state; readers get the last one built.

    Each part is stamped with the time at which its own source last showed that it works: the
    network and the seats by the collectors and the judge, the records by the database.
    """

    def __init__(
        self,
        site: Site,
        database: Database,
        bus: EventBus,
        clock: Clock,
        engine: AlertEngine,
        store: MetricStore,
        heartbeat: Callable[[], Mapping[str, datetime]],
    ) -> None:
        self._site, self._database, self._clock = site, database, clock
        self._engine, self._store, self._heartbeat = engine, store, heartbeat
        self._indicators = Indicators(site, database, clock)
        self._calls = CallsWatch(site, database)
        self._wake = threading.Event()
        self._unsubscribe = bus.subscribe(self._wake.set)
        self._lock = threading.Lock()
        self._callbacks: dict[object, Callable[[], None]] = {}
        self._position = -1
        self._dirty = True
        self._throughput_bps: dict[str, float] = {}
        self._latency_ms: dict[str, float] = {}
        self._measured_at: datetime | None = None
        self._records_at: datetime | None = None
        self._state = self._empty()

    def state(self) -> WallState:
        return self._state

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        key = object()
        with self._lock:
            self._callbacks[key] = callback

        def unsubscribe() -> None:
            with self._lock:
                self._callbacks.pop(key, None)

        return unsubscribe

    def run(self, stop: threading.Event) -> None:
        """Build the state until ``stop``."""
        while not stop.is_set():
            self._wake.wait(LOOK_EVERY_S)
            self._wake.clear()
            try:
                self.refresh()
            except Exception:
                log.exception("the wall's state could not be built; its sources go stale")
        self._unsubscribe()

    def refresh(self) -> None:
        """Build the state once and tell those who follow it."""
        now = self._clock.now()
        network, seats = self._live_parts(self._engine.view)
        with self._database.reading() as session:
            position = last_position(session)
            moved = position != self._position
            incidents = self._incidents(session, now) if moved else None
        self._position = position
        self._dirty |= moved
        availability, indicators = self._uptimes(now), self._figures(now)
        calls = self._calls.look(now)
        self._state = WallState(
            network=network,
            seats=self._calls.with_talking(seats),
            incidents=incidents or _restamped_incidents(self._state.incidents, now),
            availability=availability,
            indicators=indicators,
            calls=calls,
        )
        with self._lock:
            callbacks = tuple(self._callbacks.values())
        for callback in callbacks:
            callback()

    def _uptimes(self, now: datetime) -> AvailabilityView:
        """Uptime over stored records: soon after news, and else often enough to be fresh."""
        age = None if self._records_at is None else now - self._records_at
        if age is not None and age < (SOON if self._dirty else RECORDS_EVERY):
            return self._state.availability
        self._dirty, self._records_at = False, now
        return self._availability(self._engine.view, now)

    def _figures(self, now: datetime) -> IndicatorsView:
        """The indicators, no more often than it takes to be fresh: calls are news all the time."""
        as_of = self._state.indicators.as_of
        if as_of is not None and now - as_of < RECORDS_EVERY:
            return self._state.indicators
        return IndicatorsView(now, tuple(self._indicators.indicators()))

    def _live_parts(self, view: EngineView | None) -> tuple[NetworkView, SeatsView]:
        if view is None:
            return self._state.network, self._state.seats
        beats = self._heartbeat()
        verdict = view.verdict
        standing = standings(self._site, verdict, view.register)
        services = [verdict.state(Element(ElementKind.SERVICE, n)) for n in self._site.services]
        if self._measured_at is None or self._clock.now() - self._measured_at >= MEASURED_EVERY:
            self._throughput_bps, self._latency_ms = self._throughput(), self._latency(verdict)
            self._measured_at = self._clock.now()
        network = NetworkView(
            as_of=_oldest(verdict.at, beats, ("icmp", "snmp")),
            circuits=circuit_views(self._site, verdict, self._throughput_bps, self._latency_ms),
            nodes=node_views(self._site, verdict, standing),
            links=link_views(self._site, verdict, standing),
            services_total=len(services),
            services_down=sum(s in (State.DOWN, State.UNREACHABLE, State.CUT) for s in services),
            services_unknown=sum(s is State.UNKNOWN for s in services),
        )
        numbers = [seat.number for seat in self._site.seats.values()]
        seats = SeatsView(_oldest(verdict.at, beats, ("snmp",)), seat_views(verdict, numbers))
        return network, seats

    def _throughput(self) -> dict[str, float]:
        """Greater direction of each circuit, bit/s, by our own end's counters."""
        try:
            received = self._store.last_of_each("interface", "ifHCInOctets_rate")
            sent = self._store.last_of_each("interface", "ifHCOutOctets_rate")
        except StoreUnavailable:
            return {}
        found: dict[str, float] = {}
        for circuit in self._site.circuits.values():
            for name in circuit.links:
                link = self._site.links[name]
                end = next(e for e in link.ends if self._site.devices[e.device].managed)
                tags = tags_of(agent_host=end.device, ifName=end.port)
                points = [series[tags] for series in (received, sent) if tags in series]
                fresh = [p for p in points if self._clock.now() - p.at < timedelta(minutes=1)]
                rates = [p.value * BITS for p in fresh if isinstance(p.value, int | float)]
                if rates:
                    found[circuit.name] = found.get(circuit.name, 0.0) + max(rates)
        return found

    def _latency(self, verdict: Verdict) -> dict[str, float]:
        """Answer time, ms, of the first check beyond each circuit in use (of the same zone)."""
        try:
            points = self._store.last_of_each("service_check", "response_time_ms")
        except StoreUnavailable:
            return {}
        standing = circuit_standings(self._site, verdict)
        found: dict[str, float] = {}
        for service in self._site.services.values():
            for circuit in self._site.circuits.values():
                waits = standing.get(circuit.name) is Standing.STANDBY
                if circuit.zone != service.zone or waits or circuit.name in found:
                    continue
                tags = tags_of(service=service.name, check=f"0:{service.checks[0].kind}")
                point = points.get(tags)
                recent = point and self._clock.now() - point.at < timedelta(minutes=1)
                if point and recent and isinstance(point.value, int | float):
                    found[circuit.name] = float(point.value)
        return found

    def _incidents(self, session: Session, now: datetime) -> IncidentsView:
        contract = self._site.contract
        opened, restored, kept = [], 0, 0
        for incident in open_incidents(session):
            if incident.state not in ENDED:
                entries = read_incident(session, contract, incident.number, now).timeline
                opened.append(open_incident(self._site, incident, now, handler_of(entries)))
        midnight = read_midnight(self._site, now)
        for incident in list_incidents(session, TODAY_LIMIT):
            at = incident.stamps.restored_at
            if incident.state in ENDED and at is not None and at >= midnight:
                restored += 1
                readings = read_clocks(contract, incident.classes, incident.stamps, now)
                kept += in_time(readings) is True
        rank = {c.name: index for index, c in enumerate(contract.fault_classes)}
        opened.sort(key=lambda i: (rank[i.fault_class], i.started_at))
        return IncidentsView(now, tuple(opened), restored, kept)

    def _availability(self, view: EngineView | None, now: datetime) -> AvailabilityView:
        record = read_month(self._database, self._site, now)
        devices = [Element.device(d.name) for d in self._site.devices.values() if d.managed]
        states = [
            device_state(self._site, view.verdict, d.name) if view else State.UNKNOWN
            for d in devices
        ]
        return AvailabilityView(
            as_of=now,
            circuits=circuit_availability(self._site, record),
            devices_up=sum(state is State.UP for state in states),
            devices_total=len(devices),
            devices_unknown=sum(state is State.UNKNOWN for state in states),
            devices_today=summed(record.today_of(device) for device in devices),
            devices_month=summed(record.month_of(device) for device in devices),
        )

    def _empty(self) -> WallState:
        return WallState(
            network=NetworkView(None, (), (), ()),
            seats=SeatsView(None, ()),
            incidents=IncidentsView(None, ()),
            availability=AvailabilityView(None, (), 0, 0, 0, NO_UPTIME, NO_UPTIME),
            indicators=IndicatorsView(None, ()),
        )


def read_midnight(site: Site, now: datetime) -> datetime:
    """The start of the day in the contract's time zone."""
    return now.astimezone(month_of(now, site.contract).start.tzinfo).replace(
        hour=0, minute=0, second=0, microsecond=0
    )


def _oldest(judged: datetime, beats: Mapping[str, datetime], sources: tuple[str, ...]) -> datetime:
    """A part is as fresh as the slowest of those it stands on; one never heard does not count."""
    return min([judged, *(beats[source] for source in sources if source in beats)])


def _restamped_incidents(view: IncidentsView, now: datetime) -> IncidentsView:
    """Nothing new in the event log: the same list, known to be current now."""
    return IncidentsView(now, view.open, view.restored_today, view.restored_today_in_time)
