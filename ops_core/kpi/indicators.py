"""How one record is judged by each indicator (pure). The text is in the contract's order."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from device_configs.site.hotline import Satisfaction
from device_configs.site.model import Contract, Indicator
from incident.false_alarm import Mark
from incident.model import ClassHeld, ClockReading, TimeStamps, read_clocks
from ops_core.hotline.callbacks.model import CallbackOutcome
from ops_core.hotline.calls.model import Call, Outcome
from ops_core.hotline.orders.deadlines import LimitKind, LimitReading, LimitVerdict, read_limit
from ops_core.kernel.working_days import WorkCalendar
from ops_core.kpi.figures import GOOD, OUTSIDE, Judgement, Reason, Verdict
from ops_core.kpi.periods import Period
from seat_assets.model import Condition, TerminalState

OUTCOME_JUDGEMENTS = {
    Outcome.ANSWERED: GOOD,
    Outcome.WAITING: Judgement(Verdict.LEFT_OUT, Reason.STILL_WAITING),
    Outcome.ABANDONED: Judgement(Verdict.MISSED, Reason.ABANDONED),
    Outcome.TIMED_OUT: Judgement(Verdict.MISSED, Reason.TIMED_OUT),
    Outcome.OVERFLOWED: Judgement(Verdict.MISSED, Reason.OVERFLOWED),
    Outcome.LEFT_BY_KEY: Judgement(Verdict.MISSED, Reason.LEFT_BY_KEY),
}
CALLBACK_JUDGEMENTS = {
    CallbackOutcome.REACHED: GOOD,
    CallbackOutcome.REFUSED: Judgement(Verdict.GOOD, Reason.REFUSED),
    CallbackOutcome.UNREACHABLE: Judgement(Verdict.GOOD, Reason.UNREACHABLE),
}
"""A callback is done when somebody was reached, willing or not, or enough tries were made
(:class:`device_configs.site.hotline.CallbackPolicy`); the contact rate stands beside it."""
SUPERSEDED = Judgement(Verdict.LEFT_OUT, Reason.SUPERSEDED)
_OPEN = {
    LimitVerdict.RUNNING: Judgement(Verdict.LEFT_OUT, Reason.WITHIN_LIMIT),
    LimitVerdict.MISSED: Judgement(Verdict.MISSED, Reason.NOT_CALLED_BACK),
    LimitVerdict.UNKNOWN: Judgement(Verdict.MISSED, Reason.CALENDAR_UNKNOWN),
}
NOT_RATED = Judgement(Verdict.LEFT_OUT, Reason.NOT_RATED)
NOT_SATISFIED = Judgement(Verdict.MISSED, Reason.NOT_SATISFIED)
"""Any score that the contract does not call satisfied."""


def indicator_of(contract: Contract, number: int) -> Indicator:
    """The contract's row of an indicator; KeyError when the contract has none."""
    for indicator in contract.indicators:
        if indicator.number == number:
            return indicator
    raise KeyError(f"the contract has no indicator {number}")


def judge_call(call: Call, period: Period) -> Judgement:
    """Indicator 1: taken by an agent, of the calls that entered a queue of agents (entered_at).

    However often it rang, it is one call; while it waits it is left out.
    """
    return OUTCOME_JUDGEMENTS[call.outcome] if period.holds(call.entered_at) else OUTSIDE


@dataclass(frozen=True, slots=True)
class Closing:
    """A completed cycle of an order with its callback; ``last_cycle`` is the order's present one.

    ``outcome`` is None until the callback is done.
    """

    order: str
    cycle: int
    last_cycle: int
    completed_at: datetime
    within_days: int
    """Working days in which the callback is due."""
    outcome: CallbackOutcome | None


def judge_closing(
    closing: Closing, period: Period, calendar: WorkCalendar, zone: ZoneInfo, now: datetime
) -> Judgement:
    """Indicator 4: called back, of the orders completed in the period (completed_at).

    An order counts by its last cycle. A callback made late restates the miss that it was.
    """
    if not period.holds(closing.completed_at):
        return OUTSIDE
    if closing.cycle < closing.last_cycle:
        return SUPERSEDED
    if closing.outcome is not None:
        return CALLBACK_JUDGEMENTS[closing.outcome]
    return judge_open_callback(closing.completed_at, closing.within_days, calendar, zone, now)


def callback_limit(
    completed_at: datetime, within_days: int, calendar: WorkCalendar, zone: ZoneInfo, now: datetime
) -> LimitReading:
    """The limit of a callback that is not done."""
    return read_limit(LimitKind.CALLBACK, within_days, completed_at, None, calendar, zone, now)


