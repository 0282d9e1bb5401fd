"""Faults under contract: class, clocks and states, as pure rules over time stamps."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from device_configs.site.model import ClockKind, Contract, Criteria, FaultClassName
from device_configs.site.model import ContractClock as ContractClock
from incident.false_alarm import Mark
from monitors.alerts.model import ClassInputs, FaultGroup
from ops_core.kernel.i18n import Message, message


class IncidentState(StrEnum):
    DETECTED = "detected"
    ACKNOWLEDGED = "acknowledged"
    RESPONDING = "responding"
    RESTORED = "restored"
    CLOSED = "closed"


ENDED = (IncidentState.RESTORED, IncidentState.CLOSED)


class IncidentCommand(StrEnum):
    """What a person may do with an incident."""

    ACKNOWLEDGE = "acknowledge"
    RESPOND = "respond"
    RESTORE = "restore"
    CLOSE = "close"
    NOTE = "note"
    UNDO = "undo"
    """One's own last step, within a minute: what the state allows does not decide it."""


INCIDENT_STATE_WORDS: Mapping[IncidentState, Message] = {
    IncidentState.DETECTED: message("待确认"),
    IncidentState.ACKNOWLEDGED: message("已确认"),
    IncidentState.RESPONDING: message("处置中"),
    IncidentState.RESTORED: message("已恢复"),
    IncidentState.CLOSED: message("已关闭"),
}
INCIDENT_COMMAND_WORDS: Mapping[IncidentCommand, Message] = {
    IncidentCommand.ACKNOWLEDGE: message("确认"),
    IncidentCommand.RESPOND: message("响应"),
    IncidentCommand.RESTORE: message("恢复"),
    IncidentCommand.CLOSE: message("关闭"),
    IncidentCommand.NOTE: message("记录"),
    IncidentCommand.UNDO: message("撤销"),
}
"""As refusals name them."""
ALLOWED: Mapping[IncidentState, tuple[IncidentCommand, ...]] = {
    IncidentState.DETECTED: (
        IncidentCommand.ACKNOWLEDGE,
        IncidentCommand.RESPOND,
        IncidentCommand.RESTORE,
        IncidentCommand.NOTE,
    ),
    IncidentState.ACKNOWLEDGED: (
        IncidentCommand.RESPOND,
        IncidentCommand.RESTORE,
        IncidentCommand.NOTE,
    ),
    IncidentState.RESPONDING: (IncidentCommand.RESTORE, IncidentCommand.NOTE),
    IncidentState.RESTORED: (IncidentCommand.CLOSE, IncidentCommand.NOTE),
    IncidentState.CLOSED: (IncidentCommand.NOTE,),
}


@dataclass(frozen=True, slots=True)
class ClassHeld:
    """A class the fault had from ``since`` on, by which contract version."""

    fault_class: FaultClassName
    since: datetime
    contract_version: int


@dataclass(frozen=True, slots=True)
class TimeStamps:
    """All a clock needs to know; instants are aware UTC."""

    detected_at: datetime
    acknowledged_at: datetime | None = None
    responded_at: datetime | None = None
    restored_at: datetime | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ClockReading:
    """One contract clock of a fault at one instant."""

    kind: ClockKind
    limit: timedelta
    strict: bool
    scored: bool
    due_at: datetime
    stopped_at: datetime | None
    remaining: timedelta
    """Negative once overdue; frozen when the clock has stopped."""
    breached_at: datetime | None

    @property
    def is_running(self) -> bool:
        return self.stopped_at is None

    @property
    def is_met(self) -> bool:
        """Stopped in time; a running clock is neither met nor, before its due time, missed."""
        return not self.is_running and self.breached_at is None


@dataclass(frozen=True)
class Incident:
    """One fault as people handle it."""

    number: str
    fault_key: str
    state: IncidentState
    stamps: TimeStamps
    classes: tuple[ClassHeld, ...]
    fault: FaultGroup
    cleared: bool
    """True when monitoring holds the root for good."""
    restored_by: str | None
    reopened: int
    merged_into: str | None
    version: int
    false_alarm: Mark | None = None
    handler: str | None = None
    """Who last acknowledged or responded."""
    own_miss_at: datetime | None = None
    """Of one that was merged: when it had missed a clock itself."""

    @property
    def is_only_a_part(self) -> bool:
        """Merged, with no miss of its own: there is nothing to be said of it alone."""
        return self.merged_into is not None and self.own_miss_at is None

    @property
    def fault_class(self) -> FaultClassName:
        """The class it has now."""
        return self.classes[-1].fault_class

    @property
    def judged_class(self) -> FaultClassName:
        """The highest class it ever held: that one it is judged by."""
        return highest_class(held.fault_class for held in self.classes)

    @property
    def is_false_alarm(self) -> bool:
        """Confirmed as one by a second person: it leaves indicator 12 and calls for nobody."""
        return self.false_alarm is not None and self.false_alarm.is_confirmed

    @property
    def allowed(self) -> tuple[IncidentCommand, ...]:
        return () if self.merged_into else ALLOWED[self.state]


