"""The knowledge base of a centre, at random: notices, their articles, and hot topics."""

from contextlib import suppress

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule
from sqlalchemy import select

from ops_core.kernel.errors import DomainError
from ops_core.kernel.identity import create_user
from ops_core.kernel.permissions import Actor, Role
from ops_core.knowledge.articles.service import Draft
from ops_core.knowledge.notices.service import record_notice, withdraw_notice
from ops_core.knowledge.tables import HotTopicRow, KnowledgeNoticeRow
from ops_core.knowledge.training.service import (
    complete_training,
    declare_topic,
    excuse_absence,
    record_attendance,
)
from tests.ops_core.hotline.conftest import PURCHASER, REVIEWER
from tests.ops_core.knowledge.people import WRITER, published
from tests.ops_core_kpi.centre import FiguresOfACentre

TOPICS, NOTICES = 7, 8
STAFF = ("agent.a", "agent.b")
PASSWORD = "correct-horse-battery"


class KnowledgeAtRandom(FiguresOfACentre):
    """Indicators 7 and 8."""

    @initialize()
    def people_are_employed(self) -> None:
        self.staff = [self.employed(name) for name in STAFF]

    def employed(self, name: str) -> Actor:
        with self.work(Actor.system("setup")) as uow:
            create_user(uow, name, "张伟", PASSWORD, [Role.AGENT])
        return Actor.user(name, (Role.AGENT,))

    @rule(points=st.integers(1, 2), hours=st.integers(0, 60))
    def somebody_asks_for_an_update(self, points: int, hours: int) -> None:
        before, asked = self.share(NOTICES), [f"第{n}点" for n in range(points)]
        with self.work(WRITER) as uow:
            record_notice(uow, self.site, "省厅", "王处", asked, self.hours_ago(hours))
        assert not self.rose(NOTICES, before), "a notice is no publication"

    @precondition(lambda self: self.notices())
    @rule(data=st.data(), point=st.integers(1, 2))
    def a_point_is_published(self, data: st.DataObject, point: int) -> None:
        notice, before = data.draw(st.sampled_from(self.notices())), self.share(NOTICES)
        with suppress(DomainError):
            published(self.work, self.site, Draft("标题", "正文", notice, point))
        assert not self.fell(NOTICES, before), "a publication made the figure worse"

    @precondition(lambda self: self.notices())
    @rule(data=st.data())
    def its_issuer_withdraws_a_notice(self, data: st.DataObject) -> None:
        notice = data.draw(st.sampled_from(self.notices()))
        with suppress(DomainError), self.work(PURCHASER) as uow:
            withdraw_notice(uow, notice, "发错")

    @rule()
    def a_hot_topic_is_declared(self) -> None:
        before = self.share(TOPICS)
        with self.work(REVIEWER) as uow:
            declare_topic(uow, self.site, "退费", "退费自下月起")
        assert self.share(TOPICS) == before, "its clock has just begun"

    @precondition(lambda self: self.topics())
    @rule(data=st.data(), hours=st.sampled_from([None, 0, 1, 5]))
    def somebody_is_trained(self, data: st.DataObject, hours: int | None) -> None:
        topic, person = self.topic_and_person(data)
        before = self.share(TOPICS)
        with suppress(DomainError), self.work(person if hours is None else REVIEWER) as uow:
            if hours is None:
                complete_training(uow, topic)
            else:
                record_attendance(uow, topic, [str(person)], self.hours_ago(hours))
        assert not self.fell(TOPICS, before), "training made the figure worse"

    @precondition(lambda self: self.topics())
    @rule(data=st.data())
    def an_absence_is_approved(self, data: st.DataObject) -> None:
        topic, person = self.topic_and_person(data)
        with suppress(DomainError), self.work(PURCHASER) as uow:
            excuse_absence(uow, topic, str(person), "病假")

    @precondition(lambda self: len(self.staff) < 4)
    @rule()
    def somebody_joins(self) -> None:
        before = self.share(TOPICS)
        self.staff.append(self.employed(f"agent.new{self.number_given()}"))
        assert not self.rose(TOPICS, before), "one more to train made the figure better"

    def topic_and_person(self, data: st.DataObject) -> tuple[str, Actor]:
        return data.draw(st.sampled_from(self.topics())), data.draw(st.sampled_from(self.staff))

    def notices(self) -> list[str]:
        return self.numbers(KnowledgeNoticeRow.number)

    def topics(self) -> list[str]:
        return self.numbers(HotTopicRow.number)

    def numbers(self, column) -> list[str]:  # type: ignore[no-untyped-def]
        with self.database.reading() as session:
            return list(session.scalars(select(column).order_by(column)))
