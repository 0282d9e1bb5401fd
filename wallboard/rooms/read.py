"""What the page of one device, seat or service shows: several domains, read for it alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from device_configs.backups.repository import BackupRepository, Revision
from device_configs.changes.read import read_device_changes
from device_configs.changes.recent import DeviceChange
from device_configs.site.model import Device, Link, Service, Title
from incident.model import Incident
from incident.read import list_incidents
from incident.wording import headline
from monitors.alerts.engine import EngineView
from monitors.evidence import Element, ElementKind
from ops_core.kernel.errors import NotFound
from seat_assets.model import Change
from seat_assets.read import read_changes
from wallboard.incidents.phases import PHASES
from wallboard.snapshot import Snapshot
from wallboard.uptimes import OutageRecord, list_outages
from wallboard.wall.conditions import condition_of
from wallboard.wall.state import Condition, IncidentPhase

LOOKED_AT = 400
"""Of the newest incidents, those are looked through for one element."""
SHOWN = 30
CHANGED_WITHIN = timedelta(days=90)
SEAT_HISTORY = timedelta(days=30)
REVISIONS = 20


@dataclass(frozen=True, slots=True)
class RoomIncident:
    """One incident that had to do with the element."""

    number: str
    headline: Title
    phase: IncidentPhase
    started_at: datetime


@dataclass(frozen=True, slots=True)
class DevicePort:
    """One declared interface: its cable, and how it fares."""

    port: str
    link: Link
    neighbour: str
    condition: Condition


@dataclass(frozen=True, slots=True)
class DeviceRoom:
    """Everything about one device but its state, which the list of devices has."""

    ports: Sequence[DevicePort]
    outages: Sequence[OutageRecord]
    incidents: Sequence[RoomIncident]
    changes: Sequence[DeviceChange]
    revisions: Sequence[Revision]
    configuration: dict[str, str]
    """The texts of its newest backup, by path; secrets are digests."""


def read_device_room(
    seen: Snapshot, device: Device, view: EngineView | None, state_directory: Path
) -> DeviceRoom:
    """Raises nothing for a device without a backup: there is none to show."""
    element = Element.device(device.name)
    backups = BackupRepository(state_directory)
    revisions = backups.revisions(device.name, REVISIONS)
    return DeviceRoom(
        ports=_ports(seen, device, view),
        outages=list_outages(seen, element),
        incidents=_incidents(seen, lambda one: _concerns_device(one, device.name)),
        changes=read_device_changes(
            seen.session, {device.name}, seen.now - CHANGED_WITHIN, seen.now
        )[:SHOWN],
        revisions=revisions,
        configuration=_texts(backups, revisions, device.name),
    )


@dataclass(frozen=True, slots=True)
class SeatRoom:
    """What happened at one seat."""

    changes: Sequence[Change]
    incidents: Sequence[RoomIncident]


def read_seat_room(seen: Snapshot, number: int) -> SeatRoom:
    changes = read_changes(seen.session, seen.now - SEAT_HISTORY, seen.now)
    return SeatRoom(
        changes=[one for one in reversed(changes) if one.seat == number][:SHOWN],
        incidents=_incidents(seen, lambda one: number in one.fault.seats),
    )


@dataclass(frozen=True, slots=True)
class ServiceRoom:
    """How a service fares, and the incidents that touched it."""

    condition: Condition
    outages: Sequence[OutageRecord]
    incidents: Sequence[RoomIncident]


def read_service_room(seen: Snapshot, service: Service, view: EngineView | None) -> ServiceRoom:
    element = Element(ElementKind.SERVICE, service.name)
    return ServiceRoom(
        condition=_condition(view, element),
        outages=list_outages(seen, element),
        incidents=_incidents(seen, lambda one: service.name in one.fault.services),
    )


def service_conditions(seen: Snapshot, view: EngineView | None) -> dict[str, Condition]:
    """How each declared service fares."""
    return {
        name: _condition(view, Element(ElementKind.SERVICE, name)) for name in seen.site.services
    }


def _condition(view: EngineView | None, element: Element) -> Condition:
    return Condition.UNKNOWN if view is None else condition_of(view.verdict.state(element))


def _ports(seen: Snapshot, device: Device, view: EngineView | None) -> list[DevicePort]:
    found = []
    for link in seen.site.links.values():
        for near, far in (link.ends, link.ends[::-1]):
            if near.device == device.name:
                condition = _condition(view, Element(ElementKind.LINK, link.name))
                found.append(DevicePort(near.port, link, str(far), condition))
    return sorted(found, key=lambda one: one.port)


def _incidents(seen: Snapshot, concerns: Callable[[Incident], bool]) -> list[RoomIncident]:
    found = [one for one in list_incidents(seen.session, LOOKED_AT) if concerns(one)]
    return [
        RoomIncident(one.number, headline(seen.site, one.fault), PHASES[one.state], one.fault.since)
        for one in found[:SHOWN]
    ]


def _concerns_device(incident: Incident, device: str) -> bool:
    fault = incident.fault
    named = (*fault.roots, *fault.suppressed, *fault.common_cause)
    return device in fault.dead_devices or any(
        element.name == device or element.name.startswith(f"{device}:") for element in named
    )


def _texts(backups: BackupRepository, revisions: Sequence[Revision], device: str) -> dict[str, str]:
    if not revisions:
        return {}
    try:
        return backups.texts(revisions[0], device)
    except NotFound:
        return {}
