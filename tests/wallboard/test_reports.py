"""A report over HTTP: its author, a reviewer and the purchaser, page and API alike."""

import io

import httpx
import pytest
from docx import Document

from ops_core.kernel.audit import read_audit
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.identity import issue_token
from ops_core.kernel.permissions import Actor
from ops_core.obligations.model import REPORT
from tests.wallboard.conftest import sign_in
from tests.wallboard.serve import Served

AUTHOR, REVIEWER, PURCHASER = "dispatcher", "supervisor", "purchaser_supervisor"
CANARY = "13912345678"


@pytest.fixture
def client(stranger: httpx.AsyncClient) -> httpx.AsyncClient:
    return stranger


async def begun(client: httpx.AsyncClient, subject: str = "供暖中断") -> str:
    answer = await client.post("/reports/flash", data={"duty": "flash", "subject": subject})
    assert answer.status_code == 303
    return answer.headers["location"]


async def test_a_report_goes_from_its_author_to_the_purchaser(
    client: httpx.AsyncClient, served: Served
) -> None:
    await sign_in(client, AUTHOR)
    page = await begun(client, f"供暖中断 {CANARY}")
    shown = (await client.get(page)).text
    assert "尚未拟稿" in shown
    assert CANARY not in shown
    assert (await client.post(f"{page}/draft")).status_code == 303
    texts = {"summary": f"来电 {CANARY} 反映", "suggestions": "<b>加强</b>保障"}
    assert (await client.post(f"{page}/write", data=texts)).status_code == 303
    shown = (await client.get(page)).text
    assert "一、受理总量" in shown
    assert "&lt;b&gt;加强&lt;/b&gt;保障" in shown
    assert CANARY not in shown
    refused = await client.post(f"{page}/review")
    assert refused.status_code == 403
    await sign_in(client, REVIEWER)
    assert (await client.post(f"{page}/review")).status_code == 303
    await sign_in(client, AUTHOR)
    sent = {"recipients": "省政务服务热线管理机构、住建厅", "via": "network"}
    assert (await client.post(f"{page}/submit", data=sent)).status_code == 303
    await sign_in(client, PURCHASER)
    assert page in (await client.get("/reports?tab=submitted")).text
    shown = (await client.get(page)).text
    file = shown.split('href="/evidence/')[1].split('"')[0]
    word = await client.get(f"/evidence/{file}")
    text = "".join(p.text for p in Document(io.BytesIO(word.content)).paragraphs)
    assert "来电 139****5678 反映" in text
    answer = await client.post(f"{page}/return", data={"reason": "缺少类型占比"})
    assert answer.status_code == 303
    assert "（内容不完整）" in (await client.get(page)).text
    told = (await client.get(f"/api{page}")).json()
    assert told["report"]["state"] == "returned"
    assert told["chain_broken_at"] is None
    assert [link["step"] for link in told["history"]][-2:] == ["submit", "return"]
    data = (await client.get(f"/api{page}/snapshot")).json()
    assert data["key"] == told["report"]["key"]
    with served.dependencies.database.reading() as session:
        refusals = [e for e in read_audit(session) if e.action == "refused"]
        assert any(e.subject_type == REPORT for e in refusals)


async def test_a_program_does_not_stand_for_a_person_and_a_wrong_step_says_what_is_allowed(
    client: httpx.AsyncClient, served: Served
) -> None:
    await sign_in(client, AUTHOR)
    page = await begun(client)
    wrong = await client.post(f"/api{page}/submit", json={})
    assert (wrong.status_code, wrong.json()["allowed"]) == (409, ["draft", "waive"])
    assert (await client.get(f"{page}/files/docx")).status_code == 404
    assert (await client.post(f"/api{page}/draft", json={"texts": {}})).status_code == 200
    for kind, start in (("docx", b"PK"), ("xlsx", b"PK")):
        answer = await client.get(f"{page}/files/{kind}")
        assert (answer.status_code, answer.content[:2]) == (200, start)
        assert "attachment" in answer.headers["content-disposition"]
    await sign_in(client, REVIEWER)
    assert (await client.post(f"{page}/hand_back", data={"reason": ""})).status_code == 422
    given = served.dependencies
    with unit_of_work(given.database, None, given.clock, Actor.system("test")) as uow:
        token = issue_token(uow, REVIEWER).token
    client.cookies.clear()
    acting = {"authorization": f"Bearer {token}"}
    refused = await client.post(f"/api{page}/review", json={}, headers=acting)
    assert refused.status_code == 403


async def test_the_lists_say_what_is_owed_in_both_languages(client: httpx.AsyncClient) -> None:
    await sign_in(client, AUTHOR)
    for language, heading in (
        ("zh", "没有待签收的报告"),
        ("en", "No report waits for its receipt"),
    ):
        client.cookies.set("zhishou_language", language)
        assert heading in (await client.get("/reports?tab=submitted")).text
    owed = (await client.get("/api/reports?tab=all")).json()
    assert "monthly-2026-10" in {one["key"] for one in owed}
    shown = await client.get("/reports/monthly-2026-10")
    assert shown.status_code == 200
