"""Indicator 4: how the callback of a completed cycle is judged (pure)."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from ops_core.hotline.callbacks.model import CallbackOutcome
from ops_core.hotline.deadline_policies.time_limits import TimeLimit
from ops_core.hotline.orders.deadlines import (
    DeadlineKind,
    DeadlineReading,
    DeadlineVerdict,
    read_deadline,
)
from ops_core.kernel.working_days import WorkCalendar
from ops_core.kpi.judgements import GOOD, OUTSIDE, Judgement, RecordVerdict
from ops_core.kpi.periods import Period
from ops_core.kpi.reasons import Reason

CALLBACK_JUDGEMENTS = {
    CallbackOutcome.REACHED: GOOD,
    CallbackOutcome.REFUSED: Judgement(RecordVerdict.GOOD, Reason.REFUSED),
    CallbackOutcome.UNREACHABLE: Judgement(RecordVerdict.GOOD, Reason.UNREACHABLE),
}
"""A callback is done when somebody was reached, willing or not, or enough tries were made
(:class:`device_configs.site.hotline.CallbackPolicy`); the contact rate stands beside it."""
_OPEN = {
    DeadlineVerdict.RUNNING: Judgement(RecordVerdict.LEFT_OUT, Reason.WITHIN_LIMIT),
    DeadlineVerdict.MISSED: Judgement(RecordVerdict.MISSED, Reason.NOT_CALLED_BACK),
    DeadlineVerdict.UNKNOWN: Judgement(RecordVerdict.MISSED, Reason.CALENDAR_UNKNOWN),
}


@dataclass(frozen=True, slots=True)
class Closing:
    """A completed cycle of an order with its callback.

    ``outcome`` is None until the callback is done, and for ever when it was withdrawn.
    """

    order: str
    cycle: int
    completed_at: datetime
    within_days: int
    """Working days in which the callback is due."""
    outcome: CallbackOutcome | None


def judge_closing(
    closing: Closing, period: Period, calendar: WorkCalendar, zone: ZoneInfo, now: datetime
) -> Judgement:
    """Indicator 4: called back, of the orders completed in the period (completed_at).

    Each completed cycle counts, in the month of its completion: that the order was taken up again
    makes no callback that was owed. A callback made late restates the miss that it was.
    """
    if not period.holds(closing.completed_at):
        return OUTSIDE
    if closing.outcome is not None:
        return CALLBACK_JUDGEMENTS[closing.outcome]
    return judge_open_callback(closing.completed_at, closing.within_days, calendar, zone, now)


def callback_deadline(
    completed_at: datetime, within_days: int, calendar: WorkCalendar, zone: ZoneInfo, now: datetime
) -> DeadlineReading:
    """The deadline of a callback that is not done."""
    return read_deadline(
        DeadlineKind.CALLBACK, TimeLimit(within_days), completed_at, None, calendar, zone, now
    )


def judge_open_callback(
    completed_at: datetime, within_days: int, calendar: WorkCalendar, zone: ZoneInfo, now: datetime
) -> Judgement:
    """Not done, or withdrawn: undecided within the deadline, a miss past it or when it is unknown.

    Unknown never counts as good.
    """
    return _OPEN[callback_deadline(completed_at, within_days, calendar, zone, now).verdict]
