"""How each indicator judges a record: golden cases of the contract, and invariants 7, 12, 13."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_configs.site import load_site
from device_configs.site.model import FaultClassName
from incident.false_alarm import Mark
from incident.false_alarm_terms import Cause, MarkState
from incident.model import ClassHeld, TimeStamps
from ops_core.hotline.callbacks.model import CallbackOutcome
from ops_core.hotline.calls.model import CallEvent, CallEventKind, call_of
from ops_core.hotline.calls.outcomes import NO_END_AFTER, CallOutcome, outcome_of
from ops_core.kernel.errors import Invalid
from ops_core.kernel.working_days import CalendarYear, WorkCalendar
from ops_core.kpi.judgements import GOOD, OUTSIDE, Counts, Judgement, RecordVerdict, tally
from ops_core.kpi.judging.callbacks import Closing, judge_closing, judge_open_callback
from ops_core.kpi.judging.calls import judge_call
from ops_core.kpi.judging.faults import FaultRecord, judge_fault
from ops_core.kpi.judging.ratings import RatingRecord, judge_rating
from ops_core.kpi.judging.stretches import open_stretches
from ops_core.kpi.judging.terminals import judge_parts, judge_terminal
from ops_core.kpi.periods import (
    Period,
    contract_year_of,
    instant_of,
    month_after,
    month_before,
    month_named,
    month_of,
    year_to_date,
)
from ops_core.kpi.ratios import ratio
from ops_core.kpi.reasons import Reason
from seat_assets.history import states_at, states_through
from seat_assets.model import Change, Part, TerminalCondition, TerminalState
from seat_assets.snapshots import count_through, snapshot_instants, time_weighted

SITE = load_site(Path(__file__).parents[2] / "inventory")
CONTRACT = SITE.contract
SHANGHAI = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 11, 3, 2, 0, tzinfo=UTC)
NOVEMBER = month_of(START, CONTRACT)
LATER = START + timedelta(days=20)
KINDS = CallEventKind


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def share(counts: Counts) -> Fraction | None:
    return ratio(counts.count(RecordVerdict.GOOD), counts.denominator)


# Indicator 1


def call(*events: tuple[str, CallEventKind]) -> Judgement:
    """How November judges a call of these events."""
    told = [CallEvent("pbx", n, "c-1", kind, local(at)) for n, (at, kind) in enumerate(events)]
    made = call_of(told)
    assert made is not None
    return judge_call(made, NOVEMBER, local(SHORTLY_AFTER))


NOON = "2026-11-03 12:00:00"
LONG_BEFORE = "2026-11-03 08:00:20"
SHORTLY_AFTER = "2026-11-03 12:00:20"
LAST_SECOND = "2026-11-30 23:59:59"
DECEMBER = "2026-12-01 00:00:20"


@pytest.mark.parametrize(
    ("events", "judged"),
    [
        (
            [(NOON, KINDS.ENTERQUEUE), (NOON, KINDS.RINGNOANSWER), (NOON, KINDS.RINGNOANSWER),
             (NOON, KINDS.CONNECT)],
            GOOD,
        ),
        ([(NOON, KINDS.ENTERQUEUE)], Judgement(RecordVerdict.LEFT_OUT, Reason.STILL_WAITING)),
        (
            [(LONG_BEFORE, KINDS.ENTERQUEUE), (LONG_BEFORE, KINDS.RINGNOANSWER)],
            Judgement(RecordVerdict.MISSED, Reason.END_UNKNOWN),
        ),
        (
            [(NOON, KINDS.ENTERQUEUE), (NOON, KINDS.AGENTDUMP)],
            Judgement(RecordVerdict.MISSED, Reason.DROPPED),
        ),
        (
            [(NOON, KINDS.ENTERQUEUE), (NOON, KINDS.ATTENDEDTRANSFER)],
            Judgement(RecordVerdict.MISSED, Reason.END_UNKNOWN),
        ),
        (
            [(NOON, KINDS.ENTERQUEUE), (NOON, KINDS.ABANDON)],
            Judgement(RecordVerdict.MISSED, Reason.ABANDONED),
        ),
        (
            [(NOON, KINDS.ENTERQUEUE), (NOON, KINDS.EXITWITHTIMEOUT)],
            Judgement(RecordVerdict.MISSED, Reason.TIMED_OUT),
        ),
        (
            [(NOON, KINDS.ENTERQUEUE), (NOON, KINDS.EXITEMPTY)],
            Judgement(RecordVerdict.MISSED, Reason.OVERFLOWED),
        ),
        (
            [(NOON, KINDS.ENTERQUEUE), (NOON, KINDS.EXITWITHKEY)],
            Judgement(RecordVerdict.MISSED, Reason.LEFT_BY_KEY),
        ),
        ([(LAST_SECOND, KINDS.ENTERQUEUE), (DECEMBER, KINDS.CONNECT)], GOOD),
        ([("2026-10-31 23:59:59", KINDS.ENTERQUEUE), (NOON, KINDS.CONNECT)], OUTSIDE),
        ([(DECEMBER, KINDS.ENTERQUEUE), (DECEMBER, KINDS.CONNECT)], OUTSIDE),
    ],
    ids=[
        "rang at two seats and was taken at a third: one answered",
        "still waiting: undecided",
        "waiting for four hours: its end was lost",
        "dropped by the agent before they spoke",
        "another channel took its place before anybody took it",
        "abandoned",
        "timed out",
        "overflowed",
        "left by key",
        "straddles midnight: counts in the month it entered",
        "entered in the month before",
        "entered in the month after",
    ],
)  # fmt: skip
def test_a_call_is_judged_by_how_its_stay_in_the_queues_ended(
    events: list[tuple[str, CallEventKind]], judged: Judgement
) -> None:
    assert call(*events) == judged


UNDECIDED = Judgement(RecordVerdict.LEFT_OUT, Reason.STILL_WAITING)
LOST = Judgement(RecordVerdict.MISSED, Reason.END_UNKNOWN)
AGAIN = "2026-11-03 12:00:30"
RUNNING: dict[str, tuple[list[tuple[str, CallEventKind]], bool]] = {
    "queued": ([(NOON, KINDS.ENTERQUEUE)], False),
    "ringing at a seat": ([(NOON, KINDS.ENTERQUEUE), (AGAIN, KINDS.RINGNOANSWER)], False),
    "in the next queue": (
        [(NOON, KINDS.ENTERQUEUE), (AGAIN, KINDS.EXITWITHTIMEOUT), (AGAIN, KINDS.ENTERQUEUE)],
        False,
    ),
    "talking, or held": ([(NOON, KINDS.ENTERQUEUE), (NOON, KINDS.CONNECT)], True),
    "in a queue it was transferred to": (
        [(NOON, KINDS.ENTERQUEUE), (NOON, KINDS.CONNECT), (AGAIN, KINDS.BLINDTRANSFER),
         (AGAIN, KINDS.ENTERQUEUE)],
        True,
    ),
    "in a conference of three": (
        [(NOON, KINDS.ENTERQUEUE), (NOON, KINDS.CONNECT), (AGAIN, KINDS.CONNECT)], True,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("events", "is_taken"), RUNNING.values(), ids=RUNNING)
def test_every_running_state_has_a_last_instant_and_is_unknown_from_then_on(
    events: list[tuple[str, CallEventKind]], is_taken: bool
) -> None:
    """Nobody reports the end: a call that was taken stays taken, and any other one is a miss."""
    given = [CallEvent("pbx", n, "c", kind, local(at), "q", seat=1 if kind is KINDS.CONNECT
                       else None) for n, (at, kind) in enumerate(events)]  # fmt: skip
    made = call_of(given)
    assert made is not None
    last = local(NOON) + NO_END_AFTER
    for now, is_lost in ((last - timedelta(seconds=1), False), (last, True),
                         (last + timedelta(days=400), True)):  # fmt: skip
        judgement = judge_call(made, NOVEMBER, now)
        assert judgement == (GOOD if is_taken else LOST if is_lost else UNDECIDED)
        running = CallOutcome.TALKING if is_taken else CallOutcome.WAITING
        assert outcome_of(made, now) is (CallOutcome.UNKNOWN if is_lost else running)


# Indicator 4


def closing(at: str, outcome: CallbackOutcome | None = None, cycle: int = 1) -> Closing:
    return Closing("W-1", cycle, local(at), 1, outcome)


def judged(one: Closing, now: str, period: Period = NOVEMBER) -> Judgement:
    return judge_closing(one, period, SITE.calendar, SHANGHAI, local(now))


FRIDAY = "2026-11-06 17:00"


@pytest.mark.parametrize(
    ("one", "now", "expected"),
    [
        (closing(FRIDAY, CallbackOutcome.REACHED), "2026-11-30 09:00", GOOD),
        (
            closing(FRIDAY, CallbackOutcome.UNREACHABLE),
            "2026-11-30 09:00",
            Judgement(RecordVerdict.GOOD, Reason.UNREACHABLE),
        ),
        (
            closing(FRIDAY, CallbackOutcome.REFUSED),
            "2026-11-30 09:00",
            Judgement(RecordVerdict.GOOD, Reason.REFUSED),
        ),
        (
            closing(FRIDAY),
            "2026-11-10 00:00",
            Judgement(RecordVerdict.LEFT_OUT, Reason.WITHIN_LIMIT),
        ),
        (
            closing(FRIDAY),
            "2026-11-10 00:00:00.000001",
            Judgement(RecordVerdict.MISSED, Reason.NOT_CALLED_BACK),
        ),
        (
            closing(FRIDAY, cycle=2),
            "2026-11-30 09:00",
            Judgement(RecordVerdict.MISSED, Reason.NOT_CALLED_BACK),
        ),
        (closing("2026-12-01 00:00"), "2026-12-30 09:00", OUTSIDE),
    ],
    ids=[
        "reached",
        "could not be reached, by the contract's policy",
        "refused: somebody was reached",
        "due at Monday's end: undecided until then",
        "a moment later: a miss",
        "a later cycle: it counts by itself",
        "completed in the next month",
    ],
)
def test_a_completed_cycle_is_judged_by_its_own_callback(
    one: Closing, now: str, expected: Judgement
) -> None:
    assert judged(one, now) == expected


def test_a_limit_in_a_year_without_a_calendar_never_counts_as_good() -> None:
    """2026-12-31 and one working day lies in 2027, whose notice is not published."""
    december = month_named("2026-12", CONTRACT)
    one = closing("2026-12-31 10:00")
    missed = Judgement(RecordVerdict.MISSED, Reason.CALENDAR_UNKNOWN)
    assert judged(one, "2026-12-31 11:00", december) == missed
    done = closing("2026-12-31 10:00", CallbackOutcome.REACHED)
    assert judged(done, "2027-03-01 09:00", december) == GOOD


CALENDAR = WorkCalendar({2026: CalendarYear("test", frozenset(), frozenset())})


half_year = st.timedeltas(timedelta(0), timedelta(days=180))


@given(
    half_year,
    half_year,
    st.integers(1, 9),
    st.sampled_from([SITE.calendar, CALENDAR]),
)
def test_the_stretches_judge_as_the_rule_for_one_order_does(
    completed: timedelta, seen: timedelta, within: int, calendar: WorkCalendar
) -> None:
    at, now = (local("2026-09-01") + since for since in (completed, seen))
    for period in (month_of(at, CONTRACT), contract_year_of(at, CONTRACT)):
        stretches = open_stretches(period, within, calendar, SHANGHAI, now)
        assert stretches[0].start == period.start
        assert stretches[-1].end == period.end
        assert all(a.end == b.start for a, b in pairwise(stretches))
        (holding,) = (stretch for stretch in stretches if stretch.start <= at < stretch.end)
        assert holding.judgement == judge_open_callback(at, within, calendar, SHANGHAI, now)


# Indicator 10


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        (5, GOOD),
        (4, GOOD),
        (3, Judgement(RecordVerdict.MISSED, Reason.NOT_SATISFIED)),
        (1, Judgement(RecordVerdict.MISSED, Reason.NOT_SATISFIED)),
        (None, Judgement(RecordVerdict.LEFT_OUT, Reason.NOT_RATED)),
    ],
    ids=["very", "satisfied", "basically: not by this contract", "not at all", "gave none"],
)
def test_a_rating_counts_as_the_contract_calls_it(score: int | None, expected: Judgement) -> None:
    satisfaction = SITE.hotline.satisfaction
    assert judge_rating(RatingRecord("call:c-1", score, START), satisfaction, NOVEMBER) == expected
    october = RatingRecord("call:c-1", score, local("2026-10-31 23:59:59"))
    assert judge_rating(october, satisfaction, NOVEMBER) == OUTSIDE


# Indicator 12


def fault(
    number: int, name: FaultClassName, seconds: float | None, at: datetime = START
) -> FaultRecord:
    end = None if seconds is None else at + timedelta(seconds=seconds)
    stamps = TimeStamps(at, responded_at=end, restored_at=end)
    return FaultRecord(f"F-{number}", stamps, (ClassHeld(name, at, 1),))


def faults(found: Iterable[FaultRecord], now: datetime = LATER) -> Counts:
    return tally(judge_fault(CONTRACT, one, NOVEMBER, now) for one in found)


@pytest.mark.parametrize(
    ("name", "seconds", "good"),
    [
        (FaultClassName.MAJOR, 1799.9, True),
        (FaultClassName.MAJOR, 1800, False),
        (FaultClassName.DEVICE, 86_400, True),
        (FaultClassName.GENERAL, 86_400, False),
    ],
    ids=[
        "1799.9 s passes 小于半小时",
        "1800 s fails 小于半小时",
        "24 h passes 24小时内",
        "24 h fails 小于24小时",
    ],
)
def test_the_contract_s_limits_decide_a_fault(
    name: FaultClassName, seconds: float, good: bool
) -> None:
    missed = Judgement(RecordVerdict.MISSED, Reason.CLOCK_MISSED)
    judgement = judge_fault(CONTRACT, fault(1, name, seconds), NOVEMBER, LATER)
    assert judgement == (GOOD if good else missed)


def test_an_undecided_fault_waits_and_an_overdue_one_counts_at_once() -> None:
    running = fault(1, FaultClassName.SEVERE, None)
    soon, late = START + timedelta(hours=1), START + timedelta(hours=2)
    assert faults([running], soon).reasons(RecordVerdict.LEFT_OUT) == ((Reason.CLOCK_RUNNING, 1),)
    assert share(faults([running], late)) == 0


def test_a_fault_belongs_to_the_month_of_its_detection_in_shanghai() -> None:
    first = datetime(2026, 10, 31, 16, 0, tzinfo=UTC)
    before = first - timedelta(microseconds=1)
    assert faults([fault(1, FaultClassName.GENERAL, 60, first)]) == tally([GOOD])
    assert faults([fault(2, FaultClassName.GENERAL, 60, before)]) == tally([OUTSIDE])


def test_a_fault_that_was_merged_counts_in_the_other() -> None:
    merged = FaultRecord("F-2", TimeStamps(START), fault(2, FaultClassName.MAJOR, 1).classes, "F-1")
    assert faults([merged]).reasons(RecordVerdict.LEFT_OUT) == ((Reason.MERGED, 1),)


def marked(found: FaultRecord, state: MarkState) -> FaultRecord:
    mark = Mark(state, Cause.DRILL, "演练", "li", START, "wang", START)
    return replace(found, mark=mark)


@pytest.mark.parametrize("state", MarkState)
def test_only_a_confirmed_false_alarm_is_left_out_good_or_missed(state: MarkState) -> None:
    good, missed = fault(1, FaultClassName.GENERAL, 60), fault(2, FaultClassName.MAJOR, 1800)
    counts = faults([marked(good, state), marked(missed, state)])
    if state is MarkState.CONFIRMED:
        assert counts.denominator == 0
        assert share(counts) is None
        assert counts.reasons(RecordVerdict.LEFT_OUT) == ((Reason.FALSE_ALARM, 2),)
    else:
        assert counts == faults([good, missed])


@given(
    st.lists(
        st.tuples(
            st.sampled_from(FaultClassName),
            st.none() | st.integers(1, 200_000),
            st.none() | st.sampled_from(MarkState),
            st.booleans(),
        ),
        max_size=25,
    ),
    st.integers(0, 24),
)
def test_a_false_alarm_makes_the_denominator_smaller_and_never_a_success(
    drawn: list[tuple[FaultClassName, int | None, MarkState | None, bool]], chosen: int
) -> None:
    """Marking never raises the good; a mark that ends gives back exactly what was."""
    found = []
    for number, (name, seconds, state, merged) in enumerate(drawn):
        one = fault(number, name, seconds)
        one = replace(one, merged_into="F-0" if merged else None)
        found.append(one if state is None else marked(one, state))
    if not found:
        return
    at = chosen % len(found)
    before = faults(found)
    after = faults([*found[:at], marked(found[at], MarkState.CONFIRMED), *found[at + 1 :]])
    for verdict in (RecordVerdict.GOOD, RecordVerdict.MISSED):
        assert 0 <= before.count(verdict) - after.count(verdict) <= 1
    assert before.denominator - 1 <= after.denominator <= before.denominator
    total = sum(count for _, count in before.by_judgement)
    assert total == sum(count for _, count in after.by_judgement) == len(found)
    for ended in (MarkState.REVOKED, MarkState.VOID):
        again = faults([*found[:at], marked(found[at], ended), *found[at + 1 :]])
        assert again == faults([*found[:at], replace(found[at], mark=None), *found[at + 1 :]])


# Indicator 13

conditions = st.sampled_from(TerminalCondition)
terminal = st.builds(TerminalState, seat=st.integers(1, 72), host=conditions, display=conditions)


@given(st.lists(terminal, max_size=40))
def test_terminals_in_order_are_a_share_of_all_and_unknown_is_not_good(
    terminals: list[TerminalState],
) -> None:
    counts = tally(judge_terminal(one, START, NOVEMBER) for one in terminals)
    good = [t for t in terminals if t.host is t.display is TerminalCondition.OK]
    assert counts.denominator == len(terminals)
    assert counts.count(RecordVerdict.GOOD) == len(good)


def test_a_display_that_is_off_moves_the_figure_by_one_seat() -> None:
    states = [TerminalState(n, TerminalCondition.OK, TerminalCondition.OK) for n in range(1, 73)]
    states[16] = TerminalState(17, TerminalCondition.OK, TerminalCondition.BAD)
    counts = tally(judge_terminal(one, START, instant_of(START)) for one in states)
    assert share(counts) == Fraction(71, 72)
    assert counts.reasons(RecordVerdict.MISSED) == ((Reason.DISPLAY_BAD, 1),)


def test_three_terminals_down_for_two_days_of_thirty() -> None:
    """Of 40: time-weighted 99.5 %, and the worst snapshot 92.5 %."""
    begin = datetime(2026, 11, 1, tzinfo=UTC)
    seats = range(1, 41)
    changes = [Change(n, part, TerminalCondition.OK, begin) for n in seats for part in Part]
    for seat in (1, 2, 3):
        changes.append(Change(seat, Part.HOST, TerminalCondition.BAD, begin + timedelta(days=9)))
        changes.append(Change(seat, Part.HOST, TerminalCondition.OK, begin + timedelta(days=11)))
    end = begin + timedelta(days=30)
    assert time_weighted(changes, list(seats), begin, end) == Fraction(995, 1000)
    instants = snapshot_instants([time(0), time(8), time(16)], "Asia/Shanghai", begin, end)
    shots = [
        sum(t.is_available for t in states) for states in states_through(changes, seats, instants)
    ]
    assert len(shots) == 90
    assert min(shots) == 37


raw_changes = st.lists(
    st.tuples(st.integers(1, 4), st.sampled_from(Part), conditions, st.integers(0, 99)),
    max_size=30,
    unique_by=lambda item: (item[0], item[1], item[3]),
)


def changes_of(raw: list[tuple[int, Part, TerminalCondition, int]]) -> list[Change]:
    return [Change(s, p, c, START + timedelta(seconds=at)) for s, p, c, at in raw]


@given(raw_changes)
def test_snapshots_taken_ever_more_often_approach_the_time_weighted_share(
    raw: list[tuple[int, Part, TerminalCondition, int]],
) -> None:
    """With changes on whole seconds, one snapshot a second is already exact.

    Seat 4 is in service no more: what is recorded of it moves nothing.
    """
    seats, changes = [1, 2, 3], changes_of(raw)
    instants = [START + timedelta(seconds=n) for n in range(100)]
    states = states_through(changes, seats, instants)
    judgements = [
        judge_terminal(terminal, at, NOVEMBER)
        for at, terminals in zip(instants, states, strict=True)
        for terminal in terminals
    ]
    weighted = time_weighted(changes, seats, START, START + timedelta(seconds=100))
    assert share(tally(judgements)) == weighted
    seen = count_through(changes, seats, instants)
    assert tally(judgements) == Counts.of((judge_parts(*p), n) for p, n in seen.items())


@given(raw_changes, st.lists(st.integers(-5, 105), max_size=20))
def test_one_pass_over_the_changes_sees_what_each_look_would(
    raw: list[tuple[int, Part, TerminalCondition, int]], seconds: list[int]
) -> None:
    seats, changes = [3, 1, 2], changes_of(raw)
    instants = [START + timedelta(seconds=n) for n in sorted(seconds)]
    passed = list(states_through(changes, seats, instants))
    assert passed == [states_at(changes, seats, at) for at in instants]


# Periods


def test_the_contract_year_is_cut_in_the_contract_s_zone() -> None:
    year = contract_year_of(datetime(2026, 12, 31, 16, 0, tzinfo=UTC), CONTRACT)
    assert year.label == "2027-01-01/.."


@given(
    st.timedeltas(timedelta(0), timedelta(days=3650)),
    st.sampled_from(["01-01", "07-01", "03-15"]),
)
def test_the_year_to_date_ends_with_its_month(since: timedelta, year_start: str) -> None:
    at = START + since
    contract = CONTRACT.model_copy(update={"year_start": year_start})
    month = month_of(at, contract)
    year = year_to_date(month, contract)
    assert year.end == month.end
    assert year.start < year.end <= contract_year_of(year.start, contract).end
    assert month_named(month.label, contract) == month
    assert month_before(month_after(month, contract), contract) == month


@pytest.mark.parametrize("label", ["", "2026", "2026-13", "2026-1", "1999-12", "2026-11-01", "x"])
def test_what_names_no_month_is_refused(label: str) -> None:
    with pytest.raises(Invalid):
        month_named(label, CONTRACT)
