"""Indicator 3: how an order that was dispatched to a unit is judged (pure).

Returned for the operator's fault, by the purchaser's decision, it is a miss, once however often it
came back; returned for another cause it is good. While one of its returns is undecided it is
pending, unless another one decides already.
"""

from dataclasses import dataclass
from datetime import datetime

from ops_core.hotline.adjudications.model import AdjudicationState
from ops_core.hotline.day_sums.model import Returned, returned_of
from ops_core.kpi.judgements import GOOD, OUTSIDE, Judgement, RecordVerdict
from ops_core.kpi.periods import Period
from ops_core.kpi.reasons import Reason

RETURNED_FOR_FAULT = Judgement(RecordVerdict.MISSED, Reason.RETURNED_FOR_FAULT)
RETURN_PENDING = Judgement(RecordVerdict.PENDING, Reason.UNDER_ADJUDICATION)
RETURNED_OTHERWISE = Judgement(RecordVerdict.GOOD, Reason.RETURNED_OTHERWISE)
JUDGEMENT_OF = {
    Returned.NEVER: GOOD,
    Returned.AT_FAULT: RETURNED_FOR_FAULT,
    Returned.UNDECIDED: RETURN_PENDING,
    Returned.OTHERWISE: RETURNED_OTHERWISE,
}


@dataclass(frozen=True, slots=True)
class DispatchedOrder:
    """An order with the states of the matters about its ``returns`` returns.

    A return that nobody put before the purchaser is undecided, too. ``matter`` is the number of
    the one that decides, or of the first that is open.
    """

    number: str
    first_dispatched_at: datetime
    returns: int = 0
    decisions: tuple[AdjudicationState, ...] = ()
    matter: str = ""


def judge_dispatched(order: DispatchedOrder, period: Period) -> Judgement:
    """Of the orders first dispatched in the period (first_dispatched_at)."""
    if not period.holds(order.first_dispatched_at):
        return OUTSIDE
    return JUDGEMENT_OF[returned_of(order.returns, order.decisions)]
