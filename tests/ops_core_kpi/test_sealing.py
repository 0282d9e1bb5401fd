"""Periods: every state x step x side; what is sealed stays, and a later fact is restated."""

import random
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from device_configs.site import load_site
from device_configs.site.model import Site
from ops_core.app.tables import TABLE_MODULES
from ops_core.hotline.callbacks.model import CallbackOutcome
from ops_core.hotline.callbacks.tables import CallbackTaskRow
from ops_core.hotline.day_sums.recount import store_recount
from ops_core.kernel.audit import verify_chain
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import UnitOfWork, unit_of_work
from ops_core.kernel.database import Database, create_database_engine, migrate
from ops_core.kernel.errors import Conflict, DomainError, Forbidden, Invalid
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor, Role
from ops_core.kpi.assessment.exempting import decide_exemption, request_exemption
from ops_core.kpi.assessment.exemptions import ExemptionRequest, ExemptionStep
from ops_core.kpi.assessment.forecast import forecast
from ops_core.kpi.assessment.missing import Lack, MissingKind
from ops_core.kpi.assessment.month import read_month, read_proof
from ops_core.kpi.assessment.period_store import packed_records, read_seals
from ops_core.kpi.assessment.period_terms import PeriodState, PeriodStep
from ops_core.kpi.assessment.periods import (
    AssessedPeriod,
    allowed_steps,
    possible_steps,
    stepped,
)
from ops_core.kpi.assessment.sealing import (
    SEALING,
    PeriodWords,
    draft_seal,
    take_period_step,
)
from ops_core.kpi.assessment.seals import RecordDifference, Seal
from ops_core.kpi.assessment.verifying import (
    assessment_differences,
    seal_flaws,
    sealed_differences,
)
from ops_core.kpi.figures import Figure
from ops_core.kpi.judgements import Counts, Judgement, RecordVerdict
from ops_core.kpi.periods import Period, PeriodKind
from ops_core.kpi.read import find_indicator
from tests.ops_core_kpi.stored import SHANGHAI, Callback, store_orders, store_ratings
from tests.profile import examples

MONTH, NUMBERS = "2026-10", (4, 10)
START = datetime(2026, 10, 1, tzinfo=SHANGHAI)
AFTER = datetime(2026, 11, 20, 9, tzinfo=SHANGHAI)
OPERATOR = Actor.user("zhao.lei", [Role.SUPERVISOR])
PURCHASER = Actor.user("zhou.min", [Role.PURCHASER_SUPERVISOR])
TOKEN = replace(PURCHASER, by_token=True)
CHANGED_SIDES = replace(PURCHASER, name=OPERATOR.name)
AGENT = Actor.user("agent.lin", [Role.AGENT])
S, P = PeriodState, PeriodStep
BECOMES = {
    (S.PROVISIONAL, P.SUBMIT): S.SUBMITTED,
    (S.OBJECTED, P.SUBMIT): S.SUBMITTED,
    (S.SUBMITTED, P.OBJECT): S.OBJECTED,
    (S.SUBMITTED, P.SEAL): S.SEALED,
    (S.SEALED, P.PROPOSE): S.SEALED,
    (S.RESTATED, P.PROPOSE): S.RESTATED,
    (S.SEALED, P.RESTATE): S.RESTATED,
    (S.RESTATED, P.RESTATE): S.RESTATED,
    (S.SEALED, P.DECLINE): S.SEALED,
    (S.RESTATED, P.DECLINE): S.RESTATED,
}
"""Written down again, as the contract of the rules."""
BY_OPERATOR = {P.SUBMIT, P.PROPOSE}


def period_in(state: PeriodState, *, waits: bool) -> AssessedPeriod:
    sealed = state in (S.SEALED, S.RESTATED)
    return AssessedPeriod(
        MONTH, 4, START, START + timedelta(days=31), state,
        submitted_by=str(OPERATOR),
        proposed_by=str(OPERATOR) if waits and sealed else "",
        proposed_at=AFTER if waits and sealed else None,
        revision=0 if sealed else None,
    )  # fmt: skip


