"""Many incidents at once, made as real ones are made; for tests and benchmarks."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from device_configs.site.model import Site
from incident.service import IncidentPolicy, apply_transition
from monitors.alerts.faults import FaultTransition, TransitionKind
from monitors.alerts.model import ClassInputs, Confidence, FaultGroup, State
from monitors.evidence import Element, Observation
from ops_core.kernel.clock import Clock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor, Role

SYSTEM = Actor.system("incident")
TECHNICIAN = Actor.user("wang.gang", [Role.DUTY_TECHNICIAN])
SOURCES = ("icmp", "snmp", "trap", "rule:cpu_busy")
BATCH = 50


class Storm:
    """Incidents by number from 0; each has a root, evidence and seats of its own."""

    def __init__(self, site: Site, database: Database, bus: EventBus, clock: Clock) -> None:
        self.site, self.database, self.bus, self.clock = site, database, bus, clock
        self._devices = [device.name for device in site.watched]
        self._told: dict[int, FaultTransition] = {}
        self.numbers: dict[int, str] = {}

    def open(self, indexes: Iterable[int]) -> None:
        """Open these, many to a transaction."""
        every = list(indexes)
        for first in range(0, len(every), BATCH):
            self._tell({index: self._opening(index) for index in every[first : first + BATCH]})

    def update(self, index: int, at: datetime | None = None) -> None:
        """The fault is seen to be wider."""
        self._tell({index: self._next(index, TransitionKind.UPDATED, at)})

    def resolve(self, index: int, at: datetime | None = None) -> None:
        self._tell({index: self._next(index, TransitionKind.RESOLVED, at)})

    def merge(self, index: int, into: int) -> None:
        told = self._next(index, TransitionKind.MERGED, None)
        merged = FaultTransition(
            told.key, told.sequence, told.kind, told.at, told.group, self._told[into].key
        )
        self._tell({index: merged})

    def _opening(self, index: int) -> FaultTransition:
        now = self.clock.now()
        since = now - timedelta(seconds=5 + index % 50)
        root = Element.device(self._devices[index % len(self._devices)])
        seats = () if index % 3 else (1 + index % 72,)
        group = FaultGroup(
            (root,),
            State.DOWN,
            Confidence.HIGH,
            since,
            evidence=tuple(
                Observation(root, source, False, since + timedelta(seconds=number), "no answer")
                for number, source in enumerate(SOURCES)
            ),
            suppressed=tuple(Element.device(name) for name in self._devices[:4]),
            seats=seats,
            class_inputs=ClassInputs(
                seats_out=len(seats), seats_total=72, core_redundancy_lost=index % 7 == 0
            ),
        )
        return FaultTransition(f"storm-{index}", 1, TransitionKind.OPENED, now, group)

    def _next(self, index: int, kind: TransitionKind, at: datetime | None) -> FaultTransition:
        last = self._told[index]
        return FaultTransition(
            last.key, last.sequence + 1, kind, at or self.clock.now(), last.group
        )

    def _tell(self, transitions: dict[int, FaultTransition]) -> None:
        with unit_of_work(self.database, self.bus, self.clock, SYSTEM) as uow:
            for index, transition in transitions.items():
                found = apply_transition(uow, transition, self.site.contract, IncidentPolicy())
                assert found is not None
                self.numbers[index] = found.number
        self._told |= transitions
