"""The knowledge base for programs: JSON in and out, problem+json for refusals."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from ops_core.kernel.permissions import Permission
from ops_core.kernel.written_instant import WrittenInstant
from ops_core.knowledge.articles.model import ArticleStep
from ops_core.knowledge.articles.read import (
    ArticleRecord,
    ArticleTab,
    ListedArticle,
    ShownVersion,
    VersionInForce,
    read_article,
    read_in_force,
    read_version,
)
from ops_core.knowledge.articles.read import list_articles as list_articles_of
from ops_core.knowledge.articles.service import enter_article
from ops_core.knowledge.chain import Aggregate
from ops_core.knowledge.enquiries.model import EnquiryKind, EnquiryState, EnquiryStep
from ops_core.knowledge.enquiries.read import (
    EnquiryRecord,
    ListedEnquiry,
    read_enquiry,
)
from ops_core.knowledge.enquiries.read import list_enquiries as list_enquiries_of
from ops_core.knowledge.enquiries.service import raise_enquiry
from ops_core.knowledge.notices.model import NoticeState
from ops_core.knowledge.notices.read import (
    ListedNotice,
    NoticeRecord,
    read_notice,
)
from ops_core.knowledge.notices.read import list_notices as list_notices_of
from ops_core.knowledge.notices.service import record_notice, withdraw_notice
from ops_core.knowledge.search.index import FoundVersion, search_versions
from wallboard.knowledge.acts import (
    ArticleFields,
    EnquiryFields,
    take_article_step,
    take_enquiry_step,
)
from wallboard.web import ApiReader
from wallboard.work import Commanding, Reading

router = APIRouter(prefix="/api/knowledge", tags=["knowledge"])

ARTICLE, NOTICE = Aggregate.ARTICLE.value, Aggregate.NOTICE.value
ENQUIRY = Aggregate.ENQUIRY.value


class PostedNotice(BaseModel):
    """What was asked to be published, as its document says it."""

    model_config = ConfigDict(extra="forbid")

    source: str
    asked_by: str
    points: list[str]
    received_at: WrittenInstant | None = Field(default=None, description="null: now")


class Withdrawal(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: str


class PostedEnquiry(BaseModel):
    """A correction of a version, or a question."""

    model_config = ConfigDict(extra="forbid")

    kind: EnquiryKind
    article: str = ""
    version: int = 0
    text: str


@router.get("/search")
async def search(
    reader: ApiReader,
    read: Reading,
    q: Annotated[str, Query(max_length=100)],
    category: str = "",
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> list[FoundVersion]:
    """Versions in force now that have every word of the query, the best first."""
    await reader.require(Permission.SEARCH_KNOWLEDGE, "api", "knowledge")
    return await read(
        lambda seen: list(search_versions(seen.session, q, seen.now, category, limit))
    )


@router.get("/articles")
async def list_articles(
    reader: ApiReader, read: Reading, tab: ArticleTab = ArticleTab.ALL, after: str = ""
) -> list[ListedArticle]:
    """Articles, the latest first, 101 at most: ``after`` is the last number seen."""
    await reader.require(Permission.SEE_KNOWLEDGE, "api", "knowledge")
    return await read(lambda seen: list(list_articles_of(seen.session, seen.now, tab, after)))


@router.post("/articles", status_code=201)
async def enter(
    reader: ApiReader, read: Reading, command: Commanding, given: ArticleFields
) -> ArticleRecord:
    """Begin an article with its draft."""
    site = reader.web.dependencies.site
    article = await command(
        ("api", "knowledge"),
        lambda uow: enter_article(uow, site, given.category, given.keywords, given.draft),
    )
    return await read(lambda seen: read_article(seen.session, article.number, seen.now))


@router.get("/articles/{number}")
async def read_one(reader: ApiReader, read: Reading, number: str) -> ArticleRecord:
    """One article with its draft, its versions and its history."""
    await reader.require(Permission.SEE_KNOWLEDGE, ARTICLE, number)
    return await read(lambda seen: read_article(seen.session, number, seen.now))


@router.get("/articles/{number}/in-force")
async def read_current(reader: ApiReader, read: Reading, number: str) -> VersionInForce:
    """The version in force now; 404 for drafts and what has expired."""
    await reader.require(Permission.SEARCH_KNOWLEDGE, ARTICLE, number)
    return await read(lambda seen: read_in_force(seen.session, number, seen.now))


@router.get("/articles/{number}/versions/{version}")
async def read_past(reader: ApiReader, read: Reading, number: str, version: int) -> ShownVersion:
    """A published version, in force or not."""
    await reader.require(Permission.SEE_KNOWLEDGE, ARTICLE, number)
    return await read(lambda seen: read_version(seen.session, number, version))


@router.post("/articles/{number}/{step}")
async def step_article(
    reader: ApiReader,
    read: Reading,
    command: Commanding,
    number: str,
    step: ArticleStep,
    given: ArticleFields,
) -> ArticleRecord:
    """Take a step. 403 for one's own to review, 409 with ``state`` for one not allowed now."""
    site = reader.web.dependencies.site
    await command((ARTICLE, number), lambda uow: take_article_step(uow, site, number, step, given))
    return await read(lambda seen: read_article(seen.session, number, seen.now))


