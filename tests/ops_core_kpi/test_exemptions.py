"""Exemptions: who may take which step, and what they leave of figures, record by record."""

import random
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise, product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.kernel.audit import verify_chain
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import UnitOfWork, unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor, Role
from ops_core.kpi.adjusting import EXEMPTED, AdjustedSource, record_name
from ops_core.kpi.assessment.exempting import decide_exemption, request_exemption
from ops_core.kpi.assessment.exemption_store import store_exemption
from ops_core.kpi.assessment.exemptions import (
    Exemption,
    ExemptionRequest,
    ExemptionState,
    ExemptionStep,
    decided,
    possible_steps,
    requested,
)
from ops_core.kpi.cursor import Cursor
from ops_core.kpi.figures import Figure
from ops_core.kpi.judgements import Judgement, RecordVerdict, tally
from ops_core.kpi.pages import Page, page_from
from ops_core.kpi.periods import Period, PeriodKind, month_named
from ops_core.kpi.read import read_figure, read_page
from ops_core.kpi.records import Cohort, IndicatorReading, Record, RecordKind, Show
from ops_core.kpi.secondary import SecondaryKind, SecondaryRatio
from ops_core.kpi.sources import SOURCES
from ops_core.kpi.spans import Span, holds, rest_of, united
from ops_core.kpi.whole_days import whole_days
from tests.ops_core_kpi.stored import (
    SHANGHAI,
    store_calls,
    store_orders,
    store_ratings,
)
from tests.ops_core_kpi.test_stored_figures import (
    FIRST,
    NOW,
    SATISFACTION_SCORES,
    periods,
    some_calls,
    some_instant,
    some_orders,
)
from tests.profile import examples

APPLICANT = Actor.user("zhao.lei", [Role.SUPERVISOR])
APPROVER = Actor.user("zhou.min", [Role.PURCHASER_SUPERVISOR])
BOTH_SIDES = Actor.user("zhao.lei", [Role.SUPERVISOR, Role.PURCHASER_SUPERVISOR])
ACTORS = {
    "the applicant": APPLICANT,
    "a colleague of his": replace(APPLICANT, name="sun.wu"),
    "the purchaser": APPROVER,
    "the purchaser's token": replace(APPROVER, by_token=True),
    "the applicant's token": replace(APPLICANT, by_token=True),
    "the applicant, who changed sides": replace(APPROVER, name="zhao.lei"),
    "an agent": Actor.user("agent.lin", [Role.AGENT]),
    "the platform": Actor.system("assessment"),
}
MAY = {
    ("the applicant", ExemptionStep.WITHDRAW): ExemptionState.WITHDRAWN,
    ("the purchaser", ExemptionStep.APPROVE): ExemptionState.APPROVED,
    ("the purchaser", ExemptionStep.REFUSE): ExemptionState.REFUSED,
}
"""Everybody else, and every step from another state than requested, is refused."""
WINDOW = ExemptionRequest((1,), FIRST, FIRST + timedelta(hours=3), "运营商中断", "豫通〔2026〕7号")


@pytest.mark.parametrize(("who", "step"), list(product(ACTORS, ExemptionStep)))
@pytest.mark.parametrize("state", ExemptionState)
def test_every_state_step_and_actor_as_the_table_says(
    who: str, step: ExemptionStep, state: ExemptionState
) -> None:
    exemption = replace(requested("X-1", WINDOW, APPLICANT, NOW), state=state)
    becomes = MAY.get((who, step)) if state is ExemptionState.REQUESTED else None
    assert (step in possible_steps(exemption, ACTORS[who])) is (becomes is not None)
    if becomes is None:
        with pytest.raises((Forbidden, Conflict)):
            decided(exemption, step, "理由", ACTORS[who], NOW)
        return
    after = decided(exemption, step, "理由", ACTORS[who], NOW)
    assert (after.state, after.decided_by) == (becomes, str(ACTORS[who]))


