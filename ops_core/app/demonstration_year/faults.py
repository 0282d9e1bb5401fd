"""The year's faults: terminals, access switches, and two losses of power of the whole floor.

Which fault there is on a day is pure; what comes of it goes through the commands of incidents and
terminals, so that calls find no seat while the fault lasts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from device_configs.site.model import Site
from incident import service
from incident.service import IncidentPolicy, apply_transition
from monitors.alerts.faults import FaultTransition, TransitionKind
from monitors.alerts.model import ClassInputs, Confidence, FaultGroup, State
from monitors.evidence import Element, Observation
from ops_core.app.demonstration_year.scope import YearScope, instant
from ops_core.hotline.demonstration.dice import dice_for
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.permissions import Actor, Role
from seat_assets.model import Change, Part, TerminalCondition, terminals_of
from seat_assets.service import RECORDER, note_watch, store_changes
from seat_assets.service_record import record_service

TECHNICIAN = Actor.user("demo.technician-1", (Role.DUTY_TECHNICIAN,))
MONITORING = Actor.system("incident")
TERMINALS_A_DAY, SWITCHES_A_DAY, OUTAGES = 0.22, 0.02, 2
"""Chosen; the two losses of power are what the operator asks exemption for."""
HANDLED_LATE = 0.02
_MORNING = time(9)


class FaultCause(StrEnum):
    TERMINAL = "terminal"
    SWITCH = "switch"
    OUTAGE = "outage"


@dataclass(frozen=True, slots=True)
class PlannedFault:
    """A fault from its first evidence to its end, and the seats it takes out."""

    cause: FaultCause
    element: Element
    since: datetime
    lasted: timedelta
    seats: tuple[int, ...]
    responded_after: timedelta

    @property
    def until(self) -> datetime:
        return self.since + self.lasted

    @property
    def part(self) -> Part:
        return Part.DISPLAY if self.cause is FaultCause.TERMINAL else Part.HOST

    @property
    def key(self) -> str:
        return f"demo-{self.cause}-{self.since:%Y%m%d%H%M%S}"


def outage_days(scope: YearScope) -> tuple[date, ...]:
    """The days on which the whole floor is without power for a while."""
    dice = dice_for(scope.seed, "outages", scope.year)
    offsets = sorted(dice.sample(range(40, 330), OUTAGES))
    return tuple(scope.first + timedelta(days=offset) for offset in offsets)


def fault_of_day(scope: YearScope, site: Site, day: date) -> PlannedFault | None:
    """The one fault of a day, None on most days; no two last at once on one part of a seat."""
    zone = ZoneInfo(site.contract.timezone)
    dice = dice_for(scope.seed, "fault", day)
    since = instant(day, _MORNING, zone) + dice.seconds(0, 7200)
    seats = tuple(terminal.seat for terminal in terminals_of(site))
    if day in outage_days(scope):
        core = [d.name for d in site.devices.values() if d.role.name == "core_switch"]
        element = Element.device(min(core or site.devices))
        lasted = dice.seconds(1200, 1740)
        return PlannedFault(FaultCause.OUTAGE, element, since, lasted, seats, timedelta(minutes=9))
    late = dice.happens(HANDLED_LATE)
    if dice.happens(SWITCHES_A_DAY):
        terminals = terminals_of(site)
        switch = dice.pick(terminals).switch
        out = tuple(t.seat for t in terminals if t.switch == switch)
        lasted = dice.seconds(7500, 9000) if late else dice.seconds(1500, 6000)
        answered = dice.seconds(240, 1200)
        return PlannedFault(FaultCause.SWITCH, Element.device(switch), since, lasted, out, answered)
    if not dice.happens(TERMINALS_A_DAY):
        return None
    seat = seats[day.toordinal() % len(seats)]
    lasted = dice.seconds(87_000, 90_000) if late else dice.skewed_seconds(14_400, 0.7, 72_000)
    element, answered = Element.seat_display(seat), dice.seconds(300, 3600)
    return PlannedFault(FaultCause.TERMINAL, element, since, lasted, (seat,), answered)


def begin_watching(uow: UnitOfWork, site: Site, at: datetime) -> None:
    """Every terminal is in service and in order from an instant on."""
    work = uow.acting_as(RECORDER, FixedClock(at))
    record_service(work, terminals_of(site))
    store_changes(work, tuple(_all_terminals(site, TerminalCondition.OK, at)))


def end_watching(uow: UnitOfWork, site: Site, at: datetime) -> None:
    """Nobody watches any more: what holds from here on is unknown, not good."""
    work = uow.acting_as(RECORDER, FixedClock(at))
    store_changes(work, tuple(_all_terminals(site, TerminalCondition.UNKNOWN, at)))
    note_watch(work, at)


def carry_out_fault(uow: UnitOfWork, site: Site, fault: PlannedFault) -> str:
    """Let it happen, and be handled; gives the incident's number."""
    store_changes(uow.acting_as(RECORDER, FixedClock(fault.since)), tuple(_changes(fault)))
    number = _noticed(uow, site, fault, 1, TransitionKind.OPENED, fault.since)
    service.respond(_technician(uow, fault.since + fault.responded_after), number)
    _noticed(uow, site, fault, 2, TransitionKind.RESOLVED, fault.until)
    closed_at = fault.until + timedelta(minutes=20)
    service.close(_technician(uow, closed_at), number, "已现场确认恢复。")
    return number


def _noticed(
    uow: UnitOfWork, site: Site, fault: PlannedFault, sequence: int, kind: TransitionKind,
    at: datetime,
) -> str:  # fmt: skip
    group = _group(site, fault)
    transition = FaultTransition(fault.key, sequence, kind, at, group)
    work = uow.acting_as(MONITORING, FixedClock(at))
    found = apply_transition(work, transition, site.contract, IncidentPolicy())
    if found is None:
        raise ValueError(f"{fault.key} was recorded before")
    return found.number


def _group(site: Site, fault: PlannedFault) -> FaultGroup:
    is_outage = fault.cause is FaultCause.OUTAGE
    inputs = ClassInputs(
        all_services_down=is_outage,
        seats_out=len(fault.seats),
        seats_total=len(site.seats),
        seat_equipment=fault.cause is FaultCause.TERMINAL,
    )
    seen = Observation(fault.element, "icmp", False, fault.since, "")
    return FaultGroup(
        (fault.element,), State.DOWN, Confidence.HIGH, fault.since, (seen,), seats=fault.seats,
        class_inputs=inputs,
    )  # fmt: skip


def _changes(fault: PlannedFault) -> Iterator[Change]:
    for seat in fault.seats:
        yield Change(seat, fault.part, TerminalCondition.BAD, fault.since)
        yield Change(seat, fault.part, TerminalCondition.OK, fault.until)


def _all_terminals(site: Site, condition: TerminalCondition, at: datetime) -> Sequence[Change]:
    seats = [terminal.seat for terminal in terminals_of(site)]
    return [Change(seat, part, condition, at) for seat in seats for part in Part]


def _technician(uow: UnitOfWork, at: datetime) -> UnitOfWork:
    return uow.acting_as(TECHNICIAN, FixedClock(at))
