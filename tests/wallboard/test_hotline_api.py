"""The hotline's API: idempotent intake, orders by steps, callbacks and ratings."""

from typing import Any

import httpx
import pytest

from ops_core.hotline.orders.steps import Step
from ops_core.kernel.audit import read_audit
from tests.wallboard.conftest import sign_in
from tests.wallboard.hotline_story import CANARY, Story, tell
from tests.wallboard.serve import Served

CASE: dict[str, Any] = {
    "channel": "web",
    "source_org": "portal",
    "source_ref": "p-1",
    "kind": "complaint",
    "category": "heating",
    "region": "city-1",
    "title": "暖气不热",
    "text": f"三天了，请打 {CANARY}",
    "received_at": "2026-11-23T14:00:00+08:00",
    "number": CANARY,
    "name": "张三丰",
}

DISPATCHED = ["sign", "return", "dispute", "nudge", "supervise", "answer", "enlist"]


async def problem(answer: httpx.Response) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = answer.json()
    return told


async def test_a_request_is_taken_once_for_each_reference(stranger: httpx.AsyncClient) -> None:
    await sign_in(stranger, "interface")
    first = await stranger.post("/api/cases", json=CASE)
    assert (first.status_code, first.json()) == (
        201,
        {
            "case": "C-20261123-00001",
            "order": "W-20261123-00001",
            "is_new": True,
            "corrected": [],
            "superseded": [],
        },
    )
    again = await stranger.post("/api/cases", json=CASE)
    assert (again.status_code, again.json()) == (200, first.json() | {"is_new": False})
    corrected = await stranger.post("/api/cases", json=CASE | {"number": "13800001111"})
    assert corrected.json() == first.json() | {"is_new": False, "corrected": ["number"]}
    for wrong in (20260302, "20260302", 1795480200):
        refused = await stranger.post("/api/cases", json=CASE | {"received_at": wrong})
        assert refused.status_code == 422
    other = await stranger.post("/api/cases", json=CASE | {"text": "别的事"})
    assert other.status_code == 409
    assert "C-20261123-00001" in (await problem(other))["detail"]
    direct = CASE | {"source_ref": "p-2", "direct_answer": "已解释"}
    assert (await stranger.post("/api/cases", json=direct)).json()["order"] is None


async def test_everything_wrong_with_a_request_is_told_by_field(
    stranger: httpx.AsyncClient,
) -> None:
    await sign_in(stranger, "interface")
    wrong = CASE | {
        "channel": "pigeon", "kind": "", "category": "x", "region": "y", "title": "", "text": " ",
        "received_at": "2026-11-23T14:00:00", "number": "no", "source_ref": "",
    }  # fmt: skip
    answer = await stranger.post("/api/cases", json=wrong)
    assert answer.status_code == 422
    told = await problem(answer)
    assert {fault["field"] for fault in told["faults"]} == {
        *("channel", "kind", "category", "region", "title", "text", "received_at"),
        *("number", "source_ref"),
    }
    stranger.cookies.set("zhishou_language", "en")
    english = await problem(await stranger.post("/api/cases", json=wrong))
    assert {"field": "kind", "detail": "Choose a kind"} in english["faults"]
    assert "Choose a kind, " in english["detail"]
    malformed = await problem(await stranger.post("/api/cases", json={"channel": 1, "more": 2}))
    fields = {fault["field"] for fault in malformed["faults"]}
    assert {"body.channel", "body.more", "body.title"} <= fields


async def test_a_request_is_read_masked(stranger: httpx.AsyncClient) -> None:
    await sign_in(stranger, "interface")
    await stranger.post("/api/cases", json=CASE)
    await sign_in(stranger, "dispatcher")
    case = (await stranger.get("/api/cases/C-20261123-00001")).json()
    assert case["text"] == "三天了，请打 139****5678"
    assert (case["requester"]["number"], case["requester"]["name"]) == ("139****5678", "张**")
    assert case["order"] == "W-20261123-00001"
    assert (await stranger.get("/api/cases/C-1")).status_code == 404


async def test_an_order_goes_by_steps_and_a_refused_one_says_what_is_allowed(
    stranger: httpx.AsyncClient, served: Served
) -> None:
    Story(served).call("c-1")
    number = Story(served).order("r-1")
    at = f"/api/orders/{number}"
    await sign_in(stranger, "dispatcher")
    dispatched = await stranger.post(f"{at}/dispatch", json={"unit": "housing", "version": 1})
    assert dispatched.status_code == 200
    order = dispatched.json()["order"]
    assert (order["state"], order["unit"], order["version"]) == ("dispatched", "housing", 2)
    assert order["allowed"] == DISPATCHED
    assert order["deadlines"][0]["verdict"] == "running"
    twice = await stranger.post(f"{at}/dispatch", json={"unit": "housing"})
    told = await problem(twice)
    assert twice.status_code == 409
    assert (told["state"], told["allowed"]) == ("dispatched", DISPATCHED)
    foreign = await stranger.post(f"{at}/sign", json={})
    assert foreign.status_code == 403
    with served.dependencies.database.reading() as session:
        last = read_audit(session, limit=1)[0]
    assert (last.actor, last.action, last.subject_id) == ("dispatcher", "refused", number)
    nowhere = await stranger.post(f"{at}/dispatch", json={"unit": "moon", "version": 2})
    assert nowhere.status_code == 422
    await sign_in(stranger, "unit_handler")
    late = await stranger.post(f"{at}/sign", json={"version": 1})
    assert late.status_code == 409
    assert (await problem(late))["allowed"] == DISPATCHED
    assert (await stranger.post(f"{at}/sign", json={"version": 2})).status_code == 200
    assert (await stranger.post(f"{at}/nonsense", json={})).status_code == 422
    assert (await stranger.post(f"{at}/accept", json={})).status_code == 409