_SEVERITY = {name: rank for rank, name in enumerate(FaultClassName)}


def highest_class(classes: Iterable[FaultClassName]) -> FaultClassName:
    """The most severe of the classes (they are declared most severe first)."""
    return min(classes, key=_SEVERITY.__getitem__)


def classify(contract: Contract, inputs: ClassInputs) -> FaultClassName:
    """The first class, from the top of the contract down, one of whose criteria is met."""
    for fault_class in contract.fault_classes:
        if meets(fault_class.criteria, inputs):
            return fault_class.name
    return contract.fault_classes[-1].name


def meets(criteria: Criteria, inputs: ClassInputs) -> bool:
    """True when any criterion that is given is met; ratios are compared without rounding."""
    ratio_above, ratio_from = criteria.seats_out_ratio_above, criteria.seats_out_ratio_from
    return any(
        (
            criteria.all_services_down and inputs.all_services_down,
            ratio_above is not None and inputs.seats_out > ratio_above * inputs.seats_total,
            ratio_from is not None
            and inputs.seats_out > 0
            and inputs.seats_out >= ratio_from * inputs.seats_total,
            criteria.core_redundancy_lost and inputs.core_redundancy_lost,
            criteria.any_redundancy_lost and inputs.any_redundancy_lost,
            criteria.seat_equipment and inputs.seat_equipment,
            criteria.otherwise,
        )
    )


def clocks_of(contract: Contract, classes: Sequence[ClassHeld]) -> tuple[ContractClock, ...]:
    """The clocks of every class held, of each kind the tightest: raising never loosens one."""
    tightest: dict[tuple[ClockKind, bool], ContractClock] = {}
    for name in dict.fromkeys(held.fault_class for held in classes):
        for clock in contract.fault_class(name).clocks:
            key = (clock.kind, clock.scored)
            if key not in tightest or _tightness(clock) < _tightness(tightest[key]):
                tightest[key] = clock
    return tuple(
        clock
        for clock in sorted(tightest.values(), key=lambda c: (c.limit, not c.scored))
        if clock.scored or not _is_covered(clock, tightest.get((clock.kind, True)))
    )


def _tightness(clock: ContractClock) -> tuple[timedelta, bool]:
    return (clock.limit, not clock.strict)


def _is_covered(shown: ContractClock, scored: ContractClock | None) -> bool:
    """A clock that is only shown says nothing beside a scored one that is no looser."""
    return scored is not None and _tightness(scored) <= _tightness(shown)


def read_clock(clock: ContractClock, stamps: TimeStamps, now: datetime) -> ClockReading:
    """The clock at ``now``: wall-clock time from detection, through nights and holidays.

    小于 (strict) misses at exactly the limit, 内 only after it. Restoration without a response
    before it stops the response clock too.
    """
    stopped = _stop(clock.kind, stamps)
    due = stamps.detected_at + clock.limit
    end = stopped or now
    missed = end >= due if clock.strict else end > due
    return ClockReading(
        kind=clock.kind,
        limit=clock.limit,
        strict=clock.strict,
        scored=clock.scored,
        due_at=due,
        stopped_at=stopped,
        remaining=due - end,
        breached_at=due if missed else None,
    )


def read_clocks(
    contract: Contract, classes: Sequence[ClassHeld], stamps: TimeStamps, now: datetime
) -> tuple[ClockReading, ...]:
    """All clocks that apply to the fault, the soonest due first."""
    readings = [read_clock(clock, stamps, now) for clock in clocks_of(contract, classes)]
    return tuple(sorted(readings, key=lambda reading: reading.due_at))


def _stop(kind: ClockKind, stamps: TimeStamps) -> datetime | None:
    if kind is ClockKind.RESTORATION:
        return stamps.restored_at
    ends = [at for at in (stamps.responded_at, stamps.restored_at) if at is not None]
    return min(ends, default=None)


def reopened_state(stamps: TimeStamps) -> IncidentState:
    """Where an incident goes on whose fault came back."""
    if stamps.responded_at is not None:
        return IncidentState.RESPONDING
    if stamps.acknowledged_at is not None:
        return IncidentState.ACKNOWLEDGED
    return IncidentState.DETECTED


def is_recurrence(
    earlier: FaultGroup, restored_at: datetime | None, new: FaultGroup, within: timedelta
) -> bool:
    """The same root again, within the contract's time after its restoration."""
    if restored_at is None or new.since - restored_at > within:
        return False
    return not frozenset(earlier.roots).isdisjoint(new.roots)
