"""Figures by aggregates equal the judgements of every record, on both databases."""

import random
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain

import pytest
from cryptography.fernet import Fernet

from device_configs.site.model import Site
from ops_core.hotline.callbacks.model import CallbackOutcome
from ops_core.hotline.calls.model import Call, CallEvent, CallEventKind, Outcome
from ops_core.hotline.calls.outcomes import NO_END_AFTER
from ops_core.hotline.calls.queue_log import IncomingEvent
from ops_core.hotline.calls.service import take_events
from ops_core.hotline.calls.tables import CallTallyRow
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.errors import NotFound
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor
from ops_core.kpi.call_tallies import TallyDifference, tally_differences
from ops_core.kpi.cursor import Cursor
from ops_core.kpi.judgements import Counts, Judgement, RecordVerdict, tally
from ops_core.kpi.judging.callbacks import Closing, judge_closing
from ops_core.kpi.judging.calls import judge_call
from ops_core.kpi.judging.ratings import RatingRecord, judge_rating
from ops_core.kpi.periods import Period, PeriodKind, instant_of, month_named, year_to_date
from ops_core.kpi.read import read_figure, read_page
from ops_core.kpi.reasons import Reason
from ops_core.kpi.records import Record, Show
from ops_core.kpi.secondary import SecondaryKind
from tests.ops_core_kpi.stored import (
    SHANGHAI,
    Callback,
    store_calls,
    store_orders,
    store_ratings,
)

FIRST = datetime(2026, 9, 28, tzinfo=SHANGHAI)
NOW = datetime(2026, 11, 5, 9, 30, tzinfo=SHANGHAI)
"""A Thursday: callbacks of the day before are due at its end."""
SEEDS = range(3)
SATISFACTION_SCORES = (1, 2, 3, 4, 5)


def periods(site: Site) -> list[Period]:
    contract = site.contract
    months = [month_named(label, contract) for label in ("2026-09", "2026-10", "2026-11")]
    return [*months, year_to_date(months[-1], contract)]


def some_instant(dice: random.Random) -> datetime:
    """Of forty days; often several at the same second, often around midnight, some just now."""
    day = FIRST + timedelta(days=dice.randrange(40))
    at = day + timedelta(seconds=dice.choice([0, 1, 43_200, 86_399]))
    return dice.choice([at] * 9 + [NOW - NO_END_AFTER + timedelta(seconds=dice.choice([-1, 0, 1]))])


def some_calls(dice: random.Random, count: int) -> list[Call]:
    calls = []
    for number in range(count):
        at, outcome = some_instant(dice), dice.choice(list(Outcome))
        answered = at + timedelta(seconds=20) if outcome is Outcome.ANSWERED else None
        seat = dice.randrange(1, 73) if answered else None
        calls.append(
            Call(f"c-{dice.randrange(9)}.{number}", at, "citizen", outcome, answered, answered,
                 "agent.lin" if answered else "", seat, dice.randrange(3), 0)
        )  # fmt: skip
    return calls


def some_callback(dice: random.Random) -> Callback:
    at, outcome = some_instant(dice), dice.choice([None, *CallbackOutcome])
    done = None if outcome is None else at + timedelta(hours=dice.randrange(72))
    rated = outcome is CallbackOutcome.REACHED and dice.random() < 0.6
    return Callback(at, outcome, done, dice.choice(SATISFACTION_SCORES) if rated else None)


Orders = Sequence[tuple[str, int, Sequence[Callback]]]


def some_orders(dice: random.Random, count: int) -> Orders:
    return [
        (
            f"W-{dice.randrange(9)}-{number:05d}",
            dice.choice([1, 2, 5]),
            [some_callback(dice) for _ in range(dice.choice([1, 1, 1, 2, 3]))],
        )
        for number in range(count)
    ]


def closings(orders: Orders) -> Iterable[Closing]:
    for number, within, callbacks in orders:
        for cycle, callback in enumerate(callbacks, start=1):
            yield Closing(number, cycle, callback.completed_at, within, callback.outcome)


Judged = Sequence[tuple[str, datetime, Judgement]]
"""Each record by name, with its time stamp, as the pure rules judge it."""


def check(database: Database, site: Site, number: int, period: Period, judged: Judged) -> None:
    """The stored figure and all its pages are those of the judgements."""
    inside = [one for one in judged if one[2].reason is not Reason.OUTSIDE_PERIOD]
    with database.reading() as session:
        figure = read_figure(session, site, number, period, NOW)
        assert figure.counts == tally(judgement for _, _, judgement in inside)
        for show in Show:
            wanted = [one for one in inside if show.accepts(one[2].verdict)]
            found: list[Record] = []
            after: Cursor | None = None
            while True:
                page = read_page(session, site, number, period, NOW, show, after)
                found += page.records
                after = page.following
                if after is None:
                    break
            assert [r.at for r in found] == sorted((at for _, at, _ in wanted), reverse=True)
            told = [(record.identifier, record.at, record.judgement) for record in found]
            assert sorted(told, key=str) == sorted(wanted, key=str)