@pytest.mark.parametrize(("state", "step"), list(product(PeriodState, PeriodStep)))
@pytest.mark.parametrize("waits", [False, True], ids=["", "a restatement waits"])
def test_every_state_step_and_side_as_the_table_says(
    state: PeriodState, step: PeriodStep, waits: bool
) -> None:
    now = START if state is S.OPEN else AFTER
    period = period_in(state, waits=waits)
    becomes = BECOMES.get((state, step))
    if step in (P.PROPOSE, P.RESTATE, P.DECLINE) and (step is P.PROPOSE) is (
        period.proposed_at is not None
    ):
        becomes = None
    assert (step in allowed_steps(period, now)) is (becomes is not None)
    for actor in (OPERATOR, PURCHASER, TOKEN, CHANGED_SIDES, AGENT, Actor.system("platform")):
        right = actor is (OPERATOR if step in BY_OPERATOR else PURCHASER)
        able = becomes is not None and right
        assert (step in possible_steps(period, actor, now)) is able
        if not able:
            with pytest.raises((Forbidden, Conflict)):
                stepped(period, step, "说明", actor, now, ())
            continue
        after = stepped(period, step, "说明", actor, now, ())
        assert (after.state, after.version) == (becomes, period.version + 1)
        if step in (P.SUBMIT, P.SEAL, P.RESTATE):
            with pytest.raises(Conflict):
                stepped(period, step, "", actor, now, (Lack(MissingKind.PENDING, 1),))
        else:
            with pytest.raises(Invalid):
                stepped(period, step, " ", actor, now, ())


def test_a_month_is_submitted_only_when_it_is_over() -> None:
    assert allowed_steps(period_in(S.OPEN, waits=False), START) == ()
    assert allowed_steps(period_in(S.OPEN, waits=False), AFTER) == (P.SUBMIT,)


@pytest.mark.parametrize(
    ("good", "missed", "days", "seen"),
    [
        (80, 20, 10, (300, 60, -30, False)),
        (99, 1, 10, (300, 3, 27, True)),
        (10, 0, 1, None),
        (0, 0, 10, None),
        (5, 5, 30, None),
    ],
    ids=["beyond its budget", "within it", "hardly begun", "no records", "over"],
)
def test_what_is_to_be_expected_at_the_pace_so_far(
    site: Site, good: int, missed: int, days: int, seen: tuple[int, int, int, bool] | None
) -> None:
    counts = Counts.of(
        [(Judgement(RecordVerdict.GOOD), good), (Judgement(RecordVerdict.MISSED), missed)]
    )
    period = Period(PeriodKind.MONTH, MONTH, START, START + timedelta(days=30))
    now = START + timedelta(days=days)
    found = forecast(Figure(find_indicator(site, 10), period, counts, now), now)
    assert seen == (found and (found.denominator, found.misses, found.misses_left, found.is_met))


class Office:
    """A month that is over on a database, and what both sides do about it."""

    def __init__(self, site: Site, database: Database, bus: EventBus) -> None:
        self.site, self.database, self.bus = site, database, bus
        self.clock = FixedClock(AFTER.astimezone(UTC))
        self.late = 0

    def work(self, actor: Actor) -> AbstractContextManager[UnitOfWork]:
        return unit_of_work(self.database, self.bus, self.clock, actor)

    def take(self, actor: Actor, number: int, step: PeriodStep, text: str = "说明") -> PeriodState:
        draft = None
        if step in SEALING:
            with self.database.reading() as session:
                draft = draft_seal(session, self.site, MONTH, number, self.clock.now())
        with self.work(actor) as uow:
            words = PeriodWords(text)
            return take_period_step(uow, self.site, MONTH, number, step, words, draft).state

    def seal(self, number: int) -> None:
        self.take(OPERATOR, number, P.SUBMIT)
        assert self.take(PURCHASER, number, P.SEAL) is S.SEALED

    def seals(self, number: int) -> list[Seal]:
        with self.database.reading() as session:
            return list(read_seals(session, MONTH, number))

    def differing(self) -> list[RecordDifference]:
        with self.database.reading() as session:
            return list(sealed_differences(session, self.site))

    def flaws(self, seal: Seal) -> list[RecordDifference]:
        measure = find_indicator(self.site, seal.content.indicator).measure
        with self.database.reading() as session:
            return list(seal_flaws(seal, packed_records(session, seal), measure))

    def rate(self, name: str, score: int, at: datetime) -> None:
        with self.database.transaction() as session:
            store_ratings(session, [(name, score, at)])


@pytest.fixture
def office(database: Database, bus: EventBus, site: Site) -> Office:
    dice = random.Random(5)
    orders = [
        (f"W-{n:05d}", 1, [Callback(
            START + timedelta(hours=dice.randrange(700)),
            CallbackOutcome.REACHED if n % 9 else None,
            START + timedelta(hours=dice.randrange(740)) if n % 9 else None,
            4 if n % 9 and n % 2 else None,
        )])
        for n in range(120)
    ]  # fmt: skip
    with database.transaction() as session:
        store_orders(session, orders)
    return Office(site, database, bus)