@pytest.mark.parametrize(
    "request_",
    [
        replace(WINDOW, indicators=()),
        replace(WINDOW, end=WINDOW.start),
        replace(WINDOW, start=NOW + timedelta(hours=1), end=NOW + timedelta(hours=2)),
        replace(WINDOW, reason=" "),
        replace(WINDOW, evidence=""),
        replace(WINDOW, reason="长" * 1001),
    ],
    ids=["no indicator", "empty", "in the future", "no reason", "no evidence", "too long"],
)
def test_a_request_says_what_when_why_and_by_which_document(request_: ExemptionRequest) -> None:
    with pytest.raises(Invalid):
        requested("X-1", request_, APPLICANT, NOW)


def test_nobody_asks_for_the_other_side_and_a_refusal_has_a_reason() -> None:
    for actor in (APPROVER, ACTORS["the applicant's token"], ACTORS["an agent"]):
        with pytest.raises(Forbidden):
            requested("X-1", WINDOW, actor, NOW)
    with pytest.raises(Invalid):
        decided(requested("X-1", WINDOW, APPLICANT, NOW), ExemptionStep.REFUSE, " ", APPROVER, NOW)


instants = st.integers(0, 40).map(lambda n: FIRST + timedelta(hours=n))


@given(st.lists(st.tuples(instants, instants), max_size=6), instants, instants, instants)
def test_spans_and_what_they_leave_share_every_instant_of_the_period(
    spans: Sequence[Span], start: datetime, end: datetime, at: datetime
) -> None:
    inside = united(spans, start, end)
    outside = rest_of(inside, start, max(start, end))
    within = start <= at < end
    assert holds(inside, at) is (within and holds(spans, at))
    assert holds(outside, at) is (within and not holds(spans, at))
    assert list(inside) == sorted(inside)
    assert all(a[1] < b[0] for a, b in pairwise(inside))


@given(st.integers(0, 5_000), st.integers(1, 5_000))
def test_whole_days_and_their_edges_are_the_period(start: int, minutes: int) -> None:
    opens = FIRST + timedelta(minutes=start)
    period = Period(PeriodKind.MONTH, "", opens, opens + timedelta(minutes=minutes))
    days = whole_days(period, SHANGHAI)
    midnights = [
        datetime.fromisoformat(f"{day}T00:00").replace(tzinfo=ZoneInfo("Asia/Shanghai"))
        for day in (days.first, days.end)
    ]
    covered = sorted([*days.edges, *([tuple(midnights)] if days.first < days.end else [])])
    assert (covered[0][0], covered[-1][1]) == (period.start, period.end)
    assert all(a[1] == b[0] for a, b in pairwise(covered))
    assert all(end - start < timedelta(days=2) for start, end in days.edges)


def every_record(database: Database, site: Site, number: int, period: Period) -> list[Record]:
    """What the indicator's pages list, counted ones first."""
    found: list[Record] = []
    with database.reading() as session:
        for show in (Show.COUNTED, Show.LEFT_OUT):
            after: Cursor | None = None
            listed: list[Record] = []
            while True:
                page = read_page(session, site, number, period, NOW, show, after)
                listed += page.records
                after = page.following
                if after is None:
                    break
            assert [r.at for r in listed] == sorted((r.at for r in listed), reverse=True)
            found += listed
    return found


def figure_of(database: Database, site: Site, number: int, period: Period) -> Figure:
    with database.reading() as session:
        return read_figure(session, site, number, period, NOW)


def approve(database: Database, *requests: ExemptionRequest) -> list[Exemption]:
    made = [
        replace(
            requested(f"X-{n}", request, APPLICANT, NOW),
            state=ExemptionState.APPROVED,
            decided_by=str(APPROVER),
            decided_at=NOW,
        )
        for n, request in enumerate(requests)
    ]
    with database.transaction() as session:
        for one in made:
            store_exemption(session, one)
    return made


