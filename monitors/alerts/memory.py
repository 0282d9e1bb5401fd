"""The engine's memory on disk: open faults and bad evidence."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitors.alerts.faults import GROUP, OpenFault, named_by
from monitors.alerts.graph import Graph
from monitors.alerts.model import Timing
from monitors.alerts.tables import AlertEvidenceRow, AlertFaultRow
from monitors.evidence import Element, ElementKind, EvidenceRegister, Observation, Source

FRESH = timedelta(seconds=5)
"""The age of a silence that still counts (monitors.alerts.reading)."""

EvidenceKey = tuple[Element, str]


def load_faults(session: Session) -> tuple[OpenFault, ...]:
    """The faults that were open when the engine last stored a change."""
    rows = session.scalars(select(AlertFaultRow).order_by(AlertFaultRow.since)).all()
    return tuple(OpenFault(row.key, row.sequence, GROUP.validate_python(row.fault)) for row in rows)


def keep_fault(session: Session, fault: OpenFault) -> None:
    """Store a fault whose last transition is not stored yet."""
    row = session.get(AlertFaultRow, fault.key)
    if row is not None and row.sequence == fault.sequence:
        return
    content = GROUP.dump_python(fault.group, mode="json")
    if row is None:
        row = AlertFaultRow(key=fault.key)
        session.add(row)
    row.sequence, row.since, row.fault = fault.sequence, fault.group.since, content


def drop_fault(session: Session, key: str) -> None:
    """Forget a fault that is over."""
    row = session.get(AlertFaultRow, key)
    if row is not None:
        session.delete(row)


def load_evidence(session: Session) -> EvidenceRegister:
    """The bad evidence of before, as it was first observed."""
    return EvidenceRegister().merged(
        Observation(
            Element(ElementKind(row.kind), row.name),
            row.source,
            False,
            row.observed_at,
            row.detail,
        )
        for row in session.scalars(select(AlertEvidenceRow))
    )


def declared_only(register: EvidenceRegister, graph: Graph) -> EvidenceRegister:
    """What is about elements the site still has."""
    return register.without(e.key for e in register if not graph.declares(e.element))


def without_future(register: EvidenceRegister, now: datetime) -> EvidenceRegister:
    """What was not observed later than now."""
    return register.without(e.key for e in register if e.observed_at > now)


def resumed_timing(faults: Iterable[OpenFault], remembered: EvidenceRegister) -> Timing:
    """What the first verdict after a start goes on from: what is named, what is bad since when."""
    agents = {
        entry.element.device_name: entry.begins_at
        for entry in remembered
        if entry.element.kind is ElementKind.DEVICE and entry.source == Source.SNMP
    }
    return Timing(agent_silent_since=agents, named=named_by(faults))


def relearned(
    register: EvidenceRegister, remembered: EvidenceRegister, is_over: bool
) -> tuple[EvidenceRegister, EvidenceRegister]:
    """The register and what is still remembered, once more was heard after a start.

    What was bad before is old news once its element is heard of again. What nobody speaks of
    after everybody was asked (``is_over``) counts as it did before: a lost neighbour is a row
    that is missing, and no poll reports it.
    """
    still = remembered.without(
        e.key for e in remembered if any(o.ok for o in register.of(e.element))
    )
    if not is_over:
        return register, still
    return register.merged(e for e in still if not register.of(e.element)), EvidenceRegister()


def still_fresh(remembered: EvidenceRegister, now: datetime) -> EvidenceRegister:
    """What turned bad so shortly before a start that it counts as if nothing had happened.

    A fault that is being named while the platform is killed keeps the start and the evidence that
    a trap gave it, which is said once.
    """
    return EvidenceRegister().merged(
        e for e in remembered if timedelta(0) <= now - e.begins_at <= FRESH
    )


def bad_keys(register: EvidenceRegister) -> frozenset[EvidenceKey]:
    """What is bad by which source."""
    return frozenset(entry.key for entry in register if entry.ok is False)


def keep_evidence(
    session: Session,
    register: EvidenceRegister,
    stored: frozenset[EvidenceKey],
    needed: frozenset[EvidenceKey],
) -> None:
    """Bring the stored keys to the needed ones."""
    _forget(session, stored - needed)
    for element, source in sorted(needed - stored):
        entry = register.get(element, source)
        if entry is not None:
            session.add(
                AlertEvidenceRow(
                    kind=element.kind,
                    name=element.name,
                    source=source,
                    observed_at=entry.begins_at,
                    detail=entry.detail,
                )
            )


def _forget(session: Session, keys: Iterable[EvidenceKey]) -> None:
    for element, source in keys:
        row = session.get(AlertEvidenceRow, (str(element.kind), element.name, source))
        if row is not None:
            session.delete(row)
