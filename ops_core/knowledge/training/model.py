"""A hot topic as the replay of its links: who has to know of it by when, and who does (pure).

Who was at work when it was declared is frozen then. Whoever has an approved absence is not counted,
and learns of it before he takes calls again, as everybody does who has missed it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from ops_core.kernel.errors import Forbidden
from ops_core.kernel.i18n import Message, message
from ops_core.knowledge.chain import ChainEnd, KnowledgeLink, end_of, refuse_step

TRAIN_WITHIN = timedelta(hours=24)
"""24小时内: exactly 24 hours are in time."""


class TraineeState(StrEnum):
    """待培训, 核准缺训, 已完成."""

    DUE = "due"
    EXCUSED = "excused"
    DONE = "done"


class TopicStep(StrEnum):
    """申报, 到课, 测试通过, 测试未通过, 核准缺训."""

    DECLARE = "declare"
    ATTEND = "attend"
    PASS = "pass"  # noqa: S105 - a test is passed
    FAIL = "fail"
    EXCUSE = "excuse"


TRAINEE_TRANSITIONS: Mapping[TraineeState, Mapping[TopicStep, TraineeState]] = MappingProxyType(
    {
        TraineeState.DUE: {
            TopicStep.ATTEND: TraineeState.DONE,
            TopicStep.PASS: TraineeState.DONE,
            TopicStep.FAIL: TraineeState.DUE,
            TopicStep.EXCUSE: TraineeState.EXCUSED,
        },
        TraineeState.EXCUSED: {
            TopicStep.ATTEND: TraineeState.DONE,
            TopicStep.PASS: TraineeState.DONE,
            TopicStep.FAIL: TraineeState.EXCUSED,
        },
        TraineeState.DONE: {},
    }
)
TRAINEE_WORDS: Mapping[TraineeState, Message] = MappingProxyType(
    {
        TraineeState.DUE: message("待培训"),
        TraineeState.EXCUSED: message("核准缺训，待补训"),
        TraineeState.DONE: message("已完成"),
    }
)
TOPIC_STEP_WORDS: Mapping[TopicStep, Message] = MappingProxyType(
    {
        TopicStep.DECLARE: message("申报热点"),
        TopicStep.ATTEND: message("登记到课"),
        TopicStep.PASS: message("阅读并通过测试"),
        TopicStep.FAIL: message("测试未通过"),
        TopicStep.EXCUSE: message("核准缺训"),
    }
)


@dataclass(frozen=True, slots=True)
class TopicQuestion:
    """A question of the short test; ``right`` counts the options from 1."""

    text: str
    options: tuple[str, ...]
    right: int


@dataclass(frozen=True, slots=True)
class Trainee:
    """One person and a topic; ``done_at`` is what counts, ``by`` who put it on record."""

    person: str
    state: TraineeState = TraineeState.DUE
    done_at: datetime | None = None
    step: TopicStep | None = None
    by: str = ""
    was_excused: bool = False
    """Whether the absence was approved, and not the training missed."""


@dataclass(frozen=True, slots=True)
class HotTopic:
    """What the links of a topic say; ``article`` and ``version`` are its material."""

    number: str
    title: str
    points: str
    article: str
    version: int
    content_hash: str
    questions: tuple[TopicQuestion, ...]
    declared_at: datetime
    declared_by: str
    roster: tuple[str, ...]
    end: ChainEnd
    touched: Mapping[str, Trainee] = field(default_factory=dict)
    """Those of whom something was recorded."""

    @property
    def due_at(self) -> datetime:
        return self.declared_at + TRAIN_WITHIN

    def trainee(self, person: str) -> Trainee:
        return self.touched.get(person, Trainee(person))


def check_trainee_step(
    topic: HotTopic, person: str, step: TopicStep, joined: Iterable[str] = ()
) -> None:
    """Raises :class:`Forbidden` for somebody who is not on the roster and has not joined since,
    and :class:`ops_core.kernel.errors.Conflict` for a step that his state does not allow."""
    if person not in topic.roster and person not in joined and person not in topic.touched:
        raise Forbidden(
            "不在热点培训名单中",
            message("{person} 不在 {number} 的一线人员名单中。", person=person,
                    number=topic.number),
            "名单在申报时固定；其后24小时内新到岗的人员自动计入。",
        )  # fmt: skip
    trainee = topic.trainee(person)
    if step not in TRAINEE_TRANSITIONS[trainee.state]:
        raise refuse_step(
            message("{person} 的 {number}", person=person, number=topic.number),
            TRAINEE_WORDS[trainee.state],
            TOPIC_STEP_WORDS[step],
            (TOPIC_STEP_WORDS[one] for one in TRAINEE_TRANSITIONS[trainee.state]),
            trainee.state.value,
        )


def completed_at(topic: HotTopic, link: KnowledgeLink) -> datetime:
    """When a person was trained: at the session, but what is recorded after the 24 hours counts at
    its recording. Nobody gets back into time by what he writes later."""
    attended = link.instant("attended_at")
    return attended if attended is not None and link.at <= topic.due_at else link.at


def apply_topic(topic: HotTopic | None, link: KnowledgeLink) -> HotTopic:
    """The topic after a link. Raises Conflict for one that the person's state does not allow."""
    step = TopicStep(link.step)
    if topic is None:
        return HotTopic(
            number=link.number,
            title=link.text("title"),
            points=link.text("points"),
            article=link.text("article"),
            version=link.count("version"),
            content_hash=link.text("content_hash"),
            questions=_questions(link),
            declared_at=link.at,
            declared_by=link.actor,
            roster=link.texts("roster"),
            end=end_of(link),
        )
    person = link.text("person")
    check_trainee_step(topic, person, step, (person,))
    before = topic.trainee(person)
    after = replace(before, state=TRAINEE_TRANSITIONS[before.state][step])
    if after.state is TraineeState.DONE:
        after = replace(after, done_at=completed_at(topic, link), step=step, by=link.actor)
    if step is TopicStep.EXCUSE:
        after = replace(after, was_excused=True, by=link.actor)
    return replace(topic, touched={**topic.touched, person: after}, end=end_of(link))


def replay_topic(links: Iterable[KnowledgeLink]) -> HotTopic:
    """The topic that links, in their sequence, amount to. Raises ValueError without any."""
    topic: HotTopic | None = None
    for link in links:
        topic = apply_topic(topic, link)
    if topic is None:
        raise ValueError("a topic begins with a link")
    return topic


def is_passed(topic: HotTopic, answers: Iterable[int]) -> bool:
    """Whether every question was answered rightly; without questions reading is enough."""
    given = tuple(answers)
    return given == tuple(one.right for one in topic.questions)


def _questions(link: KnowledgeLink) -> tuple[TopicQuestion, ...]:
    listed = link.detail.get("questions")
    found = listed if isinstance(listed, list) else []
    questions = []
    for one in found:
        if not isinstance(one, dict):
            continue
        options, right = one.get("options"), one.get("right")
        texts = tuple(map(str, options)) if isinstance(options, list) else ()
        count = right if isinstance(right, int) else 0
        questions.append(TopicQuestion(str(one.get("text")), texts, count))
    return tuple(questions)