def test_a_late_fact_differs_from_what_was_sealed_until_both_sides_restate_it(
    office: Office,
) -> None:
    for number in NUMBERS:
        office.seal(number)
    assert office.differing() == []
    (first,) = office.seals(4)
    assert office.flaws(first) == []
    with office.database.transaction() as session:
        session.execute(
            update(CallbackTaskRow)
            .where(CallbackTaskRow.order == "W-00009")
            .values(state="done", outcome="reached", done_at=AFTER)
        )
        store_recount(session)
    (late,) = office.differing()
    assert (late.indicator, late.record.split("@")[0]) == (4, "callback:W-00009/1")
    assert (late.sealed, late.now) == ("missed not_called_back", "good")
    assert office.seals(4) == [first], "what is sealed stays"
    with office.database.reading() as session:
        row = next(r for r in read_month(session, office.site, AFTER, MONTH).rows
                   if r.indicator.number == 4)  # fmt: skip
        proof = read_proof(session, office.site, AFTER, MONTH, 4)
    assert row.differs
    assert proof.differences == (late,)
    with pytest.raises(Conflict):
        office.take(PURCHASER, 4, P.RESTATE)
    office.take(OPERATOR, 4, P.PROPOSE, "补录回访，来电人13912345678")
    assert office.take(PURCHASER, 4, P.RESTATE) is S.RESTATED
    kept, restated = office.seals(4)
    assert kept == first
    assert restated.content.figure.numerator == first.content.figure.numerator + 1
    assert restated.content.reason == "补录回访，来电人139****5678"
    assert (restated.content.submitted_by, restated.content.sealed_by) == (
        str(OPERATOR), str(PURCHASER),
    )  # fmt: skip
    assert office.differing() == []
    with office.database.reading() as session:
        assert list(assessment_differences(session)) == []
        assert verify_chain(session) == []


def test_nothing_is_exempted_once_a_month_is_sealed_and_nothing_sealed_while_one_waits(
    office: Office,
) -> None:
    window = ExemptionRequest((10,), START, START + timedelta(days=5), "中断", "豫通7号")
    with office.work(OPERATOR) as uow:
        waiting = request_exemption(uow, office.site, window).number
    with pytest.raises(Conflict) as refused:
        office.take(OPERATOR, 10, P.SUBMIT)
    assert refused.value.members["missing"] == ["exemptions"]
    with office.work(PURCHASER) as uow:
        decide_exemption(uow, waiting, ExemptionStep.APPROVE)
    office.seal(10)
    (seal,) = office.seals(10)
    assert seal.content.raw.denominator > seal.content.figure.denominator
    assert office.differing() == [], "judged again, with what was exempted"
    with pytest.raises(Conflict, match="封存"), office.work(OPERATOR) as uow:
        request_exemption(uow, office.site, window)


@given(data=st.data())
@settings(max_examples=examples(8, 100), deadline=None)
def test_whatever_comes_later_every_sealed_value_stays_and_each_difference_has_its_record(
    data: st.DataObject, sqlite_office: Office
) -> None:
    """Invariant 9: a sealed value is constant; recomputed as of its watermark it is the same."""
    office = sqlite_office
    taken = len(office.seals(10))
    kept = office.seals(10)
    steps = data.draw(st.lists(st.sampled_from(["late", *PeriodStep]), min_size=1, max_size=6))
    for n, step in enumerate(steps):
        before = office.seals(10)
        if step == "late":
            office.late += 1
            score = data.draw(st.integers(1, 5))
            office.rate(f"call:pbx:late-{office.late}", score, START + timedelta(hours=n))
        else:
            by = OPERATOR if step in BY_OPERATOR else PURCHASER
            with suppress(DomainError):
                office.take(by, 10, PeriodStep(step))
        assert office.seals(10)[: len(before)] == before
    for seal in office.seals(10):
        assert office.flaws(seal) == []
    assert office.seals(10)[:taken] == kept
    with office.database.reading() as session:
        proof = read_proof(session, office.site, AFTER, MONTH, 10)
        assert list(assessment_differences(session)) == []
    if office.seals(10):
        assert proof.row.differs is bool(proof.differences)


@pytest.fixture(scope="module")
def sqlite_office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    path = tmp_path_factory.mktemp("sealing") / "a.sqlite"
    database = Database(create_database_engine(f"sqlite:///{path}"))
    migrate(database.engine, TABLE_MODULES)
    site = load_site(Path(__file__).parents[2] / "inventory")
    made = Office(site, database, EventBus())
    made.rate("call:pbx:first", 5, START + timedelta(days=1))
    made.seal(10)
    return made
