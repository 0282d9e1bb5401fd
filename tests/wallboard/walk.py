"""Every page and every API answer of the route table, asked for by people of several roles."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence

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

STREAMS = ("/live", "/wall/live")
"""They never end; they name aggregates only (:mod:`wallboard.follower`), or parts of the wall."""
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
    "/registers/items": "register", "/api/registers/items": "register",
    "/reports": "report", "/api/reports": "report",
}  # fmt: skip
"""The aggregates whose numbers stand in the paths below."""
DECLARED = {
    "/circuits": ("egov-a",), "/indicators": ("12",), "/api/indicators": ("12",),
    "/network/documents": ("addresses", "policies"), "/network/documents/files": ("topology.svg",),
    "/devices": ("rt-a",), "/seats": ("1",), "/services": ("platform",),
    "/registers": ("standards",), "/api/registers": ("standards",),
    "/static": (), "/api/cases": (), "/callbacks": (), "/api/callbacks": (),
}  # fmt: skip
SEVERAL = {
    "/assessment/{month}/{number}": ("/assessment/2026-11/12",),
    "/api/assessment/{month}/{number}": ("/api/assessment/2026-11/12",),
    "/knowledge/articles/{number}/versions/{version}": (),
    "/api/knowledge/articles/{number}/versions/{version}": (),
    "/reports/{key}/files/{kind}": (), "/api/reports/{key}/files/{kind}": (),
    "/callbacks/{order}/{cycle}": (), "/api/callbacks/{order}/{cycle}": (),
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


def paths(application: FastAPI, database: Database) -> Iterator[str]:
    """What the route table answers to a GET; KeyError for a parameter that nobody fills here."""
    numbers = _numbers(database)
    for context in iter_route_contexts(application.routes):
        route = context.path
        if "GET" not in (context.methods or ()) or route in STREAMS:
            continue
        base, parameter, rest = route.partition("/{")
        if not parameter:
            yield route
            continue
        if "{" in rest:
            yield from SEVERAL[route]
            continue
        known = numbers.get(NUMBERED[base], ()) if base in NUMBERED else DECLARED[base]
        for name in known:
            yield f"{base}/{name}{rest.partition('}')[2]}"


def _numbers(database: Database) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    with database.reading() as session:
        rows = session.execute(
            select(EventRow.aggregate_type, EventRow.aggregate_id).distinct()
        ).all()
    for kind, number in rows:
        found.setdefault(kind, []).append(number)
    return found
