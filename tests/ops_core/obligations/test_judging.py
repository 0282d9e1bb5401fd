"""Indicator 9: in time and whole, of the reports that are due."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_core.kpi.judgements import GOOD, OUTSIDE, Judgement, RecordVerdict
from ops_core.kpi.judging.reports import (
    AWAITING_RECEIPT,
    DUE_UNKNOWN,
    INCOMPLETE,
    NOT_ASSESSED,
    NOT_SUBMITTED,
    NOT_YET_DUE,
    SUBMITTED_LATE,
    WAIVED,
    ReportDelivery,
    judge_report,
)
from ops_core.kpi.periods import Period, PeriodKind
from tests.profile import examples

OWED = datetime(2026, 10, 31, 16, tzinfo=UTC)
DUE = datetime(2026, 11, 11, 16, tzinfo=UTC)
AFTER = DUE + timedelta(days=3)
MINUTE = timedelta(minutes=1)
NOVEMBER = Period(PeriodKind.MONTH, "2026-11", OWED, datetime(2026, 11, 30, 16, tzinfo=UTC))


def delivery(
    due_at: datetime | None = DUE,
    submitted_at: datetime | None = None,
    awaits_receipt: bool = False,
    whole_at: datetime | None = None,
    found_incomplete: bool = False,
    is_assessed: bool = True,
    is_waived: bool = False,
) -> ReportDelivery:
    return ReportDelivery("monthly-2026-10", OWED, due_at, is_assessed, is_waived, submitted_at,
                          awaits_receipt, whole_at, found_incomplete)  # fmt: skip


@pytest.mark.parametrize(
    ("report", "now", "judgement"),
    [
        (delivery(), DUE, NOT_YET_DUE),
        (delivery(), DUE + MINUTE, NOT_SUBMITTED),
        (delivery(submitted_at=DUE, whole_at=DUE), AFTER, GOOD),
        (delivery(submitted_at=DUE, whole_at=DUE), DUE - MINUTE, NOT_YET_DUE),
        (delivery(submitted_at=DUE + MINUTE, whole_at=DUE + MINUTE), AFTER, SUBMITTED_LATE),
        (delivery(submitted_at=DUE, awaits_receipt=True), AFTER, AWAITING_RECEIPT),
        (delivery(submitted_at=DUE + MINUTE, awaits_receipt=True), AFTER, SUBMITTED_LATE),
        (delivery(submitted_at=DUE, found_incomplete=True), AFTER, INCOMPLETE),
        (delivery(submitted_at=AFTER, whole_at=DUE, found_incomplete=True), AFTER, GOOD),
        (delivery(submitted_at=AFTER, whole_at=AFTER), AFTER, SUBMITTED_LATE),
        (delivery(due_at=None, submitted_at=DUE, whole_at=DUE), AFTER, DUE_UNKNOWN),
        (delivery(is_waived=True), AFTER, WAIVED),
        (delivery(is_assessed=False), AFTER, NOT_ASSESSED),
    ],
    ids=[
        "at-the-last-instant-it-is-not-yet-due", "nothing-came", "whole-at-the-last-instant",
        "early-and-whole-is-judged-when-due", "a-minute-late", "in-time-and-not-yet-received",
        "late-and-not-yet-received", "returned-as-incomplete",
        "a-whole-one-came-in-time-whatever-comes-later", "resubmitted-whole-but-late",
        "no-published-calendar", "waived", "not-in-the-contract",
    ],
)  # fmt: skip
def test_a_report_is_judged(report: ReportDelivery, now: datetime, judgement: Judgement) -> None:
    assert judge_report(report, NOVEMBER, now) == judgement


def test_a_report_counts_in_the_month_in_which_it_became_owed() -> None:
    december = Period(PeriodKind.MONTH, "2026-12", NOVEMBER.end, AFTER + timedelta(days=40))
    assert judge_report(delivery(), december, AFTER) == OUTSIDE


instants = st.integers(-60, 60).map(lambda n: DUE + timedelta(hours=n))


@settings(max_examples=examples(100, 3000), deadline=None)
@given(sent=st.lists(instants, max_size=4), now=instants, data=st.data())
def test_good_is_exactly_a_whole_one_in_time(
    sent: list[datetime], now: datetime, data: st.DataObject
) -> None:
    """Whatever was sent how often: one whole version by its deadline, and nothing else, is good."""
    submitted = [at for at in sorted(sent) if at <= now]
    verdicts = [data.draw(st.sampled_from(["whole", "incomplete", "none"])) for _ in submitted[:-1]]
    verdicts += [data.draw(st.sampled_from(["whole", "incomplete", "none"]))] if submitted else []
    # Only the last one may still be without a verdict.
    verdicts = ["incomplete" if v == "none" else v for v in verdicts[:-1]] + verdicts[-1:]
    whole = [at for at, v in zip(submitted, verdicts, strict=True) if v == "whole"]
    report = delivery(
        submitted_at=submitted[-1] if submitted else None,
        awaits_receipt=verdicts[-1:] == ["none"],
        whole_at=min(whole, default=None),
        found_incomplete=verdicts[-1:] == ["incomplete"],
    )
    judged = judge_report(report, NOVEMBER, now)
    if now <= DUE:
        assert judged == NOT_YET_DUE
    elif any(at <= DUE for at in whole):
        assert judged == GOOD
    elif verdicts[-1:] == ["none"] and submitted[-1] <= DUE:
        assert judged.verdict is RecordVerdict.PENDING
    else:
        assert judged.verdict is RecordVerdict.MISSED