def test_what_is_exempted_leaves_by_aggregates_what_it_leaves_record_by_record(
    database: Database, site: Site
) -> None:
    """Of calls, which are counted by day sums, of callbacks and of ratings alike."""
    dice = random.Random(7)
    with database.transaction() as session:
        store_calls(session, some_calls(dice, 500))
        store_orders(session, some_orders(dice, 200), running=20)
        store_ratings(session, [
            (f"call:c-{n}", dice.choice(SATISFACTION_SCORES), some_instant(dice))
            for n in range(200)
        ])  # fmt: skip
    numbers = (1, 4, 10)
    before = {
        (n, p.label): (every_record(database, site, n, p), figure_of(database, site, n, p))
        for n in numbers
        for p in periods(site)
    }
    assert all(figure.raw is None for _, figure in before.values()), "nothing approved, as counted"
    windows = []
    for _ in range(5):
        start = FIRST + timedelta(seconds=dice.randrange(38 * 86_400))
        windows.append((start, start + timedelta(seconds=dice.randrange(1, 60 * 3600))))
    year = periods(site)[-1]
    single = [
        (n, record)
        for n in numbers
        for record in dice.sample(before[n, year.label][0], 4)
        if record.judgement.verdict is not RecordVerdict.LEFT_OUT
    ]
    approve(
        database,
        *(replace(WINDOW, indicators=numbers, start=a, end=b) for a, b in windows),
        *(
            replace(WINDOW, indicators=(n,), start=r.at, end=r.at + timedelta(microseconds=1),
                    record=record_name(r))
            for n, r in single
        ),
    )  # fmt: skip
    named = {(n, record_name(r)) for n, r in single}
    for number, period in product(numbers, periods(site)):
        was, raw = before[number, period.label]
        wanted = [
            replace(record, judgement=EXEMPTED)
            if record.judgement.verdict is not RecordVerdict.LEFT_OUT
            and (holds(windows, record.at) or (number, record_name(record)) in named)
            else record
            for record in was
        ]
        now = every_record(database, site, number, period)
        figure = figure_of(database, site, number, period)
        assert figure.counts == tally(record.judgement for record in wanted)
        assert sorted((r.cursor.key, r.judgement.verdict) for r in now) == sorted(
            (r.cursor.key, r.judgement.verdict) for r in wanted
        )
        exempted = [record for record in now if record.judgement == EXEMPTED]
        assert all(r.exclusion and r.exclusion.exemption for r in exempted)
        if exempted:
            assert figure.raw is not None
            assert figure.raw.counts == raw.counts
            assert {r.judgement.verdict for r in wanted} >= {RecordVerdict.GOOD}


def test_the_ratios_beside_a_figure_are_those_of_what_is_left(
    database: Database, site: Site
) -> None:
    """Calls by offers, callbacks by contact, ratings by who answered, without whole windows."""
    dice = random.Random(11)
    with database.transaction() as session:
        store_calls(session, some_calls(dice, 300))
        store_orders(session, some_orders(dice, 150), running=10)
        store_ratings(session, [
            (f"call:c-{n}", dice.choice(SATISFACTION_SCORES), some_instant(dice))
            for n in range(100)
        ])  # fmt: skip
    numbers, windows = (1, 4, 10), []
    for _ in range(4):
        start = FIRST + timedelta(seconds=dice.randrange(38 * 86_400))
        windows.append((start, start + timedelta(seconds=dice.randrange(1, 90 * 3600))))
    approve(
        database,
        *(replace(WINDOW, indicators=numbers, start=a, end=b) for a, b in windows),
    )
    compared = 0
    for number, period in product(numbers, periods(site)):
        figure, source = figure_of(database, site, number, period), SOURCES[number](site)
        if figure.raw is None:
            continue
        exempted = united(windows, period.start, period.end)
        left: Counter[tuple[SecondaryKind, str]] = Counter()
        with database.reading() as session:
            for start, end in rest_of(exempted, period.start, period.end):
                part = Cohort(replace(period, start=start, end=end), figure.as_of)
                for one in source.read(session, part).secondary:
                    left[one.kind, "numerator"] += one.numerator
                    left[one.kind, "denominator"] += one.denominator
        for one in figure.secondary:
            assert one.numerator == left[one.kind, "numerator"]
            assert one.denominator == left[one.kind, "denominator"]
            compared += 1
        assert {one.kind for one in figure.secondary} == {o.kind for o in figure.raw.secondary}
    assert compared


