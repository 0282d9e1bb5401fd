"""Incidents as lists show them: read by their numbers, their state or their marks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from device_configs.site.model import FaultClassName, Site, Title
from incident.false_alarm import Mark
from incident.false_alarm_terms import MarkState
from incident.marked import MOST_LISTED, list_marked
from incident.model import ClockReading, Incident, read_clocks
from incident.read import SpoiltIncident, ended_incidents, incidents_numbered, running_numbers
from incident.wording import headline
from wallboard.incidents.phases import PHASES
from wallboard.snapshot import Snapshot
from wallboard.wall.state import IncidentClock, IncidentPhase, OpenIncident


@dataclass(frozen=True, slots=True)
class IncidentSummary:
    """One line of the list. ``clock`` is the limit that comes due next, None when none runs."""

    number: str
    headline: Title
    fault_class: FaultClassName
    phase: IncidentPhase
    detected_at: datetime
    restored_at: datetime | None
    clock: IncidentClock | None
    seats_affected: int
    services_affected: int
    handler: str | None
    in_time: bool | None = None
    """Verdict of indicator 12; None while it is undecided."""
    version: int = 0
    false_alarm: Mark | None = None
    """The last word on its being a false alarm; a confirmed one leaves indicator 12."""


def list_open(seen: Snapshot, limit: int | None = None, offset: int = 0) -> list[IncidentSummary]:
    """Incidents that are not restored, most urgent first; all of them without a limit."""
    end = None if limit is None else offset + limit
    numbers = running_numbers(seen.session, seen.site.contract)[offset:end]
    return summaries(seen, incidents_numbered(seen.session, numbers))


def list_recent(seen: Snapshot, limit: int) -> list[IncidentSummary]:
    """Restored or closed incidents, newest first."""
    return summaries(seen, ended_incidents(seen.session, limit))


def list_with_mark(
    seen: Snapshot, state: MarkState, limit: int = MOST_LISTED
) -> list[IncidentSummary]:
    """Incidents whose mark is in a state, newest first."""
    return summaries(seen, list_marked(seen.session, state, limit))


def summaries(
    seen: Snapshot, incidents: Iterable[Incident | SpoiltIncident]
) -> list[IncidentSummary]:
    """The line of each, its clocks read at the snapshot's instant."""
    contract = seen.site.contract
    return [
        summary_of(seen.site, one, read_clocks(contract, one.classes, one.stamps, seen.now))
        if isinstance(one, Incident)
        else spoilt_summary(one)
        for one in incidents
    ]


def summary_of(site: Site, incident: Incident, clocks: Sequence[ClockReading]) -> IncidentSummary:
    """The line of an incident (pure)."""
    return IncidentSummary(
        number=incident.number,
        headline=headline(site, incident.fault),
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


def unreadable_title(number: str) -> Title:
    """What stands for the headline of an incident whose content is spoilt."""
    return Title.composed(zh=f"{number} 内容无法读取", en=f"{number} cannot be read")


def spoilt_summary(spoilt: SpoiltIncident) -> IncidentSummary:
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
