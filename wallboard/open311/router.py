"""GeoReport v2 (wiki.open311.org/GeoReport_v2): services, reports in, requests out.

Every address stands twice, ending in .json and in .xml.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Query, Request
from pydantic import JsonValue
from starlette.responses import Response

from ops_core.hotline.cases.model import Channel
from ops_core.hotline.cases.service import Recorded, record_case
from ops_core.hotline.deadline_policies.rules import Urgency
from ops_core.hotline.deadline_policies.store import rules_in_force
from ops_core.hotline.deadline_policies.time_limits import TimeLimit
from ops_core.hotline.exchange.read import (
    MOST,
    ExchangeFilter,
    order_of_case,
    read_exchanged,
    received_before,
)
from ops_core.hotline.exchange.updates import take_update
from ops_core.hotline.orders.service import ORDER
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.errors import NotFound
from ops_core.kernel.i18n import Message, message, translate
from wallboard.open311.asking import AskedRequests, filter_of
from wallboard.open311.described import (
    ReportedRequest,
    ResolvedToken,
    ServiceDefinition,
    ServiceDiscovery,
    ServiceEntry,
    TakenReport,
    TakenUpdateEntry,
    answered_with,
)
from wallboard.open311.discovery import discovery
from wallboard.open311.documents import document_answer
from wallboard.open311.reading import KeyReader, own_source, source_shown, visible_requests
from wallboard.open311.records import records_of
from wallboard.open311.refusals import PREFIX
from wallboard.open311.reports import PostedReport, draft_of_report, reference_of
from wallboard.open311.services import service_definition, service_list
from wallboard.open311.updates import PostedUpdate, update_of
from wallboard.web import Reader, reader_language, web_of
from wallboard.work import Commands, Reads

router = APIRouter(prefix=PREFIX, tags=["open311"])
V2 = "/v2"
ABOUT = ("api", "open311")
FORMATS = (".json", ".xml")
Endpoint = Callable[..., Any]


def served(method: str, path: str, model: type[Any]) -> Callable[[Endpoint], Endpoint]:
    """Serve an endpoint in both forms."""

    def add(endpoint: Endpoint) -> Endpoint:
        for ending in FORMATS:
            described = answered_with(model, ending)
            router.add_api_route(path + ending, endpoint, methods=[method], **described)
        return endpoint

    return add


@served("GET", "/discovery", ServiceDiscovery)
async def discover(request: Request) -> Response:
    """Where the standard is served, in which forms (Service Discovery)."""
    given = web_of(request).dependencies
    origin = given.settings.public_origin or given.settings.own_origin
    return document_answer(request.url.path, "discovery", discovery(str(origin)))


@served("GET", V2 + "/services", list[ServiceEntry])
async def list_services(request: Request) -> Response:
    """The categories that reports may be about."""
    hotline, language = web_of(request).dependencies.site.hotline, reader_language(request)
    return document_answer(request.url.path, "services", service_list(hotline, language))


@served("GET", V2 + "/services/{code}", ServiceDefinition)
async def define_service(request: Request, code: str) -> Response:
    """What a report about this category has to say besides."""
    hotline, language = web_of(request).dependencies.site.hotline, reader_language(request)
    found = service_definition(hotline, code, language)
    return document_answer(request.url.path, "service_definition", found)


@served("POST", V2 + "/requests", list[TakenReport])
async def report(
    reader: KeyReader, request: Request, posted: Annotated[PostedReport, Form()]
) -> Response:
    """Take a report in as an order; the same report again is answered with the same order."""
    recorded, limit = await Commands(reader)(ABOUT, lambda uow: _record(uow, reader, posted))
    taken: JsonValue = {
        "service_request_id": recorded.order,
        "service_notice": translate(notice_of(recorded, limit), reader.language),
        "account_id": None,
    }
    return document_answer(request.url.path, "service_requests", [taken])


@served("GET", V2 + "/tokens/{token}", list[ResolvedToken])
async def resolve_token(reader: KeyReader, request: Request, token: str) -> Response:
    """The order of a request, by the request's own number (C-...)."""
    reader.about(*ABOUT)
    shown = _shown(reader)
    order = await Reads(reader)(lambda seen: order_of_case(seen.session, shown, token))
    if order is None:
        raise _absent(token)
    found: JsonValue = {"service_request_id": order, "token": token}
    return document_answer(request.url.path, "service_requests", [found])


