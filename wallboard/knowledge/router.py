"""The pages of the knowledge base: searching it, its articles and their steps."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Query
from starlette.responses import HTMLResponse, RedirectResponse

from ops_core.kernel.permissions import Permission
from ops_core.knowledge.articles.model import REVIEWING, ArticleStep
from ops_core.knowledge.articles.read import (
    PAGE,
    ArticleTab,
    list_articles,
    read_article,
    read_in_force,
    read_version,
)
from ops_core.knowledge.articles.service import ARTICLE_PERMISSION, Draft, enter_article
from ops_core.knowledge.chain import Aggregate
from ops_core.knowledge.search.index import search_versions
from ops_core.knowledge.wording import BODY_LIMIT, LINE_LIMIT, TEXT_LIMIT
from wallboard.knowledge.acts import ArticleFields, local_instant, take_article_step
from wallboard.knowledge.words import knowledge_words
from wallboard.web import Reader, SignedInReader
from wallboard.work import Commanding, Reading

router = APIRouter(include_in_schema=False)

KNOWLEDGE, ARTICLES = "/knowledge", "/knowledge/articles"
ARTICLE = Aggregate.ARTICLE.value
QUERY_LIMIT = 100
STEP_KEYS = {
    ArticleStep.SUBMIT: "s",
    ArticleStep.PUBLISH: "p",
    ArticleStep.SEND_BACK: "b",
    ArticleStep.DISCARD: "x",
}
"""Steps that are a button alone, with the key of each."""
Sought = Annotated[str, Query(max_length=QUERY_LIMIT)]


@router.get(KNOWLEDGE)
async def search_page(
    reader: SignedInReader, read: Reading, q: Sought = "", category: str = ""
) -> HTMLResponse:
    await reader.require(Permission.SEARCH_KNOWLEDGE, "page", "knowledge")
    found = await read(lambda seen: search_versions(seen.session, q, seen.now, category))
    return _page(reader, "knowledge", q=q, category=category, found=found, limit=QUERY_LIMIT)


@router.get(f"{KNOWLEDGE}/hits")
async def search_hits(reader: SignedInReader, read: Reading, kb: Sought = "") -> HTMLResponse:
    """A part of the agent's page: what a query finds, while the call goes on."""
    await reader.require(Permission.SEARCH_KNOWLEDGE, "page", "knowledge")
    found = await read(lambda seen: search_versions(seen.session, kb, seen.now, most=8))
    return _page(reader, "_knowledge_hits", q=kb, found=found)


@router.get(f"{KNOWLEDGE}/open/{{number}}")
async def open_inline(reader: SignedInReader, read: Reading, number: str) -> HTMLResponse:
    """A part of the agent's page: the version in force now, to be read out and cited."""
    await reader.require(Permission.SEARCH_KNOWLEDGE, ARTICLE, number)
    shown = await read(lambda seen: read_in_force(seen.session, number, seen.now))
    return _page(reader, "_knowledge_open", shown=shown)


@router.get(ARTICLES)
async def list_page(
    reader: SignedInReader, read: Reading, tab: ArticleTab = ArticleTab.REVIEW, after: str = ""
) -> HTMLResponse:
    await reader.require(Permission.SEE_KNOWLEDGE, "page", "knowledge/articles")
    found = await read(lambda seen: list_articles(seen.session, seen.now, tab, after))
    return _page(
        reader, "knowledge_articles", tab=tab, tabs=list(ArticleTab), articles=found[:PAGE],
        following=found[PAGE - 1].number if len(found) > PAGE else "",
    )  # fmt: skip


@router.get(f"{ARTICLES}/new")
async def new_page(reader: SignedInReader, notice: str = "", point: int = 0) -> HTMLResponse:
    await reader.require(Permission.WRITE_KNOWLEDGE, "page", "knowledge/articles")
    return _page(reader, "knowledge_new", notice=notice, point=point, **_limits())


@router.post(ARTICLES)
async def enter(
    reader: SignedInReader,
    command: Commanding,
    title: Annotated[str, Form()] = "",
    body: Annotated[str, Form()] = "",
    category: Annotated[str, Form()] = "",
    keywords: Annotated[str, Form()] = "",
    notice: Annotated[str, Form()] = "",
    point: Annotated[int, Form()] = 0,
) -> RedirectResponse:
    site, draft = reader.web.dependencies.site, Draft(title, body, notice.strip(), point)
    article = await command(
        ("page", "knowledge/articles"),
        lambda uow: enter_article(uow, site, category, keywords.split(), draft),
    )
    return RedirectResponse(f"{ARTICLES}/{article.number}", 303)


@router.get(f"{ARTICLES}/{{number}}")
async def show_article(reader: SignedInReader, read: Reading, number: str) -> HTMLResponse:
    """All of it for those who keep the knowledge base, the version in force for others."""
    await reader.require(Permission.SEARCH_KNOWLEDGE, ARTICLE, number)
    if not reader.may(Permission.SEE_KNOWLEDGE):
        shown = await read(lambda seen: read_in_force(seen.session, number, seen.now))
        return _page(reader, "knowledge_version", shown=shown, notice="", **_limits())
    record = await read(lambda seen: read_article(seen.session, number, seen.now))
    article, actor = record.article, str(reader.actor)
    own = article.draft is not None and actor in article.draft.authors
    can = [
        step for step in article.allowed
        if reader.may(ARTICLE_PERMISSION[step]) and not (own and step in REVIEWING)
    ]  # fmt: skip
    return _page(
        reader, "knowledge_article", record=record, article=article, can=can, own=own,
        reviews=reader.may(Permission.REVIEW_KNOWLEDGE), keys=STEP_KEYS, **_limits(),
    )  # fmt: skip


@router.get(f"{ARTICLES}/{{number}}/versions/{{version}}")
async def show_version(
    reader: SignedInReader, read: Reading, number: str, version: int
) -> HTMLResponse:
    await reader.require(Permission.SEE_KNOWLEDGE, ARTICLE, number)
    found = await read(lambda seen: read_version(seen.session, number, version))
    return _page(reader, "knowledge_past", number=number, found=found)


@router.post(f"{ARTICLES}/{{number}}/{{step}}")
async def step_article(
    reader: SignedInReader,
    command: Commanding,
    number: str,
    step: ArticleStep,
    title: Annotated[str, Form()] = "",
    body: Annotated[str, Form()] = "",
    category: Annotated[str, Form()] = "",
    keywords: Annotated[str, Form()] = "",
    notice: Annotated[str, Form()] = "",
    point: Annotated[int, Form()] = 0,
    enquiry: Annotated[str, Form()] = "",
    version: Annotated[int, Form()] = 0,
    effective_from: Annotated[str, Form()] = "",
    expires_at: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> RedirectResponse:
    site = reader.web.dependencies.site
    given = ArticleFields.model_construct(
        title=title,
        body=body,
        category=category,
        keywords=keywords.split(),
        notice=notice.strip(),
        point=point,
        enquiry=enquiry.strip(),
        version=version,
        effective_from=local_instant(effective_from),
        expires_at=local_instant(expires_at),
        reason=reason,
    )
    await command((ARTICLE, number), lambda uow: take_article_step(uow, site, number, step, given))
    return RedirectResponse(f"{ARTICLES}/{quote(number)}", 303)


def _limits() -> dict[str, object]:
    return {"title_limit": LINE_LIMIT, "body_limit": BODY_LIMIT, "text_limit": TEXT_LIMIT}


def _page(reader: Reader, template: str, **context: object) -> HTMLResponse:
    return reader.page(f"console/{template}.html", **context, **knowledge_words(reader))
