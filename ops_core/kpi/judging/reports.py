"""Indicator 9: how a report that is owed is judged (pure)."""

from dataclasses import dataclass
from datetime import datetime

from ops_core.kpi.judgements import GOOD, OUTSIDE, Judgement, RecordVerdict
from ops_core.kpi.periods import Period
from ops_core.kpi.reasons import Reason

NOT_ASSESSED = Judgement(RecordVerdict.LEFT_OUT, Reason.NOT_ASSESSED)
WAIVED = Judgement(RecordVerdict.LEFT_OUT, Reason.WAIVED)
DUE_UNKNOWN = Judgement(RecordVerdict.LEFT_OUT, Reason.DUE_UNKNOWN)
NOT_YET_DUE = Judgement(RecordVerdict.LEFT_OUT, Reason.CLOCK_RUNNING)
AWAITING_RECEIPT = Judgement(RecordVerdict.PENDING, Reason.AWAITING_RECEIPT)
NOT_SUBMITTED = Judgement(RecordVerdict.MISSED, Reason.NOT_SUBMITTED)
SUBMITTED_LATE = Judgement(RecordVerdict.MISSED, Reason.SUBMITTED_LATE)
INCOMPLETE = Judgement(RecordVerdict.MISSED, Reason.REPORT_INCOMPLETE)


@dataclass(frozen=True, slots=True)
class ReportDelivery:
    """What the indicator needs of a report; ``due_at`` is None where it is unknown.

    ``whole_at``: when the first version was submitted that its receiver found whole.
    ``submitted_at``: the last submission. ``awaits_receipt``: whether that has no verdict yet.
    """

    key: str
    owed_at: datetime
    due_at: datetime | None
    is_assessed: bool
    is_waived: bool
    submitted_at: datetime | None
    awaits_receipt: bool
    whole_at: datetime | None
    found_incomplete: bool


def judge_report(report: ReportDelivery, period: Period, now: datetime) -> Judgement:
    """In time and whole, of the reports that became owed in the period (owed_at) and are due.

    What came in time and whole stays good whatever comes after; what was found incomplete is a miss
    unless a whole one came before it was due. Not yet due, waived, or due at nobody knows when is
    left out. What came in time while its receiver has not said whether it is whole is pending.
    """
    if not period.holds(report.owed_at):
        return OUTSIDE
    if not report.is_assessed:
        return NOT_ASSESSED
    if report.is_waived:
        return WAIVED
    due = report.due_at
    if due is None:
        return DUE_UNKNOWN
    if now <= due:
        return NOT_YET_DUE
    if report.whole_at is not None and report.whole_at <= due:
        return GOOD
    if report.awaits_receipt and report.submitted_at is not None and report.submitted_at <= due:
        return AWAITING_RECEIPT
    if report.submitted_at is None:
        return NOT_SUBMITTED
    return INCOMPLETE if report.found_incomplete else SUBMITTED_LATE
