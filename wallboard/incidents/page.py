"""Reads one incident with its evidence, clocks, timeline and the changes before it."""

from collections.abc import Sequence

from device_configs.changes.read import read_device_changes
from device_configs.site.model import ClockKind, Site, Title
from incident import read as incident_read
from incident.model import ClockReading, Incident, IncidentCommand
from incident.wording import element_title, evidence_line, root_line, taken_over_by
from monitors.alerts.model import FaultGroup
from monitors.evidence import ElementKind
from wallboard.incidents.changes import RECENT_CHANGES, changes_before
from wallboard.incidents.detail import (
    ActionOffer,
    ClockRecord,
    ClockVerdict,
    Evidence,
    Redundancy,
    ShownIncident,
    Suppressed,
    TimelineLine,
)
from wallboard.incidents.summary import summary_of
from wallboard.incidents.timeline import timeline_text
from wallboard.snapshot import Snapshot


def read_detail(seen: Snapshot, number: str) -> ShownIncident:
    """Raises :class:`ops_core.kernel.errors.NotFound`."""
    site = seen.site
    stored = incident_read.read_incident(seen.session, site.contract, number, seen.now)
    incident, group = stored.incident, stored.incident.fault
    detected = incident.stamps.detected_at
    devices = _devices(site, group)
    since = detected - RECENT_CHANGES
    changes = read_device_changes(seen.session, devices, since, detected)
    return ShownIncident(
        summary=summary_of(site, incident, stored.clocks),
        version=incident.version,
        cause=root_line(site, group),
        confidence=group.confidence,
        evidence=tuple(
            Evidence(line.observed_at, line.source, evidence_line(site, line))
            for line in sorted(group.evidence, key=lambda line: line.observed_at)
        ),
        suppressed=tuple(
            Suppressed(str(element), element_title(site, element)) for element in group.suppressed
        ),
        redundancy=_redundancy(site, stored),
        seats=group.seats,
        services=group.services,
        devices=tuple(dict.fromkeys(devices)),
        clocks=tuple(_clock_record(incident, reading) for reading in stored.clocks),
        timeline=tuple(_timeline_entry(site, entry) for entry in stored.timeline),
        changes=changes_before(changes),
        notifications=(),
        offers=_offers(stored),
        undo=stored.undo,
        merged_into=incident.merged_into,
        is_only_a_part=incident.is_only_a_part,
    )


def _devices(site: Site, group: FaultGroup) -> Sequence[str]:
    """The devices that the roots are, and those at the ends of links that are roots."""
    devices = [root.name for root in group.roots if root.kind is ElementKind.DEVICE]
    for root in group.roots:
        if root.kind is ElementKind.LINK and root.name in site.links:
            ends = site.links[root.name].ends
            devices += [end.device for end in ends if end.device in site.devices]
    return devices


def _redundancy(site: Site, stored: incident_read.IncidentDetail) -> Redundancy | None:
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


def _timeline_entry(site: Site, entry: incident_read.TimelineEntry) -> TimelineLine:
    by_system = entry.actor.startswith("system:")
    return TimelineLine(
        at=entry.at,
        text=timeline_text(site, entry),
        actor=None if by_system else entry.actor,
        urgent=entry.type in ("IncidentOpened", "IncidentReopened"),
    )


def _offers(stored: incident_read.IncidentDetail) -> tuple[ActionOffer, ...]:
    offers = []
    for command in IncidentCommand:
        if command is IncidentCommand.UNDO:
            continue
        possible = command in stored.allowed
        reason = (
            None
            if possible
            else Title.composed(zh="当前状态下不可用", en="not possible in the present state")
        )
        if command is IncidentCommand.RESTORE and possible and not stored.incident.cleared:
            reason = Title.composed(zh="监控仍判定故障存在，须写明原因",
                           en="monitoring still sees the fault: a reason is needed")  # fmt: skip
        offers.append(ActionOffer(command, possible, reason))
    return tuple(offers)
