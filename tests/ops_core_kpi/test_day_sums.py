"""A day sum is judged as each of its records is."""

from datetime import datetime, timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from device_configs.site.model import Site
from ops_core.hotline.adjudications.model import AdjudicationState
from ops_core.hotline.day_sums.model import (
    DayKey,
    DaySeries,
    Returned,
    moved,
    returned_of,
    web_answer_key,
)
from ops_core.kpi.judging.web_orders import (
    WebOrder,
    answer_due,
    judge_web_order,
    summed_web_order,
)
from ops_core.kpi.periods import Period, PeriodKind
from ops_core.kpi.whole_days import midnight
from tests.ops_core_kpi.stored import SHANGHAI
from tests.profile import examples

BEGAN = datetime(2026, 1, 1, tzinfo=SHANGHAI)
YEARS = Period(PeriodKind.CONTRACT_YEAR, "", BEGAN, BEGAN + timedelta(days=3000))
HOUR_US = 3_600_000_000
instants = st.one_of(
    st.integers(0, 800 * 24).map(lambda hours: BEGAN + timedelta(hours=hours)),
    st.integers(0, 800 * 24 * HOUR_US).map(lambda us: BEGAN + timedelta(microseconds=us)),
)
waits = st.one_of(
    st.integers(0, 20 * 24).map(lambda hours: timedelta(hours=hours)),
    st.integers(0, 20 * 24 * HOUR_US).map(lambda us: timedelta(microseconds=us)),
)


@settings(max_examples=examples(200, 5000), deadline=None)
@given(received_at=instants, answer=st.none() | waits, later=waits)
def test_a_web_order_is_judged_as_its_day_sum(
    site: Site, received_at: datetime, answer: timedelta | None, later: timedelta
) -> None:
    """To the microsecond, whatever the calendar of the year: midnights are drawn, too."""
    answered_at = None if answer is None else received_at + answer
    now = (answered_at or received_at) + later
    key = web_answer_key(received_at, answered_at)
    start = midnight(key.day, SHANGHAI)
    is_divided = start < now - timedelta(hours=24) < start + timedelta(days=1)
    unknown = answer_due(start, site.calendar, SHANGHAI) is None
    assume(answered_at is not None or not (unknown and is_divided))  # these are read one by one
    summed = summed_web_order(key.day, key.kind, SHANGHAI)
    one = WebOrder("W-1", received_at, answered_at)
    assert judge_web_order(summed, YEARS, site.calendar, SHANGHAI, now) == judge_web_order(
        one, YEARS, site.calendar, SHANGHAI, now
    )


def test_midnight_belongs_to_the_day_that_it_ends() -> None:
    received = datetime(2026, 3, 2, 9, tzinfo=SHANGHAI)
    ends = datetime(2026, 3, 5, tzinfo=SHANGHAI)
    assert web_answer_key(received, ends).kind == "2026-03-04"
    assert web_answer_key(received, ends + timedelta(microseconds=1)).kind == "2026-03-05"
    assert web_answer_key(received, received + timedelta(hours=24)).kind == "at_once"


def test_what_becomes_of_returns() -> None:
    upheld, pending, rejected = (
        AdjudicationState.UPHELD, AdjudicationState.PENDING, AdjudicationState.REJECTED,
    )  # fmt: skip
    assert returned_of(0, ()) is Returned.NEVER
    assert returned_of(1, ()) is Returned.UNDECIDED
    assert returned_of(2, (rejected, pending)) is Returned.UNDECIDED
    assert returned_of(2, (pending, upheld)) is Returned.AT_FAULT
    assert returned_of(2, (rejected, rejected)) is Returned.OTHERWISE


def test_what_stays_where_it_was_moves_no_sum() -> None:
    key = DayKey(DaySeries.REQUESTS, "2026-03-02", "")
    other = key._replace(day="2026-03-03")
    assert moved((key,), (key,)) == {}
    assert moved((key,), (other,)) == {key: -1, other: 1}
