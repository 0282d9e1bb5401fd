"""Hot topics: declared with the roster of the moment, trained person by person."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from device_configs.site.model import Site
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.errors import Conflict, Forbidden, Invalid
from ops_core.kernel.i18n import message
from ops_core.kernel.numbering import HOT_TOPICS
from ops_core.kernel.permissions import Permission, require
from ops_core.kernel.times import date_time
from ops_core.knowledge.articles.read import read_version
from ops_core.knowledge.chain import Aggregate, KnowledgeLink, link_after, written
from ops_core.knowledge.store import append, links_of
from ops_core.knowledge.tables import HotTopicPersonRow, HotTopicRow
from ops_core.knowledge.training.model import (
    HotTopic,
    TopicQuestion,
    TopicStep,
    Trainee,
    apply_topic,
    check_trainee_step,
    is_passed,
    replay_topic,
)
from ops_core.knowledge.training.roster import front_line, joined_since
from ops_core.knowledge.wording import TEXT_LIMIT, checked_line, checked_public, checked_text

MOST_QUESTIONS, MOST_OPTIONS = 10, 6


def declare_topic(
    uow: UnitOfWork,
    site: Site,
    title: str,
    points: str,
    article: str = "",
    version: int = 0,
    questions: Sequence[TopicQuestion] = (),
) -> HotTopic:
    """申报热点: from now on everybody of the front line has 24 hours to know of it.

    The material is what ``points`` say, and a published version of an article if one is named.
    Raises Forbidden, NotFound, :class:`Conflict` with nobody on the roster, :class:`Invalid`.
    """
    require(uow.actor, Permission.DECLARE_TOPICS)
    roster = front_line(uow.session)
    if not roster:
        raise Conflict("没有一线人员", "", "请先建立话务员或回访员账号。")
    now = uow.clock.now()
    number = HOT_TOPICS.on_day_of(now, ZoneInfo(site.contract.timezone)).next_free(
        uow.session, HotTopicRow.number
    )
    detail: dict[str, JsonValue] = {
        "title": checked_line(title, message("标题")),
        "points": checked_public(points, message("培训要点"), TEXT_LIMIT),
        "roster": list(roster),
        "questions": _checked_questions(questions),
    }
    if article:
        shown = read_version(uow.session, article, version).version
        detail |= {"article": article, "version": version, "content_hash": shown.content_hash}
    link = link_after(None, Aggregate.TOPIC, number, TopicStep.DECLARE, now, str(uow.actor), detail)
    return _store(uow, None, [link])


def record_attendance(
    uow: UnitOfWork, number: str, people: Sequence[str], attended_at: datetime | None = None
) -> HotTopic:
    """登记到课: these people were at a session; nobody records himself.

    Raises Forbidden, NotFound, Conflict for who is done already, and :class:`Invalid`.
    """
    require(uow.actor, Permission.RECORD_TRAINING)
    topic, now = load_topic(uow, number), uow.clock.now()
    at = attended_at or now
    if not topic.declared_at <= at <= now:
        raise Invalid(
            "到课时间不合要求",
            message("{at}，现在是 {now}。", at=date_time(at), now=date_time(now)),
            "到课时间在申报之后、现在之前。",
        )
    named = [person.strip() for person in dict.fromkeys(people) if person.strip()]
    if not named:
        raise Invalid("没有选择人员", "", "请选择到课的人员。")
    if str(uow.actor) in named:
        raise Forbidden("不能登记自己的到课", "", "请由另一名人员登记，或自行阅读并通过测试。")
    steps = [(TopicStep.ATTEND, person, {"attended_at": written(at)}) for person in named]
    return _take(uow, topic, steps)


def excuse_absence(uow: UnitOfWork, number: str, person: str, reason: str) -> HotTopic:
    """核准缺训 (leave, illness): not counted, and trained before the next call. The purchaser's
    side alone may, for it takes a miss out of indicator 7. Raises as above."""
    require(uow.actor, Permission.EXCUSE_TRAINING)
    topic = load_topic(uow, number)
    why = {"reason": checked_text(reason, message("缺训理由"))}
    return _take(uow, topic, [(TopicStep.EXCUSE, person, why)])


def complete_training(uow: UnitOfWork, number: str, answers: Sequence[int] = ()) -> HotTopic:
    """阅读并通过测试, each for himself; a wrong answer is recorded, and tried again.

    Raises Forbidden, NotFound and Conflict.
    """
    require(uow.actor, Permission.TAKE_TRAINING)
    topic = load_topic(uow, number)
    step = TopicStep.PASS if is_passed(topic, answers) else TopicStep.FAIL
    given: dict[str, JsonValue] = {"answers": list(answers)}
    return _take(uow, topic, [(step, str(uow.actor), given)])


def load_topic(uow: UnitOfWork, number: str) -> HotTopic:
    """Raises NotFound."""
    return replay_topic(links_of(uow.session, Aggregate.TOPIC, number))


def _take(
    uow: UnitOfWork,
    topic: HotTopic,
    steps: Sequence[tuple[TopicStep, str, Mapping[str, JsonValue]]],
) -> HotTopic:
    joined = joined_since(uow.session, topic.declared_at)
    after = topic
    for step, person, detail in steps:
        check_trainee_step(after, person, step, joined)
        link = link_after(
            after.end, Aggregate.TOPIC, topic.number, step, uow.clock.now(), str(uow.actor),
            {"person": person, **detail},
        )  # fmt: skip
        after = _store(uow, after, [link])
    return after


def _store(uow: UnitOfWork, before: HotTopic | None, links: Sequence[KnowledgeLink]) -> HotTopic:
    topic = before
    for link in links:
        topic = apply_topic(topic, link)
        summary: dict[str, JsonValue] = {"roster": len(topic.roster)}
        if person := link.text("person"):
            summary |= {"person": person, "state": topic.trainee(person).state.value}
        append(uow, link, summary)
    if topic is None:
        raise ValueError("a topic begins with a link")
    row = uow.session.get(HotTopicRow, topic.number)
    if row is None:
        row = HotTopicRow(number=topic.number)
        uow.session.add(row)
    for name, value in topic_values(topic).items():
        setattr(row, name, value)
    uow.session.flush()
    for trainee in topic.touched.values():
        key = (topic.number, trainee.person)
        stored = uow.session.get(HotTopicPersonRow, key)
        if stored is None:
            stored = HotTopicPersonRow(topic=topic.number, person=trainee.person)
            uow.session.add(stored)
        for name, value in trainee_values(trainee).items():
            setattr(stored, name, value)
    uow.session.flush()
    return topic


def topic_values(topic: HotTopic) -> dict[str, object]:
    """What of a topic goes into its row, by column."""
    return {
        "title": topic.title,
        "declared_at": topic.declared_at,
        "roster": list(topic.roster),
        "last_hash": topic.end.hash,
    }


def trainee_values(trainee: Trainee) -> dict[str, object]:
    """What of a person goes into his row, by column."""
    return {
        "state": trainee.state.value,
        "done_at": trainee.done_at,
        "was_excused": trainee.was_excused,
    }


def _checked_questions(questions: Sequence[TopicQuestion]) -> list[JsonValue]:
    if len(questions) > MOST_QUESTIONS:
        raise Invalid("题目过多", "", message("至多 {most} 题。", most=MOST_QUESTIONS))
    checked: list[JsonValue] = []
    for one in questions:
        options = [checked_line(option, message("选项")) for option in one.options]
        if not 2 <= len(options) <= MOST_OPTIONS or not 1 <= one.right <= len(options):
            raise Invalid(
                "题目不合要求",
                message("每题须有 2 至 {most} 个选项，并指明其中正确的一个。", most=MOST_OPTIONS),
                "请改正后再提交。",
            )
        listed: list[JsonValue] = list(options)
        text = checked_line(one.text, message("题目"))
        checked.append({"text": text, "options": listed, "right": one.right})
    return checked
