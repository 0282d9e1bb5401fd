"""What pages and programs read of hot topics, and what stands between a person and his calls."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops_core.kernel.errors import Conflict
from ops_core.kernel.i18n import message
from ops_core.knowledge.articles.read import KnowledgeStep
from ops_core.knowledge.chain import Aggregate, broken_link
from ops_core.knowledge.store import links_of
from ops_core.knowledge.tables import HotTopicPersonRow, HotTopicRow
from ops_core.knowledge.training.model import (
    TRAIN_WITHIN,
    HotTopic,
    Trainee,
    TraineeState,
    replay_topic,
)
from ops_core.knowledge.training.roster import joined_since

PAGE = 100


@dataclass(frozen=True, slots=True)
class ListedTopic:
    """One line of a list: how many have to know of it, and how many do."""

    number: str
    title: str
    declared_at: datetime
    due_at: datetime
    required: int
    done: int


@dataclass(frozen=True, slots=True)
class TopicRecord:
    """Everything known of a topic; ``trainees`` are the roster and who has joined since."""

    topic: HotTopic
    trainees: tuple[Trainee, ...]
    history: tuple[KnowledgeStep, ...]
    broken_at: int | None


@dataclass(frozen=True, slots=True)
class OutstandingTopic:
    """A topic that a person has yet to be trained in."""

    number: str
    title: str
    declared_at: datetime

    @property
    def due_at(self) -> datetime:
        return self.declared_at + TRAIN_WITHIN


def list_topics(session: Session, after: str = "") -> Sequence[ListedTopic]:
    """Topics, the latest first; one more than a page says that there are others."""
    query = select(HotTopicRow).order_by(HotTopicRow.number.desc()).limit(PAGE + 1)
    if after:
        query = query.where(HotTopicRow.number < after)
    return [_listed(session, row) for row in session.scalars(query).all()]


def read_topic(session: Session, number: str) -> TopicRecord:
    """One topic with everybody it concerns. Raises NotFound."""
    links = links_of(session, Aggregate.TOPIC, number)
    topic = replay_topic(links)
    people = dict.fromkeys((*topic.roster, *joined_since(session, topic.declared_at)))
    history = tuple(
        KnowledgeStep(one.sequence, one.step, one.at, one.actor,
                      " ".join(filter(None, (one.text("person"), one.text("reason")))), 0)
        for one in links
    )  # fmt: skip
    return TopicRecord(topic, tuple(map(topic.trainee, people)), history, broken_link(links))


def outstanding_topics(session: Session, person: str) -> Sequence[OutstandingTopic]:
    """What a person has yet to be trained in, the first declared first; excused or not."""
    done = select(HotTopicPersonRow.topic).where(
        HotTopicPersonRow.person == person, HotTopicPersonRow.state == TraineeState.DONE.value
    )
    rows = session.scalars(
        select(HotTopicRow).where(HotTopicRow.number.not_in(done)).order_by(HotTopicRow.number)
    ).all()
    return [
        OutstandingTopic(row.number, row.title, row.declared_at)
        for row in rows
        if person in row.roster or person in joined_since(session, row.declared_at)
    ]


def gating_topics(
    session: Session, person: str, since: datetime | None, now: datetime
) -> Sequence[OutstandingTopic]:
    """What a person has to be trained in before he takes calls: declared before he signed in
    (``since``), or overdue. A call that goes on while a topic is declared goes on."""
    return [
        one
        for one in outstanding_topics(session, person)
        if now > one.due_at or since is None or one.declared_at < since
    ]


def require_trained(session: Session, person: str) -> None:
    """The gate before the telephone: raises :class:`Conflict` for who has a topic outstanding."""
    topics = outstanding_topics(session, person)
    if topics:
        raise Conflict(
            "须先完成热点培训",
            message("尚未完成：{topics}。", topics="、".join(one.title for one in topics)),
            "请先在“我的培训”页面阅读材料并通过测试，再签入接话。",
            members={"topics": [one.number for one in topics]},
        )


def _listed(session: Session, row: HotTopicRow) -> ListedTopic:
    people = {*row.roster, *joined_since(session, row.declared_at)}
    states = session.execute(
        select(HotTopicPersonRow.person, HotTopicPersonRow.state, HotTopicPersonRow.was_excused)
        .where(HotTopicPersonRow.topic == row.number)
    ).all()  # fmt: skip
    excused = {person for person, _, was_excused in states if was_excused}
    done = {person for person, state, _ in states if state == TraineeState.DONE.value}
    required = people - excused
    return ListedTopic(
        row.number, row.title, row.declared_at, row.declared_at + TRAIN_WITHIN, len(required),
        len(required & done),
    )  # fmt: skip
