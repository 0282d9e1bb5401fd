"""False alarms: every state x step x actor, and what news is and is not (pure)."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident.false_alarm import (
    ALLOWED,
    EVENT,
    LONGEST_TEXT,
    Mark,
    RecordedStep,
    Words,
    allowed_steps,
    decide,
    event_detail,
    gains,
    possible_steps,
    replayed,
    voided,
)
from incident.false_alarm_terms import Cause, FalseAlarmStep, MarkState, News
from monitors.alerts.model import LossKind, RedundancyLoss
from monitors.evidence import Element, Observation
from ops_core.kernel.errors import Conflict, DomainError, Forbidden, Invalid
from ops_core.kernel.permissions import PURCHASER_ROLES, Actor, Permission, Role, permissions_of
from tests.incident.story import DRILL, GAO, LI, WANG, ZHAO, group_of, with_evidence
from tests.monitors.alerts.simulation import START

PROPOSER = Actor.user("sun.wu", [Role.SUPERVISOR, Role.PURCHASER_SUPERVISOR])
"""Whom no account is: of both sides, so that only that he proposed it stands against him."""
BOTH = replace(PROPOSER, name="sun.li")
BY_TOKEN = replace(GAO, by_token=True)
PROGRAM = Actor.user("demo.pbx", [Role.INTERFACE])
PLATFORM = Actor.system("incident")
AT_THE_MACHINE = Actor.system("cli/root")
AGENT = Actor.user("agent.lin", [Role.AGENT])
ADMINISTRATOR = Actor.user("root.admin", [Role.ADMINISTRATOR])
HANDLES, CONFIRMS = "handles", "confirms"

ACTORS = {
    "the proposer": (PROPOSER, {HANDLES, CONFIRMS}),
    "the purchaser's supervisor": (WANG, {CONFIRMS}),
    "a technician": (LI, {HANDLES}),
    "the operator's supervisor": (ZHAO, {HANDLES}),
    "an agent": (AGENT, set[str]()),
    "an administrator": (ADMINISTRATOR, set[str]()),
    "the purchaser's token": (BY_TOKEN, None),
    "a program": (PROGRAM, None),
    "the platform": (PLATFORM, None),
    "whoever is at the machine": (AT_THE_MACHINE, None),
}
ALLOWED_STEPS = {
    None: {FalseAlarmStep.PROPOSE},
    MarkState.PENDING: {FalseAlarmStep.CONFIRM, FalseAlarmStep.REJECT, FalseAlarmStep.WITHDRAW},
    MarkState.CONFIRMED: {FalseAlarmStep.REVOKE},
    MarkState.REJECTED: {FalseAlarmStep.PROPOSE},
    MarkState.WITHDRAWN: {FalseAlarmStep.PROPOSE},
    MarkState.REVOKED: {FalseAlarmStep.PROPOSE},
    MarkState.VOID: {FalseAlarmStep.PROPOSE},
}
"""Written down again, as the contract of the rules."""
BECOMES = {
    FalseAlarmStep.PROPOSE: MarkState.PENDING,
    FalseAlarmStep.CONFIRM: MarkState.CONFIRMED,
    FalseAlarmStep.REJECT: MarkState.REJECTED,
    FalseAlarmStep.WITHDRAW: MarkState.WITHDRAWN,
    FalseAlarmStep.REVOKE: MarkState.REVOKED,
}


def mark_in(state: MarkState | None) -> Mark | None:
    if state is None:
        return None
    pending = Mark(MarkState.PENDING, Cause.DRILL, "演练", str(PROPOSER), START)
    if state is MarkState.PENDING:
        return pending
    confirmed = replace(
        pending, state=MarkState.CONFIRMED, confirmed_by=str(WANG), confirmed_at=START
    )
    if state is MarkState.CONFIRMED:
        return confirmed
    ended = confirmed if state in (MarkState.REVOKED, MarkState.VOID) else pending
    return replace(ended, state=state, ended_by=str(WANG), ended_at=START)


def expected(
    state: MarkState | None, step: FalseAlarmStep, who: str
) -> type[DomainError] | MarkState:
    """What the table says of a step: the refusal, or the state it leads to."""
    rights = ACTORS[who][1]
    needed = HANDLES if step in (FalseAlarmStep.PROPOSE, FalseAlarmStep.WITHDRAW) else CONFIRMS
    if rights is None or needed not in rights:
        return Forbidden
    if step not in ALLOWED_STEPS[state]:
        return Conflict
    own = who == "the proposer"
    if step is FalseAlarmStep.WITHDRAW and not own:
        return Forbidden
    if step in (FalseAlarmStep.CONFIRM, FalseAlarmStep.REJECT, FalseAlarmStep.REVOKE) and own:
        return Forbidden
    return BECOMES[step]


@pytest.mark.parametrize("state", [None, *MarkState], ids=lambda s: s or "nothing")
@pytest.mark.parametrize("step", FalseAlarmStep)
@pytest.mark.parametrize("who", ACTORS)
def test_every_state_step_and_actor_as_the_table_says(
    state: MarkState | None, step: FalseAlarmStep, who: str
) -> None:
    mark, actor = mark_in(state), ACTORS[who][0]
    outcome = expected(state, step, who)
    assert (step in possible_steps(mark, False, actor)) is isinstance(outcome, MarkState)
    if not isinstance(outcome, MarkState):
        with pytest.raises(outcome):
            decide(mark, False, step, actor, DRILL, START)
        return
    assert decide(mark, False, step, actor, DRILL, START).state is outcome


@pytest.mark.parametrize(("state", "step"), list(product([None, *MarkState], FalseAlarmStep)))
def test_nothing_is_said_of_an_incident_that_was_merged(
    state: MarkState | None, step: FalseAlarmStep
) -> None:
    with pytest.raises(Conflict) as refused:
        decide(mark_in(state), True, step, BOTH, DRILL, START)
    assert refused.value.members["allowed"] == []


def test_the_table_of_the_rules_is_whole() -> None:
    assert set(ALLOWED) == {None, *MarkState}
    assert {state: set(steps) for state, steps in ALLOWED.items()} == ALLOWED_STEPS


def test_only_the_purchaser_s_supervisor_is_a_second_person() -> None:
    holding = {r for r in Role if Permission.CONFIRM_FALSE_ALARMS in permissions_of([r])}
    assert holding == set(PURCHASER_ROLES)


def test_a_refusal_by_the_state_names_it_and_what_is_possible() -> None:
    with pytest.raises(Conflict) as refused:
        decide(mark_in(MarkState.PENDING), False, FalseAlarmStep.PROPOSE, LI, DRILL, START)
    assert refused.value.members == {
        "false_alarm": "pending",
        "allowed": ["confirm", "reject", "withdraw"],
    }


def test_the_proposer_is_told_that_a_second_person_is_needed() -> None:
    with pytest.raises(Forbidden) as refused:
        decide(mark_in(MarkState.PENDING), False, FalseAlarmStep.CONFIRM, PROPOSER, DRILL, START)
    assert refused.value.title == "须由第二人认定"
    assert str(PROPOSER) in refused.value.detail


@pytest.mark.parametrize(
    ("state", "step", "actor", "words"),
    [
        (None, FalseAlarmStep.PROPOSE, LI, Words("  ", Cause.DRILL)),
        (None, FalseAlarmStep.PROPOSE, LI, Words("演练")),
        (None, FalseAlarmStep.PROPOSE, LI, Words("演" * (LONGEST_TEXT + 1), Cause.DRILL)),
        (MarkState.PENDING, FalseAlarmStep.REJECT, WANG, Words()),
        (MarkState.CONFIRMED, FalseAlarmStep.REVOKE, WANG, Words("\n")),
    ],
    ids=["no reason", "no cause", "too long a reason", "rejected without", "revoked without"],
)
def test_a_reason_is_needed(
    state: MarkState | None, step: FalseAlarmStep, actor: Actor, words: Words
) -> None:
    with pytest.raises(Invalid):
        decide(mark_in(state), False, step, actor, words, START)


people = st.sampled_from([LI, ZHAO, WANG, GAO, PROPOSER])
steps = st.lists(st.tuples(st.sampled_from(FalseAlarmStep), people), max_size=12)


@given(steps)
def test_whatever_is_tried_two_people_stand_behind_every_exclusion(
    tried: list[tuple[FalseAlarmStep, Actor]],
) -> None:
    """And the events of it amount to the mark that is stored."""
    mark: Mark | None = None
    history: list[RecordedStep] = []
    for minute, (step, actor) in enumerate(tried):
        now = START + timedelta(minutes=minute)
        if step not in possible_steps(mark, False, actor):
            with pytest.raises(DomainError):
                decide(mark, False, step, actor, DRILL, now)
            continue
        assert step in allowed_steps(mark, False)
        mark = decide(mark, False, step, actor, DRILL, now)
        history.append(RecordedStep(EVENT[mark.state], event_detail(mark), str(actor), now))
        if mark.is_confirmed:
            assert mark.confirmed_by
            assert mark.confirmed_by != mark.proposed_by
            assert mark.text
    assert replayed(history) == mark


@given(steps, st.sampled_from(News))
def test_news_ends_a_live_mark_and_its_events_say_so(
    tried: list[tuple[FalseAlarmStep, Actor]], news: News
) -> None:
    mark: Mark | None = None
    history: list[RecordedStep] = []
    for step, actor in tried:
        if step in possible_steps(mark, False, actor):
            mark = decide(mark, False, step, actor, DRILL, START)
            history.append(RecordedStep(EVENT[mark.state], event_detail(mark), str(actor), START))
    if mark is None or not mark.is_live:
        return
    mark = voided(mark, news, "F-2", PLATFORM, START)
    history.append(RecordedStep(EVENT[mark.state], event_detail(mark), str(PLATFORM), START))
    assert not mark.is_confirmed
    assert mark.news is news
    assert replayed(history) == mark
    assert possible_steps(mark, False, LI) == (FalseAlarmStep.PROPOSE,)


BEFORE = replace(group_of("rt-a", START, (1, 2)), services=("crm",))
LATER = START + timedelta(minutes=5)
ICMP = BEFORE.evidence[0]
SNMP = Observation(ICMP.element, "snmp", False, LATER, "")
TRAP = replace(SNMP, source="trap")
LOSS = RedundancyLoss(LossKind.PAIR, "rt-a", "")


@pytest.mark.parametrize(
    ("after", "is_news"),
    [
        (replace(BEFORE, roots=(*BEFORE.roots, Element.device("rt-b"))), True),
        (with_evidence(BEFORE, SNMP), True),
        (replace(BEFORE, seats=(1, 2, 3)), True),
        (replace(BEFORE, services=("crm", "im")), True),
        (replace(BEFORE, redundancy_lost=(LOSS,)), True),
        (BEFORE, False),
        (replace(BEFORE, evidence=(replace(ICMP, observed_at=LATER, detail="3/3"),)), False),
        (with_evidence(BEFORE, replace(SNMP, ok=True)), False),
        (with_evidence(BEFORE, replace(SNMP, ok=None)), False),
        (replace(BEFORE, seats=(1,), services=(), evidence=()), False),
    ],
    ids=[
        "another root",
        "another source finds it bad",
        "another seat",
        "another service",
        "a redundancy lost",
        "the same again",
        "the same evidence renewed",
        "another source finds it good",
        "another source does not know",
        "less than before",
    ],
)
def test_news_is_what_the_mark_did_not_know(after: object, is_news: bool) -> None:
    assert gains(BEFORE, after) is is_news  # type: ignore[arg-type]


def test_a_trap_that_repeats_what_a_poll_said_is_no_news() -> None:
    assert not gains(with_evidence(BEFORE, SNMP), with_evidence(BEFORE, TRAP))