@given(
    records=st.lists(st.tuples(instants, st.booleans()), max_size=12),
    spans=st.lists(st.tuples(instants, instants), max_size=3),
    added=st.tuples(instants, st.booleans()),
)
@settings(max_examples=examples(60, 1000))
def test_a_good_record_never_lowers_a_bad_one_never_raises_whatever_is_exempted(
    records: list[tuple[datetime, bool]],
    spans: Sequence[Span],
    added: tuple[datetime, bool],
) -> None:
    def share(of: Sequence[tuple[datetime, bool]]) -> tuple[int, int]:
        left = [good for at, good in of if not holds(spans, at)]
        return sum(left), len(left)

    good, total = share(records)
    after_good, after_total = share([*records, added])
    assert 0 <= good <= total
    if not total:
        return
    rose, fell = after_good * total > good * after_total, after_good * total < good * after_total
    assert not (fell if added[1] else rose)
    if holds(spans, added[0]):
        assert (after_good, after_total) == (good, total), "good and bad alike"


@pytest.mark.parametrize("number", [1, 4, 10])
def test_of_records_of_one_instant_each_leaves_figure_and_ratios_alone(
    number: int, database: Database, site: Site
) -> None:
    """Whatever is exempted of an instant: the raw figure is as it was, the adjusted one and its
    ratios are those of the records that are left, and both stand side by side."""
    dice = random.Random(23)
    with database.transaction() as session:
        store_calls(session, some_calls(dice, 400))
        store_orders(session, some_orders(dice, 200), running=20)
        store_ratings(session, [
            (f"call:c-{n}", dice.choice(SATISFACTION_SCORES), some_instant(dice))
            for n in range(300)
        ])  # fmt: skip
    year = periods(site)[-1]
    before = figure_of(database, site, number, year)
    was = every_record(database, site, number, year)
    counted = [r for r in was if r.judgement.verdict is not RecordVerdict.LEFT_OUT]
    assert max(Counter(record.at for record in counted).values()) > 2
    chosen = [r for r in counted if r.at <= NOW and dice.random() < 0.4]
    approve(database, *(exempted_alone(number, record) for record in chosen))
    figure = figure_of(database, site, number, year)
    left = [record for record in counted if record not in chosen]
    assert figure.raw is not None
    assert (figure.raw.counts, figure.raw.secondary) == (before.counts, before.secondary)
    good = sum(record.judgement.verdict is RecordVerdict.GOOD for record in left)
    assert (figure.good, figure.denominator) == (good, len(left))
    [beside] = figure.secondary
    shares = [one for record in was if record not in chosen for one in record.ratios]
    assert beside.numerator == sum(one.numerator for one in shares)
    assert beside.denominator == sum(one.denominator for one in shares)


def exempted_alone(number: int, record: Record) -> ExemptionRequest:
    end = record.at + timedelta(microseconds=1)
    named = record_name(record)
    return replace(WINDOW, indicators=(number,), start=record.at, end=end, record=named)


@dataclass(frozen=True)
class ListedSource:
    """Records that are at hand, each with its share of one ratio."""

    records: Sequence[Record]

    def read(self, session: Session, cohort: Cohort) -> IndicatorReading:  # noqa: ARG002
        held = [r for r in self.records if cohort.period.holds(r.at)]
        return IndicatorReading(tally(r.judgement for r in held), (sum_of(held),))

    def page(
        self,
        session: Session,  # noqa: ARG002
        cohort: Cohort,
        show: Show,
        after: Cursor | None,
    ) -> Page:
        held = [r for r in self.records if cohort.period.holds(r.at)]
        latest = sorted(held, key=lambda r: (r.at, r.cursor.key), reverse=True)
        return page_from((r for r in latest if show.accepts(r.judgement.verdict)), after)


def sum_of(records: Sequence[Record]) -> SecondaryRatio:
    shares = [one for record in records for one in record.ratios]
    good, total = (sum(getattr(one, n) for one in shares) for n in ("numerator", "denominator"))
    return SecondaryRatio(SecondaryKind.OFFERED, good, total)


