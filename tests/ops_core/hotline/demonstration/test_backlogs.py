"""Backlogs: every beginning belongs to one, and what is on record names them again."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ops_core.hotline.demonstration.backlogs import (
    MAIN,
    Backlog,
    Beginnings,
    backlogs_from,
    backlogs_of,
    moved,
    share_done,
    slowest,
)

TODAY = datetime(2026, 3, 24, 16, tzinfo=UTC)
behind = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=5))
into_the_day = st.timedeltas(min_value=timedelta(0), max_value=timedelta(hours=23))


@given(behind, into_the_day, st.timedeltas(timedelta(days=-9), timedelta(days=2)))
def test_whatever_begins_belongs_to_one_lane_that_has_not_passed_it(
    behind: timedelta, into_the_day: timedelta, begins: timedelta
) -> None:
    now = TODAY + into_the_day
    reached = min(TODAY - behind + into_the_day, now)
    backlogs = backlogs_from(reached, now, TODAY)
    begun = now + begins
    holding = [backlog for backlog in backlogs if backlog.beginnings.holds(begun)]
    assert len(holding) == 1
    if begun >= reached:
        assert holding[0].reached <= begun, "nothing that has not happened yet is passed over"
    assert slowest(backlogs) == reached


@given(behind, into_the_day)
def test_what_is_on_record_names_the_same_backlogs(
    behind: timedelta, into_the_day: timedelta
) -> None:
    now = TODAY + into_the_day
    backlogs = backlogs_from(TODAY - behind.__class__(days=behind.days), now, TODAY)
    positions = {backlog.consumer: int(backlog.reached.timestamp()) for backlog in backlogs}
    others = {"demonstration-registers": 1, "demonstration-knowledge": 1}
    assert backlogs_of(positions | others) == backlogs


def test_before_the_first_start_there_is_none() -> None:
    assert backlogs_of({}) == ()


def test_the_last_hour_comes_first_then_today_then_the_past() -> None:
    now = TODAY + timedelta(hours=10)
    recent = now - timedelta(hours=1)
    assert backlogs_from(TODAY - timedelta(days=3), now, TODAY) == (
        Backlog(Beginnings(recent, None), recent),
        Backlog(Beginnings(TODAY, recent), TODAY),
        Backlog(Beginnings(None, TODAY), TODAY - timedelta(days=3)),
    )


def test_the_share_grows_to_the_end() -> None:
    now = TODAY + timedelta(hours=10)
    backlogs = backlogs_from(TODAY - timedelta(days=3), now, TODAY)
    begun = {backlog.consumer: backlog.reached for backlog in backlogs}
    assert share_done(backlogs, begun, now) == 0
    newest, today, past = backlogs
    half = [moved(newest, now), moved(today, now), past]
    share = share_done(half, begun, now)
    assert share is not None
    assert 0 < share < 50
    assert share_done([moved(backlog, now) for backlog in backlogs], begun, now) is None
    assert newest.consumer == MAIN
