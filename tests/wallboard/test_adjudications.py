"""From a web order to its figure, by the pages: both sides of the table, in both languages."""

import re
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from ops_core.kernel.audit import read_audit
from tests.wallboard.conftest import NOW, ORIGIN, sign_in
from tests.wallboard.hotline_story import CANARY
from tests.wallboard.serve import Served
from wallboard.application import create_application

CASE = {
    "channel": "web", "source_org": "portal", "source_ref": "p-9", "kind": "help",
    "category": "roads", "region": "province", "title": "路灯", "text": "不亮",
    "received_at": NOW.isoformat(),
}  # fmt: skip
Browser = Callable[[str], httpx.AsyncClient]


@pytest.fixture
async def browsers(served: Served) -> AsyncIterator[dict[str, httpx.AsyncClient]]:
    """An agent, a supervisor of the operator's and one of the purchaser's, each signed in."""
    app = create_application(served.dependencies)
    headers = {"accept": "text/html", "sec-fetch-site": "same-origin"}
    clients = {}
    for role in ("agent", "supervisor", "purchaser_supervisor"):
        transport = httpx.ASGITransport(app)
        clients[role] = httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers=headers)
        await sign_in(clients[role], role)
    yield clients
    for client in clients.values():
        await client.aclose()


async def test_a_web_order_is_answered_appealed_and_left_out_by_the_other_side(
    browsers: dict[str, httpx.AsyncClient], served: Served
) -> None:
    agent, operator = browsers["agent"], browsers["supervisor"]
    purchaser = browsers["purchaser_supervisor"]
    order = (await agent.post("/api/cases", json=CASE)).json()["order"]
    assert order in (await agent.get("/orders?tab=answer")).text
    page = (await agent.get(f"/orders/{order}")).text
    assert 'id="do-answer"' in page
    assert "待回应" in page
    await agent.post(f"/orders/{order}/answer", data={"remark": "您好，已转相关单位"})
    assert "没有待回应的网络工单" in (await agent.get("/orders?tab=answer")).text
    assert 'id="do-answer"' not in (await agent.get(f"/orders/{order}")).text
    figure = (await purchaser.get("/api/indicators/2")).json()["figure"]
    assert (figure["numerator"], figure["denominator"]) == (1, 1)

    appeal = {"kind": "appeal", "order": order, "text": f"诉求人撤销，电话{CANARY}"}
    at = (await operator.post("/adjudications", data=appeal)).headers["location"]
    assert (await operator.post("/adjudications", data=appeal)).status_code == 409
    refused = await operator.post(f"{at}/uphold", data={"text": "自己同意"})
    assert refused.status_code == 403
    with served.dependencies.database.reading() as session:
        assert read_audit(session, limit=1)[0].action == "refused"
    seen = (await purchaser.get(at)).text
    assert CANARY not in seen
    assert 'id="do-uphold"' in seen
    assert (await purchaser.post(f"{at}/uphold", data={"text": "同意"})).status_code == 303
    again = await purchaser.post(f"/api{at}/uphold", json={})
    assert again.status_code == 409
    assert (again.json()["state"], again.json()["allowed"]) == ("upheld", ["reopen"])
    opened = (await purchaser.get("/indicators/2?show=left_out")).text
    assert f'href="{at}"' in opened
    assert "需申诉工单，采购方已同意剔除" in opened
    assert at in (await operator.get(f"/orders/{order}")).text


async def test_none_is_unproven_until_the_month_is_signed_for(
    browsers: dict[str, httpx.AsyncClient],
) -> None:
    operator, purchaser = browsers["supervisor"], browsers["purchaser_supervisor"]
    month = "/indicators/6?month=2026-10"
    assert "未证明" in (await purchaser.get(month)).text
    event = {"kind": "opinion_event", "subject": "论坛帖文", "nature": "delay", "level": "serious",
             "text": "称多次未接通", "occurred_at": "2026-10-08T10:00"}  # fmt: skip
    at = (await operator.post("/adjudications", data=event)).headers["location"]
    nil = {"kind": "nil_return", "subject": "2026-10", "text": "已查阅监测日报"}
    assert (await operator.post("/adjudications", data=nil)).status_code == 409
    pending = (await purchaser.get(f"/api{month}")).json()["figure"]
    assert (pending["display"], pending["met"], pending["pending"]) == ("0—1", None, 1)
    await purchaser.post(f"{at}/reject", data={"text": "与热线无关"})
    assert (await operator.post("/adjudications", data=nil)).status_code == 303
    proven = (await purchaser.get(f"/api{month}")).json()["figure"]
    assert (proven["display"], proven["met"], proven["unproven"]) == ("0", True, [])


async def test_a_complaint_waits_for_its_verdict_and_its_pages_open_in_english(
    browsers: dict[str, httpx.AsyncClient],
) -> None:
    agent, purchaser = browsers["agent"], browsers["purchaser_supervisor"]
    await agent.post("/api/cases", json=CASE)
    complaint = {"kind": "complaint", "person": "agent", "nature": "attitude", "text": "x"}
    at = (await agent.post("/adjudications", data=complaint)).headers["location"]
    figure = (await purchaser.get("/api/indicators/5")).json()["figure"]
    assert (figure["display"], figure["met"]) == ("0.0000%—100.0000%", None)
    await purchaser.post(f"{at}/uphold", data={"text": "属实"})
    figure = (await purchaser.get("/api/indicators/5")).json()["figure"]
    assert (figure["numerator"], figure["denominator"], figure["met"]) == (1, 1, False)
    purchaser.cookies.set("zhishou_language", "en")
    kinds = ("appeal", "return", "complaint", "opinion_event", "nil_return")
    pages = [f"/adjudications?kind={kind}" for kind in kinds]
    for page in [*pages, "/adjudications/new", "/indicators/5", "/indicators/6"]:
        answer = await purchaser.get(page)
        assert answer.status_code == 200, page
        shown = re.sub(r"<[^>]*>|张伟|中文", "", answer.text)
        assert not re.findall(r"[\u4e00-\u9fff]+", shown), page