@router.get("/notices")
async def list_notices(
    reader: ApiReader, read: Reading, state: NoticeState | None = None, after: str = ""
) -> list[ListedNotice]:
    """Update notices, the latest first, with their clocks."""
    await reader.require(Permission.SEE_KNOWLEDGE, "api", "knowledge")
    return await read(lambda seen: list(list_notices_of(seen.session, state, after)))


@router.post("/notices", status_code=201)
async def record(
    reader: ApiReader, read: Reading, command: Commanding, given: PostedNotice
) -> NoticeRecord:
    """Record an update notice; its 24 hours run from the stamp of its document."""
    site = reader.web.dependencies.site
    notice = await command(
        ("api", "knowledge"),
        lambda uow: record_notice(
            uow, site, given.source, given.asked_by, given.points, given.received_at
        ),
    )
    return await read(lambda seen: read_notice(seen.session, notice.number))


@router.get("/notices/{number}")
async def read_one_notice(reader: ApiReader, read: Reading, number: str) -> NoticeRecord:
    await reader.require(Permission.SEE_KNOWLEDGE, NOTICE, number)
    return await read(lambda seen: read_notice(seen.session, number))


@router.post("/notices/{number}/withdraw")
async def withdraw(
    _reader: ApiReader, read: Reading, command: Commanding, number: str, given: Withdrawal
) -> NoticeRecord:
    """Take a notice back: by the purchaser's side alone."""
    await command((NOTICE, number), lambda uow: withdraw_notice(uow, number, given.reason))
    return await read(lambda seen: read_notice(seen.session, number))


@router.get("/enquiries")
async def list_enquiries(
    reader: ApiReader, read: Reading, state: EnquiryState | None = None, after: str = ""
) -> list[ListedEnquiry]:
    """Corrections and questions of everybody."""
    await reader.require(Permission.SEE_KNOWLEDGE, "api", "knowledge")
    return await read(lambda seen: list(list_enquiries_of(seen.session, state, "", after)))


@router.post("/enquiries", status_code=201)
async def raise_one(
    reader: ApiReader, read: Reading, command: Commanding, given: PostedEnquiry
) -> EnquiryRecord:
    """Report an error in a version, or ask something."""
    site = reader.web.dependencies.site
    enquiry = await command(
        ("api", "knowledge"),
        lambda uow: raise_enquiry(uow, site, given.kind, given.article, given.version, given.text),
    )
    return await read(lambda seen: read_enquiry(seen.session, enquiry.number))


@router.post("/enquiries/{number}/{step}")
async def step_enquiry(
    _reader: ApiReader,
    read: Reading,
    command: Commanding,
    number: str,
    step: EnquiryStep,
    given: EnquiryFields,
) -> EnquiryRecord:
    """Answer, adopt, ask again, close."""
    await command((ENQUIRY, number), lambda uow: take_enquiry_step(uow, number, step, given))
    return await read(lambda seen: read_enquiry(seen.session, number))
