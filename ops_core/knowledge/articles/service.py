"""Steps of articles: entered, sorted, updated, reviewed by another, published, maintained."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from device_configs.site.model import Site
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.errors import Conflict, Invalid, NotFound
from ops_core.kernel.i18n import message
from ops_core.kernel.numbering import KNOWLEDGE_ARTICLES
from ops_core.kernel.permissions import Permission, require
from ops_core.kernel.times import date_time
from ops_core.knowledge.articles.model import (
    Article,
    ArticleStep,
    apply_article,
    check_article_step,
    check_window,
    replay_article,
    window_end,
)
from ops_core.knowledge.articles.storing import store_article
from ops_core.knowledge.chain import Aggregate, KnowledgeLink, link_after, written
from ops_core.knowledge.enquiries.service import is_adopted, require_adopted, settle_enquiry
from ops_core.knowledge.notices.model import UpdateNoticeStep, check_notice_step
from ops_core.knowledge.notices.service import fulfil_point, load_notice
from ops_core.knowledge.search.index import index_version
from ops_core.knowledge.search.searched import searched_text
from ops_core.knowledge.store import append, links_of
from ops_core.knowledge.tables import KnowledgeArticleRow
from ops_core.knowledge.wording import (
    BODY_LIMIT,
    LINE_LIMIT,
    checked_line,
    checked_public,
    checked_text,
)

MOST_KEYWORDS = 20
ARTICLE_PERMISSION: Mapping[ArticleStep, Permission] = MappingProxyType(
    {
        ArticleStep.ENTER: Permission.WRITE_KNOWLEDGE,
        ArticleStep.SORT: Permission.WRITE_KNOWLEDGE,
        ArticleStep.UPDATE: Permission.WRITE_KNOWLEDGE,
        ArticleStep.REVISE: Permission.WRITE_KNOWLEDGE,
        ArticleStep.SUBMIT: Permission.WRITE_KNOWLEDGE,
        ArticleStep.DISCARD: Permission.WRITE_KNOWLEDGE,
        ArticleStep.PUBLISH: Permission.REVIEW_KNOWLEDGE,
        ArticleStep.SEND_BACK: Permission.REVIEW_KNOWLEDGE,
        ArticleStep.MAINTAIN: Permission.REVIEW_KNOWLEDGE,
    }
)


@dataclass(frozen=True, slots=True)
class Draft:
    """What is written, and what it answers: a point of a notice, or a correction."""

    title: str
    body: str
    notice: str = ""
    point: int = 0
    enquiry: str = ""


def enter_article(
    uow: UnitOfWork, site: Site, category: str, keywords: Sequence[str], draft: Draft
) -> Article:
    """录入: begin an article and its draft. Raises Forbidden, NotFound, Conflict, Invalid."""
    require(uow.actor, ARTICLE_PERMISSION[ArticleStep.ENTER])
    now = uow.clock.now()
    series = KNOWLEDGE_ARTICLES.on_day_of(now, ZoneInfo(site.contract.timezone))
    number = series.next_free(uow.session, KnowledgeArticleRow.number)
    detail = {**_sorted(site, category, keywords), **_written(uow, draft)}
    link = link_after(
        None, Aggregate.ARTICLE, number, ArticleStep.ENTER, now, str(uow.actor), detail
    )
    return _store(uow, None, link)


def sort_article(
    uow: UnitOfWork, site: Site, number: str, category: str, keywords: Sequence[str]
) -> Article:
    """梳理: put an article under another category, with other keywords. Raises as above."""
    return _take(uow, number, ArticleStep.SORT, lambda _: _sorted(site, category, keywords))


def update_article(uow: UnitOfWork, number: str, draft: Draft) -> Article:
    """更新: begin the next version. Raises as above."""
    return _take(uow, number, ArticleStep.UPDATE, lambda _: _written(uow, draft))


def revise_draft(uow: UnitOfWork, number: str, title: str, body: str) -> Article:
    """修改: write the draft anew; whoever does is one of its authors. Raises as above."""
    return _take(uow, number, ArticleStep.REVISE, lambda _: _content(title, body))


def submit_draft(uow: UnitOfWork, number: str) -> Article:
    """送审. Raises as above."""
    return _take(uow, number, ArticleStep.SUBMIT, lambda _: {})


def discard_draft(uow: UnitOfWork, number: str) -> Article:
    """放弃修订; the versions in force stay. Raises as above."""
    return _take(uow, number, ArticleStep.DISCARD, lambda _: {})


def send_back_draft(uow: UnitOfWork, number: str, reason: str) -> Article:
    """审核退回, by another person than the authors. Raises as above."""
    return _take(
        uow, number, ArticleStep.SEND_BACK,
        lambda _: {"reason": checked_text(reason, message("退回理由"))},
    )  # fmt: skip


def publish_draft(
    uow: UnitOfWork,
    number: str,
    effective_from: datetime | None = None,
    expires_at: datetime | None = None,
) -> Article:
    """审核发布, by another person than the authors.

    In force from ``effective_from`` (None: at once) to before ``expires_at``. Fulfils the point of
    the notice and answers the correction that the draft names, where they still wait for it. Raises
    as above.
    """

    def window(article: Article) -> Mapping[str, JsonValue]:
        at = max(uow.clock.now(), article.end.at)
        check_window(article, effective_from or at, expires_at, at)
        return {"effective_from": written(effective_from or at), "expires_at": written(expires_at)}

    article = _take(uow, number, ArticleStep.PUBLISH, window)
    version = article.published[-1]
    index_version(
        uow.session, number, version.version, version.title, searched_text(article, version)
    )
    live_at = version.effective_from or article.end.at
    if version.notice and version.point in load_notice(uow, version.notice).awaited:
        fulfil_point(uow, version.notice, version.point, number, version.version, live_at)
    if version.enquiry and is_adopted(uow, version.enquiry):
        settle_enquiry(uow, version.enquiry, number, version.version)
    return article


def set_expiry(
    uow: UnitOfWork, number: str, version: int, expires_at: datetime | None, reason: str
) -> Article:
    """管理维护: end a published version at an instant from now on, or (None) let it go on.

    What was in force before now stays what it was: a version that has ended is not revived. Raises
    as above.
    """

    def expiry(article: Article) -> Mapping[str, JsonValue]:
        _check_expiry(article, version, expires_at, max(uow.clock.now(), article.end.at))
        why = checked_text(reason, message("维护理由"))
        return {"version": version, "expires_at": written(expires_at), "reason": why}

    return _take(uow, number, ArticleStep.MAINTAIN, expiry)


def _check_expiry(
    article: Article, version: int, expires_at: datetime | None, now: datetime
) -> None:
    found = article.version(version)
    if found is None or found.effective_from is None:
        raise NotFound(
            "没有这一版",
            message("知识 {number} 没有已发布的第 {version} 版。", number=article.number,
                    version=version),
        )  # fmt: skip
    ended = window_end(article.published, found)
    if ended is not None and ended <= now:
        raise Conflict(
            "此版本已不再生效",
            message("第 {version} 版于 {at} 失效。", version=version, at=date_time(ended)),
            "请发布新的版本。",
        )
    if expires_at is not None and (expires_at < now or expires_at <= found.effective_from):
        raise Invalid(
            "失效时间不合要求",
            message("{at}，现在是 {now}。", at=date_time(expires_at), now=date_time(now)),
            "失效时间不能早于现在，也不能早于生效时间。",
        )


Details = Callable[[Article], Mapping[str, JsonValue]]
"""What goes into a link, from the article as it is before it."""


def _take(uow: UnitOfWork, number: str, step: ArticleStep, detail: Details) -> Article:
    require(uow.actor, ARTICLE_PERMISSION[step])
    article = replay_article(links_of(uow.session, Aggregate.ARTICLE, number))
    actor = str(uow.actor)
    check_article_step(article, step, actor)
    link = link_after(
        article.end, Aggregate.ARTICLE, number, step, uow.clock.now(), actor, detail(article)
    )
    return _store(uow, article, link)


def _store(uow: UnitOfWork, before: Article | None, link: KnowledgeLink) -> Article:
    article = apply_article(before, link)
    summary: dict[str, JsonValue] = {"state": article.state.value, "version": article.begun}
    append(uow, link, summary)
    store_article(uow.session, article)
    return article


def _sorted(site: Site, category: str, keywords: Sequence[str]) -> dict[str, JsonValue]:
    if category not in site.hotline.category_of:
        raise Invalid(
            "没有这个类别",
            message("{category} 不在类别目录中。", category=category),
            message("可选：{categories}。", categories="、".join(site.hotline.category_of)),
        )
    named = [checked_line(word, message("关键词")) for word in keywords if word.strip()]
    if len(named) > MOST_KEYWORDS:
        raise Invalid("关键词过多", "", message("至多 {most} 个。", most=MOST_KEYWORDS))
    return {"category": category, "keywords": list(named)}


def _content(title: str, body: str) -> dict[str, JsonValue]:
    return {
        "title": checked_line(checked_public(title, message("标题"), LINE_LIMIT), message("标题")),
        "body": checked_public(body, message("正文"), BODY_LIMIT),
    }


def _written(uow: UnitOfWork, draft: Draft) -> dict[str, JsonValue]:
    if draft.notice:
        check_notice_step(load_notice(uow, draft.notice), UpdateNoticeStep.FULFIL, draft.point)
    if draft.enquiry:
        require_adopted(uow, draft.enquiry)
    return {
        **_content(draft.title, draft.body),
        "notice": draft.notice,
        "point": draft.point if draft.notice else None,
        "enquiry": draft.enquiry,
    }
