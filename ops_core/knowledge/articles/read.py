"""What pages and programs read of articles: lists, one with its course, one version."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import Session

from ops_core.kernel.errors import NotFound
from ops_core.kernel.i18n import message
from ops_core.kernel.masking import mask_text
from ops_core.knowledge.articles.model import (
    Article,
    ArticleState,
    ArticleVersion,
    in_force,
    replay_article,
    window_end,
)
from ops_core.knowledge.chain import Aggregate, KnowledgeLink, broken_link
from ops_core.knowledge.store import links_of
from ops_core.knowledge.tables import KnowledgeArticleRow, KnowledgeVersionRow

PAGE = 100


class ArticleTab(StrEnum):
    """Lists of articles by what is to be done."""

    REVIEW = "review"
    DRAFT = "draft"
    IN_FORCE = "in_force"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class ListedArticle:
    """One line of a list; ``version`` is the one in force, None without."""

    number: str
    state: ArticleState
    title: str
    category: str
    last_at: datetime
    version: int | None


@dataclass(frozen=True, slots=True)
class ShownVersion:
    """A published version with the end of its window, as known now."""

    version: ArticleVersion
    until: datetime | None
    is_in_force: bool


@dataclass(frozen=True, slots=True)
class KnowledgeStep:
    """One step of a course, its remark masked."""

    sequence: int
    step: str
    at: datetime
    actor: str
    remark: str
    version: int


@dataclass(frozen=True, slots=True)
class ArticleRecord:
    """Everything known of an article; ``broken_at`` is the link at which its chain is broken."""

    article: Article
    versions: tuple[ShownVersion, ...]
    """The newest first."""
    history: tuple[KnowledgeStep, ...]
    broken_at: int | None


@dataclass(frozen=True, slots=True)
class VersionInForce:
    """What an agent reads."""

    article: str
    category: str
    version: ArticleVersion
    until: datetime | None


def list_articles(
    session: Session, now: datetime, tab: ArticleTab = ArticleTab.ALL, after: str = ""
) -> Sequence[ListedArticle]:
    """Articles of a tab, the latest number first; one more than a page: there are others."""
    version = KnowledgeVersionRow
    row = KnowledgeArticleRow
    query = (
        select(row, version.version)
        .outerjoin(version, (version.article == row.number) & _is_in_force(now))
        .order_by(row.number.desc())
        .limit(PAGE + 1)
    )
    query = _of_tab(query, tab)
    if after:
        query = query.where(row.number < after)
    return [
        ListedArticle(
            one.number, ArticleState(one.state), one.title, one.category, one.last_at, number
        )
        for one, number in session.execute(query)
    ]


def read_article(session: Session, number: str, now: datetime) -> ArticleRecord:
    """One article with its versions and its history. Raises :class:`NotFound`."""
    links = links_of(session, Aggregate.ARTICLE, number)
    article = replay_article(links)
    current = in_force(article.published, now)
    return ArticleRecord(
        article,
        tuple(
            ShownVersion(one, window_end(article.published, one), one is current)
            for one in reversed(article.published)
        ),
        history_of(links),
        broken_link(links),
    )


def read_in_force(session: Session, number: str, now: datetime) -> VersionInForce:
    """The version in force now. Raises :class:`NotFound` for drafts and what has expired."""
    has_one = exists().where(KnowledgeArticleRow.number == number)
    article = (
        replay_article(links_of(session, Aggregate.ARTICLE, number))
        if session.scalar(select(has_one))
        else None
    )
    version = None if article is None else in_force(article.published, now)
    if article is None or version is None:
        raise NotFound(
            "没有生效的知识",
            message("知识 {number} 现在没有生效的版本。", number=number),
            "请重新查找，或向知识管理员提问。",
        )
    until = window_end(article.published, version)
    return VersionInForce(number, article.category, version, until)


def read_version(session: Session, number: str, version: int) -> ShownVersion:
    """A published version, in force or not. Raises :class:`NotFound`."""
    article = replay_article(links_of(session, Aggregate.ARTICLE, number))
    found = article.version(version)
    if found is None:
        raise NotFound(
            "没有这一版",
            message("知识 {number} 没有已发布的第 {version} 版。", number=number, version=version),
        )
    return ShownVersion(found, window_end(article.published, found), False)


def history_of(links: Sequence[KnowledgeLink]) -> tuple[KnowledgeStep, ...]:
    """The steps of a chain as pages show them."""
    return tuple(
        KnowledgeStep(
            link.sequence, link.step, link.at, link.actor,
            mask_text(link.text("reason") or link.text("text")), link.count("version"),
        )
        for link in links
    )  # fmt: skip


def _is_in_force(now: datetime) -> ColumnElement[bool]:
    version = KnowledgeVersionRow
    return (version.effective_from <= now) & or_(version.until.is_(None), version.until > now)


def _of_tab(
    query: Select[KnowledgeArticleRow, int], tab: ArticleTab
) -> Select[KnowledgeArticleRow, int]:
    row = KnowledgeArticleRow
    match tab:
        case ArticleTab.REVIEW:
            return query.where(row.state == ArticleState.REVIEW.value)
        case ArticleTab.DRAFT:
            return query.where(row.state.in_([ArticleState.DRAFT, ArticleState.SENT_BACK]))
        case ArticleTab.IN_FORCE:
            return query.where(KnowledgeVersionRow.version.is_not(None))
        case ArticleTab.ALL:
            return query
