"""Projects the wall's present state: each part is read on its own, and stamped while it works.

Every part has a thread of its own: a metric store that hangs for ten seconds ages the figures of
the circuits and nothing else. A part is never read again before it has rested for as long as its
last look took, so that on a machine without time to spare all of it takes half a core at most.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from device_configs.site.model import Site
from monitors.alerts.engine import AlertEngine
from monitors.alerts.model import State
from monitors.evidence import Element
from monitors.store.protocol import MetricStore, StoreUnavailable
from ops_core.app.calls_watch import CallsWatch
from ops_core.app.wall_parts.figures import NO_FIGURES, read_figures
from ops_core.app.wall_parts.incidents import IncidentList
from ops_core.app.wall_parts.network import LiveNetwork
from ops_core.app.wall_parts.uptimes import UptimeLedger
from ops_core.kernel.clock import Clock
from ops_core.kernel.database import Database
from ops_core.kernel.events import EventBus
from ops_core.kernel.health import Concern, Measure, MeasureKind
from ops_core.kernel.i18n import message
from ops_core.kernel.workers import Worker
from ops_core.kpi.overview import read_assessed
from wallboard.wall.state import (
    AvailabilityView,
    IncidentsView,
    IndicatorsView,
    NetworkView,
    OwnHealth,
    SeatsView,
    Uptime,
    WallState,
)

log = logging.getLogger(__name__)

REST_S = 0.1
"""Between two looks of a part at least, whatever the news."""
FAILED_REST_S = 2.0
LONGEST_REST_S = 5.0
"""However long a look took: a part is back soon after what held it up has gone."""
AGEING_AFTER = timedelta(seconds=12)
"""A part that shows nothing newer is a concern: the wall says 数据中断 by then."""
NO_UPTIME = Uptime(timedelta(0), timedelta(0))


@dataclass(frozen=True)
class WallPart:
    """One part of the wall: looked at every so many seconds, and at news if it is ``woken``."""

    name: str
    every_s: float
    look: Callable[[datetime, Worker], None]
    woken: bool = False


@dataclass(frozen=True, slots=True)
class LastLook:
    """How the last look of a part went: its length in seconds, and how many there were."""

    length_s: float = 0.0
    looks: int = 0
    failures: int = 0


class WallProjector:
    """The wall's source: its parts build the state, readers get the last one built."""

    def __init__(
        self,
        site: Site,
        database: Database,
        bus: EventBus,
        clock: Clock,
        engine: AlertEngine,
        store: MetricStore,
        heartbeat: Callable[[], Mapping[str, datetime]],
        concerns: Callable[[], tuple[Concern, ...]] = tuple,
        prepared_percent: Callable[[], int | None] = lambda: None,
    ) -> None:
        self._site, self._database, self._clock, self._bus = site, database, clock, bus
        self._engine, self._store, self._concerns = engine, store, concerns
        self._prepared_percent = prepared_percent
        self._network = LiveNetwork(site, heartbeat)
        self._incidents = IncidentList(site, database)
        self._uptimes = UptimeLedger(site, database)
        self._calls = CallsWatch(site, database)
        self._figures = NO_FIGURES
        self._states: Mapping[Element, State] = {}
        self._lock = threading.Lock()
        self._followers = EventBus()
        self._state = _nothing_known()
        self.parts = (
            WallPart("network", 0.5, self._look_at_network, woken=True),
            WallPart("incidents", 0.5, self._look_at_incidents, woken=True),
            WallPart("availability", 1.0, self._look_at_availability),
            WallPart("indicators", 1.5, self._look_at_indicators),
            WallPart("calls", 1.0, self._look_at_calls),
            WallPart("figures", 2.0, self._look_at_figures),
            WallPart("health", 2.0, self._look_at_health),
        )
        self._last = {part.name: LastLook() for part in self.parts}

    def state(self) -> WallState:
        state = self._state
        return replace(state, seats=self._calls.with_talking(state.seats, self._clock.now()))

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        return self._followers.subscribe(callback)

    def run(self, part: WallPart, stop: threading.Event, worker: Worker) -> None:
        """Look at one part until ``stop``: a thread's work."""
        wake = threading.Event()
        unsubscribe = self._bus.subscribe(wake.set) if part.woken else None
        try:
            while not stop.is_set():
                wake.clear()
                rest_s = self._rest_after(part, worker)
                if stop.wait(rest_s):
                    return
                wake.wait(max(0.0, part.every_s - rest_s))
        finally:
            if unsubscribe is not None:
                unsubscribe()

    def refresh(self, worker: Worker) -> None:
        """Look at every part once, one after the other."""
        for part in self.parts:
            self.look(part, worker)

    def look(self, part: WallPart, worker: Worker) -> bool:
        """Look at one part; a failure is counted and logged, and its tile goes stale."""
        began, before = self._clock.monotonic(), self._last[part.name]
        went_well = False
        with worker.boundary(part.name):
            part.look(self._clock.now(), worker)
            worker.succeeded()
            went_well = True
        self._last[part.name] = LastLook(
            self._clock.monotonic() - began,
            before.looks + 1,
            before.failures + (not went_well),
        )
        return went_well

    def measures(self) -> list[Measure]:
        """How long the looks take, for /metrics."""
        found = []
        for name, last in self._last.items():
            labels = {"part": name}
            found += [
                Measure("zhishou_wall_look_seconds", "Length of a wall part's last look",
                        last.length_s, labels=labels),
                Measure("zhishou_wall_looks_total", "Looks at a part of the wall",
                        last.looks, MeasureKind.COUNTER, labels),
                Measure("zhishou_wall_look_failures_total", "Looks at a wall part that failed",
                        last.failures, MeasureKind.COUNTER, labels),
            ]  # fmt: skip
        return found

    def concerns(self, now: datetime) -> list[Concern]:
        """The parts that show nothing new."""
        state = self._state
        stamps = {
            "network": state.network.as_of,
            "incidents": state.incidents.as_of,
            "availability": state.availability.as_of,
            "indicators": state.indicators.as_of,
            "calls": state.calls.as_of,
        }
        return [
            Concern(f"wall/{name}", message("大屏的 {part} 部分没有新数据", part=name), since=at)
            for name, at in stamps.items()
            if (now - at > AGEING_AFTER if at is not None else self._last[name].failures)
        ]

    def _rest_after(self, part: WallPart, worker: Worker) -> float:
        """Look once; how long to leave it alone now."""
        if not self.look(part, worker):
            return FAILED_REST_S
        return min(max(REST_S, self._last[part.name].length_s), LONGEST_REST_S)

    def _look_at_network(self, _now: datetime, _worker: Worker) -> None:
        view = self._engine.view
        if view is None:
            return
        figures = self._figures
        live = self._network.look(view, figures.known_at(self._clock.now()))
        self._states = live.states
        self._publish(network=live.network, seats=live.seats, impairment=live.impairment)

    def _look_at_incidents(self, now: datetime, worker: Worker) -> None:
        self._publish(incidents=self._incidents.look(now, worker))

    def _look_at_availability(self, now: datetime, _worker: Worker) -> None:
        view = self._uptimes.look(now, self._states)
        if view is not None:
            self._publish(availability=view)

    def _look_at_indicators(self, now: datetime, _worker: Worker) -> None:
        with self._database.reading() as session:
            figures = read_assessed(session, self._site, now)
        self._publish(indicators=IndicatorsView(now, tuple(figures)))

    def _look_at_calls(self, now: datetime, _worker: Worker) -> None:
        self._publish(calls=self._calls.look(now))

    def _look_at_figures(self, now: datetime, _worker: Worker) -> None:
        view = self._engine.view
        try:
            self._figures = read_figures(
                self._site, self._store, view.verdict if view else None, now
            )
        except StoreUnavailable as error:  # said by the store's own concern; the figures fade
            log.debug("no figures of the circuits: %s", error)

    def _look_at_health(self, _now: datetime, _worker: Worker) -> None:
        try:
            found = self._concerns()
        except Exception:
            self._publish(health=OwnHealth(1, message("平台自检读不出")))
            raise
        gravest = next((c.text for c in found if c.is_vital), found[0].text if found else None)
        self._publish(
            health=OwnHealth(len(found), gravest), prepared_percent=self._prepared_percent()
        )

    def _publish(self, **parts: object) -> None:
        """Replace parts of the state and wake those who follow it."""
        with self._lock:
            self._state = replace(self._state, **parts)  # type: ignore[arg-type]
        self._followers.notify()


def _nothing_known() -> WallState:
    return WallState(
        network=NetworkView(None, (), (), ()),
        seats=SeatsView(None, ()),
        incidents=IncidentsView(None, ()),
        availability=AvailabilityView(None, (), 0, 0, 0, NO_UPTIME, NO_UPTIME),
        indicators=IndicatorsView(None, ()),
    )
