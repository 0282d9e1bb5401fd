"""Every page and every API answer of the route table, asked for by people of several roles."""

import asyncio
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from typing import Any

import httpx
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from sqlalchemy import select

from ops_core.kernel.database import Database
from ops_core.kernel.identity import Role
from ops_core.kernel.tables import EventRow
from tests.wallboard.conftest import ORIGIN, sign_in
from tests.wallboard.serve import Served
from wallboard.application import create_application
from wallboard.lists.catalogue import LISTS

STREAMS = ("/live", "/wall/live")
"""They never end; they name aggregates only (:mod:`wallboard.follower`), or parts of the wall."""
STREAM_S = 3.0
"""How long a stream is read once it began: everything on record is sent at once."""
STREAM_BEGUN_WITHIN_S = 120.0
NUMBERED = {
    "/network/plays": "play", "/network/changes": "change", "/network/drills": "drill",
    "/incidents": "incident", "/api/incidents": "incident",
    "/orders": "order", "/api/orders": "order", "/calls": "call", "/api/calls": "call",
    "/adjudications": "adjudication", "/api/adjudications": "adjudication",
    "/evidence": "evidence", "/api/evidence": "evidence",
    "/knowledge/articles": "knowledge_article", "/api/knowledge/articles": "knowledge_article",
    "/knowledge/open": "knowledge_article", "/knowledge/enquiries": "knowledge_enquiry",
    "/knowledge/notices": "knowledge_notice", "/api/knowledge/notices": "knowledge_notice",
    "/training": "hot_topic", "/api/training/topics": "hot_topic",
    "/api/open311/v2/requests": "order", "/api/open311/v2/tokens": "case",
    "/registers/items": "register", "/api/registers/items": "register",
    "/reports": "report", "/api/reports": "report",
}  # fmt: skip
"""The aggregates whose numbers stand in the paths below."""
DECLARED = {
    "/circuits": ("egov-a",), "/indicators": ("12",), "/api/indicators": ("12",),
    "/network/documents": ("addresses", "policies"), "/network/documents/files": ("topology.svg",),
    "/devices": ("rt-a",), "/seats": ("1",), "/services": ("platform",),
    "/registers": ("standards",), "/api/registers": ("standards",),
    "/api/open311/v2/services": ("heating",),
    "/lists": tuple(LISTS), "/api/lists": tuple(LISTS),
    "/static": (), "/api/cases": (), "/callbacks": (), "/api/callbacks": (),
}  # fmt: skip
SEVERAL = {
    "/assessment/{month}/{number}": ("/assessment/2026-11/12",),
    "/api/assessment/{month}/{number}": ("/api/assessment/2026-11/12",),
    "/knowledge/articles/{number}/versions/{version}": (),
    "/api/knowledge/articles/{number}/versions/{version}": (),
    "/reports/{key}/files/{kind}": (), "/api/reports/{key}/files/{kind}": (),
    "/callbacks/{order}/{cycle}": (), "/api/callbacks/{order}/{cycle}": (),
    "/attachments/{kind}/{number}": (), "/api/attachments/{kind}/{number}": (),
    "/orders/{number}/cited/{article}/{version}": (), "/static/{release}/{name:path}": (),
}  # fmt: skip
"""Paths of routes with several parameters: what the declaration gives, or nothing likewise."""
"""Of other paths: what the declaration gives, or nothing where hotline records are shown."""
ROLES = (
    Role.NETWORK_ENGINEER, Role.SUPERVISOR, Role.ADMINISTRATOR, Role.METRICS_READER,
)  # fmt: skip


def answers(served: Served, more: Sequence[str] = ()) -> dict[str, str]:
    """The text that each path is answered with for each role, for the first in both languages.

    Paths with a parameter are asked for with every number on record, and left out where there is
    none. ``more`` are paths besides those of the route table.
    """
    return asyncio.run(_answers(served, more))


async def _answers(served: Served, more: Sequence[str]) -> dict[str, str]:
    application = create_application(served.dependencies)
    assert isinstance(application, FastAPI)
    asked = [*paths(application, served.dependencies.database), *more]
    found: dict[str, str] = {}
    for role in ROLES:
        transport = httpx.ASGITransport(application)
        headers = {"accept": "text/html", "sec-fetch-site": "same-origin"}
        async with httpx.AsyncClient(
            transport=transport, base_url=ORIGIN, headers=headers
        ) as client:
            await sign_in(client, role.value)
            for path in asked:
                for language in ("zh", "en") if role is ROLES[0] else ("zh",):
                    client.cookies.set("zhishou_language", language)
                    answer = await client.get(path)
                    assert answer.status_code < 500, path
                    found[f"{path} {role} {language}"] = f"{answer.headers}\n{answer.text}"
    return found


def streamed(served: Served) -> dict[str, str]:
    """What each stream sends to a network engineer: first everything on record, then news."""
    return asyncio.run(_streamed(served))


async def _streamed(served: Served) -> dict[str, str]:
    application = create_application(served.dependencies)
    headers = {"sec-fetch-site": "same-origin", "last-event-id": "0"}
    async with (
        application.router.lifespan_context(application),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(application), base_url=ORIGIN, headers=headers
        ) as client,
    ):
        await sign_in(client, Role.NETWORK_ENGINEER.value)
        return {path: await _read(application, client.build_request("GET", path))
                for path in STREAMS}  # fmt: skip


async def _read(application: FastAPI, request: httpx.Request) -> str:
    """The beginning of a stream; the reader goes away then."""
    begun, gone, sent = asyncio.Event(), asyncio.Event(), bytearray()

    async def receive() -> dict[str, str]:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        assert message.get("status", 200) == 200, message
        sent.extend(message.get("body", b""))
        if sent:
            begun.set()

    scope = {
        "type": "http", "method": "GET", "path": request.url.path, "query_string": b"",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "scheme": request.url.scheme, "http_version": "1.1", "client": ("127.0.0.1", 9),
        "server": (request.url.host, 80), "root_path": "",
    }  # fmt: skip
    reading = asyncio.create_task(application(scope, receive, send))
    async with asyncio.timeout(STREAM_BEGUN_WITHIN_S):
        await begun.wait()
    await asyncio.sleep(STREAM_S)
    gone.set()
    await reading
    return sent.decode()


def paths(application: FastAPI, database: Database) -> Iterator[str]:
    """What the route table answers to a GET; KeyError for a parameter that nobody fills here."""
    for found in by_route(application, database):
        yield from found


def by_route(application: FastAPI, database: Database) -> Iterator[Sequence[str]]:
    """The paths of each route that answers a GET; none where no record has a page of it."""
    numbers = _numbers(database)
    for context in iter_route_contexts(application.routes):
        route = context.path
        if "GET" not in (context.methods or ()) or route in STREAMS:
            continue
        base, parameter, rest = route.partition("/{")
        if not parameter:
            yield (route,)
        elif "{" in rest:
            yield SEVERAL[route]
        else:
            known = numbers.get(NUMBERED[base], ()) if base in NUMBERED else DECLARED[base]
            yield [f"{base}/{name}{rest.partition('}')[2]}" for name in known]


def _numbers(database: Database) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    with database.reading() as session:
        rows = session.execute(
            select(EventRow.aggregate_type, EventRow.aggregate_id).distinct()
        ).all()
    for kind, number in rows:
        found.setdefault(kind, []).append(number)
    return found
