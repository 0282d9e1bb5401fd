"""Adjudications: who submits and who decides, over a database of either kind."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_configs.site.hotline import CaseKind
from device_configs.site.model import Site
from ops_core.hotline.adjudications.kinds import (
    RULES,
    AdjudicationCause,
    AdjudicationKind,
    EventLevel,
)
from ops_core.hotline.adjudications.model import (
    TRANSITIONS,
    Adjudication,
    AdjudicationState,
    AdjudicationStep,
    Ruling,
    Submission,
    allowed_steps,
    apply,
    decided,
    replay,
    submitted,
)
from ops_core.hotline.adjudications.read import AdjudicationFilter, list_adjudications
from ops_core.hotline.adjudications.service import submit
from ops_core.hotline.adjudications.service import take_step as decide
from ops_core.hotline.adjudications.verifying import adjudication_flaws
from ops_core.hotline.cases.model import CaseDraft, Channel
from ops_core.hotline.cases.service import record_case
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.hotline.orders.service import take_step
from ops_core.hotline.orders.steps import Step
from ops_core.hotline.orders.store import find_row
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.database import Database
from ops_core.kernel.errors import Conflict, DomainError, Forbidden, Invalid
from ops_core.kernel.permissions import Actor, Role, allows
from tests.ops_core.hotline.conftest import (
    AGENT,
    CANARY,
    DISPATCHER,
    HANDLER,
    PURCHASER,
    REVIEWER,
    TELEPHONY,
    Work,
)

AT = datetime(2026, 3, 2, 1, tzinfo=UTC)
SECOND = Actor.user("purchaser.tan", (Role.PURCHASER_SUPERVISOR,))
PEOPLE = (AGENT, DISPATCHER, REVIEWER, HANDLER, TELEPHONY, PURCHASER, SECOND,
          replace(PURCHASER, by_token=True), Actor.system("feed"))  # fmt: skip
KINDS, STEPS = AdjudicationKind, AdjudicationStep
SAID = Ruling("说明", AdjudicationCause.WRONG_UNIT, EventLevel.SERIOUS)


def submission(kind: AdjudicationKind = KINDS.COMPLAINT, **given: object) -> Submission:
    made = Submission(kind, "W-1", AT, "态度生硬", "attitude", EventLevel.GENERAL)
    return replace(made, **given)  # type: ignore[arg-type]


def matter(kind: AdjudicationKind, state: AdjudicationState, **given: object) -> Adjudication:
    parties = ("dispatch.he", "housing.ma")
    made = submission(kind, parties=parties, person="agent.lin")
    return replace(Adjudication("J-1", made, state, 3, "super.gao", AT), **given)  # type: ignore[arg-type]


@given(
    st.sampled_from(KINDS),
    st.sampled_from(AdjudicationState),
    st.sampled_from(STEPS),
    st.sampled_from(PEOPLE),
)
def test_only_steps_of_the_table_are_taken_and_only_by_the_side_that_decides(
    kind: AdjudicationKind, state: AdjudicationState, step: AdjudicationStep, actor: Actor
) -> None:
    """Invariants 2 and 6: the decider is of the purchaser's and had no part in it."""
    before = matter(kind, state)
    cause = next(iter(RULES[kind].causes.get(step.value, ())), None)
    try:
        event = decided(before, step, actor, Ruling("说明", cause), AT)
    except DomainError as refusal:
        in_table = step in allowed_steps(before)
        assert isinstance(refusal, Forbidden) or not in_table  # noqa: PT017 - either is right
        return
    assert apply(before, "J-1", event).state is TRANSITIONS[state][step]
    assert actor.is_person
    if step is STEPS.WITHDRAW:
        assert str(actor) == before.submitted_by
        assert RULES[kind].may_withdraw
    else:
        assert allows(actor, RULES[kind].decide)
        assert str(actor) not in (before.submitted_by, *before.submission.parties)


@pytest.mark.parametrize("name", ["dispatch.he", "housing.ma", "super.gao", "agent.lin"])
def test_whoever_had_a_part_in_it_does_not_decide_on_the_other_side_either(name: str) -> None:
    changed_sides = Actor.user(name, (Role.PURCHASER_SUPERVISOR,))
    pending = matter(KINDS.COMPLAINT, AdjudicationState.PENDING)
    with pytest.raises(Forbidden, match="与本人有关"):
        decided(pending, STEPS.UPHOLD, changed_sides, Ruling(), AT)


def test_both_decisions_stay_in_the_events_when_a_matter_is_decided_anew() -> None:
    pending = matter(KINDS.RETURN, AdjudicationState.PENDING)
    said = Ruling("派错单位", AdjudicationCause.WRONG_UNIT)
    first = apply(pending, "J-1", decided(pending, STEPS.UPHOLD, PURCHASER, said, AT))
    assert (first.state, first.cause) == (AdjudicationState.UPHELD, said.cause)
    anew = apply(first, "J-1", decided(first, STEPS.REOPEN, SECOND, Ruling("有新证据"), AT))
    assert (anew.state, anew.cause) == (AdjudicationState.PENDING, None)
    for missing in (None, AdjudicationCause.WRONG_UNIT):
        with pytest.raises(Invalid):
            decided(anew, STEPS.REJECT, PURCHASER, Ruling("推诿", missing), AT)


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"text": " "}, Invalid),
        ({"text": "长" * 1001}, Invalid),
        ({"nature": "rudeness"}, Invalid),
        ({"kind": KINDS.NIL_RETURN}, Forbidden),
        ({"kind": KINDS.OPINION_EVENT, "level": None}, Invalid),
    ],
    ids=["no text", "too long", "unknown nature", "not his to submit", "no level"],
)
def test_a_submission_that_says_too_little_is_refused(
    given: dict[str, object], refusal: type[DomainError]
) -> None:
    with pytest.raises(refusal):
        submitted(submission(**given), DISPATCHER, AT)


