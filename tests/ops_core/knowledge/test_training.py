"""Indicator 7: a frozen roster, 24 hours for each of it, and a gate for who has missed it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from device_configs.site.model import Site
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.database import Database
from ops_core.kernel.errors import Conflict, Forbidden, Invalid
from ops_core.kernel.identity import create_user, set_roles
from ops_core.kernel.permissions import Actor, Role
from ops_core.knowledge.chain import Aggregate, link_after
from ops_core.knowledge.training.model import (
    TRAINEE_TRANSITIONS,
    HotTopic,
    TopicQuestion,
    TopicStep,
    TraineeState,
    apply_topic,
    check_trainee_step,
)
from ops_core.knowledge.training.read import (
    gating_topics,
    list_topics,
    outstanding_topics,
    read_topic,
    require_trained,
)
from ops_core.knowledge.training.service import (
    complete_training,
    declare_topic,
    excuse_absence,
    record_attendance,
)
from ops_core.knowledge.training.written_test import questions_of
from ops_core.knowledge.verifying import knowledge_breaks, knowledge_flaws
from ops_core.kpi.judgements import GOOD, OUTSIDE, Judgement
from ops_core.kpi.judging.topics import (
    NOBODY,
    NOT_TRAINED,
    STILL_TRAINING,
    TopicTraining,
    judge_topic,
)
from ops_core.kpi.periods import month_named
from ops_core.kpi.read import read_figure
from tests.ops_core.knowledge.people import PURCHASER, REVIEWER, WRITER, Work
from tests.ops_core.knowledge.recount import recounted_topics

AT = datetime(2026, 3, 2, 1, tzinfo=UTC)
DAY, TICK, HOUR = timedelta(hours=24), timedelta(microseconds=1), timedelta(hours=1)
ASKED = (TopicQuestion("何时起施行", ("本月", "下月"), 2),)
AGENTS = ("agent.a", "agent.b", "agent.c")


def agent(name: str) -> Actor:
    return Actor.user(name, (Role.AGENT,))


@pytest.fixture
def staff(work: Work) -> None:
    """Three agents, and a dispatcher, who does not speak with callers."""
    with work(Actor.system("setup")) as uow:
        for name in AGENTS:
            create_user(uow, name, "张伟", "correct-horse-battery", [Role.AGENT])
        create_user(uow, "dispatch.he", "何丽", "correct-horse-battery", [Role.DISPATCHER])


def declared(work: Work, site: Site, questions: tuple[TopicQuestion, ...] = ASKED) -> str:
    with work(REVIEWER) as uow:
        return declare_topic(uow, site, "暖气费退费", "退费自下月起", questions=questions).number


@pytest.mark.parametrize(
    ("trained_at", "now", "judged"),
    [
        pytest.param((AT + DAY, AT), AT + 2 * DAY, GOOD, id="the last one at exactly 24 hours"),
        pytest.param((AT + DAY + TICK, AT), AT + 2 * DAY, NOT_TRAINED, id="one a tick later"),
        pytest.param((None, AT), AT + DAY, STILL_TRAINING, id="one is missing, 24 hours not over"),
        pytest.param((None, AT), AT + DAY + TICK, NOT_TRAINED, id="one is missing, and over"),
        pytest.param((AT, AT + HOUR), AT + HOUR, GOOD, id="everybody before the time is up"),
        pytest.param((), AT + 2 * DAY, NOBODY, id="everybody's absence was approved"),
    ],
)
def test_a_topic_is_judged_by_the_last_of_its_people(
    site: Site, trained_at: tuple[datetime | None, ...], now: datetime, judged: Judgement
) -> None:
    topic = TopicTraining("T-1", AT, trained_at)
    assert judge_topic(topic, month_named("2026-03", site.contract), now) == judged
    assert judge_topic(topic, month_named("2026-02", site.contract), now) == OUTSIDE


PATHS: Mapping[TraineeState, tuple[TopicStep, ...]] = {
    TraineeState.DUE: (TopicStep.FAIL,),
    TraineeState.EXCUSED: (TopicStep.EXCUSE,),
    TraineeState.DONE: (TopicStep.PASS,),
}


def topic_after(topic: HotTopic | None, step: TopicStep, person: str = "agent.a") -> HotTopic:
    end = None if topic is None else topic.end
    detail = {"roster": ["agent.a"]} if topic is None else {"person": person}
    return apply_topic(topic, link_after(end, Aggregate.TOPIC, "T-1", step, AT, "x", detail))  # type: ignore[arg-type]


@pytest.mark.parametrize("state", TraineeState)
@pytest.mark.parametrize("step", [one for one in TopicStep if one is not TopicStep.DECLARE])
def test_a_person_takes_the_steps_of_the_table_and_no_others(
    state: TraineeState, step: TopicStep
) -> None:
    topic = topic_after(None, TopicStep.DECLARE)
    for before in PATHS[state]:
        topic = topic_after(topic, before)
    assert topic.trainee("agent.a").state is state
    if step in TRAINEE_TRANSITIONS[state]:
        check_trainee_step(topic, "agent.a", step)
        assert topic_after(topic, step).trainee("agent.a").state is TRAINEE_TRANSITIONS[state][step]
        return
    with pytest.raises(Conflict):
        check_trainee_step(topic, "agent.a", step)


@pytest.mark.usefixtures("staff")
def test_the_roster_is_frozen_and_who_joins_within_24_hours_is_counted(
    work: Work, site: Site, database: Database, clock: FixedClock
) -> None:
    number = declared(work, site)
    with database.reading() as session:
        assert read_topic(session, number).topic.roster == AGENTS
    clock.advance(HOUR)
    with work(Actor.system("setup")) as uow:
        create_user(uow, "agent.new", "李明", "correct-horse-battery", [Role.AGENT])
        set_roles(uow, "dispatch.he", [Role.DISPATCHER, Role.CALLBACK_AGENT])
        set_roles(uow, "agent.c", [Role.DISPATCHER])
    clock.advance(DAY)
    with work(Actor.system("setup")) as uow:
        create_user(uow, "agent.late", "王芳", "correct-horse-battery", [Role.AGENT])
    with database.reading() as session:
        people = [one.person for one in read_topic(session, number).trainees]
        assert people == [*AGENTS, "agent.new", "dispatch.he"]
        assert outstanding_topics(session, "agent.late") == []
        assert [one.number for one in outstanding_topics(session, "agent.new")] == [number]
    with work(agent("agent.late")) as uow, pytest.raises(Forbidden, match="名单"):
        complete_training(uow, number, [2])


@pytest.mark.usefixtures("staff")
def test_everybody_in_time_and_the_figure_is_what_the_links_give(
    work: Work, site: Site, database: Database, clock: FixedClock
) -> None:
    good, missed = declared(work, site), declared(work, site, ())
    month = month_named("2026-03", site.contract)

    def figure() -> tuple[int, int]:
        with database.reading() as session:
            found = read_figure(session, site, 7, month, clock.now())
            again = recounted_topics(session, month.start, month.end, clock.now())
            assert (found.numerator, found.denominator) == again
        return again

    clock.advance(HOUR)
    assert figure() == (0, 0)
    with work(agent("agent.a")) as uow:
        assert complete_training(uow, good, [1]).trainee("agent.a").state is TraineeState.DUE
        assert complete_training(uow, good, [2]).trainee("agent.a").state is TraineeState.DONE
        complete_training(uow, missed)
    with work(REVIEWER) as uow:
        record_attendance(uow, good, ["agent.b"], clock.now() - HOUR)
    for actor in (REVIEWER, WRITER):
        with work(actor) as uow, pytest.raises(Forbidden):
            excuse_absence(uow, good, "agent.c", "病假")
    with work(PURCHASER) as uow:
        excuse_absence(uow, good, "agent.c", "病假")
    assert figure() == (1, 1)
    clock.advance(DAY)
    assert figure() == (1, 2)
    with work(REVIEWER) as uow:
        record_attendance(uow, missed, ["agent.b", "agent.c"], clock.now() - DAY)
    assert figure() == (1, 2), "who is written down after the 24 hours was not trained in them"
    with database.reading() as session:
        assert [(one.done, one.required) for one in list_topics(session)] == [(3, 3), (2, 2)]
        assert [*knowledge_flaws(session), *knowledge_breaks(session)] == []


@pytest.mark.usefixtures("staff")
def test_who_has_a_topic_outstanding_does_not_take_calls(
    work: Work, site: Site, database: Database, clock: FixedClock
) -> None:
    signed_in = clock.now() - HOUR
    number = declared(work, site)
    with work(PURCHASER) as uow:
        excuse_absence(uow, number, "agent.c", "产假")
    with database.reading() as session:
        now, before, after = clock.now(), signed_in, clock.now() + TICK
        assert gating_topics(session, "agent.a", before, now) == [], "a call that goes on goes on"
        for person in ("agent.a", "agent.c"):
            assert gating_topics(session, person, after, now) != []
            with pytest.raises(Conflict, match="须先完成"):
                require_trained(session, person)
        assert gating_topics(session, "agent.a", before, now + DAY + TICK) != [], "overdue"
        require_trained(session, "dispatch.he")
    with work(agent("agent.c")) as uow:
        complete_training(uow, number, [2])
    with database.reading() as session:
        require_trained(session, "agent.c")


@pytest.mark.usefixtures("staff")
def test_what_cannot_be_is_refused(work: Work, site: Site, clock: FixedClock) -> None:
    number = declared(work, site)
    with work(REVIEWER) as uow, pytest.raises(Invalid):
        record_attendance(uow, number, ["agent.a"], clock.now() - HOUR)
    with work(REVIEWER) as uow, pytest.raises(Forbidden, match="自己"):
        record_attendance(uow, number, [REVIEWER.name])
    with work(agent("agent.a")) as uow, pytest.raises(Forbidden):
        declare_topic(uow, site, "标题", "要点")
    for line in ("题目 | 一 | 二", "题目 | *一 | *二", "题目"):
        with pytest.raises(Invalid):
            questions_of(line)
    with work(REVIEWER) as uow, pytest.raises(Invalid):
        declare_topic(uow, site, "标题", "要点", questions=questions_of("题目 | *一"))
    assert questions_of("甲 ｜ 一 ｜ *二\n\n")[0] == TopicQuestion("甲", ("一", "二"), 2)


def test_without_front_line_staff_there_is_nothing_to_declare(work: Work, site: Site) -> None:
    with pytest.raises(Conflict, match="一线人员"):
        declared(work, site)


@pytest.mark.usefixtures("staff")
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE hot_topics SET declared_at = '2026-03-03 01:00:00'",
        "UPDATE hot_topic_people SET done_at = NULL",
        "UPDATE hot_topic_people SET was_excused = true",
        "DELETE FROM hot_topic_people",
    ],
)
def test_a_changed_training_is_found(
    work: Work, site: Site, database: Database, change: str
) -> None:
    number = declared(work, site, ())
    with work(agent("agent.a")) as uow:
        complete_training(uow, number)
    with database.transaction() as session:
        session.execute(text(change))
        assert list(knowledge_flaws(session)) != []
        session.rollback()
