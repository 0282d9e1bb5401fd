"""Indicators 11, 14 and 15: how an item of planned work is judged (pure)."""

from dataclasses import dataclass
from datetime import datetime

from ops_core.kpi.judgements import GOOD, OUTSIDE, Judgement, RecordVerdict
from ops_core.kpi.periods import Period
from ops_core.kpi.reasons import Reason

RUNNING = Judgement(RecordVerdict.LEFT_OUT, Reason.CLOCK_RUNNING)
CANCELLED = Judgement(RecordVerdict.MISSED, Reason.CANCELLED)
DONE_LATE = Judgement(RecordVerdict.MISSED, Reason.DONE_LATE)
NOT_DONE = Judgement(RecordVerdict.MISSED, Reason.NOT_DONE)


@dataclass(frozen=True, slots=True)
class PlannedWork:
    """What the indicators need of an item; ``due_at`` is 24:00 of the day that ``due_day`` begins.

    ``done_at`` is when it was accepted, of a standard when it was published.
    """

    number: str
    due_day: datetime
    due_at: datetime
    done_at: datetime | None
    cancelled_at: datetime | None


def judge_planned_work(work: PlannedWork, period: Period, now: datetime) -> Judgement:
    """Done not later than due, of the items due in the period (due_day).

    Before its due date an item that is not done yet is left out; cancelled is not done, whenever it
    was cancelled.
    """
    if not period.holds(work.due_day):
        return OUTSIDE
    if work.cancelled_at is not None:
        return CANCELLED
    if work.done_at is not None:
        return GOOD if work.done_at <= work.due_at else DONE_LATE
    return NOT_DONE if now > work.due_at else RUNNING
