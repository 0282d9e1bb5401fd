"""Deadlines of co-units where the calendar lacks a year: unknown, and never counted as kept."""

from datetime import UTC, datetime, timedelta

import pytest

from ops_core.hotline.deadline_policies.time_limits import TimeLimit
from ops_core.hotline.orders.co_deadlines import Contribution, co_deadlines
from ops_core.hotline.orders.deadlines import DeadlineKind, DeadlineVerdict, read_deadline
from ops_core.hotline.orders.order import Order
from ops_core.hotline.orders.steps import OrderState
from ops_core.kernel.working_days import CalendarYear, WorkCalendar
from tests.ops_core.hotline.test_deadline_invariants import SHANGHAI

CALENDAR = WorkCalendar({2026: CalendarYear("", frozenset(), frozenset())})
ASKED = datetime(2026, 12, 31, 1, tzinfo=UTC)
LEADS = TimeLimit(hours=240)
"""Hours need no calendar, so the lead unit's end is known."""
LEADS_END = ASKED + timedelta(hours=240)


def verdict_at(now: datetime, replied_at: datetime | None) -> DeadlineVerdict:
    order = Order("W-1", OrderState.SIGNED, 1, 1, ASKED, ASKED, "", co_units=",water,")
    asked = Contribution("water", ASKED, TimeLimit(3), replied_at)
    leads = read_deadline(DeadlineKind.HANDLE, LEADS, ASKED, None, CALENDAR, SHANGHAI, now)
    (reading,) = co_deadlines(order, (asked,), leads, CALENDAR, SHANGHAI, now)
    return reading.verdict


@pytest.mark.parametrize("later", [timedelta(days=1), timedelta(days=30)])
@pytest.mark.parametrize("replied", [timedelta(hours=1), timedelta(days=8)])
def test_a_reply_by_an_unknown_end_is_kept_at_no_time(later: timedelta, replied: timedelta) -> None:
    replied_at = ASKED + replied
    assert verdict_at(replied_at + later, replied_at) is DeadlineVerdict.UNKNOWN


def test_what_is_owed_after_the_lead_units_end_is_missed_whenever_its_own_was() -> None:
    second = timedelta(seconds=1)
    assert verdict_at(LEADS_END, None) is DeadlineVerdict.UNKNOWN
    assert verdict_at(LEADS_END + second, None) is DeadlineVerdict.MISSED
    assert verdict_at(LEADS_END + second, LEADS_END + second) is DeadlineVerdict.MISSED
