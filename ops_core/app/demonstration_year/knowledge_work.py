"""The year's update notices and hot topics, through the commands of the knowledge base."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.app.demonstration_year.scope import YearScope, instant
from ops_core.hotline.demonstration.dice import Dice, dice_for
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.permissions import Actor
from ops_core.knowledge.articles.service import (
    Draft,
    enter_article,
    publish_draft,
    submit_draft,
    update_article,
)
from ops_core.knowledge.demonstration.story import EDITOR, REVIEWER, written_articles
from ops_core.knowledge.notices.service import record_notice
from ops_core.knowledge.tables import KnowledgeArticleRow
from ops_core.knowledge.training.roster import front_line
from ops_core.knowledge.training.service import declare_topic, record_attendance

NOTICES_A_DAY, TOPICS_A_DAY = 0.25, 0.06
"""Chosen: some ninety notices and twenty hot topics a year."""
PUBLISHED_LATE, TRAINED_LATE = 0.02, 0.05
_SOURCES = ("省医疗保障局", "省人力资源和社会保障厅", "省住房和城乡建设厅", "省教育厅")
_CHANGES = (
    "办理渠道增加手机应用",
    "所需材料减少一项",
    "办理时限缩短",
    "咨询电话变更",
    "补贴标准调整",
)
_POINTS = "来电集中：先核对知识库现行口径，再受理登记。"
_TOPICS = (
    "集中供暖开栓期咨询", "中小学入学报名", "医保缴费高峰", "高温天气用电用水", "节假日出行",
    "农民工工资支付", "防汛与积水", "居民补贴发放",
)  # fmt: skip
_HOUR = timedelta(hours=1)


def enter_articles(uow: UnitOfWork, site: Site, day: date) -> None:
    """The articles with which the year begins."""
    zone = ZoneInfo(site.contract.timezone)
    for place, written in enumerate(written_articles()):
        at = instant(day, time(8), zone) + place * timedelta(minutes=10)
        editor = _as(uow, EDITOR, at)
        draft = Draft(written.title, written.body)
        number = enter_article(editor, site, written.category, written.keywords, draft).number
        submit_draft(editor, number)
        publish_draft(_as(uow, REVIEWER, at + timedelta(minutes=5)), number)


def update_knowledge(uow: UnitOfWork, scope: YearScope, site: Site, day: date) -> None:
    """A notice now and then; a version says what it asks for, nearly always within a day."""
    dice = dice_for(scope.seed, "notice", day)
    if day > scope.last or not dice.happens(NOTICES_A_DAY):
        return
    zone = ZoneInfo(site.contract.timezone)
    received = instant(day, time(8, 30), zone) + dice.seconds(0, 30_000)
    articles = _articles(uow.session)
    number = articles[day.toordinal() % len(articles)]  # no article waits for two notices at once
    point = dice.pick(_CHANGES)
    editor = _as(uow, EDITOR, received + dice.seconds(300, 3600))
    source = dice.pick(_SOURCES)
    notice = record_notice(editor, site, source, "业务处", [point], received).number
    late = dice.happens(PUBLISHED_LATE)
    published = received + (dice.seconds(90_000, 100_000) if late else dice.seconds(7200, 72_000))
    _publish(uow, dice, number, Draft("", point, notice, 1), published)


def train_front_line(uow: UnitOfWork, scope: YearScope, site: Site, day: date) -> None:
    """A hot topic now and then; everybody learns of it, nearly always within a day."""
    dice = dice_for(scope.seed, "topic", day)
    people = front_line(uow.session)
    if day > scope.last or not people or not dice.happens(TOPICS_A_DAY):
        return
    at = instant(day, time(9), ZoneInfo(site.contract.timezone)) + dice.seconds(0, 21_600)
    topic = declare_topic(
        _as(uow, REVIEWER, at),
        site,
        dice.pick(_TOPICS),
        _POINTS,
    )
    late = people[-1:] if dice.happens(TRAINED_LATE) else ()
    known = [name for name in people if name not in late]
    record_attendance(_as(uow, REVIEWER, at + dice.seconds(7200, 80_000)), topic.number, known)
    if late:
        record_attendance(_as(uow, REVIEWER, at + 30 * _HOUR), topic.number, late)


def _publish(uow: UnitOfWork, dice: Dice, number: str, asked: Draft, at: datetime) -> None:
    row = uow.session.get_one(KnowledgeArticleRow, number)
    written = next(one for one in written_articles() if one.title == row.title)
    editor = _as(uow, EDITOR, at - dice.seconds(600, 3000))
    body = f"{written.body}\n更新：{asked.body}。"
    update_article(editor, number, Draft(written.title, body, asked.notice, asked.point))
    submit_draft(editor, number)
    publish_draft(_as(uow, REVIEWER, at), number)


def _articles(session: Session) -> list[str]:
    row = KnowledgeArticleRow
    return list(session.scalars(select(row.number).order_by(row.number)))


def _as(uow: UnitOfWork, actor: Actor, at: datetime) -> UnitOfWork:
    return uow.acting_as(actor, FixedClock(at))
