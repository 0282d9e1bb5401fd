"""Indicator 12: how an incident is judged by its clocks (pure)."""

from dataclasses import dataclass
from datetime import datetime

from device_configs.site.model import Contract
from incident.false_alarm import Mark
from incident.model import ClassHeld, ClockReading, TimeStamps, read_clocks
from ops_core.kpi.judgements import GOOD, OUTSIDE, Judgement, RecordVerdict
from ops_core.kpi.periods import Period
from ops_core.kpi.reasons import Reason


@dataclass(frozen=True, slots=True)
class FaultRecord:
    """What indicator 12 needs of an incident."""

    number: str
    stamps: TimeStamps
    classes: tuple[ClassHeld, ...]
    merged_into: str | None = None
    mark: Mark | None = None
    """What people said of its being a false alarm."""
    missed_at: datetime | None = None
    """When a clock ran out that was missed before a merger: it stays missed."""
    carried_miss_at: datetime | None = None
    """Of one that was merged: a miss of its own that the survivor's record bears."""
    is_survivor_left_out: bool = False
    """Of one that was merged: people called the survivor a false alarm."""

    @property
    def own_miss_at(self) -> datetime | None:
        """Of one that was merged: what it missed itself, where no other record bears it."""
        return self.missed_at or (self.carried_miss_at if self.is_survivor_left_out else None)

    @property
    def is_false_alarm(self) -> bool:
        return self.mark is not None and self.mark.is_confirmed


FALSE_ALARM = Judgement(RecordVerdict.LEFT_OUT, Reason.FALSE_ALARM)
MERGED = Judgement(RecordVerdict.LEFT_OUT, Reason.MERGED)
MISSED = Judgement(RecordVerdict.MISSED, Reason.CLOCK_MISSED)


def judge_fault(contract: Contract, fault: FaultRecord, period: Period, now: datetime) -> Judgement:
    """Indicator 12: every scored clock met, of the faults detected in the period (detected_at).

    A fault counts as soon as it is decided: all scored clocks stopped in time, or one missed. A
    confirmed false alarm is left out whole, good or missed; one that is only proposed counts. What
    was missed before two incidents were found to be one stays missed: a merger raises no figure,
    nor does calling one of the two a false alarm take the other's miss away.
    """
    if not period.holds(fault.stamps.detected_at):
        return OUTSIDE
    if fault.merged_into is not None:
        if fault.own_miss_at is None:
            return MERGED
        return FALSE_ALARM if fault.is_false_alarm else MISSED
    if fault.is_false_alarm:
        return FALSE_ALARM
    scored = _scored(contract, fault, now)
    if fault.missed_at is not None or any(one.breached_at is not None for one in scored):
        return MISSED
    if any(reading.is_running for reading in scored):
        return Judgement(RecordVerdict.LEFT_OUT, Reason.CLOCK_RUNNING)
    return GOOD


def missed_due(contract: Contract, fault: FaultRecord, now: datetime) -> datetime | None:
    """When the first scored clock of a fault ran out that was missed; None if none was."""
    ran_out = [one.breached_at for one in _scored(contract, fault, now)]
    return min(
        [at for at in (fault.missed_at, fault.carried_miss_at, *ran_out) if at is not None],
        default=None,
    )


def _scored(contract: Contract, fault: FaultRecord, now: datetime) -> list[ClockReading]:
    readings = read_clocks(contract, fault.classes, fault.stamps, now)
    return [reading for reading in readings if reading.scored]
