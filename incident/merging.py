"""Two incidents that turned out to be one fault: what the survivor knows afterwards; pure.

A merger may neither shorten a fault nor forget what was known of it. So the clocks start at the
earliest failed sample of either, an acknowledgement or a response to either was one to the fault,
no class is lost, and the fault is over only when both are. A clock that either had missed by then
stays missed, though somebody responded to the other in time. In which order incidents are merged
does not matter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from device_configs.site.model import Contract, FaultClassName
from incident.model import (
    ClassHeld,
    IncidentState,
    TimeStamps,
    highest_class,
    read_clocks,
    reopened_state,
)


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What a merger carries over. ``restored_by`` belongs to the stamp of the restoration."""

    stamps: TimeStamps
    classes: tuple[ClassHeld, ...]
    handler: str | None = None
    restored_by: str | None = None
    missed_at: datetime | None = None
    """When the first scored clock ran out of those that were missed before a merger."""

    @property
    def fault_class(self) -> FaultClassName:
        """The class it has now."""
        return self.classes[-1].fault_class

    @property
    def state(self) -> IncidentState:
        """Where the stamps put it."""
        if self.stamps.restored_at is None:
            return reopened_state(self.stamps)
        return IncidentState.CLOSED if self.stamps.closed_at else IncidentState.RESTORED


def missed_by(contract: Contract, known: Knowledge, at: datetime) -> datetime | None:
    """When the first scored clock ran out that was missed by that instant; None if none was."""
    readings = read_clocks(contract, known.classes, known.stamps, at)
    ran_out = [one.breached_at for one in readings if one.scored]
    return _earliest(known.missed_at, *ran_out)


@dataclass(frozen=True, slots=True)
class AbsorbedMiss:
    """When the absorbed one missed a clock: ``second``, where the survivor had missed one of its
    own, so that there are two; ``carried``, where the survivor's record now bears it alone."""

    second: datetime | None = None
    carried: datetime | None = None


def absorbed_miss(
    contract: Contract, survivor: Knowledge, absorbed: Knowledge, at: datetime
) -> AbsorbedMiss:
    """What becomes of a miss of the absorbed one."""
    missed = missed_by(contract, absorbed, at)
    if missed_by(contract, survivor, at) is None:
        return AbsorbedMiss(carried=missed)
    return AbsorbedMiss(second=missed)


def merge(contract: Contract, survivor: Knowledge, absorbed: Knowledge, at: datetime) -> Knowledge:
    """What the survivor knows once the two are one, at the instant at which that was found."""
    stamps = merge_stamps(survivor.stamps, absorbed.stamps)
    last = max(survivor, absorbed, key=_restoration)
    return Knowledge(
        stamps=stamps,
        classes=merge_classes(survivor.classes, absorbed.classes, at),
        handler=survivor.handler or absorbed.handler,
        restored_by=None if stamps.restored_at is None else last.restored_by,
        missed_at=_earliest(*(missed_by(contract, one, at) for one in (survivor, absorbed))),
    )


def merge_stamps(a: TimeStamps, b: TimeStamps) -> TimeStamps:
    """The earliest of what was begun, the latest of what is over; over only when both are."""
    restored_at = _latest(a.restored_at, b.restored_at)
    return TimeStamps(
        detected_at=min(a.detected_at, b.detected_at),
        acknowledged_at=_earliest(a.acknowledged_at, b.acknowledged_at),
        responded_at=_earliest(a.responded_at, b.responded_at),
        restored_at=restored_at,
        closed_at=None if restored_at is None else _latest(a.closed_at, b.closed_at),
    )


def merge_classes(
    a: Sequence[ClassHeld], b: Sequence[ClassHeld], at: datetime
) -> tuple[ClassHeld, ...]:
    """Every class that either held, in order of time; it now has the higher of the two it has."""
    held = sorted({*a, *b}, key=_order)
    now = highest_class((a[-1].fault_class, b[-1].fault_class))
    if held[-1].fault_class is now:
        return tuple(held)
    version = max(one.contract_version for one in held)
    return (*held, ClassHeld(now, max(at, held[-1].since), version))


def _order(held: ClassHeld) -> tuple[datetime, int, int]:
    """Of two that begin at once the higher one comes last."""
    return held.since, -list(FaultClassName).index(held.fault_class), held.contract_version


def _restoration(known: Knowledge) -> tuple[bool, float]:
    at = known.stamps.restored_at
    return (True, 0.0) if at is None else (False, at.timestamp())


def _earliest(*instants: datetime | None) -> datetime | None:
    return min((at for at in instants if at is not None), default=None)


def _latest(a: datetime | None, b: datetime | None) -> datetime | None:
    return None if a is None or b is None else max(a, b)
