"""Invariants 3 and 4 of limits: a breach is a matter of time stamps, not of who looked when."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from device_configs.site import load_site
from ops_core.hotline.deadline_policies.time_limits import TimeLimit
from ops_core.hotline.orders.deadlines import (
    DeadlineKind,
    DeadlineReading,
    Deadlines,
    DeadlineVerdict,
    order_deadlines,
    read_deadline,
)
from ops_core.hotline.orders.order import Order
from ops_core.hotline.orders.steps import OrderState
from ops_core.kernel.settings import PROJECT_DIRECTORY
from ops_core.kernel.working_days import WorkCalendar
from tests.ops_core.hotline.conftest import SHANGHAI

CALENDAR = load_site(PROJECT_DIRECTORY / "inventory").calendar
starts = st.datetimes(datetime(2025, 1, 1), datetime(2026, 10, 31)).map(  # noqa: DTZ001
    lambda local: local.replace(tzinfo=SHANGHAI).astimezone(UTC)
)
spans = st.timedeltas(timedelta(0), timedelta(days=60))
days = st.integers(1, 15)
DEADLINES = Deadlines(1, 1, 3, 1)
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
ACCEPTED = Order("W-1", OrderState.ACCEPTED, 1, 1, LONG_AGO, LONG_AGO, "")


def read(
    start: datetime, within: int, met: datetime | None, now: datetime, calendar: WorkCalendar
) -> DeadlineReading:
    return read_deadline(
        DeadlineKind.HANDLE, TimeLimit(within), start, met, calendar, SHANGHAI, now
    )


@given(starts, days, spans, st.lists(spans, min_size=1, max_size=5))
def test_late_is_what_finished_after_the_limit_whenever_one_looks(
    start: datetime, within: int, took: timedelta, looks: list[timedelta]
) -> None:
    due, finish = CALENDAR.due(start, within, SHANGHAI), start + took
    final = DeadlineVerdict.MISSED if finish > due else DeadlineVerdict.MET
    for now in sorted(start + look for look in looks):
        if now < finish:
            running = read(start, within, None, now, CALENDAR).verdict
            assert running is (DeadlineVerdict.MISSED if now > due else DeadlineVerdict.RUNNING)
            assert running is DeadlineVerdict.RUNNING or final is DeadlineVerdict.MISSED
        else:
            assert read(start, within, finish, now, CALENDAR).verdict is final


@given(starts, days)
def test_the_last_moment_is_in_time_and_the_next_is_not(start: datetime, within: int) -> None:
    due = CALENDAR.due(start, within, SHANGHAI)
    a_moment = timedelta(microseconds=1)
    assert read(start, within, due, due, CALENDAR).verdict is DeadlineVerdict.MET
    assert read(start, within, due + a_moment, due, CALENDAR).verdict is DeadlineVerdict.MISSED
    assert read(start, within, None, due, CALENDAR).verdict is DeadlineVerdict.RUNNING
    assert read(start, within, None, due + a_moment, CALENDAR).verdict is DeadlineVerdict.MISSED


@given(starts, days, days)
def test_limits_add_up_and_end_with_a_working_day(start: datetime, n: int, m: int) -> None:
    day = start.astimezone(SHANGHAI).date()
    assert CALENDAR.after(CALENDAR.after(day, n), m) == CALENDAR.after(day, n + m)
    last = (CALENDAR.due(start, n, SHANGHAI) - timedelta(microseconds=1)).astimezone(SHANGHAI)
    assert CALENDAR.is_working_day(last.date())
    assert CALENDAR.between(day, last.date()) == n


@given(starts, days, st.integers(0, 86_399))
def test_every_moment_of_a_day_gives_the_same_limit(
    start: datetime, within: int, second: int
) -> None:
    midnight = start.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    other = midnight + timedelta(seconds=second)
    assert CALENDAR.due(other, within, SHANGHAI) == CALENDAR.due(start, within, SHANGHAI)


@given(st.dates(date(2026, 12, 1), date(2027, 3, 1)), days, spans, st.booleans())
def test_a_limit_in_an_unpublished_year_is_unknown_and_never_met(
    day: date, within: int, took: timedelta, is_met: bool
) -> None:
    start = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
    reading = read(start, within, start + took if is_met else None, start + took, CALENDAR)
    left = CALENDAR.between(day, date(2026, 12, 31)) if day.year == 2026 else 0
    if within > left:
        assert (reading.verdict, reading.due_at) == (DeadlineVerdict.UNKNOWN, None)
    else:
        assert reading.verdict is not DeadlineVerdict.UNKNOWN


@given(starts, spans, spans)
def test_a_reply_under_review_is_in_time_for_nobody_yet(
    start: datetime, took: timedelta, reviewed: timedelta
) -> None:
    now = start + took + reviewed
    replied = replace(ACCEPTED, dispatched_at=start, replied_at=start + took)

    def handling(order: Order) -> DeadlineReading:
        return order_deadlines(order, DEADLINES, CALENDAR, SHANGHAI, now)[1]

    waiting = handling(replace(replied, state=OrderState.REPLIED))
    passed = handling(replace(replied, state=OrderState.APPROVED))
    handed_back = handling(replace(replied, state=OrderState.SIGNED, replied_at=None))
    assert waiting.due_at == passed.due_at == handed_back.due_at, "a review pauses nothing"
    late = DeadlineVerdict.MISSED
    expected = late if passed.verdict is late else DeadlineVerdict.UNDER_REVIEW
    assert (waiting.verdict, waiting.met_at) == (expected, start + took)
    if passed.verdict is late:
        assert handed_back.verdict is late


@given(starts, st.integers(1, 240), st.integers(0, 5))
def test_hours_run_by_the_clock_and_working_days_come_after_them(
    start: datetime, hours: int, added: int
) -> None:
    due = TimeLimit(added, hours).due(start, CALENDAR, SHANGHAI)
    over = start + timedelta(hours=hours)
    assert due == (CALENDAR.due(over, added, SHANGHAI) if added else over)
    assert TimeLimit(hours=hours).due(over, CALENDAR, SHANGHAI) == (
        TimeLimit(hours=2 * hours).due(start, CALENDAR, SHANGHAI)
    ), "splitting an interval adds up"


limits = st.builds(TimeLimit, days) | st.builds(TimeLimit, st.just(0), st.integers(1, 240))


@given(starts, limits, limits)
def test_what_never_outlasts_another_limit_never_does(
    start: datetime, one: TimeLimit, other: TimeLimit
) -> None:
    if one.never_outlasts(other):
        assert one.due(start, CALENDAR, SHANGHAI) <= other.due(start, CALENDAR, SHANGHAI)


def test_hours_pass_through_the_national_holiday() -> None:
    begun = datetime(2026, 9, 30, 20, tzinfo=SHANGHAI)
    due = TimeLimit(hours=24).due(begun, CALENDAR, SHANGHAI)
    assert due == datetime(2026, 10, 1, 20, tzinfo=SHANGHAI)
    later = TimeLimit(1, 24).due(begun, CALENDAR, SHANGHAI)
    assert later == datetime(2026, 10, 9, tzinfo=SHANGHAI)