@pytest.mark.parametrize("seed", SEEDS)
def test_indicator_1_over_day_sums_is_that_over_calls(
    database: Database, site: Site, seed: int
) -> None:
    calls = some_calls(random.Random(seed), 700)
    with database.transaction() as session:
        store_calls(session, calls)
    total = Counts()
    for period in periods(site):
        check(database, site, 1, period, [
            (call.call, call.entered_at, judge_call(call, period, NOW)) for call in calls
        ])  # fmt: skip
        with database.reading() as session:
            figure = read_figure(session, site, 1, period, NOW)
        if period.kind is PeriodKind.MONTH:
            total += figure.counts
        else:
            assert figure.counts == total, "the months add up to the contract year"
        offered = [c for c in calls if period.holds(c.entered_at) and (c.rung or c.answered_at)
                   and not (c.outcome is Outcome.WAITING
                            and c.entered_at > NOW - NO_END_AFTER)]  # fmt: skip
        (secondary,) = figure.secondary
        assert (secondary.kind, secondary.denominator) == (SecondaryKind.OFFERED, len(offered))
        assert secondary.numerator == figure.numerator
    with database.reading() as session:
        assert tally_differences(session, site) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_indicator_4_by_stretches_is_that_over_orders(
    database: Database, site: Site, seed: int
) -> None:
    dice = random.Random(seed)
    orders, running = some_orders(dice, 300), 40
    with database.transaction() as session:
        store_orders(session, orders, running=running)
    for period in periods(site):
        check(database, site, 4, period, [
            (f"{one.order}/{one.cycle}", one.completed_at,
             judge_closing(one, period, site.calendar, SHANGHAI, NOW))
            for one in closings(orders)
        ])  # fmt: skip
        with database.reading() as session:
            figure = read_figure(session, site, 4, period, NOW)
        reached = (CallbackOutcome.REACHED, CallbackOutcome.REFUSED)
        assert figure.secondary[0].numerator == sum(
            one.outcome in reached for one in closings(orders) if period.holds(one.completed_at)
        )


@pytest.mark.parametrize("seed", SEEDS)
def test_indicator_10_by_scores_is_that_over_ratings(
    database: Database, site: Site, seed: int
) -> None:
    dice = random.Random(seed)
    orders = some_orders(dice, 300)
    given = [
        (f"call:c-{n}", dice.choice(SATISFACTION_SCORES), some_instant(dice)) for n in range(300)
    ]
    with database.transaction() as session:
        store_orders(session, orders)
        store_ratings(session, given)
    asked = [
        RatingRecord(f"callback:{number}/{cycle}", callback.attitude, callback.done_at)
        for number, _, callbacks in orders
        for cycle, callback in enumerate(callbacks, start=1)
        if callback.outcome is CallbackOutcome.REACHED and callback.done_at is not None
    ]
    for period in periods(site):
        ratings = chain((RatingRecord(*one) for one in given), asked)
        check(database, site, 10, period, [
            (one.subject.partition(":")[2], one.at,
             judge_rating(one, site.hotline.satisfaction, period))
            for one in ratings
        ])  # fmt: skip


def test_calls_that_came_as_events_are_counted_and_a_wrong_sum_is_found(
    database: Database, site: Site, bus: EventBus
) -> None:
    """Rang at one seat, taken at another, half an hour later heard again: one answered call."""
    kinds = (CallEventKind.ENTERQUEUE, CallEventKind.RINGNOANSWER, CallEventKind.CONNECT)
    at = datetime(2026, 10, 31, 15, 59, 50, tzinfo=UTC)  # ten seconds before midnight there
    events = [
        CallEvent("pbx", n, "c-1", kind, at + timedelta(seconds=20 * n), "citizen",
                  "agent.lin" if n == 2 else "", 37 if n == 2 else None)
        for n, kind in enumerate(kinds)
    ]  # fmt: skip
    vault = ContactVault(Fernet.generate_key())
    for _ in range(2):
        with unit_of_work(database, bus, FixedClock(NOW), Actor.system("test")) as uow:
            take_events(uow, vault, [IncomingEvent(event, "") for event in events], SHANGHAI)
    _september, october, november, year = periods(site)
    with database.reading() as session:
        figures = [read_figure(session, site, 1, p, NOW) for p in (october, november, year)]
        assert [(f.numerator, f.denominator) for f in figures] == [(1, 1), (0, 0), (1, 1)]
        (record,) = read_page(session, site, 1, october, NOW, Show.COUNTED).records
        assert (record.identifier, record.seat, record.agent) == ("pbx:c-1", 37, "agent.lin")
        assert tally_differences(session, site) == []
    with database.transaction() as session:
        session.get_one(CallTallyRow, ("2026-10-31", "answered", True)).count = 4
    with database.reading() as session:
        assert tally_differences(session, site) == [
            TallyDifference("2026-10-31", Outcome.ANSWERED, True, 4, 1)
        ]


