"""Notices, articles, corrections and questions through their commands, on either database."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from device_configs.site.model import Site
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.database import Database
from ops_core.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from ops_core.kernel.tables import AuditEntryRow
from ops_core.knowledge.articles.read import (
    ArticleTab,
    list_articles,
    read_article,
    read_in_force,
    read_version,
)
from ops_core.knowledge.articles.service import (
    Draft,
    discard_draft,
    publish_draft,
    send_back_draft,
    set_expiry,
    sort_article,
    submit_draft,
)
from ops_core.knowledge.enquiries.model import EnquiryKind, EnquiryState
from ops_core.knowledge.enquiries.read import list_enquiries, read_enquiry
from ops_core.knowledge.enquiries.service import (
    answer_enquiry,
    ask_again,
    close_enquiry,
    raise_enquiry,
)
from ops_core.knowledge.notices.model import NoticeState
from ops_core.knowledge.notices.read import list_notices, read_notice
from ops_core.knowledge.notices.service import record_notice, withdraw_notice
from ops_core.knowledge.search.index import search_versions
from ops_core.knowledge.verifying import knowledge_breaks, knowledge_flaws
from tests.ops_core.knowledge.people import (
    AGENT,
    PURCHASER,
    REVIEWER,
    WRITER,
    Work,
    entered,
    published,
    release,
    updated,
)

HOUR = timedelta(hours=1)


def test_a_notice_is_fulfilled_by_the_versions_that_say_its_points(
    work: Work, site: Site, database: Database, clock: FixedClock
) -> None:
    stamped = clock.now() - HOUR
    with work(WRITER) as uow:
        number = record_notice(uow, site, "省医疗保障局", "李处", ["备案", "比例"], stamped).number
    first = entered(work, site, Draft("备案办法", "线上备案", number, 1))
    second = entered(work, site, Draft("报销比例", "六成", number, 2))
    clock.advance(HOUR)
    release(work, first)
    starts = clock.now() + 3 * HOUR
    release(work, second, effective_from=starts)
    with database.reading() as session:
        record = read_notice(session, number)
        assert record.notice.state is NoticeState.FULFILLED
        assert (record.notice.live_at, record.entry_lag) == (starts, HOUR)
        assert [one.state for one in list_notices(session)] == [NoticeState.FULFILLED]
        assert list(knowledge_flaws(session)) == []
        with pytest.raises(NotFound):
            read_in_force(session, second, clock.now())
        assert read_in_force(session, second, starts).version.title == "报销比例"
    with work(PURCHASER) as uow, pytest.raises(Conflict):
        withdraw_notice(uow, number, "发错")


def test_only_the_purchasers_side_withdraws_a_notice(work: Work, site: Site) -> None:
    with work(WRITER) as uow:
        number = record_notice(uow, site, "省厅", "王处", ["一"]).number
    for actor in (WRITER, REVIEWER, AGENT):
        with work(actor) as uow, pytest.raises(Forbidden):
            withdraw_notice(uow, number, "发错")
    with work(PURCHASER) as uow:
        assert withdraw_notice(uow, number, "发错").state is NoticeState.WITHDRAWN
    with pytest.raises(Conflict):
        entered(work, site, Draft("标题", "正文", number, 1))


def test_a_stamp_of_the_future_or_of_long_ago_is_refused(
    work: Work, site: Site, clock: FixedClock
) -> None:
    for stamp in (clock.now() + timedelta(seconds=1), clock.now() - timedelta(days=400)):
        with work(WRITER) as uow, pytest.raises(Invalid):
            record_notice(uow, site, "省厅", "王处", ["一"], stamp)
    with work(WRITER) as uow, pytest.raises(Invalid):
        record_notice(uow, site, "省厅", "王处", [" "])


def test_a_draft_is_seen_by_no_agent_and_a_version_from_its_hour_to_its_end(
    work: Work, site: Site, database: Database, clock: FixedClock
) -> None:
    number = entered(work, site)

    def found() -> list[tuple[str, int]]:
        with database.reading() as session:
            hits = search_versions(session, "异地就医", clock.now())
        return [(one.article, one.version) for one in hits]

    assert found() == []
    release(work, number)
    assert found() == [(number, 1)]
    clock.advance(HOUR)
    updated(work, number, "异地就医备案新办法")
    assert found() == [(number, 1)]
    starts = clock.now() + HOUR
    release(work, number, effective_from=starts, expires_at=starts + HOUR)
    assert found() == [(number, 1)]
    clock.advance(HOUR)
    assert found() == [(number, 2)]
    clock.advance(HOUR)
    assert found() == []
    with database.reading() as session:
        assert read_version(session, number, 1).until == starts
        assert [one.number for one in list_articles(session, clock.now())] == [number]
        assert list_articles(session, clock.now(), ArticleTab.IN_FORCE) == []


def test_what_was_in_force_is_not_changed_by_what_is_done_later(
    work: Work, site: Site, database: Database, clock: FixedClock
) -> None:
    number = published(work, site)
    clock.advance(HOUR)
    with work(REVIEWER) as uow, pytest.raises(Invalid):
        set_expiry(uow, number, 1, clock.now() - HOUR / 2, "停用")
    with work(REVIEWER) as uow:
        set_expiry(uow, number, 1, clock.now(), "政策废止")
    with work(REVIEWER) as uow, pytest.raises(Conflict, match="不再生效"):
        set_expiry(uow, number, 1, None, "恢复")
    updated(work, number)
    with work(WRITER) as uow:
        submit_draft(uow, number)
    with work(REVIEWER) as uow, pytest.raises(Invalid, match="早于"):
        publish_draft(uow, number, effective_from=clock.now() - HOUR)
    with database.reading() as session:
        assert read_in_force(session, number, clock.now() - HOUR).version.version == 1
        with pytest.raises(NotFound):
            read_in_force(session, number, clock.now())


def test_a_correction_is_answered_by_the_version_that_says_it_right(
    work: Work, site: Site, database: Database, clock: FixedClock
) -> None:
    article = published(work, site)
    with work(AGENT) as uow:
        wrong = raise_enquiry(uow, site, EnquiryKind.CORRECTION, article, 1, "电话 13912345678 错")
        asked = raise_enquiry(uow, site, EnquiryKind.QUESTION, "", 0, "何时起施行")
    with pytest.raises(Conflict):
        updated(work, article, enquiry=wrong.number)
    with work(WRITER) as uow:
        answer_enquiry(uow, wrong.number, "采纳", adopt=True)
        answer_enquiry(uow, asked.number, "下月")
    clock.advance(HOUR)
    updated(work, article, enquiry=wrong.number)
    release(work, article)
    with work(AGENT) as uow:
        close_enquiry(uow, wrong.number)
        ask_again(uow, asked.number, "哪一天")
    with database.reading() as session:
        record = read_enquiry(session, wrong.number)
        assert record.enquiry.state is EnquiryState.CLOSED
        assert [one.version for one in record.enquiry.remarks] == [1, 0, 2, 0]
        assert "139****5678" in record.enquiry.remarks[0].text
        assert [one.number for one in list_enquiries(session, EnquiryState.OPEN)] == [asked.number]
    with work(AGENT) as uow, pytest.raises(NotFound):
        raise_enquiry(uow, site, EnquiryKind.CORRECTION, article, 9, "错")


def test_every_verb_is_an_audited_step_without_its_text(
    work: Work, site: Site, database: Database
) -> None:
    number = entered(work, site)
    with work(WRITER) as uow:
        sort_article(uow, site, number, "medical", ["就医"])
        submit_draft(uow, number)
    with work(REVIEWER) as uow:
        send_back_draft(uow, number, "缺依据")
    with work(WRITER) as uow:
        discard_draft(uow, number)
    with database.reading() as session:
        rows = session.query(AuditEntryRow).filter_by(subject_id=number).all()
        assert [row.action.rpartition(".")[2] for row in rows] == [
            "enter", "sort", "submit", "send_back", "discard",
        ]  # fmt: skip
        assert not any("正文" in row.detail or "备案" in row.detail for row in rows)
        assert [one.step for one in read_article(session, number, rows[0].at).history] == [
            "enter", "sort", "submit", "send_back", "discard",
        ]  # fmt: skip


def test_who_may_not_is_refused_before_anything_is_looked_at(work: Work, site: Site) -> None:
    for act in (
        lambda uow: submit_draft(uow, "K-none"),
        lambda uow: publish_draft(uow, "K-none"),
        lambda uow: answer_enquiry(uow, "Q-none", "答"),
        lambda uow: record_notice(uow, site, "省厅", "王处", ["一"]),
    ):
        with work(AGENT) as uow, pytest.raises(Forbidden):
            act(uow)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE knowledge_notices SET live_at = received_at",
        "UPDATE knowledge_notices SET received_at = live_at",
        "UPDATE knowledge_versions SET until = effective_from",
        "UPDATE knowledge_articles SET title = 'x'",
        "UPDATE knowledge_links SET actor = 'x' WHERE sequence = 2",
        "DELETE FROM knowledge_links WHERE sequence > 1",
        "DELETE FROM knowledge_notices",
        "UPDATE knowledge_enquiries SET state = 'closed'",
    ],
)
def test_what_is_changed_behind_the_products_back_is_found(
    work: Work, site: Site, database: Database, clock: FixedClock, change: str
) -> None:
    with work(WRITER) as uow:
        notice = record_notice(uow, site, "省厅", "王处", ["一"], clock.now() - HOUR).number
    article = published(work, site, Draft("标题", "正文", notice, 1))
    with work(AGENT) as uow:
        raise_enquiry(uow, site, EnquiryKind.QUESTION, article, 1, "问")
    with database.transaction() as session:
        assert [*knowledge_flaws(session), *knowledge_breaks(session)] == []
        session.execute(text(change))
        session.expire_all()
        assert [*knowledge_flaws(session), *knowledge_breaks(session)] != []
        session.rollback()
