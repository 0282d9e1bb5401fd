"""Indicators 5 and 6: how complaints and events of public opinion are judged (pure).

What nobody has decided is pending. What the purchaser does not uphold is left out; of events, so
is one that is upheld as a general one, for the contract counts serious ones (domain/ops.md,
section 2).
"""

from dataclasses import dataclass
from datetime import datetime

from ops_core.hotline.adjudications.kinds import EventLevel
from ops_core.hotline.adjudications.model import AdjudicationState
from ops_core.kpi.judgements import OUTSIDE, Judgement, RecordVerdict
from ops_core.kpi.periods import Period
from ops_core.kpi.reasons import Reason

SUBSTANTIATED = Judgement(RecordVerdict.MISSED, Reason.SUBSTANTIATED)
SERIOUS = Judgement(RecordVerdict.MISSED, Reason.SERIOUS)
UNDECIDED = Judgement(RecordVerdict.PENDING, Reason.UNDER_ADJUDICATION)
NOT_UPHELD = Judgement(RecordVerdict.LEFT_OUT, Reason.NOT_UPHELD)
NOT_SERIOUS = Judgement(RecordVerdict.LEFT_OUT, Reason.NOT_SERIOUS)


@dataclass(frozen=True, slots=True)
class AdjudicatedMatter:
    """What the indicators need of a matter."""

    number: str
    occurred_at: datetime
    state: AdjudicationState
    level: EventLevel | None = None
    person: str = ""


def judge_complaint(matter: AdjudicatedMatter, period: Period) -> Judgement:
    """Of the complaints made in the period (occurred_at): each upheld one is a miss."""
    return _judged(matter, period, SUBSTANTIATED)


def judge_opinion_event(matter: AdjudicatedMatter, period: Period) -> Judgement:
    """Of the events of the period (occurred_at): each that is upheld as serious is a miss."""
    return _judged(matter, period, SERIOUS if matter.level is EventLevel.SERIOUS else NOT_SERIOUS)


def _judged(matter: AdjudicatedMatter, period: Period, upheld: Judgement) -> Judgement:
    if not period.holds(matter.occurred_at):
        return OUTSIDE
    match matter.state:
        case AdjudicationState.PENDING:
            return UNDECIDED
        case AdjudicationState.UPHELD:
            return upheld
        case AdjudicationState.REJECTED | AdjudicationState.WITHDRAWN:
            return NOT_UPHELD
