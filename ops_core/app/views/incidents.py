"""Incidents as the wall and the consoles show them."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from device_configs.deploy.record import read_deployments
from device_configs.site.model import ClockKind, FaultClassName, Site, Title
from incident import bulk, service
from incident.bulk import Answer, Item
from incident.false_alarm import MarkState, Step, Words
from incident.marked import count_pending, list_marked
from incident.marking import take_step
from incident.model import ClockReading, Incident, IncidentState, read_clocks
from incident.model import Command as IncidentCommand
from incident.read import IncidentDetail as StoredDetail
from incident.read import (
    SpoiltIncident,
    ended_incidents,
    incidents_numbered,
    read_incident,
    running_numbers,
)
from incident.read import TimelineEntry as StoredEntry
from incident.wording import element_title, evidence_line, headline, root_line, taken_over_by
from monitors.evidence import ElementKind
from ops_core.app.views.deployments import LOOK_BACK, RECENT_CHANGES, changes_before
from ops_core.app.views.timeline import timeline_text
from ops_core.kernel.clock import Clock
from ops_core.kernel.commands import UnitOfWork, unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor
from wallboard.incidents.views import (
    Action,
    ActionOffer,
    ClockRecord,
    ClockVerdict,
    Confidence,
    Evidence,
    IncidentDetail,
    IncidentSummary,
    Redundancy,
    Suppressed,
    TimelineEntry,
)
from wallboard.wall.state import IncidentClock, IncidentPhase, OpenIncident

PHASES = {
    IncidentState.DETECTED: IncidentPhase.OPEN,
    IncidentState.ACKNOWLEDGED: IncidentPhase.ACKNOWLEDGED,
    IncidentState.RESPONDING: IncidentPhase.RESPONDING,
    IncidentState.RESTORED: IncidentPhase.RESTORED,
    IncidentState.CLOSED: IncidentPhase.CLOSED,
}
_ACTIONS = {action: IncidentCommand(action.value) for action in Action}


def next_clock(readings: Iterable[ClockReading], detected_at: datetime) -> IncidentClock | None:
    """The limit that comes due next; a scored one before one that is only shown."""
    running = [reading for reading in readings if reading.is_running]
    if not running:
        return None
    reading = min(running, key=lambda r: (not r.scored, r.due_at))
    return IncidentClock(reading.kind, detected_at, reading.due_at, reading.scored)


def open_incident(site: Site, incident: Incident, now: datetime) -> OpenIncident:
    """An incident as the wall lists it; its clock runs in the browser, ``now`` changes nothing."""
    readings = read_clocks(site.contract, incident.classes, incident.stamps, now)
    return OpenIncident(
        number=incident.number,
        headline=headline(site, incident.fault),
        fault_class=incident.fault_class,
        phase=PHASES[incident.state],
        started_at=incident.stamps.detected_at,
        clock=next_clock(readings, incident.stamps.detected_at),
        seats_affected=len(incident.fault.seats),
        services_affected=len(incident.fault.services),
        handler=incident.handler,
        false_alarm=incident.is_false_alarm,
    )


def in_time(readings: Sequence[ClockReading]) -> bool | None:
    """Whether every scored clock is met; None while one still runs and none is missed."""
    scored = [reading for reading in readings if reading.scored]
    if any(reading.breached_at is not None for reading in scored):
        return False
    return None if any(reading.is_running for reading in scored) else True


class Desk:
    """The incident service behind the consoles' protocol."""

    def __init__(self, site: Site, database: Database, bus: EventBus, clock: Clock) -> None:
        self._site, self._database, self._bus, self._clock = site, database, bus, clock

    def open(self, limit: int | None = None, offset: int = 0) -> Sequence[IncidentSummary]:
        end = None if limit is None else offset + limit
        with self._database.reading() as session:
            numbers = running_numbers(session, self._site.contract)[offset:end]
            incidents = incidents_numbered(session, numbers)
        return self._summaries(incidents)

    def open_numbers(self) -> Sequence[str]:
        with self._database.reading() as session:
            return running_numbers(session, self._site.contract)

    def recent(self, limit: int) -> Sequence[IncidentSummary]:
        with self._database.reading() as session:
            incidents = ended_incidents(session, limit)
        return self._summaries(incidents)

    def detail(self, number: str) -> IncidentDetail:
        with self._database.reading() as session:
            stored = read_incident(session, self._site.contract, number, self._clock.now())
            detected = stored.incident.stamps.detected_at
            deployments = [
                record
                for record in read_deployments(session, LOOK_BACK)
                if detected - RECENT_CHANGES <= record.started_at <= detected
            ]
        incident, group, site = stored.incident, stored.incident.fault, self._site
        devices = [r.name for r in group.roots if r.kind is ElementKind.DEVICE]
        for root in group.roots:
            if root.kind is ElementKind.LINK and root.name in site.links:
                devices += [
                    e.device for e in site.links[root.name].ends if e.device in site.devices
                ]
        return IncidentDetail(
            summary=self._summary(incident, stored.clocks),
            version=incident.version,
            cause=root_line(site, group),
            confidence=Confidence(group.confidence.value),
            evidence=tuple(
                Evidence(line.observed_at, line.source, evidence_line(site, line))
                for line in sorted(group.evidence, key=lambda line: line.observed_at)
            ),
            suppressed=tuple(
                Suppressed(str(element), element_title(site, element))
                for element in group.suppressed
            ),
            redundancy=_redundancy(site, stored),
            seats=group.seats,
            services=group.services,
            devices=tuple(dict.fromkeys(devices)),
            clocks=tuple(_clock_record(incident, reading) for reading in stored.clocks),
            timeline=tuple(_timeline_entry(site, entry) for entry in stored.timeline),
            changes=changes_before(deployments, group.roots, devices),
            notifications=(),
            offers=_offers(stored),
            merged_into=incident.merged_into,
        )

    def acknowledge(self, number: str, version: int, actor: Actor) -> None:
        with self._work(actor) as uow:
            service.acknowledge(uow, number, version)

    def respond(self, number: str, version: int, actor: Actor, comment: str) -> None:
        with self._work(actor) as uow:
            incident = service.respond(uow, number, version)
            _comment(uow, incident, comment)

    def restore(self, number: str, version: int, actor: Actor, comment: str) -> None:
        with self._work(actor) as uow:
            service.restore(uow, number, comment, version)

    def close(self, number: str, version: int, actor: Actor, comment: str) -> None:
        with self._work(actor) as uow:
            service.close(uow, number, comment, version)

    def note(self, number: str, actor: Actor, text: str) -> None:
        with self._work(actor) as uow:
            service.note(uow, number, text)

    def waiting(self, fault_class: FaultClassName | None) -> Sequence[Item]:
        with self._database.reading() as session:
            return bulk.waiting(session, fault_class)

    def foresee(self, items: Sequence[Item]) -> Sequence[Answer]:
        with self._database.reading() as session:
            return bulk.preview(session, items)

    def acknowledge_many(self, items: Sequence[Item], actor: Actor) -> Sequence[Answer]:
        return bulk.acknowledge_many(lambda: self._work(actor), items)

    def marked(self, state: MarkState) -> Sequence[IncidentSummary]:
        with self._database.reading() as session:
            found = list_marked(session, state)
        return self._summaries(found)

    def pending_false_alarms(self) -> int:
        with self._database.reading() as session:
            return count_pending(session)

    def take_step(self, number: str, version: int, actor: Actor, step: Step, words: Words) -> None:
        with self._work(actor) as uow:
            take_step(uow, number, step, words, version)

    def _work(self, actor: Actor):  # type: ignore[no-untyped-def]
        return unit_of_work(self._database, self._bus, self._clock, actor)

    def _summaries(
        self, incidents: Iterable[Incident | SpoiltIncident]
    ) -> Sequence[IncidentSummary]:
        now, contract = self._clock.now(), self._site.contract
        return [
            self._summary(one, read_clocks(contract, one.classes, one.stamps, now))
            if isinstance(one, Incident)
            else _spoilt_summary(one)
            for one in incidents
        ]

    def _summary(self, incident: Incident, clocks: Sequence[ClockReading]) -> IncidentSummary:
        return IncidentSummary(
            number=incident.number,
            headline=headline(self._site, incident.fault),
            fault_class=incident.fault_class,
            phase=PHASES[incident.state],
            detected_at=incident.stamps.detected_at,
            restored_at=incident.stamps.restored_at,
            clock=next_clock(clocks, incident.stamps.detected_at),
            seats_affected=len(incident.fault.seats),
            services_affected=len(incident.fault.services),
            handler=incident.handler,
            in_time=in_time(clocks),
            version=incident.version,
            false_alarm=incident.false_alarm,
        )


