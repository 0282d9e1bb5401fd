"""A knowledge base as after some weeks: articles, notices in and out of time, a question, topics.

Everything is done by its own command, by people of the demonstration, at instants before
now. It is done once: a knowledge base that holds anything is left alone.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files

import yaml
from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.permissions import Actor, Role
from ops_core.knowledge.articles.service import (
    Draft,
    enter_article,
    publish_draft,
    submit_draft,
    update_article,
)
from ops_core.knowledge.enquiries.model import EnquiryKind
from ops_core.knowledge.enquiries.service import answer_enquiry, raise_enquiry
from ops_core.knowledge.notices.service import record_notice
from ops_core.knowledge.tables import KnowledgeArticleRow, KnowledgeNoticeRow
from ops_core.knowledge.training.model import TopicQuestion
from ops_core.knowledge.training.roster import front_line
from ops_core.knowledge.training.service import declare_topic, record_attendance

EDITOR = Actor.user("demo.editor-1", (Role.KNOWLEDGE_EDITOR,))
REVIEWER = Actor.user("demo.reviewer-1", (Role.SUPERVISOR,))
AGENT = Actor.user("demo.agent-01", (Role.AGENT,))
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
Opens = Callable[[], AbstractContextManager[UnitOfWork]]


@dataclass(frozen=True, slots=True)
class WrittenArticle:
    """An article of the demonstration as its file has it."""

    title: str
    category: str
    keywords: list[str]
    body: str


def written_articles() -> list[WrittenArticle]:
    """What ``articles.yml`` holds."""
    text = files(__package__).joinpath("articles.yml").read_text("utf-8")
    return TypeAdapter(list[WrittenArticle]).validate_python(yaml.safe_load(text))


def is_begun(session: Session) -> bool:
    """Whether the knowledge base holds anything already."""
    one = select(KnowledgeArticleRow.number).limit(1)
    other = select(KnowledgeNoticeRow.number).limit(1)
    return session.scalar(one) is not None or session.scalar(other) is not None


def make_knowledge(opens: Opens, site: Site, now: datetime) -> None:
    """Let it come about, a short unit of work each: nobody else waits for it."""
    for act in _acts(site, now):
        with opens() as uow:
            act(uow)


Act = Callable[[UnitOfWork], None]


def _acts(site: Site, now: datetime) -> Iterator[Act]:
    articles = written_articles()
    for n, written in enumerate(articles):
        yield _published(site, written, now - (len(articles) - n) * DAY)
    yield _notices(site, articles[0], now)
    yield _enquiries(site, now)
    yield _topics(site, now)


def _published(site: Site, written: WrittenArticle, at: datetime) -> Act:
    def act(uow: UnitOfWork) -> None:
        editor = _as(uow, EDITOR, at)
        draft = Draft(written.title, written.body)
        number = enter_article(editor, site, written.category, written.keywords, draft).number
        submit_draft(editor, number)
        publish_draft(_as(uow, REVIEWER, at + HOUR), number)

    return act


def _notices(site: Site, written: WrittenArticle, now: datetime) -> Act:
    """One in time, one late, one that is to be done."""

    def act(uow: UnitOfWork) -> None:
        number = uow.session.scalars(select(KnowledgeArticleRow.number)).first() or ""
        for received_at, published_at, point in (
            (now - 50 * HOUR, now - 20 * HOUR, "备案渠道增加手机应用"),
            (now - 15 * HOUR, now - 9 * HOUR, "备案当日生效"),
        ):
            notice = record_notice(
                _as(uow, EDITOR, received_at + HOUR), site, "省医疗保障局", "待遇处", [point],
                received_at,
            ).number  # fmt: skip
            body = f"{written.body}\n更新：{point}。"
            editor = _as(uow, EDITOR, published_at - HOUR)
            update_article(editor, number, Draft(written.title, body, notice, 1))
            submit_draft(editor, number)
            publish_draft(_as(uow, REVIEWER, published_at), number)
        points = ["退役军人优待证申领条件", "申领窗口与电话"]
        record_notice(_as(uow, EDITOR, now - 2 * HOUR), site, "省退役军人事务厅", "办公室", points)

    return act


def _enquiries(site: Site, now: datetime) -> Act:
    def act(uow: UnitOfWork) -> None:
        numbers = uow.session.scalars(
            select(KnowledgeArticleRow.number).order_by(KnowledgeArticleRow.number)
        ).all()
        wrong = raise_enquiry(
            _as(uow, AGENT, now - 5 * HOUR), site, EnquiryKind.CORRECTION, numbers[2], 1,
            "丙市整片停暖也应派当地政府，请核对派单口径。",
        )  # fmt: skip
        answer_enquiry(_as(uow, EDITOR, now - 4 * HOUR), wrong.number, "核对后采纳", adopt=True)
        raise_enquiry(
            _as(uow, AGENT, now - HOUR), site, EnquiryKind.QUESTION, numbers[4], 1,
            "节假日免费通行时段内被扣费，是否同样受理？",
        )  # fmt: skip

    return act


def _topics(site: Site, now: datetime) -> Act:
    """One that everybody learnt in time, and one that somebody learnt a day and more later."""

    def act(uow: UnitOfWork) -> None:
        people = front_line(uow.session)
        if not people:
            return
        asked = (TopicQuestion("整片停暖时怎样处理", ("按一般工单派单", "派单并报值班长"), 2),)
        late = declare_topic(
            _as(uow, REVIEWER, now - 30 * HOUR), site, "集中供暖开栓期咨询",
            "开栓首周来电集中：先问室温与报修情况，整片停暖的派单并报值班长。", questions=asked,
        )  # fmt: skip
        record_attendance(_as(uow, REVIEWER, now - 20 * HOUR), late.number, people[:-1])
        record_attendance(_as(uow, REVIEWER, now - 3 * HOUR), late.number, people[-1:])
        known = declare_topic(
            _as(uow, REVIEWER, now - 12 * HOUR), site, "高速公路出行高峰",
            "通行费疑问须记录车牌、出入口站与支付方式。",
        )  # fmt: skip
        record_attendance(_as(uow, REVIEWER, now - 10 * HOUR), known.number, people)

    return act


def _as(uow: UnitOfWork, actor: Actor, at: datetime) -> UnitOfWork:
    return uow.acting_as(actor, FixedClock(at))
