"""Incidents as the API and ``--json`` show them."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from pydantic import BaseModel, JsonValue

from device_configs.site.model import Contract
from incident.false_alarm import Mark
from incident.model import ClockReading, Incident, read_clocks
from incident.read import IncidentDetail


class ClockView(BaseModel):
    """A contract clock; durations in seconds, ``remaining_s`` negative when overdue."""

    kind: str
    limit_s: float
    strict: bool
    scored: bool
    due_at: datetime
    stopped_at: datetime | None
    remaining_s: float
    breached_at: datetime | None


class EvidenceView(BaseModel):
    element: str
    source: str
    ok: bool | None
    observed_at: datetime
    detail: str


class RedundancyView(BaseModel):
    kind: str
    name: str
    detail: str


class ClassView(BaseModel):
    fault_class: str
    since: datetime
    contract_version: int


class FalseAlarmView(BaseModel):
    """The last word on its being a false alarm; ``confirmed`` leaves it out of indicator 12."""

    state: str
    cause: str
    text: str
    proposed_by: str
    proposed_at: datetime
    confirmed_by: str
    confirmed_at: datetime | None
    confirmed_text: str
    ended_by: str
    ended_at: datetime | None
    ended_text: str
    news: str | None


class IncidentView(BaseModel):
    """An incident in lists."""

    number: str
    state: str
    fault_class: str
    judged_class: str
    roots: list[str]
    common_cause: list[str]
    confidence: str
    detected_at: datetime
    acknowledged_at: datetime | None
    responded_at: datetime | None
    restored_at: datetime | None
    closed_at: datetime | None
    restored_by: str | None
    cleared: bool
    reopened: int
    merged_into: str | None
    seats: list[int]
    services: list[str]
    redundancy_lost: list[RedundancyView]
    clocks: list[ClockView]
    allowed: list[str]
    false_alarm: FalseAlarmView | None
    version: int


class TimelineView(BaseModel):
    at: datetime
    type: str
    actor: str
    detail: dict[str, JsonValue]


class IncidentDetailView(BaseModel):
    """An incident whole, as of an instant."""

    incident: IncidentView
    classes: list[ClassView]
    evidence: list[EvidenceView]
    suppressed: list[str]
    timeline: list[TimelineView]
    as_of: datetime


def view_of(incident: Incident, contract: Contract, now: datetime) -> IncidentView:
    """The incident with its clocks at ``now``."""
    clocks = read_clocks(contract, incident.classes, incident.stamps, now)
    fault, stamps = incident.fault, incident.stamps
    return IncidentView(
        number=incident.number,
        state=incident.state,
        fault_class=incident.fault_class,
        judged_class=incident.judged_class,
        roots=[str(root) for root in fault.roots],
        common_cause=[str(cause) for cause in fault.common_cause],
        confidence=fault.confidence,
        detected_at=stamps.detected_at,
        acknowledged_at=stamps.acknowledged_at,
        responded_at=stamps.responded_at,
        restored_at=stamps.restored_at,
        closed_at=stamps.closed_at,
        restored_by=incident.restored_by,
        cleared=incident.cleared,
        reopened=incident.reopened,
        merged_into=incident.merged_into,
        seats=list(fault.seats),
        services=list(fault.services),
        redundancy_lost=[
            RedundancyView(kind=loss.kind, name=loss.name, detail=loss.detail)
            for loss in fault.redundancy_lost
        ],
        clocks=clock_views(clocks),
        allowed=list(incident.allowed),
        false_alarm=alarm_view(incident.false_alarm),
        version=incident.version,
    )


def alarm_view(mark: Mark | None) -> FalseAlarmView | None:
    return None if mark is None else FalseAlarmView.model_validate(asdict(mark))


def clock_views(clocks: Sequence[ClockReading]) -> list[ClockView]:
    return [
        ClockView(
            kind=clock.kind,
            limit_s=clock.limit.total_seconds(),
            strict=clock.strict,
            scored=clock.scored,
            due_at=clock.due_at,
            stopped_at=clock.stopped_at,
            remaining_s=clock.remaining.total_seconds(),
            breached_at=clock.breached_at,
        )
        for clock in clocks
    ]


def detail_view_of(detail: IncidentDetail, contract: Contract) -> IncidentDetailView:
    """The whole incident as of the detail's instant."""
    incident = detail.incident
    return IncidentDetailView(
        incident=view_of(incident, contract, detail.as_of),
        classes=[
            ClassView(
                fault_class=held.fault_class,
                since=held.since,
                contract_version=held.contract_version,
            )
            for held in incident.classes
        ],
        evidence=[
            EvidenceView(
                element=str(line.element),
                source=line.source,
                ok=line.ok,
                observed_at=line.observed_at,
                detail=line.detail,
            )
            for line in incident.fault.evidence
        ],
        suppressed=[str(element) for element in incident.fault.suppressed],
        timeline=[
            TimelineView(at=e.at, type=e.type, actor=e.actor, detail=e.detail)
            for e in detail.timeline
        ],
        as_of=detail.as_of,
    )