@served("GET", V2 + "/requests", list[ReportedRequest])
async def list_requests(
    reader: KeyReader,
    request: Request,
    service_request_id: str = "",
    service_code: str = "",
    start_date: str = "",
    end_date: str = "",
    status: str = "",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
    page_size: Annotated[int, Query(ge=1, le=MOST)] = MOST,
) -> Response:
    """Requests, the newest first: of the last 90 days unless two instants are given."""
    asked = AskedRequests(
        service_request_id, service_code, start_date, end_date, status, page, page_size
    )
    now = reader.web.dependencies.clock.now()
    reader.about(*ABOUT)
    found = await _read(reader, filter_of(asked, _shown(reader), now))
    return document_answer(request.url.path, "service_requests", found)


@served("GET", V2 + "/requests/{number}", list[ReportedRequest])
async def read_request(reader: KeyReader, request: Request, number: str) -> Response:
    """One request as it stands."""
    reader.about(*ABOUT)
    found = await _read(reader, replace(_shown(reader), numbers=(number,)))
    if not found:
        raise _absent(number)
    return document_answer(request.url.path, "service_requests", found)


@served("POST", V2 + "/servicerequestupdates", list[TakenUpdateEntry])
async def update(
    reader: KeyReader, request: Request, posted: Annotated[PostedUpdate, Form()]
) -> Response:
    """Take what a unit's program says of an order that it was handed; the same again is known."""
    site, change = reader.web.dependencies.site, update_of(posted)
    taken = await Commands(reader)(
        (ORDER, change.order), lambda uow: take_update(uow, site, change)
    )
    entry: JsonValue = {
        "update_id": f"{taken.order}/{taken.sequence}",
        "superseded": taken.is_superseded,
    }
    return document_answer(request.url.path, "service_request_updates", [entry])


def _shown(reader: Reader) -> ExchangeFilter:
    return visible_requests(reader.web.dependencies.site.hotline, reader.actor)


async def _read(reader: Reader, filters: ExchangeFilter) -> list[JsonValue]:
    language = reader.language
    source = source_shown(reader.web.dependencies.site.hotline, reader.actor)
    return await Reads(reader)(
        lambda seen: records_of(
            read_exchanged(seen.session, seen.site, filters, seen.now), seen.site, language, source
        )
    )


def _record(uow: UnitOfWork, reader: Reader, posted: PostedReport) -> tuple[Recorded, TimeLimit]:
    """With how long its handling may take now. A city hotline may correct what it transferred."""
    given = reader.web.dependencies
    channel, source = own_source(given.site.hotline, uow.actor)
    now = uow.clock.now()
    today = now.astimezone(ZoneInfo(given.site.contract.timezone)).date()
    reference = reference_of(posted, today)
    received_at = received_before(uow.session, source, reference) or now
    draft = draft_of_report(posted, given.site.hotline, (channel, source, reference), received_at)
    corrects = channel is Channel.CITY_HOTLINE
    recorded = record_case(uow, given.site, given.vault, draft, corrects=corrects)
    _, rules = rules_in_force(uow.session, given.site.hotline, now)
    return recorded, rules.handle_within[draft.kind][Urgency.ORDINARY]


def notice_of(recorded: Recorded, limit: TimeLimit) -> Message:
    """Within what time it is answered, and what this report says otherwise than one before."""
    if recorded.superseded and not recorded.corrected:
        return message(
            "{fields}此后已有更新的报送，本次不采用；自派单起{limit}内答复",
            fields="、".join(recorded.superseded),
            limit=limit.words,
        )
    if not recorded.corrected:
        return message("自派单起{limit}内答复", limit=limit.words)
    return message(
        "内容与此前报送的不同，已登记更正：{fields}；自派单起{limit}内答复",
        fields="、".join(recorded.corrected),
        limit=limit.words,
    )


def _absent(number: str) -> NotFound:
    return NotFound(
        message("没有这个请求"),
        message("找不到 {number}，或它由其他来源报送。", number=number),
        "",
    )