def test_replaying_its_events_gives_the_matter() -> None:
    first = submitted(submission(), AGENT, AT)
    pending = replay("J-1", [first])
    assert pending is not None
    second = decided(pending, STEPS.UPHOLD, PURCHASER, Ruling("属实"), AT)
    assert replay("J-1", [first, second]) == apply(pending, "J-1", second)


@pytest.fixture
def order(site: Site, vault: ContactVault, work: Work) -> str:
    """An order from the web that was dispatched."""
    draft = CaseDraft(Channel.WEB, "web", "r-1", CaseKind.COMPLAINT, "heating", "province",
                      "暖气不热", "三天不热", AT, number=CANARY)  # fmt: skip
    with work(AGENT) as uow:
        number = record_case(uow, site, vault, draft).order
    assert number is not None
    with work(DISPATCHER) as uow:
        take_step(uow, site, number, Step.DISPATCH, "housing")
    return number


def test_every_return_is_put_before_the_purchaser(
    site: Site, work: Work, database: Database, order: str
) -> None:
    with work(HANDLER) as uow:
        take_step(uow, site, order, Step.RETURN, remark=f"不属于本单位，电话{CANARY}")
    with work(DISPATCHER) as uow:
        take_step(uow, site, order, Step.DISPATCH, "housing")
    with work(HANDLER) as uow:
        take_step(uow, site, order, Step.DISPUTE, remark="职责不清")
    with work(REVIEWER) as uow:
        take_step(uow, site, order, Step.UPHOLD)
    with database.reading() as session:
        listed = list_adjudications(session, AdjudicationFilter(KINDS.RETURN)).matters
        assert list(adjudication_flaws(session)) == []
    of_order = [m for m in listed if m.submission.order == order]
    assert [m.submission.subject for m in of_order] == [f"{order}/2", f"{order}/1"]
    assert {"dispatch.he", "housing.ma"} == set(of_order[0].submission.parties)
    assert not any(CANARY in m.submission.text for m in of_order)
    with pytest.raises(Forbidden), work(REVIEWER) as uow:
        decide(uow, of_order[0].number, STEPS.UPHOLD, SAID)
    with work(PURCHASER) as uow:
        assert decide(uow, of_order[0].number, STEPS.UPHOLD, SAID).state == "upheld"
    with pytest.raises(Conflict), work(SECOND) as uow:
        decide(uow, of_order[0].number, STEPS.REJECT, SAID)


def test_an_order_has_one_live_appeal(site: Site, work: Work, order: str) -> None:
    appeal = submission(KINDS.APPEAL, subject="", order=order)
    with work(REVIEWER) as uow:
        number = submit(uow, site, appeal).number
    with pytest.raises(Conflict, match="已有同一事项"), work(DISPATCHER) as uow:
        submit(uow, site, appeal)
    with work(PURCHASER) as uow:
        decide(uow, number, STEPS.REJECT, Ruling("不同意"))
    with work(DISPATCHER) as uow:
        assert submit(uow, site, appeal).number != number


def test_a_month_is_signed_for_when_it_is_over_and_nothing_serious_is_open(
    site: Site, work: Work, clock: FixedClock
) -> None:
    nil = submission(KINDS.NIL_RETURN, subject="2026-02")
    event = submission(KINDS.OPINION_EVENT, subject="论坛帖文", level=EventLevel.SERIOUS,
                       occurred_at=AT - timedelta(days=5))  # fmt: skip
    with work(REVIEWER) as uow:
        number = submit(uow, site, event).number
    with pytest.raises(Conflict, match="该月有舆论事件"), work(REVIEWER) as uow:
        submit(uow, site, nil)
    with work(PURCHASER) as uow:
        decide(uow, number, STEPS.UPHOLD, Ruling("一般影响", level=EventLevel.GENERAL))
    with work(REVIEWER) as uow:
        assert submit(uow, site, nil).submission.subject == "2026-02"
    with pytest.raises(Conflict, match="尚未结束"), work(REVIEWER) as uow:
        submit(uow, site, replace(nil, subject="2026-03"))
    with pytest.raises(Invalid), work(REVIEWER) as uow:
        submit(uow, site, replace(nil, subject="2026-13"))


def test_a_person_answers_first_and_a_program_never(
    site: Site, work: Work, database: Database, clock: FixedClock, order: str
) -> None:
    clock.advance(timedelta(hours=2))
    for program in (replace(AGENT, by_token=True), Actor.system("mail")):
        with pytest.raises(Forbidden, match="自动回执"), work(program) as uow:
            take_step(uow, site, order, Step.ANSWER, remark="已收到")
    with work(AGENT) as uow:
        take_step(uow, site, order, Step.ANSWER, remark="您好，已受理")
    with pytest.raises(Conflict), work(DISPATCHER) as uow:
        take_step(uow, site, order, Step.ANSWER, remark="再次回应")
    with database.reading() as session:
        row = find_row(session, order)
        assert (row.answered_at, row.answered_by) == (clock.now(), "agent.lin")