async def test_orders_are_listed_page_by_page_and_a_unit_sees_its_own(
    stranger: httpx.AsyncClient, served: Served
) -> None:
    told = tell(served)
    await sign_in(stranger, "dispatcher")
    numbers: list[str] = []
    after: str | None = ""
    while after is not None:
        page = (await stranger.get(f"/api/orders?limit=3&after={after}")).json()
        numbers += [one["number"] for one in page["orders"]]
        after = page["after"]
    assert numbers == sorted(numbers, reverse=True)
    assert len(numbers) == len(set(numbers)) == 8
    signed = (await stranger.get("/api/orders?state=signed")).json()["orders"]
    assert [one["number"] for one in signed] == [told.signed]
    document = (await stranger.get(f"/api/orders/{told.completed}")).json()
    assert [one["step"] for one in document["course"]] == [
        "accept", "dispatch", "sign", "reply", "approve", "complete",
    ]  # fmt: skip
    assert document["chain_broken_at"] is None
    await sign_in(stranger, "unit_handler")
    own = (await stranger.get("/api/orders")).json()["orders"]
    assert {one["unit"] for one in own} == {"housing"}
    assert (await stranger.get("/api/orders?unit=water")).status_code == 403
    assert (await stranger.get(f"/api/orders/{told.elsewhere}")).status_code == 403


async def test_a_callback_needs_every_answer(stranger: httpx.AsyncClient, served: Served) -> None:
    told = tell(served)
    await sign_in(stranger, "callback_agent")
    due = (await stranger.get("/api/callbacks")).json()
    assert [(one["order"], one["cycle"]) for one in due] == [(told.completed, 1)]
    at = f"/api/callbacks/{told.completed}/1"
    stated = {"resolved": "partly", "result": None, "attitude": 4, "recording": "rec-1"}
    for missing in stated:
        left = {key: value for key, value in stated.items() if key != missing}
        answer = await stranger.post(f"{at}/reached", json=left)
        assert answer.status_code == 422, missing
    tried = await stranger.post(f"{at}/attempt", json={"result": "busy"})
    assert tried.json() == {"order": told.completed, "cycle": 1, "state": "open", "version": 1}
    stale = await stranger.post(f"{at}/reached", json=stated | {"version": 0})
    assert stale.status_code == 409
    off_scale = await stranger.post(f"{at}/reached", json=stated | {"attitude": 9})
    assert off_scale.status_code == 422
    done = await stranger.post(f"{at}/reached", json=stated | {"version": 1})
    assert done.json()["state"] == "done"
    assert (await stranger.get("/api/callbacks")).json() == []
    assert (await stranger.post("/api/callbacks/W-0/1/unreachable", json={})).status_code == 404


async def test_the_first_rating_of_a_call_stands(
    stranger: httpx.AsyncClient, served: Served
) -> None:
    Story(served).call("c-1")
    await sign_in(stranger, "interface")
    first = await stranger.post("/api/ratings", json={"call": "c-1", "score": 2})
    assert (first.status_code, first.json()) == (201, {"score": 2, "is_new": True})
    again = await stranger.post("/api/ratings", json={"call": "c-1", "score": 5})
    assert (again.status_code, again.json()) == (200, {"score": 2, "is_new": False})
    for wrong, status in (
        ({"call": "c-1", "score": 9}, 422),
        ({"call": "c-2", "score": 5}, 404),
        ({"call": "c-1", "score": 5, "at": "2026-11-23T06:00:00"}, 422),
    ):
        assert (await stranger.post("/api/ratings", json=wrong)).status_code == status


@pytest.mark.parametrize(
    "path", ["/api/cases", "/api/orders/{number}/{step}", "/api/callbacks/{order}/{cycle}/reached"]
)
async def test_the_description_of_the_api_names_it(stranger: httpx.AsyncClient, path: str) -> None:
    described = (await stranger.get("/api/openapi.json")).json()
    assert "post" in described["paths"][path]


async def test_reopening_is_offered_to_reviewers_and_begins_a_new_cycle(
    stranger: httpx.AsyncClient, served: Served
) -> None:
    told = tell(served)
    await sign_in(stranger, "supervisor")
    at = f"/api/orders/{told.completed}"
    bare = await stranger.post(f"{at}/reopen", json={})
    assert bare.status_code == 422
    again = await stranger.post(f"{at}/reopen", json={"remark": "住户反映仍不热"})
    order = again.json()["order"]
    assert (order["state"], order["cycle"], order["unit"]) == ("accepted", 2, "")
    assert again.json()["course"][-1]["step"] == Step.REOPEN
