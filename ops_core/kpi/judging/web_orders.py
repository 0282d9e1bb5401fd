"""Indicator 2: how an order from the web is judged (pure).

Answered first within one working day of its receipt, whatever the unit does afterwards. An order
that the purchaser let be left out (需申诉工单) leaves with its good answer as with its miss. Who is
answered within 24 hours is answered in time by any calendar. An order that is merged into another
has that one's answer unless it got its own before, and its own receipt.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from ops_core.hotline.day_sums.model import AT_ONCE, SURELY_WITHIN, UNANSWERED
from ops_core.kernel.working_days import UnpublishedYear, WorkCalendar
from ops_core.kpi.judgements import GOOD, OUTSIDE, Judgement, RecordVerdict
from ops_core.kpi.periods import Period
from ops_core.kpi.reasons import Reason
from ops_core.kpi.whole_days import midnight

WORKING_DAYS = 1
ANSWERED_LATE = Judgement(RecordVerdict.MISSED, Reason.ANSWERED_LATE)
NOT_ANSWERED = Judgement(RecordVerdict.MISSED, Reason.NOT_ANSWERED)
RUNNING = Judgement(RecordVerdict.LEFT_OUT, Reason.CLOCK_RUNNING)
DEADLINE_UNKNOWN = Judgement(RecordVerdict.LEFT_OUT, Reason.DEADLINE_UNKNOWN)
APPEALED = Judgement(RecordVerdict.LEFT_OUT, Reason.APPEAL_UPHELD)


@dataclass(frozen=True, slots=True)
class WebOrder:
    """What the indicator needs of an order; ``answered_at`` is None while nobody answered.

    ``appeal`` is the number of the matter by which the purchaser had it left out.
    """

    number: str
    received_at: datetime
    answered_at: datetime | None
    answered_by: str = ""
    appeal: str = ""
    lead_answered_at: datetime | None = None
    """The first answer of the order that it is merged into."""


def judge_web_order(
    order: WebOrder, period: Period, calendar: WorkCalendar, zone: ZoneInfo, now: datetime
) -> Judgement:
    """Of the web's orders received in the period (received_at).

    Without a published calendar the deadline is unknown, and a late answer is undecided.
    """
    if not period.holds(order.received_at):
        return OUTSIDE
    if order.appeal:
        return APPEALED
    answered_at = order.answered_at or order.lead_answered_at
    settled_at = answered_at or now
    if settled_at > order.received_at + SURELY_WITHIN:
        due_at = answer_due(order.received_at, calendar, zone)
        if due_at is None:
            return DEADLINE_UNKNOWN
        if settled_at > due_at:
            return NOT_ANSWERED if answered_at is None else ANSWERED_LATE
    return RUNNING if answered_at is None else GOOD


@lru_cache(maxsize=4096)
def summed_web_order(day: str, kind: str, zone: ZoneInfo) -> WebOrder:
    """One order that is judged as all of a day sum are: a deadline goes by the day alone.

    An answer that was not given at once stands at the end of its day, where deadlines end. Where a
    year has no calendar, orders that wait are judged by the time of their receipt instead.
    """
    received_at = midnight(day, zone)
    if kind == UNANSWERED:
        return WebOrder("", received_at, None)
    if kind == AT_ONCE:
        return WebOrder("", received_at, received_at)
    following = midnight(kind, zone).date() + timedelta(days=1)
    return WebOrder("", received_at, midnight(following.isoformat(), zone))


def answer_due(received_at: datetime, calendar: WorkCalendar, zone: ZoneInfo) -> datetime | None:
    """The end of the working day after the receipt; None for a year without a calendar."""
    try:
        return calendar.due(received_at, WORKING_DAYS, zone)
    except UnpublishedYear:
        return None
