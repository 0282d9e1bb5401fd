"""Indicators 2, 3, 5 and 6: how single records are judged."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_configs.site.model import Site
from ops_core.hotline.adjudications.kinds import EventLevel
from ops_core.hotline.adjudications.model import AdjudicationState
from ops_core.kernel.working_days import WorkCalendar
from ops_core.kpi.judgements import GOOD, OUTSIDE, Judgement, RecordVerdict
from ops_core.kpi.judging.matters import (
    NOT_SERIOUS,
    NOT_UPHELD,
    SERIOUS,
    SUBSTANTIATED,
    UNDECIDED,
    AdjudicatedMatter,
    judge_complaint,
    judge_opinion_event,
)
from ops_core.kpi.judging.returns import (
    RETURN_PENDING,
    RETURNED_FOR_FAULT,
    RETURNED_OTHERWISE,
    DispatchedOrder,
    judge_dispatched,
)
from ops_core.kpi.judging.web_orders import (
    ANSWERED_LATE,
    APPEALED,
    DEADLINE_UNKNOWN,
    NOT_ANSWERED,
    RUNNING,
    WebOrder,
    judge_web_order,
)
from ops_core.kpi.periods import month_of

ZONE = ZoneInfo("Asia/Shanghai")
S = AdjudicationState


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def judged(
    site: Site, received: str, answered: str | None, now: str = "2026-12-01", appeal: str = ""
) -> Judgement:
    order = WebOrder("W-1", at(received), answered and at(answered), appeal=appeal)  # type: ignore[arg-type]
    period = month_of(at(received), site.contract)
    return judge_web_order(order, period, site.calendar, ZONE, at(now))


@pytest.mark.parametrize(
    ("received", "last", "late"),
    [
        ("2026-02-13T23:59:59", "2026-02-14T23:59:59", "2026-02-15T00:00:01"),
        ("2026-02-14T00:00:00", "2026-02-24T23:59:59", "2026-02-25T00:00:01"),
        ("2026-09-18T10:00:00", "2026-09-20T23:59:59", "2026-09-21T00:00:01"),
        ("2026-09-24T10:00:00", "2026-09-28T23:59:59", "2026-09-29T00:00:01"),
        ("2026-09-30T10:00:00", "2026-10-08T23:59:59", "2026-10-09T00:00:01"),
        ("2026-10-09T10:00:00", "2026-10-10T23:59:59", "2026-10-11T00:00:01"),
    ],
    ids=["Friday before a make-up Saturday", "make-up Saturday before Spring Festival",
         "Friday before a make-up Sunday", "before Mid-Autumn", "before National Day",
         "Friday before a make-up Saturday in October"],
)  # fmt: skip
def test_an_answer_is_due_by_the_end_of_the_next_working_day(
    site: Site, received: str, last: str, late: str
) -> None:
    assert judged(site, received, last) == GOOD
    assert judged(site, received, late) == ANSWERED_LATE
    assert judged(site, received, None, now=last) == RUNNING
    assert judged(site, received, None, now=late) == NOT_ANSWERED


def test_the_midnight_between_two_days_decides(site: Site) -> None:
    """Received at 23:59:59 it is due a day sooner than at 00:00."""
    assert judged(site, "2026-03-02T23:59:59", "2026-03-04T00:00:01") == ANSWERED_LATE
    assert judged(site, "2026-03-03T00:00:00", "2026-03-04T00:00:01") == GOOD


def test_an_appealed_order_leaves_with_its_good_answer_as_with_its_miss(site: Site) -> None:
    for answered in ("2026-03-02T11:00", "2026-03-09T11:00", None):
        assert judged(site, "2026-03-02T10:00", answered, appeal="J-1") == APPEALED


def test_without_a_calendar_only_an_answer_within_a_day_is_surely_in_time(site: Site) -> None:
    order = WebOrder("W-1", at("2026-03-02T10:00"), at("2026-03-03T10:00"))
    period, none = month_of(order.received_at, site.contract), WorkCalendar({})
    assert judge_web_order(order, period, none, ZONE, at("2026-04-01")) == GOOD
    late = WebOrder("W-1", order.received_at, at("2026-03-03T10:00:01"))
    assert judge_web_order(late, period, none, ZONE, at("2026-04-01")) == DEADLINE_UNKNOWN


@given(st.integers(0, 80), st.integers(0, 80))
def test_an_earlier_answer_is_never_judged_worse(site: Site, first: int, second: int) -> None:
    received = at("2026-09-30T10:00")
    period = month_of(received, site.contract)
    verdicts = [
        judge_web_order(
            WebOrder("W-1", received, received + timedelta(hours=6 * hours)),
            period, site.calendar, ZONE, at("2026-12-01"),
        ).verdict
        for hours in sorted((first, second))
    ]  # fmt: skip
    assert verdicts != [RecordVerdict.MISSED, RecordVerdict.GOOD]


@pytest.mark.parametrize(
    ("returns", "decisions", "expected"),
    [
        (0, (), GOOD),
        (1, (S.PENDING,), RETURN_PENDING),
        (1, (), RETURN_PENDING),
        (2, (S.REJECTED,), RETURN_PENDING),
        (1, (S.REJECTED,), RETURNED_OTHERWISE),
        (2, (S.REJECTED, S.REJECTED), RETURNED_OTHERWISE),
        (2, (S.UPHELD, S.UPHELD), RETURNED_FOR_FAULT),
        (2, (S.REJECTED, S.UPHELD), RETURNED_FOR_FAULT),
        (2, (S.UPHELD, S.PENDING), RETURNED_FOR_FAULT),
    ],
)
def test_an_order_returned_twice_is_one_miss_and_undecided_until_all_is_decided(
    site: Site, returns: int, decisions: tuple[AdjudicationState, ...], expected: Judgement
) -> None:
    order = DispatchedOrder("W-1", at("2026-03-02T10:00"), returns, decisions)
    assert judge_dispatched(order, month_of(order.first_dispatched_at, site.contract)) == expected
    assert judge_dispatched(order, month_of(at("2026-04-02"), site.contract)) == OUTSIDE


@pytest.mark.parametrize(
    ("state", "level", "complaint", "event"),
    [
        (S.PENDING, EventLevel.SERIOUS, UNDECIDED, UNDECIDED),
        (S.UPHELD, EventLevel.SERIOUS, SUBSTANTIATED, SERIOUS),
        (S.UPHELD, EventLevel.GENERAL, SUBSTANTIATED, NOT_SERIOUS),
        (S.REJECTED, EventLevel.SERIOUS, NOT_UPHELD, NOT_UPHELD),
    ],
)
def test_only_what_the_purchaser_upholds_is_a_miss(
    site: Site,
    state: AdjudicationState,
    level: EventLevel,
    complaint: Judgement,
    event: Judgement,
) -> None:
    matter = AdjudicatedMatter("J-1", at("2026-03-02T10:00"), state, level)
    period = month_of(matter.occurred_at, site.contract)
    assert judge_complaint(matter, period) == complaint
    assert judge_opinion_event(matter, period) == event
