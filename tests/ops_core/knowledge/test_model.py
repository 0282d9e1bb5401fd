"""The machines of the knowledge base cell by cell, and what is in force at an instant."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from ops_core.kernel.errors import Conflict, Forbidden, Invalid
from ops_core.kernel.i18n import message
from ops_core.knowledge.articles.model import (
    ARTICLE_TRANSITIONS,
    Article,
    ArticleState,
    ArticleStep,
    ArticleVersion,
    apply_article,
    in_force,
    window_end,
)
from ops_core.knowledge.chain import Aggregate, KnowledgeLink, broken_link, link_after
from ops_core.knowledge.enquiries.model import (
    ENQUIRY_TRANSITIONS,
    Enquiry,
    EnquiryKind,
    EnquiryState,
    EnquiryStep,
    apply_enquiry,
)
from ops_core.knowledge.notices.model import (
    NOTICE_TRANSITIONS,
    NoticeState,
    UpdateNotice,
    UpdateNoticeStep,
    apply_notice,
)
from ops_core.knowledge.wording import checked_line, checked_public

START = datetime(2026, 3, 2, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)

ARTICLE_PATHS: Mapping[ArticleState, tuple[ArticleStep, ...]] = {
    ArticleState.DRAFT: (ArticleStep.ENTER,),
    ArticleState.REVIEW: (ArticleStep.ENTER, ArticleStep.SUBMIT),
    ArticleState.SENT_BACK: (ArticleStep.ENTER, ArticleStep.SUBMIT, ArticleStep.SEND_BACK),
    ArticleState.IDLE: (ArticleStep.ENTER, ArticleStep.SUBMIT, ArticleStep.PUBLISH),
}


def article_link(article: Article | None, step: ArticleStep, actor: str = "") -> KnowledgeLink:
    who = actor or (
        "reviewer" if step in (ArticleStep.PUBLISH, ArticleStep.SEND_BACK) else "author"
    )
    detail: dict[str, JsonValue] = {"title": "标题", "body": "正文", "category": "wages"}
    end = None if article is None else article.end
    return link_after(end, Aggregate.ARTICLE, "K-1", step, START, who, detail)


def article_in(state: ArticleState) -> Article:
    article: Article | None = None
    for step in ARTICLE_PATHS[state]:
        article = apply_article(article, article_link(article, step))
    assert article is not None
    return article


@pytest.mark.parametrize("state", ArticleState)
@pytest.mark.parametrize("step", ArticleStep)
def test_an_article_takes_the_steps_of_its_table_and_no_others(
    state: ArticleState, step: ArticleStep
) -> None:
    article = article_in(state)
    assert article.state is state
    if step in ARTICLE_TRANSITIONS[state]:
        after = apply_article(article, article_link(article, step))
        assert after.state is ARTICLE_TRANSITIONS[state][step]
        return
    with pytest.raises(Conflict) as refusal:
        apply_article(article, article_link(article, step))
    assert refusal.value.members == {"state": state.value}


@pytest.mark.parametrize("step", [ArticleStep.PUBLISH, ArticleStep.SEND_BACK])
def test_nobody_reviews_what_he_wrote_a_word_of(step: ArticleStep) -> None:
    article = article_in(ArticleState.DRAFT)
    article = apply_article(article, article_link(article, ArticleStep.REVISE, "second"))
    article = apply_article(article, article_link(article, ArticleStep.SUBMIT))
    for author in ("author", "second"):
        with pytest.raises(Forbidden, match="自己编写"):
            apply_article(article, article_link(article, step, author))
    apply_article(article, article_link(article, step, "third"))


def version(number: int, begins: int, expires: int | None) -> ArticleVersion:
    return ArticleVersion(
        number, "t", "b", ("a",), published_at=START, effective_from=START + begins * HOUR,
        expires_at=None if expires is None else START + (begins + expires) * HOUR,
    )  # fmt: skip


@given(
    st.lists(st.tuples(st.integers(0, 30), st.none() | st.integers(1, 30)),
             unique_by=lambda one: one[0], max_size=6),
    st.integers(-1, 70),
)  # fmt: skip
def test_at_any_instant_one_version_is_in_force_or_none(
    windows: list[tuple[int, int | None]], hour: int
) -> None:
    published = [version(n, *window) for n, window in enumerate(windows, start=1)]
    at = START + hour * HOUR
    holding = []
    for one in published:
        end = window_end(published, one)
        if one.effective_from is not None and one.effective_from <= at and (not end or at < end):
            holding.append(one)
    assert len(holding) <= 1
    assert in_force(published, at) == (holding[0] if holding else None)


NOTICE_PATHS: Mapping[NoticeState, tuple[UpdateNoticeStep, ...]] = {
    NoticeState.OPEN: (UpdateNoticeStep.RECORD,),
    NoticeState.FULFILLED: (UpdateNoticeStep.RECORD, UpdateNoticeStep.FULFIL),
    NoticeState.WITHDRAWN: (UpdateNoticeStep.RECORD, UpdateNoticeStep.WITHDRAW),
}


def notice_after(
    notice: UpdateNotice | None, step: UpdateNoticeStep, point: int = 1, **more: JsonValue
) -> UpdateNotice:
    detail: dict[str, JsonValue] = {"points": ["一"], "point": point, "source": "省厅", **more}
    end = None if notice is None else notice.end
    return apply_notice(
        notice, link_after(end, Aggregate.NOTICE, "U-1", step, START, "editor", detail)
    )


@pytest.mark.parametrize("state", NoticeState)
@pytest.mark.parametrize("step", UpdateNoticeStep)
def test_a_notice_takes_the_steps_of_its_table_and_no_others(
    state: NoticeState, step: UpdateNoticeStep
) -> None:
    notice: UpdateNotice | None = None
    for before in NOTICE_PATHS[state]:
        notice = notice_after(notice, before)
    assert notice is not None
    assert notice.state is state
    if step in NOTICE_TRANSITIONS[state]:
        notice_after(notice, step)
        return
    with pytest.raises(Conflict):
        notice_after(notice, step)


def test_a_notice_of_several_points_is_done_when_the_last_one_is_in_force() -> None:
    notice = notice_after(None, UpdateNoticeStep.RECORD, points=["一", "二"])
    later = (START + 5 * HOUR).isoformat()
    notice = notice_after(notice, UpdateNoticeStep.FULFIL, 2, live_at=later)
    assert (notice.state, notice.live_at, notice.missing) == (NoticeState.OPEN, None, (1,))
    with pytest.raises(Conflict, match="不待更新"):
        notice_after(notice, UpdateNoticeStep.FULFIL, 2)
    notice = notice_after(notice, UpdateNoticeStep.FULFIL, 1, live_at=(START + HOUR).isoformat())
    assert notice.state is NoticeState.FULFILLED
    assert notice.live_at == START + 5 * HOUR


ENQUIRY_PATHS: Mapping[EnquiryState, tuple[EnquiryStep, ...]] = {
    EnquiryState.OPEN: (EnquiryStep.RAISE,),
    EnquiryState.ADOPTED: (EnquiryStep.RAISE, EnquiryStep.ADOPT),
    EnquiryState.ANSWERED: (EnquiryStep.RAISE, EnquiryStep.ANSWER),
    EnquiryState.CLOSED: (EnquiryStep.RAISE, EnquiryStep.ANSWER, EnquiryStep.CLOSE),
}
OF_THE_RAISER = (EnquiryStep.RAISE, EnquiryStep.ASK_AGAIN, EnquiryStep.CLOSE)


def enquiry_after(
    enquiry: Enquiry | None,
    step: EnquiryStep,
    kind: EnquiryKind = EnquiryKind.CORRECTION,
    actor: str = "",
) -> Enquiry:
    who = actor or ("agent" if step in OF_THE_RAISER else "editor")
    end = None if enquiry is None else enquiry.end
    detail: dict[str, JsonValue] = {"kind": kind.value, "text": "说明"}
    return apply_enquiry(
        enquiry, link_after(end, Aggregate.ENQUIRY, "Q-1", step, START, who, detail)
    )


@pytest.mark.parametrize("state", EnquiryState)
@pytest.mark.parametrize("step", EnquiryStep)
def test_an_enquiry_takes_the_steps_of_its_table_and_no_others(
    state: EnquiryState, step: EnquiryStep
) -> None:
    enquiry: Enquiry | None = None
    for before in ENQUIRY_PATHS[state]:
        enquiry = enquiry_after(enquiry, before)
    assert enquiry is not None
    assert enquiry.state is state
    if step in ENQUIRY_TRANSITIONS[state]:
        assert enquiry_after(enquiry, step).state is ENQUIRY_TRANSITIONS[state][step]
        return
    with pytest.raises(Conflict):
        enquiry_after(enquiry, step)


def test_who_asks_does_not_answer_and_who_answers_does_not_close() -> None:
    asked = enquiry_after(None, EnquiryStep.RAISE, EnquiryKind.QUESTION)
    with pytest.raises(Conflict, match="采纳"):
        enquiry_after(asked, EnquiryStep.ADOPT, EnquiryKind.QUESTION)
    with pytest.raises(Forbidden):
        enquiry_after(asked, EnquiryStep.ANSWER, actor="agent")
    answered = enquiry_after(asked, EnquiryStep.ANSWER)
    for step in (EnquiryStep.CLOSE, EnquiryStep.ASK_AGAIN):
        with pytest.raises(Forbidden):
            enquiry_after(answered, step, actor="editor")


def test_a_changed_link_breaks_its_chain() -> None:
    first = article_link(None, ArticleStep.ENTER)
    article = apply_article(None, first)
    second = article_link(article, ArticleStep.SUBMIT)
    assert broken_link([first, second]) is None
    assert broken_link([second]) == 1
    object.__setattr__(first, "actor", "somebody")
    assert broken_link([first, second]) == 1


@pytest.mark.parametrize("text", ["", "  ", "x" * 201, "a\x00b", "a\ufffe"])
def test_a_line_is_filled_in_bounded_and_plain(text: str) -> None:
    with pytest.raises(Invalid):
        checked_line(text, message("标题"))


def test_public_telephones_may_stand_in_an_article_and_personal_numbers_may_not() -> None:
    assert "0371-12345678" in checked_public("窗口电话 0371-12345678", message("正文"), 100)
    for text in (
        "找小王 13912345678",
        "身份证 41010119900307123X",
        "１３９ 1234 5678",
        "13912345678O",
    ):
        with pytest.raises(Invalid, match="个人号码"):
            checked_public(text, message("正文"), 100)
