"""What is recorded of the judge's verdicts: the state of terminals, and of devices and circuits."""

import threading
from collections.abc import Mapping

from device_configs.site.model import Site
from monitors.alerts.engine import AlertEngine
from monitors.alerts.model import State
from monitors.availability.service import StateRecorder
from monitors.availability.watched import watched_elements
from monitors.evidence import Element, ElementKind
from monitors.impairment.gate import recorded_states
from ops_core.kernel.clock import Clock
from ops_core.kernel.database import Database
from ops_core.kernel.events import EventBus
from ops_core.kernel.workers import Worker, repeat
from seat_assets.model import terminals_of
from seat_assets.service import TerminalRecorder
from wallboard.wall.conditions import device_state

RECORD_EVERY_S = 0.25


class VerdictRecording:
    """Two workers' work, apart, so that neither waits for what the other cannot store."""

    def __init__(
        self, site: Site, database: Database, bus: EventBus, clock: Clock, engine: AlertEngine
    ) -> None:
        self._site, self._database, self._bus = site, database, bus
        self._clock, self._engine = clock, engine

    def terminals(self, worker: Worker, stop: threading.Event) -> None:
        """Record the terminals' states until ``stop``."""
        recorder = TerminalRecorder(
            terminals_of(self._site), self._database, self._bus, self._clock
        )

        def record() -> None:
            if (view := self._engine.view) is not None:
                recorder.record(view.register)

        repeat(worker, stop, RECORD_EVERY_S, record)

    def availability(self, worker: Worker, stop: threading.Event) -> None:
        """Record the states of devices and circuits until ``stop``."""
        recorder = StateRecorder(self._database)
        elements = watched_elements(self._site)

        def record() -> None:
            if (view := self._engine.view) is None:
                return
            states: Mapping[Element, State] = {
                element: device_state(self._site, view.verdict, element.name)
                if element.kind is ElementKind.DEVICE
                else view.verdict.state(element)
                for element in elements
            }
            if view.is_gated:
                states = recorded_states(states, recorder.held, view.named)
            recorder.record(states, self._clock.now())

        repeat(worker, stop, RECORD_EVERY_S, record)
