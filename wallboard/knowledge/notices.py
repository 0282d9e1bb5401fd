"""The pages of update notices and of corrections and questions."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form
from starlette.responses import HTMLResponse, RedirectResponse

from ops_core.kernel.permissions import Permission
from ops_core.knowledge.chain import Aggregate
from ops_core.knowledge.enquiries.model import (
    ENQUIRY_TRANSITIONS,
    OF_THE_RAISER,
    EnquiryKind,
    EnquiryState,
    EnquiryStep,
)
from ops_core.knowledge.enquiries.read import list_enquiries, read_enquiry
from ops_core.knowledge.enquiries.service import ENQUIRY_PERMISSION, raise_enquiry
from ops_core.knowledge.notices.model import NoticeState
from ops_core.knowledge.notices.read import PAGE, list_notices, read_notice
from ops_core.knowledge.notices.service import record_notice, withdraw_notice
from ops_core.knowledge.wording import LINE_LIMIT, TEXT_LIMIT
from wallboard.knowledge.acts import EnquiryFields, local_instant, take_enquiry_step
from wallboard.knowledge.words import knowledge_words
from wallboard.web import SignedInReader
from wallboard.work import Commanding, Reading

router = APIRouter(include_in_schema=False)

NOTICES, ENQUIRIES = "/knowledge/notices", "/knowledge/enquiries"
NOTICE, ENQUIRY = Aggregate.NOTICE.value, Aggregate.ENQUIRY.value


@router.get(NOTICES)
async def list_page(
    reader: SignedInReader, read: Reading, state: NoticeState | None = None, after: str = ""
) -> HTMLResponse:
    await reader.require(Permission.SEE_KNOWLEDGE, "page", "knowledge/notices")
    found = await read(lambda seen: list_notices(seen.session, state, after))
    return reader.page(
        "console/knowledge_notices.html",
        notices=found[:PAGE],
        states=list(NoticeState),
        state=state,
        following=found[PAGE - 1].number if len(found) > PAGE else "",
        line_limit=LINE_LIMIT,
        **knowledge_words(reader),
    )


@router.post(NOTICES)
async def record(
    reader: SignedInReader,
    command: Commanding,
    source: Annotated[str, Form()] = "",
    asked_by: Annotated[str, Form()] = "",
    points: Annotated[str, Form()] = "",
    received_at: Annotated[str, Form()] = "",
) -> RedirectResponse:
    """One point a line."""
    site, at = reader.web.dependencies.site, local_instant(received_at)
    notice = await command(
        ("page", "knowledge/notices"),
        lambda uow: record_notice(uow, site, source, asked_by, points.splitlines(), at),
    )
    return RedirectResponse(f"{NOTICES}/{notice.number}", 303)


@router.get(f"{NOTICES}/{{number}}")
async def show_notice(reader: SignedInReader, read: Reading, number: str) -> HTMLResponse:
    await reader.require(Permission.SEE_KNOWLEDGE, NOTICE, number)
    record = await read(lambda seen: read_notice(seen.session, number))
    return reader.page(
        "console/knowledge_notice.html",
        record=record,
        notice=record.notice,
        text_limit=TEXT_LIMIT,
        **knowledge_words(reader),
    )


@router.post(f"{NOTICES}/{{number}}/withdraw")
async def withdraw(
    _reader: SignedInReader, command: Commanding, number: str, reason: Annotated[str, Form()] = ""
) -> RedirectResponse:
    await command((NOTICE, number), lambda uow: withdraw_notice(uow, number, reason))
    return RedirectResponse(f"{NOTICES}/{quote(number)}", 303)


@router.get(ENQUIRIES)
async def list_of_enquiries(
    reader: SignedInReader, read: Reading, state: EnquiryState | None = None, after: str = ""
) -> HTMLResponse:
    """Everybody's for those who keep the knowledge base, one's own for others."""
    user = await reader.require(Permission.SEARCH_KNOWLEDGE, "page", "knowledge/enquiries")
    own = "" if reader.may(Permission.SEE_KNOWLEDGE) else user.name
    found = await read(lambda seen: list_enquiries(seen.session, state, own, after))
    return reader.page(
        "console/knowledge_enquiries.html",
        enquiries=found[:PAGE],
        states=list(EnquiryState),
        state=state,
        following=found[PAGE - 1].number if len(found) > PAGE else "",
        text_limit=TEXT_LIMIT,
        **knowledge_words(reader),
    )


@router.post(ENQUIRIES)
async def raise_one(
    reader: SignedInReader,
    command: Commanding,
    kind: Annotated[EnquiryKind, Form()],
    article: Annotated[str, Form()] = "",
    version: Annotated[int, Form()] = 0,
    text: Annotated[str, Form()] = "",
) -> RedirectResponse:
    site = reader.web.dependencies.site
    enquiry = await command(
        ("page", "knowledge/enquiries"),
        lambda uow: raise_enquiry(uow, site, kind, article, version, text),
    )
    return RedirectResponse(f"{ENQUIRIES}/{enquiry.number}", 303)


@router.get(f"{ENQUIRIES}/{{number}}")
async def show_enquiry(reader: SignedInReader, read: Reading, number: str) -> HTMLResponse:
    await reader.require(Permission.SEARCH_KNOWLEDGE, ENQUIRY, number)
    record = await read(lambda seen: read_enquiry(seen.session, number))
    enquiry, actor = record.enquiry, str(reader.actor)
    if actor != enquiry.raised_by:
        await reader.require(Permission.SEE_KNOWLEDGE, ENQUIRY, number)
    own = actor == enquiry.raised_by
    can = [
        step for step in ENQUIRY_TRANSITIONS[enquiry.state]
        if step in ENQUIRY_PERMISSION and reader.may(ENQUIRY_PERMISSION[step])
        and own is (step in OF_THE_RAISER)
        and (step is not EnquiryStep.ADOPT or enquiry.kind is EnquiryKind.CORRECTION)
    ]  # fmt: skip
    return reader.page(
        "console/knowledge_enquiry.html",
        record=record,
        enquiry=enquiry,
        can=can,
        text_limit=TEXT_LIMIT,
        **knowledge_words(reader),
    )


@router.post(f"{ENQUIRIES}/{{number}}/{{step}}")
async def step_enquiry(
    _reader: SignedInReader,
    command: Commanding,
    number: str,
    step: EnquiryStep,
    text: Annotated[str, Form()] = "",
) -> RedirectResponse:
    given = EnquiryFields.model_construct(text=text)
    await command((ENQUIRY, number), lambda uow: take_enquiry_step(uow, number, step, given))
    return RedirectResponse(f"{ENQUIRIES}/{quote(number)}", 303)