def judge_open_callback(
    completed_at: datetime, within_days: int, calendar: WorkCalendar, zone: ZoneInfo, now: datetime
) -> Judgement:
    """Not done: undecided within the limit, a miss past it, and a miss when the limit is unknown.

    Unknown never counts as good.
    """
    return _OPEN[callback_limit(completed_at, within_days, calendar, zone, now).verdict]


@dataclass(frozen=True, slots=True)
class Run:
    """[start, end): open callbacks of cycles completed in it are judged alike."""

    start: datetime
    end: datetime
    judgement: Judgement


def open_runs(
    period: Period, within_days: int, calendar: WorkCalendar, zone: ZoneInfo, now: datetime
) -> tuple[Run, ...]:
    """The period cut where the judgement of an open callback changes.

    A limit in working days depends on the local day alone, so these few stretches answer for any
    number of orders.
    """
    runs: list[Run] = []
    start = period.start
    while start < period.end:
        day = start.astimezone(zone).date() + timedelta(days=1)
        end = min(datetime(day.year, day.month, day.day, tzinfo=zone), period.end)
        judgement = judge_open_callback(start, within_days, calendar, zone, now)
        if runs and runs[-1].judgement == judgement:
            runs[-1] = Run(runs[-1].start, end, judgement)
        else:
            runs.append(Run(start, end, judgement))
        start = end
    return tuple(runs)


@dataclass(frozen=True, slots=True)
class Rating:
    """What somebody said of the service's attitude; a score of None was asked for, not given."""

    subject: str
    score: int | None
    at: datetime


def judge_rating(rating: Rating, satisfaction: Satisfaction, period: Period) -> Judgement:
    """Indicator 10: satisfied with the attitude, of those who rated it (rated_at)."""
    if not period.holds(rating.at):
        return OUTSIDE
    if rating.score is None:
        return NOT_RATED
    return GOOD if rating.score in satisfaction.satisfied else NOT_SATISFIED


@dataclass(frozen=True, slots=True)
class FaultRecord:
    """What indicator 12 needs of an incident."""

    number: str
    stamps: TimeStamps
    classes: tuple[ClassHeld, ...]
    merged_into: str | None = None
    mark: Mark | None = None
    """What people said of its being a false alarm."""

    @property
    def is_false_alarm(self) -> bool:
        return self.mark is not None and self.mark.is_confirmed


FALSE_ALARM = Judgement(Verdict.LEFT_OUT, Reason.FALSE_ALARM)


def judge_fault(contract: Contract, fault: FaultRecord, period: Period, now: datetime) -> Judgement:
    """Indicator 12: every scored clock met, of the faults detected in the period (detected_at).

    A fault counts as soon as it is decided: all scored clocks stopped in time, or one missed. A
    confirmed false alarm is left out whole, good or missed; one that is only proposed counts.
    """
    if not period.holds(fault.stamps.detected_at):
        return OUTSIDE
    if fault.merged_into is not None:
        return Judgement(Verdict.LEFT_OUT, Reason.MERGED)
    if fault.is_false_alarm:
        return FALSE_ALARM
    scored = _scored(contract, fault, now)
    if any(reading.breached_at is not None for reading in scored):
        return Judgement(Verdict.MISSED, Reason.CLOCK_MISSED)
    if any(reading.is_running for reading in scored):
        return Judgement(Verdict.LEFT_OUT, Reason.CLOCK_RUNNING)
    return GOOD


def missed_clock(contract: Contract, fault: FaultRecord, now: datetime) -> ClockReading | None:
    """The first scored clock of a fault that was missed."""
    scored = _scored(contract, fault, now)
    return next((reading for reading in scored if reading.breached_at is not None), None)


def _scored(contract: Contract, fault: FaultRecord, now: datetime) -> list[ClockReading]:
    readings = read_clocks(contract, fault.classes, fault.stamps, now)
    return [reading for reading in readings if reading.scored]


def judge_terminal(terminal: TerminalState, at: datetime, period: Period) -> Judgement:
    """Indicator 13: host and display in order, of all terminals of the snapshots (snapshot_at)."""
    return judge_parts(terminal.host, terminal.display) if period.holds(at) else OUTSIDE


def judge_parts(host: Condition, display: Condition) -> Judgement:
    """Both must be in order; what is unknown is not."""
    if host is Condition.BAD:
        return Judgement(Verdict.MISSED, Reason.HOST_BAD)
    if display is Condition.BAD:
        return Judgement(Verdict.MISSED, Reason.DISPLAY_BAD)
    if Condition.UNKNOWN in (host, display):
        return Judgement(Verdict.MISSED, Reason.CONDITION_UNKNOWN)
    return GOOD
