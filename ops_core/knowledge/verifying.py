"""The knowledge base held against its chains, and the chains' ends against the audit log."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops_core.kernel.audit import Break
from ops_core.kernel.database import Base
from ops_core.kernel.errors import DomainError
from ops_core.kernel.recorded_ends import end_breaks, recorded_ends
from ops_core.knowledge.articles.model import replay_article
from ops_core.knowledge.articles.storing import article_values, version_values
from ops_core.knowledge.chain import Aggregate, KnowledgeLink, broken_link
from ops_core.knowledge.enquiries.model import replay_enquiry
from ops_core.knowledge.enquiries.service import enquiry_values
from ops_core.knowledge.notices.model import replay_notice
from ops_core.knowledge.notices.service import notice_values
from ops_core.knowledge.store import HASH, link_of
from ops_core.knowledge.tables import (
    HotTopicPersonRow,
    HotTopicRow,
    KnowledgeArticleRow,
    KnowledgeEnquiryRow,
    KnowledgeLinkRow,
    KnowledgeNoticeRow,
    KnowledgeVersionRow,
)
from ops_core.knowledge.training.model import replay_topic
from ops_core.knowledge.training.service import topic_values, trainee_values

Values = Mapping[str, object]
Rows = Mapping[tuple[type[Base], str], Values]


@dataclass(frozen=True, slots=True)
class KnowledgeFlaw:
    """Where something is not what its chain says; ``none`` where one side has nothing."""

    record: str
    field: str
    stored: str
    by_links: str


def knowledge_flaws(session: Session) -> Iterator[KnowledgeFlaw]:
    """Every chain that is broken, and every row that its chain does not give."""
    stored, by_links = _stored(session), dict[tuple[type[Base], str], Values]()
    rows = session.scalars(
        select(KnowledgeLinkRow)
        .order_by(KnowledgeLinkRow.aggregate, KnowledgeLinkRow.number, KnowledgeLinkRow.sequence)
        .execution_options(yield_per=5000)
    )
    links = (link_of(row) for row in rows)
    for (aggregate, number), chain in groupby(links, key=lambda one: (one.aggregate, one.number)):
        held = list(chain)
        broken_at = broken_link(held)
        if broken_at is None:
            try:
                by_links |= _ROWS[aggregate](held)
                continue
            except (DomainError, ValueError):
                broken_at = len(held)
        yield KnowledgeFlaw(f"{aggregate} {number}", f"link {broken_at}", "broken", "whole")
    yield from _differences(stored, by_links)


def knowledge_breaks(session: Session) -> Iterator[Break]:
    """Chains whose last link is not the last one that the audit log knows."""
    link = KnowledgeLinkRow
    rows = session.execute(
        select(link.aggregate, link.number, link.hash).order_by(
            link.aggregate, link.number, link.sequence
        )
    )
    ends: dict[str, dict[str, str]] = {aggregate: {} for aggregate in Aggregate}
    for aggregate, number, link_hash in rows:
        ends.setdefault(aggregate, {})[number] = link_hash
    for aggregate, present in ends.items():
        yield from end_breaks(aggregate, recorded_ends(session, aggregate, HASH), present)


def _differences(stored: Rows, by_links: Rows) -> Iterator[KnowledgeFlaw]:
    for key in sorted(stored.keys() | by_links.keys(), key=lambda one: (one[0].__name__, one[1])):
        table, number = key
        record = f"{table.__tablename__} {number}"
        has, ought = stored.get(key), by_links.get(key)
        if has is None or ought is None:
            there = ("none", "there") if has is None else ("there", "none")
            yield KnowledgeFlaw(record, "record", *there)
            continue
        for field, value in ought.items():
            if has[field] != value:
                yield KnowledgeFlaw(record, field, str(has[field]), str(value))


def _stored(session: Session) -> dict[tuple[type[Base], str], Values]:
    found: dict[tuple[type[Base], str], Values] = {}
    for table in (KnowledgeNoticeRow, KnowledgeArticleRow, KnowledgeEnquiryRow, HotTopicRow):
        for row in session.execute(select(table.__table__)).mappings():
            found[table, str(row["number"])] = dict(row)
    for row in session.execute(select(KnowledgeVersionRow.__table__)).mappings():
        found[KnowledgeVersionRow, f"{row['article']}/{row['version']}"] = dict(row)
    for row in session.execute(select(HotTopicPersonRow.__table__)).mappings():
        found[HotTopicPersonRow, f"{row['topic']}/{row['person']}"] = dict(row)
    return found


def _notice(links: list[KnowledgeLink]) -> Rows:
    notice = replay_notice(links)
    return {(KnowledgeNoticeRow, notice.number): notice_values(notice)}


def _article(links: list[KnowledgeLink]) -> Rows:
    article = replay_article(links)
    rows: dict[tuple[type[Base], str], Values] = {
        (KnowledgeArticleRow, article.number): article_values(article)
    }
    for version in article.published:
        key = (KnowledgeVersionRow, f"{article.number}/{version.version}")
        rows[key] = version_values(article, version)
    return rows


def _enquiry(links: list[KnowledgeLink]) -> Rows:
    enquiry = replay_enquiry(links)
    return {(KnowledgeEnquiryRow, enquiry.number): enquiry_values(enquiry)}


def _topic(links: list[KnowledgeLink]) -> Rows:
    topic = replay_topic(links)
    rows: dict[tuple[type[Base], str], Values] = {(HotTopicRow, topic.number): topic_values(topic)}
    for trainee in topic.touched.values():
        key = (HotTopicPersonRow, f"{topic.number}/{trainee.person}")
        rows[key] = trainee_values(trainee)
    return rows


_ROWS: Mapping[Aggregate, Callable[[list[KnowledgeLink]], Rows]] = {
    Aggregate.NOTICE: _notice,
    Aggregate.ARTICLE: _article,
    Aggregate.ENQUIRY: _enquiry,
    Aggregate.TOPIC: _topic,
}
