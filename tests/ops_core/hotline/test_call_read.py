"""What screens read of calls and of the work that waits, on both databases."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from device_configs.site.model import Site
from ops_core.hotline.calls.model import Call, CallEventKind, Outcome
from ops_core.hotline.calls.read import (
    NO_END_AFTER,
    ImpactWindow,
    Position,
    Selection,
    calls_by_quarter,
    calls_by_seat,
    count_calls,
    count_without_end,
    heard_at,
    list_calls,
    outcomes_of_day,
    read_present,
)
from ops_core.hotline.calls.tables import CallRow
from ops_core.hotline.cases.read import present_call
from ops_core.hotline.cases.tables import CaseRow
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.hotline.deadline_policies.time_limits import TimeLimit
from ops_core.hotline.orders.deadlines import order_deadlines
from ops_core.hotline.orders.steps import ENDED, OrderState
from ops_core.hotline.orders.store import deadlines_of, order_of
from ops_core.hotline.orders.tables import WorkOrderRow
from ops_core.hotline.orders.workload import begun_before, read_workload
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.database import Database
from ops_core.kernel.working_days import UnpublishedYear
from tests.ops_core.hotline.conftest import SHANGHAI, Work
from tests.ops_core.hotline.test_course_of_an_order import START, call_events, take

K = CallEventKind
MIDNIGHT = START - timedelta(hours=9)
SEAT = 37


def call_row(name: str, entered_s: int, outcome: Outcome, **more: object) -> CallRow:
    """A call as stored; answered ones were taken by seat 37 after 9 s."""
    row = CallRow(
        call=name, entered_at=START + timedelta(seconds=entered_s), queue="citizen",
        outcome=outcome.value, answered_at=None, left_at=None, agent="", seat=None, rung=0,
        transfers=0, requester_id=None,
    )  # fmt: skip
    if outcome is Outcome.ANSWERED:
        row.answered_at = row.entered_at + timedelta(seconds=9)
        row.agent, row.seat = "lin", SEAT
    elif outcome is not Outcome.WAITING:
        row.left_at = row.entered_at + timedelta(seconds=20)
    for field, value in more.items():
        setattr(row, field, value)
    return row


def store(database: Database, *rows: object) -> None:
    with database.transaction() as session:
        session.add_all(rows)


def names(found: Sequence[Call]) -> list[str]:
    return [call.call for call in found]


def test_what_goes_on_and_what_was_lost_track_of(database: Database) -> None:
    long_ago = -int(NO_END_AFTER.total_seconds()) - 60
    store(
        database,
        call_row("waits", -20, Outcome.WAITING),
        call_row("waits-longer", -50, Outcome.WAITING),
        call_row("talks", -90, Outcome.ANSWERED),
        call_row("lost-track", long_ago, Outcome.ANSWERED),
        call_row("never-left", long_ago, Outcome.WAITING),
        call_row("gone", -300, Outcome.ABANDONED),
    )
    with database.reading() as session:
        present = read_present(session, START)
        assert names(present.waiting) == ["waits-longer", "waits"]
        assert names(present.talking) == ["talks"]
        assert count_without_end(session, MIDNIGHT, START) == 2
        assert heard_at(session, START) == START - timedelta(seconds=20)
        unknown = list_calls(session, Selection(unknown=True), START, None, 9)
        assert names([s.call for s in unknown]) == ["never-left", "lost-track"]
        wait = timedelta(seconds=30)
        abnormal = list_calls(session, Selection(abnormal_wait=wait), START, None, 9)
        assert names([s.call for s in abnormal]) == [
            "waits-longer", "gone", "never-left", "lost-track",
        ]  # fmt: skip


def test_what_goes_on_now_does_not_believe_the_future(database: Database) -> None:
    """One clock is twenty minutes ahead; another one was once set to a later year."""
    ahead, far = 20 * 60, 3 * 365 * 86_400
    store(
        database,
        call_row("before", -60, Outcome.ABANDONED),
        call_row("waits", ahead, Outcome.WAITING),
        call_row("talks", ahead, Outcome.ANSWERED),
        call_row("waits-in-2029", far, Outcome.WAITING),
        call_row("talks-in-2029", far, Outcome.ANSWERED),
        call_row("left-in-2029", far, Outcome.ABANDONED),
    )
    with database.reading() as session:
        present = read_present(session, START)
        assert names(present.waiting) == ["waits"]
        assert names(present.talking) == ["talks"]
        for call in (*present.waiting, *present.talking):
            assert call.entered_at == START, "it began just now at the earliest"
        assert heard_at(session, START) == START - timedelta(seconds=40)
        agent = present.talking[0].agent
        shown = present_call(session, agent, START)
        assert shown is not None
        assert shown.call == "talks"


def test_nothing_was_heard_of_an_empty_table(database: Database) -> None:
    with database.reading() as session:
        assert heard_at(session, START) is None
        assert read_present(session, START).waiting == ()
        assert calls_by_quarter(session, MIDNIGHT) == (0,) * 96


def test_a_quarter_hour_holds_its_first_instant_and_not_its_last(database: Database) -> None:
    quarter = 900
    store(
        database,
        call_row("a", 0, Outcome.ABANDONED),
        call_row("b", quarter, Outcome.ABANDONED),
        call_row("c", 0, Outcome.ABANDONED,
                 entered_at=START + timedelta(seconds=quarter) - timedelta(microseconds=1)),
        call_row("yesterday", -9 * 3600 - 1, Outcome.ABANDONED),
        call_row("tomorrow", 15 * 3600, Outcome.ABANDONED),
    )  # fmt: skip
    with database.reading() as session:
        found = calls_by_quarter(session, MIDNIGHT)
    assert (found[36], found[37], sum(found)) == (2, 1, 3)


def test_pages_by_key_hold_every_call_once_though_calls_come_in_between(
    database: Database,
) -> None:
    store(database, *(call_row(f"c{n:02d}", -(n // 3), Outcome.ABANDONED) for n in range(25)))
    seen: list[str] = []
    after = None
    for turn in range(9):
        with database.reading() as session:
            page = list_calls(session, Selection(), START, after, 4)
        if not page:
            break
        seen += [stored.call.call for stored in page]
        after = Position(page[-1].call.entered_at, page[-1].call.call)
        store(database, call_row(f"new{turn}", 60 + turn, Outcome.ABANDONED))
    assert len(seen) == 25
    assert set(seen) == {f"c{n:02d}" for n in range(25)}


@pytest.mark.parametrize(
    ("selection", "wanted"),
    [
        (Selection(outcome=Outcome.ANSWERED, is_over=True), {"over"}),
        (Selection(outcome=Outcome.ANSWERED, is_over=False), {"talks"}),
        (Selection(outcome=Outcome.WAITING), {"waits"}),
        (Selection(outcome=Outcome.ABANDONED), {"gone"}),
        (Selection(seat=SEAT), {"over", "talks"}),
        (Selection(agent="lin", queue="citizen"), {"over", "talks"}),
        (Selection(queue="enterprise"), {"other"}),
        (Selection(start=START - timedelta(seconds=30)), {"waits", "talks", "other"}),
        (Selection(end=START - timedelta(seconds=100)), {"over", "gone"}),
    ],
)
def test_a_selection_holds_what_it_says(
    database: Database, selection: Selection, wanted: set[str]
) -> None:
    store(
        database,
        call_row("over", -200, Outcome.ANSWERED, left_at=START - timedelta(seconds=50)),
        call_row("talks", -30, Outcome.ANSWERED),
        call_row("waits", -10, Outcome.WAITING),
        call_row("gone", -300, Outcome.ABANDONED),
        call_row("other", -5, Outcome.TIMED_OUT, queue="enterprise"),
    )
    with database.reading() as session:
        found = {s.call.call for s in list_calls(session, selection, START, None, 99)}
        assert found == wanted
        assert count_calls(session, selection, START) == len(wanted)


OUTCOMES = st.sampled_from(Outcome)
SECONDS = st.integers(-20_000, 20_000)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(SECONDS, OUTCOMES, st.integers(0, 9000), st.sampled_from([12, 37])), max_size=8
    ),
    SECONDS,
    st.integers(0, 20_000),
    st.sets(st.sampled_from([12, 37])),
    st.booleans(),
)
def test_the_database_and_the_rule_agree_on_what_an_incident_touched(
    sqlite_database: Database,
    entries: list[tuple[int, Outcome, int, int]],
    start_s: int,
    length_s: int,
    seats: set[int],
    with_lost: bool,
) -> None:
    start = START + timedelta(seconds=start_s)
    window = ImpactWindow(frozenset(seats), start, start + timedelta(seconds=length_s), with_lost)
    rows = []
    for number, (entered, outcome, length, seat) in enumerate(entries):
        row = call_row(f"c{number}", entered, outcome)
        if outcome is Outcome.ANSWERED:
            row.seat = seat
            row.left_at = row.entered_at + timedelta(seconds=length) if length else None
        rows.append(row)
    with sqlite_database.transaction() as session:
        session.execute(delete(CallRow))
        session.add_all(rows)
    with sqlite_database.reading() as session:
        everything = list_calls(session, Selection(), START, None, 99)
        touched = list_calls(session, Selection(impact=window), START, None, 99)
    assert touched == [stored for stored in everything if window.holds(stored.call)]


def test_every_call_that_entered_is_tallied_once_under_its_outcome(
    work: Work, vault: ContactVault, database: Database
) -> None:
    """Invariant 10: answered + abandoned + other exits + waiting = entered."""
    courses = (
        (K.ENTERQUEUE, K.RINGNOANSWER, K.CONNECT, K.COMPLETEAGENT),
        (K.ENTERQUEUE, K.ABANDON),
        (K.ENTERQUEUE, K.EXITWITHTIMEOUT, K.ENTERQUEUE, K.CONNECT),
        (K.ENTERQUEUE,),
        (K.COMPLETECALLER,),
    )
    for number, kinds in enumerate(courses):
        batch = call_events(f"c-{number}", 10 * number, *kinds)
        take(work, vault, list(reversed(batch)))
        take(work, vault, batch)
    with database.reading() as session:
        outcomes = outcomes_of_day(session, "2026-03-02")
        assert sum(outcomes.values()) == count_calls(session, Selection(), START) == 4
        assert outcomes[Outcome.ANSWERED] == 2
        assert calls_by_seat(session, MIDNIGHT) == {37: 2}


def order(number: int, state: OrderState, **more: object) -> tuple[CaseRow, WorkOrderRow]:
    name = f"C-20260302-{number:05d}"
    case = CaseRow(
        number=name, day="20260302", channel="web", source_org="web", source_ref=name,
        requester_id=None, call=None, kind="help", category="heating", region="province",
        title="t", text="t", direct_answer="", received_at=START, recorded_by="web",
        content_hash="",
    )  # fmt: skip
    row = WorkOrderRow(
        number=f"W-20260302-{number:05d}", case_number=name, kind="help", category="heating",
        region="province", title="t", state=state.value, cycle=1, version=1, accepted_at=START,
        last_at=START, last_hash="", unit="housing", dispatched_at=None, signed_at=None,
        replied_at=None, approved_at=None, completed_at=None, dispatcher="", objector="",
        replier="", returns=0,
        policy_version=1, sign_within=1, handle_within=3, callback_within=1, sign_hours=0,
        handle_hours=0,
    )  # fmt: skip
    for field, value in more.items():
        setattr(row, field, value)
    return case, row


LIMITS = st.one_of(
    st.builds(TimeLimit, st.integers(1, 13)),
    st.builds(TimeLimit, st.integers(0, 2), st.sampled_from([1, 2, 24, 72])),
)
STAMPS = st.none() | st.integers(-12, 2)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.sampled_from(OrderState), STAMPS, STAMPS, STAMPS, LIMITS),
        max_size=12,
    ),
    st.integers(0, 48),
)
@example([(OrderState.ON_HOLD, 0, None, 0, TimeLimit(0, 1))], 1)
def test_the_counts_of_late_orders_are_those_of_the_orders_one_by_one(
    sqlite_database: Database,
    site: Site,
    entries: list[tuple[OrderState, int | None, int | None, int | None, TimeLimit]],
    soon_h: int,
) -> None:
    now, soon = START + timedelta(hours=3), timedelta(hours=soon_h)
    rows = []
    for number, (state, *days, within) in enumerate(entries):
        stamps = [None if d is None else now + timedelta(days=d, minutes=number) for d in days]
        rows += order(
            number, state, dispatched_at=stamps[0], signed_at=stamps[1], replied_at=stamps[2],
            handle_within=within.working_days, handle_hours=within.hours,
        )  # fmt: skip
    with sqlite_database.transaction() as session:
        session.execute(delete(WorkOrderRow))
        session.execute(delete(CaseRow))
        session.add_all(rows)
    with sqlite_database.reading() as session:
        load = read_workload(session, site.calendar, SHANGHAI, now, soon)
        orders = [row for row in rows if isinstance(row, WorkOrderRow)]

        def late(by: datetime) -> int:
            return sum(
                any(
                    deadline.met_at is None
                    and deadline.due_at is not None
                    and deadline.due_at <= by
                    for deadline in order_deadlines(
                        order_of(row), deadlines_of(row), site.calendar, SHANGHAI, by
                    )
                )
                for row in orders
                if row.state not in ENDED
            )

        assert load.orders_open == sum(row.state not in ENDED for row in orders)
        assert load.orders_overdue == late(now)
        assert load.orders_due_soon == late(now + soon) - late(now)
        assert load.web_today == len(orders)


@given(st.integers(0, 330 * 24 * 60), LIMITS, st.data())
def test_what_began_before_is_due_by_then_and_nothing_else(
    site: Site, minutes: int, within: TimeLimit, data: st.DataObject
) -> None:
    instant = datetime(2026, 1, 22, tzinfo=UTC) + timedelta(minutes=minutes)
    boundary = begun_before(site.calendar, within, instant, SHANGHAI)
    assert boundary is not None
    around = st.timedeltas(timedelta(days=-2), timedelta(days=2))
    start = boundary + data.draw(around)
    assert (start < boundary) == (within.due(start, site.calendar, SHANGHAI) <= instant)


def test_a_limit_that_ends_in_a_year_without_a_calendar_is_never_late(
    database: Database, site: Site, clock: FixedClock
) -> None:
    last = max(site.calendar.years)
    now = datetime(last + 1, 3, 2, 4, tzinfo=UTC)
    with pytest.raises(UnpublishedYear):
        site.calendar.due(now - timedelta(days=30), 3, SHANGHAI)
    store(database, *order(1, OrderState.SIGNED, dispatched_at=now - timedelta(days=30)))
    with database.reading() as session:
        load = read_workload(session, site.calendar, SHANGHAI, now, timedelta(hours=2))
    assert (load.orders_open, load.orders_overdue, load.orders_due_soon) == (1, 0, 0)
