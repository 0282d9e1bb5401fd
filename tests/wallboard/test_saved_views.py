"""Filters of the list of orders by name: own, shared, and nobody else's to take away."""

import httpx
import pytest

from ops_core.hotline.saved_views.service import MOST_VIEWS
from ops_core.kernel.audit import read_audit
from tests.wallboard.conftest import sign_in
from tests.wallboard.hotline_story import CANARY
from tests.wallboard.serve import Served


async def save(client: httpx.AsyncClient, name: str, **given: object) -> httpx.Response:
    return await client.post("/api/views", json={"name": name, **given})


async def named(client: httpx.AsyncClient) -> list[str]:
    return [view["name"] for view in (await client.get("/api/views")).json()]


async def test_a_view_is_kept_and_opens_the_list_it_was_saved_of(
    stranger: httpx.AsyncClient,
) -> None:
    await sign_in(stranger, "dispatcher")
    form = {"name": "房建在办", "tab": "all", "unit": "housing", "state": "signed", "q": "暖气"}
    saved = await stranger.post("/views", data=form)
    there = "/orders?tab=all&q=%E6%9A%96%E6%B0%94&unit=housing&state=signed"
    assert (saved.status_code, saved.headers["location"]) == (303, there)
    page = await stranger.get(there)
    assert page.status_code == 200
    assert "房建在办" in page.text
    for wrong in ("", "x" * 41):
        assert (await save(stranger, wrong)).status_code == 422
    taken = await save(stranger, "房建在办")
    assert (taken.status_code, taken.json()["title"]) == (409, "已有同名视图")
    masked = await save(stranger, f"找{CANARY}", query=CANARY)
    assert CANARY not in masked.text


async def test_what_is_shared_is_shared_on_ones_own_side_of_the_table(
    served: Served, stranger: httpx.AsyncClient
) -> None:
    await sign_in(stranger, "dispatcher")
    shared = (await save(stranger, "超期", shared=True, tab="due")).json()["id"]
    own = (await save(stranger, "我的")).json()["id"]
    await sign_in(stranger, "supervisor")
    assert await named(stranger) == ["超期"]
    hidden = await stranger.post(f"/api/views/{own}/remove")
    assert (hidden.status_code, "我的" in hidden.text) == (404, False), "its name is nobody's"
    assert "超期" in (await stranger.get("/orders")).text
    for address in (f"/views/{shared}/remove", f"/api/views/{shared}/remove"):
        assert (await stranger.post(address)).status_code == 403
    with served.dependencies.database.reading() as session:
        last = read_audit(session, limit=1)[0]
    assert (last.actor, last.action, last.subject_id) == ("supervisor", "refused", str(shared))
    await sign_in(stranger, "unit_handler")
    assert await named(stranger) == []
    assert (await stranger.post(f"/api/views/{shared}/remove")).status_code == 404
    await save(stranger, "待签", shared=True, tab="sign", unit="water")
    assert (await stranger.get("/api/views")).json()[0]["unit"] == "", "a unit sees its own alone"
    await sign_in(stranger, "dispatcher")
    assert await named(stranger) == ["我的", "超期"]
    assert (await stranger.post(f"/views/{shared}/remove")).status_code == 303
    assert await named(stranger) == ["我的"]


@pytest.mark.parametrize("who", ["network_engineer", "knowledge_editor"])
async def test_who_sees_no_order_keeps_no_view(stranger: httpx.AsyncClient, who: str) -> None:
    await sign_in(stranger, who)
    assert (await save(stranger, "供暖")).status_code == 403


async def test_there_are_so_many_and_no_more(stranger: httpx.AsyncClient) -> None:
    await sign_in(stranger, "dispatcher")
    for place in range(MOST_VIEWS):
        assert (await save(stranger, f"视图{place}")).status_code == 201
    assert (await save(stranger, "又一个")).status_code == 409
