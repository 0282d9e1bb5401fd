"""No field that anybody sends takes a bare number or an impossible year for an instant."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, get_args, get_origin

import httpx
import pytest
from fastapi.routing import APIRoute
from pydantic import AwareDatetime, BaseModel

from ops_core.kernel.written_instant import WRITTEN_OUT
from tests.wallboard.conftest import sign_in
from tests.wallboard.serve import Served
from wallboard.application import create_application


def bare_instants(annotation: Any, metadata: tuple[Any, ...], name: str) -> Iterator[str]:
    """Names of the fields within an annotation that are instants read in any way there is."""
    if get_origin(annotation) is Annotated:
        inner, *more = get_args(annotation)
        yield from bare_instants(inner, (*metadata, *more), name)
    elif annotation in (datetime, AwareDatetime):
        if WRITTEN_OUT not in metadata:
            yield name
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for field, info in annotation.model_fields.items():
            yield from bare_instants(info.annotation, tuple(info.metadata), f"{name}.{field}")
    else:
        for inner in get_args(annotation):
            yield from bare_instants(inner, metadata, name)


def test_the_rule_finds_a_bare_instant() -> None:
    class Inner(BaseModel):
        at: datetime
        written: Annotated[datetime, WRITTEN_OUT]

    class Outer(BaseModel):
        inner: list[Inner]
        until: AwareDatetime | None

    assert list(bare_instants(Outer, (), "x")) == ["x.inner.at", "x.until"]


def test_every_instant_that_is_sent_is_written_out(served: Served) -> None:
    routes = [r for r in create_application(served.dependencies).routes if isinstance(r, APIRoute)]
    found = [
        f"{route.path}: {name}"
        for route in routes
        for field in (*route.dependant.body_params, *route.dependant.query_params)
        for name in bare_instants(
            field.field_info.annotation, tuple(field.field_info.metadata), field.name
        )
    ]
    assert len(routes) > 100
    assert found == []


@pytest.mark.parametrize("at", [20260302, "20260302", "-1", 1e9, "2026-03-02", "2026-03-02T09:00"])
async def test_a_matter_did_not_happen_at_a_number(stranger: httpx.AsyncClient, at: object) -> None:
    await sign_in(stranger, "supervisor")
    body = {"kind": "complaint", "text": "态度生硬", "nature": "attitude", "person": "agent.lin"}
    answer = await stranger.post("/api/adjudications", json={**body, "occurred_at": at})
    assert answer.status_code == 422
    assert "occurred_at" in answer.text


@pytest.mark.parametrize(
    "address",
    [
        "/calls?day=0001-01-01", "/calls?day=9999-12-31", "/api/calls?day=0001-01-01",
        "/api/calls?day=20261124x", "/api/calls?after=0001-01-01T00:00:00%2B08:00~x",
        "/api/calls?after=9999-12-31T23:59:59-08:00~x", "/api/calls?after=20261124~x",
    ],
)  # fmt: skip
async def test_an_impossible_day_is_refused_and_no_failure(
    stranger: httpx.AsyncClient, address: str
) -> None:
    await sign_in(stranger, "supervisor")
    assert (await stranger.get(address)).status_code == 422
