"""An article as the replay of its links: at most one draft, and its published versions (pure).

Which version is in force at an instant follows from the windows of the published ones alone: the
one that began last, unless it has expired. So there is exactly one, or none; and nothing that is
done later changes what was in force before.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from ops_core.kernel.errors import Conflict, Forbidden, Invalid
from ops_core.kernel.i18n import Message, message
from ops_core.kernel.json_values import canonical_json
from ops_core.kernel.times import date_time
from ops_core.knowledge.chain import ChainEnd, KnowledgeLink, end_of, refuse_step


class ArticleState(StrEnum):
    """How far the draft has come: 无待发布修订, 编写中, 待审核, 退回修改."""

    IDLE = "idle"
    DRAFT = "draft"
    REVIEW = "review"
    SENT_BACK = "sent_back"


class ArticleStep(StrEnum):
    """录入, 梳理, 更新, 修改, 送审, 审核发布, 退回修改, 放弃修订, 管理维护."""

    ENTER = "enter"
    SORT = "sort"
    UPDATE = "update"
    REVISE = "revise"
    SUBMIT = "submit"
    PUBLISH = "publish"
    SEND_BACK = "send_back"
    DISCARD = "discard"
    MAINTAIN = "maintain"


_ALWAYS = {ArticleStep.SORT: None, ArticleStep.MAINTAIN: None}
ARTICLE_TRANSITIONS: Mapping[ArticleState, Mapping[ArticleStep, ArticleState]] = MappingProxyType(
    {
        ArticleState.IDLE: {
            ArticleStep.UPDATE: ArticleState.DRAFT,
            **dict.fromkeys(_ALWAYS, ArticleState.IDLE),
        },
        ArticleState.DRAFT: {
            ArticleStep.REVISE: ArticleState.DRAFT,
            ArticleStep.SUBMIT: ArticleState.REVIEW,
            ArticleStep.DISCARD: ArticleState.IDLE,
            **dict.fromkeys(_ALWAYS, ArticleState.DRAFT),
        },
        ArticleState.REVIEW: {
            ArticleStep.PUBLISH: ArticleState.IDLE,
            ArticleStep.SEND_BACK: ArticleState.SENT_BACK,
            **dict.fromkeys(_ALWAYS, ArticleState.REVIEW),
        },
        ArticleState.SENT_BACK: {
            ArticleStep.REVISE: ArticleState.DRAFT,
            ArticleStep.DISCARD: ArticleState.IDLE,
            **dict.fromkeys(_ALWAYS, ArticleState.SENT_BACK),
        },
    }
)
REVIEWING = frozenset({ArticleStep.PUBLISH, ArticleStep.SEND_BACK})
ARTICLE_STATE_WORDS: Mapping[ArticleState, Message] = MappingProxyType(
    {
        ArticleState.IDLE: message("无待发布修订"),
        ArticleState.DRAFT: message("编写中"),
        ArticleState.REVIEW: message("待审核"),
        ArticleState.SENT_BACK: message("退回修改"),
    }
)
ARTICLE_STEP_WORDS: Mapping[ArticleStep, Message] = MappingProxyType(
    {
        ArticleStep.ENTER: message("录入"),
        ArticleStep.SORT: message("梳理"),
        ArticleStep.UPDATE: message("更新"),
        ArticleStep.REVISE: message("修改"),
        ArticleStep.SUBMIT: message("送审"),
        ArticleStep.PUBLISH: message("审核发布"),
        ArticleStep.SEND_BACK: message("审核退回"),
        ArticleStep.DISCARD: message("放弃修订"),
        ArticleStep.MAINTAIN: message("管理维护"),
    }
)


@dataclass(frozen=True, slots=True)
class ArticleVersion:
    """A draft, or a published version with its window; ``authors`` wrote on it."""

    version: int
    title: str
    body: str
    authors: tuple[str, ...]
    notice: str = ""
    point: int = 0
    enquiry: str = ""
    """The correction it is the answer to."""
    published_at: datetime | None = None
    reviewer: str = ""
    effective_from: datetime | None = None
    expires_at: datetime | None = None

    @property
    def content_hash(self) -> str:
        """SHA-256, in hexadecimal, of what an agent reads: what a citation names."""
        content = {"title": self.title, "body": self.body}
        return hashlib.sha256(canonical_json(content).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Article:
    """What the links of an article say."""

    number: str
    state: ArticleState
    category: str
    keywords: tuple[str, ...]
    draft: ArticleVersion | None
    published: tuple[ArticleVersion, ...]
    begun: int
    """How many versions were begun, discarded ones included: numbers are never given twice."""
    end: ChainEnd

    @property
    def title(self) -> str:
        """Of the draft, or else of the version published last."""
        newest = self.draft or (self.published[-1] if self.published else None)
        return "" if newest is None else newest.title

    @property
    def allowed(self) -> tuple[ArticleStep, ...]:
        return tuple(ARTICLE_TRANSITIONS[self.state])

    def version(self, number: int) -> ArticleVersion | None:
        """A published version by its number."""
        return next((one for one in self.published if one.version == number), None)


def window_end(published: Sequence[ArticleVersion], version: ArticleVersion) -> datetime | None:
    """When a published version ceases to be in force: it expires, or the next one begins."""
    begun = version.effective_from
    later = [
        one.effective_from
        for one in published
        if one.effective_from is not None and begun is not None and one.effective_from > begun
    ]
    ends = [*([min(later)] if later else []), *([version.expires_at] if version.expires_at else [])]
    return min(ends, default=None)


def in_force(published: Sequence[ArticleVersion], at: datetime) -> ArticleVersion | None:
    """The one version in force at an instant, None where there is none (invariant 17)."""
    begun = [one for one in published if one.effective_from and one.effective_from <= at]
    latest = max(begun, key=lambda one: one.effective_from or at, default=None)
    if latest is None or (latest.expires_at is not None and latest.expires_at <= at):
        return None
    return latest


def check_article_step(article: Article, step: ArticleStep, actor: str) -> None:
    """Raises :class:`Conflict` for a step that the state does not allow now, and
    :class:`Forbidden` for a review of what the actor wrote himself."""
    if step not in ARTICLE_TRANSITIONS[article.state]:
        raise refuse_step(
            message("知识 {number}", number=article.number),
            ARTICLE_STATE_WORDS[article.state],
            ARTICLE_STEP_WORDS[step],
            (ARTICLE_STEP_WORDS[one] for one in article.allowed),
            article.state.value,
        )
    if step in REVIEWING and article.draft is not None and actor in article.draft.authors:
        raise Forbidden(
            "不能审核自己编写的知识",
            message("知识 {number} 的这一版由 {actor} 编写。", number=article.number, actor=actor),
            "请由另一名审核人员审核。",
        )


def check_window(
    article: Article, effective_from: datetime, expires_at: datetime | None, now: datetime
) -> None:
    """Raises :class:`Invalid` or :class:`Conflict` for a window that no new version may have."""
    if effective_from < now:
        raise Invalid(
            "生效时间早于发布时间",
            message("生效 {at}，现在是 {now}。", at=date_time(effective_from), now=date_time(now)),
            "知识只能自发布时起或此后生效；请改填生效时间。",
        )
    if expires_at is not None and expires_at <= effective_from:
        raise Invalid("失效时间不晚于生效时间", "", "请改填失效时间，或留空。")
    if any(one.effective_from == effective_from for one in article.published):
        raise Conflict(
            "已有同时生效的版本",
            message("另一版定于 {at} 生效。", at=date_time(effective_from)),
            "请改填生效时间。",
        )


def apply_article(article: Article | None, link: KnowledgeLink) -> Article:
    """The article after a link. Raises Conflict or Forbidden for one that is not allowed."""
    step = ArticleStep(link.step)
    if article is None:
        return Article(
            number=link.number,
            state=ArticleState.DRAFT,
            category=link.text("category"),
            keywords=link.texts("keywords"),
            draft=_drafted(link, 1),
            published=(),
            begun=1,
            end=end_of(link),
        )
    check_article_step(article, step, link.actor)
    after = replace(article, state=ARTICLE_TRANSITIONS[article.state][step], end=end_of(link))
    match step:
        case ArticleStep.SORT:
            return replace(after, category=link.text("category"), keywords=link.texts("keywords"))
        case ArticleStep.UPDATE:
            return replace(after, draft=_drafted(link, article.begun + 1), begun=article.begun + 1)
        case ArticleStep.REVISE:
            return replace(after, draft=_revised(article.draft, link))
        case ArticleStep.DISCARD:
            return replace(after, draft=None)
        case ArticleStep.PUBLISH:
            return replace(after, draft=None, published=_with(article, link))
        case ArticleStep.MAINTAIN:
            return replace(after, published=_maintained(article, link))
        case ArticleStep.ENTER | ArticleStep.SUBMIT | ArticleStep.SEND_BACK:
            return after


def replay_article(links: Iterable[KnowledgeLink]) -> Article:
    """The article that links, in their sequence, amount to. Raises ValueError without any."""
    article: Article | None = None
    for link in links:
        article = apply_article(article, link)
    if article is None:
        raise ValueError("an article begins with a link")
    return article


def _drafted(link: KnowledgeLink, version: int) -> ArticleVersion:
    return ArticleVersion(
        version=version,
        title=link.text("title"),
        body=link.text("body"),
        authors=(link.actor,),
        notice=link.text("notice"),
        point=link.count("point"),
        enquiry=link.text("enquiry"),
    )


def _revised(draft: ArticleVersion | None, link: KnowledgeLink) -> ArticleVersion | None:
    if draft is None:
        return None
    authors = draft.authors if link.actor in draft.authors else (*draft.authors, link.actor)
    return replace(draft, title=link.text("title"), body=link.text("body"), authors=authors)


def _with(article: Article, link: KnowledgeLink) -> tuple[ArticleVersion, ...]:
    if article.draft is None:
        return article.published
    version = replace(
        article.draft,
        published_at=link.at,
        reviewer=link.actor,
        effective_from=link.instant("effective_from") or link.at,
        expires_at=link.instant("expires_at"),
    )
    return (*article.published, version)


def _maintained(article: Article, link: KnowledgeLink) -> tuple[ArticleVersion, ...]:
    version, expires_at = link.count("version"), link.instant("expires_at")
    return tuple(
        replace(one, expires_at=expires_at) if one.version == version else one
        for one in article.published
    )
