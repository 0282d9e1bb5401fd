"""Indicators 12 and 13 as pure functions over records.

A value is an exact fraction with the records it was counted from. Nothing to count is N/A, and
what is shown is cut off, never rounded up to a pass.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction

from device_configs.site.model import Contract, Indicator
from incident.model import ClassHeld, TimeStamps, read_clocks
from ops_core.kpi.periods import Period
from seat_assets.model import Condition, TerminalState


class Reason(StrEnum):
    """Why a record is not in the denominator."""

    OUTSIDE_PERIOD = "outside_period"
    MERGED = "merged"
    CLOCK_RUNNING = "clock_running"


@dataclass(frozen=True, slots=True)
class RecordRef:
    """One record behind a figure: what it is, when it counts, and how it was judged."""

    kind: str
    """``incident`` or ``terminal``."""
    identifier: str
    at: datetime
    """The cohort's time stamp: detection, or the snapshot."""
    good: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class LeftOut:
    record: RecordRef
    reason: Reason


@dataclass(frozen=True, slots=True)
class Figure:
    """An indicator over a period, open to its records."""

    number: int
    period: Period
    target: Fraction
    comparison: str
    denominator: tuple[RecordRef, ...]
    left_out: tuple[LeftOut, ...]
    as_of: datetime

    @property
    def numerator(self) -> tuple[RecordRef, ...]:
        return tuple(record for record in self.denominator if record.good)

    @property
    def value(self) -> Fraction | None:
        """Numerator over denominator, None (N/A) when nothing was counted."""
        if not self.denominator:
            return None
        return Fraction(len(self.numerator), len(self.denominator))

    @property
    def is_met(self) -> bool | None:
        """Whether the target is met by the exact value; None without records."""
        value = self.value
        if value is None:
            return None
        if self.comparison == ">=":
            return value >= self.target
        return value <= self.target if self.comparison == "<=" else value == self.target

    @property
    def display(self) -> str:
        """Per cent with two digits cut off (95.996 % shows 95.99 %), or ``N/A``."""
        return show_percent(self.value)


def show_percent(value: Fraction | None) -> str:
    """A ratio as per cent with two digits, cut off."""
    if value is None:
        return "N/A"
    hundredths = value.numerator * 10_000 // value.denominator
    return f"{hundredths // 100}.{hundredths % 100:02d}%"


@dataclass(frozen=True, slots=True)
class FaultRecord:
    """What indicator 12 needs of an incident."""

    number: str
    stamps: TimeStamps
    classes: tuple[ClassHeld, ...]
    merged_into: str | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All terminals in service at one instant."""

    at: datetime
    terminals: tuple[TerminalState, ...]


def faults_handled_in_time(
    contract: Contract, faults: Iterable[FaultRecord], period: Period, now: datetime
) -> Figure:
    """Indicator 12: faults that met every scored clock of theirs, over faults (detected_at).

    A fault counts as soon as it is decided: all scored clocks stopped in time, or one missed.
    """
    counted: list[RecordRef] = []
    left_out: list[LeftOut] = []
    for fault in sorted(faults, key=lambda f: (f.stamps.detected_at, f.number)):
        readings = read_clocks(contract, fault.classes, fault.stamps, now)
        scored = [reading for reading in readings if reading.scored]
        missed = [reading for reading in scored if reading.breached_at is not None]
        running = [reading for reading in scored if reading.is_running and reading not in missed]
        at = fault.stamps.detected_at
        detail = " ".join(f"{reading.kind}<{reading.due_at.isoformat()}" for reading in missed)
        record = RecordRef("incident", fault.number, at, not missed, detail)
        reason = _reason(fault, period, at, bool(running) and not missed)
        if reason is None:
            counted.append(record)
        else:
            left_out.append(LeftOut(record, reason))
    return _figure(contract, 12, period, counted, left_out, now)


def _reason(fault: FaultRecord, period: Period, at: datetime, undecided: bool) -> Reason | None:
    if not period.holds(at):
        return Reason.OUTSIDE_PERIOD
    if fault.merged_into is not None:
        return Reason.MERGED
    return Reason.CLOCK_RUNNING if undecided else None


def terminals_in_order(
    contract: Contract, snapshots: Sequence[Snapshot], period: Period, now: datetime
) -> Figure:
    """Indicator 13: available terminals over all terminals, summed over the snapshots.

    A terminal that is unknown counts as not available.
    """
    counted: list[RecordRef] = []
    left_out: list[LeftOut] = []
    for snapshot in snapshots:
        for terminal in snapshot.terminals:
            record = RecordRef(
                "terminal",
                str(terminal.seat),
                snapshot.at,
                terminal.is_available,
                "" if terminal.condition is Condition.OK else _parts(terminal),
            )
            if period.holds(snapshot.at):
                counted.append(record)
            else:
                left_out.append(LeftOut(record, Reason.OUTSIDE_PERIOD))
    return _figure(contract, 13, period, counted, left_out, now)


def _parts(terminal: TerminalState) -> str:
    return f"host={terminal.host} display={terminal.display}"


def indicator_of(contract: Contract, number: int) -> Indicator:
    """The contract's row of an indicator; KeyError when the contract has none."""
    for indicator in contract.indicators:
        if indicator.number == number:
            return indicator
    raise KeyError(f"the contract has no indicator {number}")


def _figure(
    contract: Contract,
    number: int,
    period: Period,
    counted: Sequence[RecordRef],
    left_out: Sequence[LeftOut],
    now: datetime,
) -> Figure:
    indicator = indicator_of(contract, number)
    return Figure(
        number=number,
        period=period,
        target=Fraction(indicator.target),
        comparison=indicator.comparison,
        denominator=tuple(counted),
        left_out=tuple(left_out),
        as_of=now,
    )