@given(
    drawn=st.lists(
        st.tuples(instants, st.sampled_from(RecordVerdict), st.booleans(), st.booleans()),
        max_size=12,
    ),
    spans=st.lists(st.tuples(instants, instants), max_size=2),
)
@settings(max_examples=examples(60, 1000))
def test_a_removed_record_counts_nowhere_and_the_raw_figure_is_untouched(
    drawn: list[tuple[datetime, RecordVerdict, bool, bool]], spans: Sequence[Span]
) -> None:
    """Windows take good and bad alike; single records, several of one instant too, take each
    itself and no neighbour."""
    records = [
        Record(RecordKind.CALL, f"c-{n}", at, Judgement(verdict), ratios=shares(verdict, offered))
        for n, (at, verdict, offered, _) in enumerate(drawn)
    ]
    alone = [r for r, (_, _, _, is_named) in zip(records, drawn, strict=True) if is_named]
    windows = [replace(WINDOW, start=a, end=b) for a, b in spans if a < b]
    asked = [*windows, *(exempted_alone(1, record) for record in alone)]
    exemptions = [Exemption(f"X-{n}", one, "li", NOW) for n, one in enumerate(asked)]
    period = Period(PeriodKind.MONTH, "", FIRST, FIRST + timedelta(hours=50))
    source, cohort = ListedSource(records), Cohort(period, NOW)
    found = AdjustedSource(source, Session(), cohort, exemptions)
    removed = [r for r in records if r in alone or holds([(w.start, w.end) for w in windows], r.at)]
    removed = [r for r in removed if r.judgement.verdict is not RecordVerdict.LEFT_OUT]
    left = [record for record in records if record not in removed]
    reading = found.read()
    assert reading.raw == source.read(Session(), cohort)
    exempted = [replace(record, judgement=EXEMPTED) for record in removed]
    assert reading.adjusted.counts == tally(r.judgement for r in [*left, *exempted])
    assert reading.adjusted.secondary == (sum_of(left),)
    assert [r.identifier for r in found.records() if r.judgement == EXEMPTED] == [
        r.identifier for r in sorted(removed, key=lambda r: (r.at, r.cursor.key), reverse=True)
    ]


def shares(verdict: RecordVerdict, offered: bool) -> tuple[SecondaryRatio, ...]:
    counts = offered and verdict is not RecordVerdict.LEFT_OUT
    good = counts and verdict is RecordVerdict.GOOD
    return (SecondaryRatio(SecondaryKind.OFFERED, int(good), int(counts)),)


def test_the_two_sides_put_an_exemption_on_record(
    database: Database, bus: EventBus, site: Site
) -> None:
    clock = FixedClock(NOW)
    october = month_named("2026-10", site.contract)
    with database.transaction() as session:
        store_calls(session, some_calls(random.Random(3), 200))
    request = replace(
        WINDOW,
        start=october.start,
        end=october.start + timedelta(days=3, hours=5),
        reason="运营商中断，联系人13912345678",
    )

    def work(actor: Actor) -> AbstractContextManager[UnitOfWork]:
        return unit_of_work(database, bus, clock, actor)

    with pytest.raises(Forbidden), work(APPROVER) as uow:
        request_exemption(uow, site, request)
    with work(APPLICANT) as uow:
        asked = request_exemption(uow, site, request)
    assert "139****5678" in asked.request.reason
    raw = figure_of(database, site, 1, october)
    assert raw.raw is None, "a request changes nothing"
    with pytest.raises(Conflict), work(APPROVER) as uow:
        decide_exemption(uow, asked.number, ExemptionStep.APPROVE, version=7)
    with pytest.raises(Forbidden), work(APPLICANT) as uow:
        decide_exemption(uow, asked.number, ExemptionStep.APPROVE)
    with work(APPROVER) as uow:
        decide_exemption(uow, asked.number, ExemptionStep.APPROVE, "情况属实", asked.version)
    figure = figure_of(database, site, 1, october)
    assert figure.raw is not None
    assert figure.raw.counts == raw.counts
    assert figure.denominator < raw.denominator
    for wrong in (
        replace(request, indicators=(2_000,)),
        replace(request, record="call:none", end=request.start + timedelta(microseconds=1)),
    ):
        with pytest.raises(NotFound), work(APPLICANT) as uow:
            request_exemption(uow, site, wrong)
    with database.reading() as session:
        assert verify_chain(session) == []