def told(database: Database, bus: EventBus, *events: CallEvent) -> tuple[str, ...]:
    vault = ContactVault(Fernet.generate_key())
    with unit_of_work(database, bus, FixedClock(NOW), Actor.system("test")) as uow:
        taken = take_events(uow, vault, [IncomingEvent(event) for event in events], SHANGHAI)
    return taken.calls


def test_calls_that_a_restart_of_the_telephones_lost_are_misses_not_gone(
    database: Database, site: Site, bus: EventBus
) -> None:
    """50 entered, 25 were taken, and of none was an end told before the system started anew."""
    at = datetime(2026, 10, 12, 2, tzinfo=UTC)
    lines = [(f"c-{n}", CallEventKind.ENTERQUEUE, n) for n in range(50)]
    lines += [(f"c-{n}", CallEventKind.CONNECT, 60 + n) for n in range(25)]
    events = [
        CallEvent("pbx", n, call, kind, at + timedelta(seconds=second), "citizen")
        for n, (call, kind, second) in enumerate(lines)
    ]
    others = CallEvent("other", 1, "elsewhere", CallEventKind.ENTERQUEUE, at, "citizen")
    start = CallEvent("pbx", 100, "", CallEventKind.QUEUESTART, at + timedelta(minutes=5))
    told(database, bus, *events)
    told(database, bus, others)
    assert len(told(database, bus, start)) == 50
    assert told(database, bus, start) == (), "heard twice, it changes nothing"
    october, now = month_named("2026-10", site.contract), at + timedelta(minutes=10)
    with database.reading() as session:
        figure = read_figure(session, site, 1, october, now)
        assert (figure.numerator, figure.denominator, figure.left_out) == (25, 50, 1)
        assert figure.counts.reasons(RecordVerdict.MISSED) == ((Reason.END_UNKNOWN, 25),)
        assert tally_differences(session, site) == []
    late = CallEvent("pbx", 101, "c-30", CallEventKind.CONNECT, at + timedelta(minutes=4))
    last = CallEvent("pbx", 102, "c-31", CallEventKind.ABANDON, at + timedelta(minutes=4))
    told(database, bus, late, last)
    with database.reading() as session:
        figure = read_figure(session, site, 1, october, now)
        assert (figure.numerator, figure.denominator) == (26, 50)
        assert dict(figure.counts.reasons(RecordVerdict.MISSED)) == {
            Reason.END_UNKNOWN: 23, Reason.ABANDONED: 1,
        }  # fmt: skip
        hours_later = read_figure(session, site, 1, october, at + NO_END_AFTER)
        assert (hours_later.numerator, hours_later.denominator) == (26, 51), "the other's, too"
        assert tally_differences(session, site) == []


def test_orders_that_are_taken_up_again_keep_the_callbacks_they_owe(
    database: Database, site: Site
) -> None:
    """Ten completed, none called back in time: 0/10, and still so when all are taken up again."""
    at = datetime(2026, 10, 12, 10, tzinfo=SHANGHAI)
    orders = [(f"W-{n}", 1, [Callback(at)]) for n in range(10)]
    october = month_named("2026-10", site.contract)
    with database.transaction() as session:
        store_orders(session, orders, running=7)
    with database.reading() as session:
        within = read_figure(session, site, 4, october, at + timedelta(hours=1))
        past = read_figure(session, site, 4, october, at + timedelta(days=2))
        missed = read_page(session, site, 4, october, at + timedelta(days=2), Show.MISSED).records
    assert (within.numerator, within.denominator, within.left_out) == (0, 0, 10)
    assert (past.numerator, past.denominator) == (0, 10)
    assert len(missed) == 10


def test_an_order_waiting_past_the_years_end_is_no_good_one(database: Database, site: Site) -> None:
    late = datetime(2026, 12, 31, 10, tzinfo=SHANGHAI)
    with database.transaction() as session:
        store_orders(session, [("W-1", 1, [Callback(late)])])
    december = month_named("2026-12", site.contract)
    with database.reading() as session:
        figure = read_figure(session, site, 4, december, late)
        (record,) = read_page(session, site, 4, december, late, Show.MISSED).records
    assert figure.value == 0
    assert figure.counts.reasons(RecordVerdict.MISSED) == ((Reason.CALENDAR_UNKNOWN, 1),)
    assert record.due_at is None


def test_an_indicator_without_records_or_without_a_value_now_is_refused(
    sqlite_database: Database, site: Site
) -> None:
    with sqlite_database.reading() as session:
        with pytest.raises(NotFound, match="2"):
            read_figure(session, site, 2, instant_of(NOW), NOW)
        with pytest.raises(NotFound, match="当前值"):
            read_page(session, site, 1, instant_of(NOW), NOW, Show.MISSED)
