"""The lists of the hotline: callbacks, deadlines, hot topics, the knowledge base."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from ops_core.hotline.callbacks.model import CallbackState
from ops_core.hotline.callbacks.read import CallbackRecord, list_callbacks
from ops_core.hotline.deadline_policies.model import POLICY_STATE_WORDS, DeadlinePolicy
from ops_core.hotline.deadline_policies.store import list_policies
from ops_core.hotline.words import OUTCOME_WORDS, RESOLVED_WORDS, VERDICT_WORDS
from ops_core.kernel.i18n import message
from ops_core.kernel.permissions import Permission
from ops_core.knowledge.articles.model import ARTICLE_STATE_WORDS
from ops_core.knowledge.articles.read import ArticleTab, ListedArticle, list_articles
from ops_core.knowledge.enquiries.model import (
    ENQUIRY_KIND_WORDS,
    ENQUIRY_STATE_WORDS,
    EnquiryState,
)
from ops_core.knowledge.enquiries.read import ListedEnquiry, list_enquiries
from ops_core.knowledge.notices.model import NOTICE_STATE_WORDS, NoticeState
from ops_core.knowledge.notices.read import PAGE, ListedNotice, list_notices
from ops_core.knowledge.training.read import ListedTopic, list_topics
from wallboard.lists.cells import Cell
from wallboard.lists.model import MOST_ROWS, Asking, ListColumn, ListTable, all_pages


class Numbered(Protocol):
    """A record whose number says where the next page begins."""

    @property
    def number(self) -> str: ...


N = TypeVar("N", bound=Numbered)


def _numbered(page: Callable[[str], Sequence[N]]) -> list[N]:
    """All pages of a list that reads one record more than a page where there are others."""

    def cut(after: str) -> tuple[Sequence[N], str | None]:
        found = page(after)
        return found[:PAGE], found[PAGE - 1].number if len(found) > PAGE else None

    return all_pages(cut)


def _callbacks(asking: Asking) -> Sequence[CallbackRecord]:
    state = asking.choice("show", CallbackState) or CallbackState.OPEN
    seen, day = asking.seen, asking.day("day")
    return list_callbacks(seen.session, seen.site, state, seen.now, MOST_ROWS + 1, day)


def _unit(name: str, asking: Asking) -> Cell:
    known = asking.site.hotline.unit_of.get(name)
    return name if known is None else asking.title(name, known.title)


def _category(name: str, asking: Asking) -> Cell:
    known = asking.site.hotline.category_of.get(name)
    return name if known is None else asking.title(name, known.title)


def _requester(one: CallbackRecord) -> str:
    return "" if one.requester is None else f"{one.requester.number} {one.requester.name}".strip()


CALLBACKS = ListTable(
    "callbacks", "/callbacks", (Permission.CALL_BACK,),
    (
        ListColumn("order", message("工单"), lambda one, _: one.order),
        ListColumn("cycle", message("轮次"), lambda one, _: one.cycle),
        ListColumn("title", message("标题"), lambda one, _: one.title),
        ListColumn("unit", message("承办单位"), lambda one, by: _unit(one.unit, by)),
        ListColumn("requester", message("诉求人"), lambda one, _: _requester(one)),
        ListColumn("opened_at", message("办结"), lambda one, _: one.opened_at),
        ListColumn("attempts", message("拨打"),
            lambda one, _: sum(not a.is_withdrawn for a in one.attempts)),
        ListColumn("outcome", message("回访结果"),
            lambda one, by: by.word(one.outcome, OUTCOME_WORDS)),
        ListColumn("resolved", message("是否解决"),
            lambda one, by: by.word(one.resolved, RESOLVED_WORDS)),
        ListColumn("result_score", message("办理结果"),
            lambda one, _: one.result_score),
        ListColumn("attitude_score", message("服务态度"),
            lambda one, _: one.attitude_score),
        ListColumn("due_at", message("到期"), lambda one, _: one.deadline.due_at),
        ListColumn("verdict", message("时限"),
            lambda one, by: by.word(one.deadline.verdict, VERDICT_WORDS)),
    ),
    _callbacks,
    narrowing="day",
)  # fmt: skip


def _policies(asking: Asking) -> Sequence[DeadlinePolicy]:
    return list_policies(asking.seen.session)


DEADLINES = ListTable(
    "deadlines", "/deadlines", (Permission.SEE_ORDERS,),
    (
        ListColumn("version", message("版本"), lambda one, _: one.version),
        ListColumn("state", message("状态"),
            lambda one, by: by.word(one.state, POLICY_STATE_WORDS)),
        ListColumn("effective_from", message("生效时间"),
            lambda one, _: one.effective_from),
        ListColumn("reason", message("理由"), lambda one, _: one.reason),
        ListColumn("drafted_by", message("拟订"),
            lambda one, by: by.person(one.drafted_by)),
        ListColumn("drafted_at", message("拟订时间"), lambda one, _: one.drafted_at),
        ListColumn("decided_by", message("审批"),
            lambda one, by: by.person(one.decided_by)),
        ListColumn("decided_at", message("审批时间"), lambda one, _: one.decided_at),
        ListColumn("decided_text", message("批准意见"),
            lambda one, _: one.decided_text),
    ),
    _policies,
)  # fmt: skip


def _topics(asking: Asking) -> Sequence[ListedTopic]:
    return _numbered(lambda after: list_topics(asking.seen.session, after))


TOPICS = ListTable(
    "training", "/training", (Permission.SEE_TRAINING,),
    (
        ListColumn("number", message("编号"), lambda one, _: one.number),
        ListColumn("title", message("热点"), lambda one, _: one.title),
        ListColumn("declared_at", message("申报"), lambda one, _: one.declared_at),
        ListColumn("done", message("已完成"), lambda one, _: one.done),
        ListColumn("required", message("应完成"), lambda one, _: one.required),
        ListColumn("due_at", message("时限"), lambda one, _: one.due_at),
    ),
    _topics,
)  # fmt: skip


def _notices(asking: Asking) -> Sequence[ListedNotice]:
    state = asking.choice("state", NoticeState)
    return _numbered(lambda after: list_notices(asking.seen.session, state, after))


NOTICES = ListTable(
    "knowledge-notices", "/knowledge/notices", (Permission.SEE_KNOWLEDGE,),
    (
        ListColumn("number", message("编号"), lambda one, _: one.number),
        ListColumn("state", message("状态"),
            lambda one, by: by.word(one.state, NOTICE_STATE_WORDS)),
        ListColumn("source", message("来源"), lambda one, _: one.source),
        ListColumn("asked_by", message("提出人"),
            lambda one, by: by.person(one.asked_by)),
        ListColumn("received_at", message("收到"), lambda one, _: one.received_at),
        ListColumn("live_at", message("生效"), lambda one, _: one.live_at),
        ListColumn("due_at", message("时限"), lambda one, _: one.due_at),
    ),
    _notices,
)  # fmt: skip


def _enquiries(asking: Asking) -> Sequence[ListedEnquiry]:
    """Everybody's for those who keep the knowledge base, one's own for others."""
    state, reader = asking.choice("state", EnquiryState), asking.reader
    own = "" if reader.may(Permission.SEE_KNOWLEDGE) else reader.signed_in.name
    return _numbered(lambda after: list_enquiries(asking.seen.session, state, own, after))


ENQUIRIES = ListTable(
    "knowledge-enquiries", "/knowledge/enquiries", (Permission.SEARCH_KNOWLEDGE,),
    (
        ListColumn("number", message("编号"), lambda one, _: one.number),
        ListColumn("kind", message("类型"),
            lambda one, by: by.word(one.kind, ENQUIRY_KIND_WORDS)),
        ListColumn("state", message("状态"),
            lambda one, by: by.word(one.state, ENQUIRY_STATE_WORDS)),
        ListColumn("article", message("知识条目"), lambda one, _: one.article),
        ListColumn("raised_by", message("提出人"),
            lambda one, by: by.person(one.raised_by)),
        ListColumn("raised_at", message("提出"), lambda one, _: one.raised_at),
    ),
    _enquiries,
)  # fmt: skip


def _articles(asking: Asking) -> Sequence[ListedArticle]:
    tab = asking.choice("tab", ArticleTab) or ArticleTab.REVIEW
    seen = asking.seen
    return _numbered(lambda after: list_articles(seen.session, seen.now, tab, after))


ARTICLES = ListTable(
    "knowledge-articles", "/knowledge/articles", (Permission.SEE_KNOWLEDGE,),
    (
        ListColumn("number", message("编号"), lambda one, _: one.number),
        ListColumn("state", message("状态"),
            lambda one, by: by.word(one.state, ARTICLE_STATE_WORDS)),
        ListColumn("category", message("类别"),
            lambda one, by: _category(one.category, by)),
        ListColumn("title", message("标题"), lambda one, _: one.title),
        ListColumn("version", message("现行版本"), lambda one, _: one.version),
        ListColumn("last_at", message("最近一步"), lambda one, _: one.last_at),
    ),
    _articles,
)  # fmt: skip
