"""Indicator 8: how an update notice of the knowledge base is judged (pure)."""

from dataclasses import dataclass
from datetime import datetime

from ops_core.knowledge.notices.model import UPDATE_WITHIN
from ops_core.kpi.judgements import GOOD, OUTSIDE, Judgement, RecordVerdict
from ops_core.kpi.periods import Period
from ops_core.kpi.reasons import Reason

NOT_UPDATED = Judgement(RecordVerdict.MISSED, Reason.NOT_UPDATED)
WITHDRAWN = Judgement(RecordVerdict.LEFT_OUT, Reason.NOTICE_WITHDRAWN)
STILL_RUNNING = Judgement(RecordVerdict.LEFT_OUT, Reason.CLOCK_RUNNING)


@dataclass(frozen=True, slots=True)
class NoticeUpdate:
    """What the indicator needs of a notice; ``live_at`` is None while a point is missing."""

    number: str
    received_at: datetime
    live_at: datetime | None
    is_withdrawn: bool

    @property
    def due_at(self) -> datetime:
        return self.received_at + UPDATE_WITHIN


def judge_notice(notice: NoticeUpdate, period: Period, now: datetime) -> Judgement:
    """In force whole within 24 hours, of the notices received in the period (received_at).

    By time stamps: exactly 24 hours are in time (24小时内), through nights and holidays. What is
    published and comes into force later is not updated before. One that its issuer has withdrawn is
    left out, and so is one whose clock still runs.
    """
    if not period.holds(notice.received_at):
        return OUTSIDE
    if notice.is_withdrawn:
        return WITHDRAWN
    live_at = notice.live_at if notice.live_at is not None and notice.live_at <= now else None
    if (live_at or now) > notice.due_at:
        return NOT_UPDATED
    return STILL_RUNNING if live_at is None else GOOD
