"""Incidents made by transitions a test writes itself, without an engine."""

from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime

from device_configs.site import Site
from incident import service
from incident.false_alarm import Words
from incident.false_alarm_terms import Cause, FalseAlarmStep
from incident.marking import take_step
from incident.model import Incident
from incident.read import find_incident
from monitors.alerts.faults import FaultTransition, TransitionKind
from monitors.alerts.model import ClassInputs, Confidence, FaultGroup, State
from monitors.evidence import Element, Observation
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import UnitOfWork, unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor, Role

LI = Actor.user("li.ming", [Role.DUTY_TECHNICIAN])
ZHAO = Actor.user("zhao.lei", [Role.SUPERVISOR])
WANG = Actor.user("wang.qiang", [Role.PURCHASER_SUPERVISOR])
GAO = Actor.user("gao.hong", [Role.PURCHASER_SUPERVISOR])
MONITORING = Actor.system("incident")
DRILL = Words("季度切换演练", Cause.DRILL)


def group_of(device: str, since: datetime, seats: tuple[int, ...] = ()) -> FaultGroup:
    """A device that does not answer, and the seats that hang on it."""
    element = Element.device(device)
    return FaultGroup(
        (element,),
        State.DOWN,
        Confidence.HIGH,
        since,
        evidence=(Observation(element, "icmp", False, since, ""),),
        seats=seats,
        class_inputs=ClassInputs(seats_out=len(seats), seats_total=72),
    )


class Story:
    """A database with incidents, and what monitoring and people do about them."""

    def __init__(self, site: Site, database: Database, bus: EventBus, clock: FixedClock) -> None:
        self.site, self.database, self.bus, self.clock = site, database, bus, clock

    def work(self, actor: Actor) -> AbstractContextManager[UnitOfWork]:
        return unit_of_work(self.database, self.bus, self.clock, actor)

    def tell(self, transition: FaultTransition) -> Incident:
        with self.work(MONITORING) as uow:
            found = service.apply_transition(
                uow, transition, self.site.contract, service.IncidentPolicy()
            )
        assert found is not None
        return found

    def opened(self, device: str, seats: tuple[int, ...] = (), key: str = "") -> Incident:
        """A fault begins; its key is the device's name unless given."""
        group = group_of(device, self.clock.now(), seats)
        opened = TransitionKind.OPENED
        return self.tell(FaultTransition(key or device, 1, opened, group.since, group))

    def updated(self, key: str, sequence: int, group: FaultGroup) -> Incident:
        now = self.clock.now()
        return self.tell(FaultTransition(key, sequence, TransitionKind.UPDATED, now, group))

    def resolved(self, key: str, sequence: int) -> Incident:
        now = self.clock.now()
        group = group_of(key, now)
        return self.tell(FaultTransition(key, sequence, TransitionKind.RESOLVED, now, group))

    def merged(self, key: str, sequence: int, into: str) -> Incident:
        now = self.clock.now()
        group = group_of(key, now)
        return self.tell(FaultTransition(key, sequence, TransitionKind.MERGED, now, group, into))

    def step(
        self, number: str, step: FalseAlarmStep, actor: Actor, words: Words = DRILL
    ) -> Incident:
        with self.work(actor) as uow:
            return take_step(uow, number, step, words)

    def marked(self, device: str, seats: tuple[int, ...] = ()) -> Incident:
        """An incident that two people called a false alarm."""
        number = self.opened(device, seats).number
        self.step(number, FalseAlarmStep.PROPOSE, LI)
        return self.step(number, FalseAlarmStep.CONFIRM, WANG)

    def find(self, number: str) -> Incident:
        with self.database.reading() as session:
            return find_incident(session, number)


def with_evidence(group: FaultGroup, *lines: Observation) -> FaultGroup:
    return replace(group, evidence=(*group.evidence, *lines))