def unreadable_title(number: str) -> Title:
    """What stands for the headline of an incident whose content is spoilt."""
    return Title(zh=f"{number} 内容无法读取", en=f"{number} cannot be read")


def _spoilt_summary(spoilt: SpoiltIncident) -> IncidentSummary:
    """As grave as any: nobody knows how grave it is."""
    return IncidentSummary(
        number=spoilt.number,
        headline=unreadable_title(spoilt.number),
        fault_class=FaultClassName.MAJOR,
        phase=PHASES[spoilt.state],
        detected_at=spoilt.detected_at,
        restored_at=spoilt.restored_at,
        clock=None,
        seats_affected=0,
        services_affected=0,
        handler=None,
    )


def _comment(uow: UnitOfWork, incident: Incident, comment: str) -> None:
    if comment.strip():
        service.note(uow, incident.number, comment)


def _redundancy(site: Site, stored: StoredDetail) -> Redundancy | None:
    losses = stored.incident.fault.redundancy_lost
    if not losses:
        return None
    restored = stored.incident.stamps.restored_at is not None
    return Redundancy(
        taken_over_by=taken_over_by(site, losses), interruption=None, backup_left=restored
    )


def _clock_record(incident: Incident, reading: ClockReading) -> ClockRecord:
    if reading.breached_at is not None:
        verdict = ClockVerdict.MISSED
    else:
        verdict = ClockVerdict.RUNNING if reading.is_running else ClockVerdict.MET
    return ClockRecord(
        kind=ClockKind(reading.kind),
        started_at=incident.stamps.detected_at,
        due_at=reading.due_at,
        strict=reading.strict,
        scored=reading.scored,
        met_at=reading.stopped_at,
        verdict=verdict,
    )


def _timeline_entry(site: Site, entry: StoredEntry) -> TimelineEntry:
    by_system = entry.actor.startswith("system:")
    return TimelineEntry(
        at=entry.at,
        text=timeline_text(site, entry),
        actor=None if by_system else entry.actor,
        urgent=entry.type in ("IncidentOpened", "IncidentReopened"),
    )


def _offers(stored: StoredDetail) -> tuple[ActionOffer, ...]:
    offers = []
    for action, command in _ACTIONS.items():
        possible = command in stored.allowed
        reason = (
            None
            if possible
            else Title(zh="当前状态下不可用", en="not possible in the present state")
        )
        if action is Action.RESTORE and possible and not stored.incident.cleared:
            reason = Title(zh="监控仍判定故障存在，须写明原因",
                           en="monitoring still sees the fault: a reason is needed")  # fmt: skip
        offers.append(ActionOffer(action, possible, reason))
    return tuple(offers)
