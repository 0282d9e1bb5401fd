"""Incidents of a bad day in the tables, with the numbers by which the sample's wall names them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from device_configs.site.model import FaultClassName
from incident import service
from incident.model import ClassHeld, IncidentState
from incident.store import dump_classes, find_row, record_change
from incident.tables import IncidentRow
from monitors.alerts.faults import GROUP
from monitors.alerts.model import Confidence, FaultGroup, LossKind, RedundancyLoss, State
from monitors.evidence import Element, ElementKind, Observation
from ops_core.kernel.commands import UnitOfWork, unit_of_work
from ops_core.kernel.permissions import Actor, Role
from tests.wallboard.serve import Served

CUT, DISPLAY, VOICE, ENDED = (f"F-20261123-{n:03d}" for n in (7, 6, 5, 4))
WANG = Actor.user("wang.gong", (Role.DUTY_TECHNICIAN,))
MONITORING = Actor.system("incident")


@dataclass(frozen=True)
class Bad:
    """One fault of the day."""

    number: str
    fault_class: FaultClassName
    group: FaultGroup


def tell_incidents(served: Served) -> None:
    """Circuit A is cut; a display is under way; the trunk is seen; one was restored an hour ago."""
    now = served.dependencies.clock.now()
    morning = now - timedelta(hours=2, minutes=46)
    cut = now - timedelta(minutes=7, seconds=57)
    open_incident(served, Bad(CUT, FaultClassName.MAJOR, circuit_cut(cut)))
    open_incident(served, Bad(DISPLAY, FaultClassName.DEVICE, dark_display(37, morning)))
    open_incident(served, Bad(VOICE, FaultClassName.GENERAL, trunk_down(morning)))
    open_incident(served, Bad(ENDED, FaultClassName.DEVICE, dark_display(12, morning)))
    with _work(served, WANG) as uow:
        service.respond(uow, DISPLAY)
        service.acknowledge(uow, VOICE)
        service.respond(uow, ENDED)
    with _work(served, MONITORING) as uow:
        _restore(uow, ENDED, now - timedelta(hours=1))


def open_incident(served: Served, bad: Bad) -> None:
    """A fault under a number of its own, as monitoring opens it."""
    version = served.dependencies.site.contract.version
    since = bad.group.since
    row = IncidentRow(
        number=bad.number,
        day="20261123",
        state=IncidentState.DETECTED,
        detected_at=since,
        cleared=False,
        fault_key=bad.number,
        classes=dump_classes((ClassHeld(bad.fault_class, since, version),)),
        fault=GROUP.dump_python(bad.group, mode="json"),
        reopened=0,
        version=0,
    )
    opened = {
        "roots": [str(root) for root in bad.group.roots],
        "fault_class": bad.fault_class.value,
        "seats": len(bad.group.seats),
        "services": [],
    }
    with _work(served, MONITORING) as uow:
        uow.session.add(row)
        record_change(uow, row, "IncidentOpened", opened, since)  # type: ignore[arg-type]


def circuit_cut(since: datetime) -> FaultGroup:
    link = Element(ElementKind.LINK, "rt-a--egov")
    return FaultGroup(
        (link,),
        State.CUT,
        Confidence.HIGH,
        since,
        evidence=(
            Observation(link, "trap", False, since + timedelta(milliseconds=400), "linkDown"),
            Observation(link, "snmp", False, since + timedelta(milliseconds=900), "ifOperStatus"),
        ),
        suppressed=(Element(ElementKind.CIRCUIT, "egov-a"),),
        common_cause=(Element(ElementKind.CIRCUIT, "egov-a"),),
        redundancy_lost=(RedundancyLoss(LossKind.CIRCUIT, "egov", "egov-a"),),
    )


def dark_display(seat: int, since: datetime) -> FaultGroup:
    display = Element.seat_display(seat)
    seen = Observation(display, "snmp", False, since, "")
    return FaultGroup(
        (display,), State.DOWN, Confidence.HIGH, since, evidence=(seen,), seats=(seat,)
    )


def trunk_down(since: datetime) -> FaultGroup:
    trunk = Element(ElementKind.CIRCUIT, "voice")
    seen = Observation(trunk, "probe", False, since, "")
    return FaultGroup((trunk,), State.DOWN, Confidence.MEDIUM, since, evidence=(seen,))


def _restore(uow: UnitOfWork, number: str, at: datetime) -> None:
    row = find_row(uow.session, number)
    row.cleared, row.state, row.restored_at = True, IncidentState.RESTORED, at
    row.restored_by = service.MONITORING
    record_change(uow, row, "IncidentCleared", {"by": service.MONITORING}, at)


def _work(served: Served, actor: Actor):  # type: ignore[no-untyped-def]
    given = served.dependencies
    return unit_of_work(given.database, given.bus, given.clock, actor)
