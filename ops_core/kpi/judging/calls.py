"""Indicator 1: how a call is judged (pure)."""

from datetime import datetime

from ops_core.hotline.calls.model import Call, Outcome
from ops_core.hotline.calls.outcomes import has_no_end
from ops_core.kpi.judgements import GOOD, OUTSIDE, Judgement, RecordVerdict
from ops_core.kpi.periods import Period
from ops_core.kpi.reasons import Reason

OUTCOME_JUDGEMENTS = {
    Outcome.ANSWERED: GOOD,
    Outcome.WAITING: Judgement(RecordVerdict.LEFT_OUT, Reason.STILL_WAITING),
    Outcome.ABANDONED: Judgement(RecordVerdict.MISSED, Reason.ABANDONED),
    Outcome.TIMED_OUT: Judgement(RecordVerdict.MISSED, Reason.TIMED_OUT),
    Outcome.OVERFLOWED: Judgement(RecordVerdict.MISSED, Reason.OVERFLOWED),
    Outcome.LEFT_BY_KEY: Judgement(RecordVerdict.MISSED, Reason.LEFT_BY_KEY),
    Outcome.DROPPED: Judgement(RecordVerdict.MISSED, Reason.DROPPED),
    Outcome.UNKNOWN: Judgement(RecordVerdict.MISSED, Reason.END_UNKNOWN),
}


def judge_call(call: Call, period: Period, as_of: datetime) -> Judgement:
    """Indicator 1: taken by an agent, of the calls that entered a queue of agents (entered_at).

    However often it rang, it is one call; while it waits it is left out. One that would have waited
    longer than any call does is a miss: its end was lost, and with it whether anybody took it.
    """
    if not period.holds(call.entered_at):
        return OUTSIDE
    lost = call.outcome is Outcome.WAITING and has_no_end(call, as_of)
    return OUTCOME_JUDGEMENTS[Outcome.UNKNOWN if lost else call.outcome]
