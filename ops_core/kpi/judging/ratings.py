"""Indicator 10: how a rating of the service's attitude is judged (pure)."""

from dataclasses import dataclass
from datetime import datetime

from device_configs.site.hotline import Satisfaction
from ops_core.kpi.judgements import GOOD, OUTSIDE, Judgement, RecordVerdict
from ops_core.kpi.periods import Period
from ops_core.kpi.reasons import Reason

NOT_RATED = Judgement(RecordVerdict.LEFT_OUT, Reason.NOT_RATED)
NOT_SATISFIED = Judgement(RecordVerdict.MISSED, Reason.NOT_SATISFIED)
"""Any score that the contract does not call satisfied."""


@dataclass(frozen=True, slots=True)
class RatingRecord:
    """What somebody said of the service's attitude; a score of None was asked for, not given."""

    subject: str
    score: int | None
    at: datetime


def judge_rating(rating: RatingRecord, satisfaction: Satisfaction, period: Period) -> Judgement:
    """Indicator 10: satisfied with the attitude, of those who rated it (rated_at)."""
    if not period.holds(rating.at):
        return OUTSIDE
    if rating.score is None:
        return NOT_RATED
    return GOOD if rating.score in satisfaction.satisfied else NOT_SATISFIED
