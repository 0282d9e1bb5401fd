"""The knowledge base over HTTP: a notice becomes an article that an agent finds."""

import re
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import text

from ops_core.kernel.clock import FixedClock
from tests.wallboard.conftest import sign_in
from tests.wallboard.serve import Served

FORM = {
    "title": "异地就医直接结算备案",
    "body": "登录国家医保服务平台备案。窗口电话 0371-12345678。",
    "category": "insurance",
    "keywords": "医保 备案",
}
EDITOR, REVIEWER, AGENT = "knowledge_editor", "supervisor", "agent"


async def sent(client: httpx.AsyncClient, name: str, path: str, form: dict[str, str]) -> str:
    """Where a command by somebody leads."""
    await sign_in(client, name)
    answer = await client.post(path, data=form)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def page(client: httpx.AsyncClient, name: str, path: str, language: str = "zh") -> str:
    await sign_in(client, name)
    client.cookies.set("zhishou_language", language)
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.mark.usefixtures("served")
async def test_from_a_notice_to_what_an_agent_reads(stranger: httpx.AsyncClient) -> None:
    asked = {"source": "省医疗保障局", "asked_by": "李处", "points": "备案办法"}
    notice = await sent(stranger, EDITOR, "/knowledge/notices", asked)
    number = notice.rpartition("/")[2]
    form = {**FORM, "notice": number, "point": "1"}
    article = await sent(stranger, EDITOR, "/knowledge/articles", form)
    await sent(stranger, EDITOR, f"{article}/submit", {})
    own = await stranger.post(f"{article}/publish", data={})
    assert own.status_code == 403
    assert "须由另一人审核" in await page(stranger, EDITOR, article)
    await sign_in(stranger, AGENT)
    assert (await stranger.get(article)).status_code == 404
    await sent(stranger, REVIEWER, f"{article}/publish", {})
    again = await stranger.post(f"{article}/publish", data={})
    assert again.status_code == 409
    shown = await page(stranger, AGENT, "/knowledge?q=异地就医")
    assert FORM["title"] in shown
    assert FORM["title"] in await page(stranger, AGENT, "/knowledge/hits?kb=备案")
    assert "窗口电话 0371-12345678" in await page(stranger, AGENT, article)
    raised = {"kind": "correction", "article": article.rpartition("/")[2], "version": "1",
              "text": "电话有误"}  # fmt: skip
    enquiry = await sent(stranger, AGENT, "/knowledge/enquiries", raised)
    await sent(stranger, EDITOR, f"{enquiry}/adopt", {"text": "采纳"})
    written = re.compile(r"<[^>]*>|异地就医.*?备案|登录国家.*?。|窗口电话|省医疗保障局|李处"
                         r"|备案办法|张伟|中文|医保|备案|电话有误|采纳")  # fmt: skip
    for path in ("/knowledge", "/knowledge/articles?tab=all", article, f"{article}/versions/1",
                 "/knowledge/articles/new", "/knowledge/notices", notice,
                 "/knowledge/enquiries", enquiry):  # fmt: skip
        english = await page(stranger, EDITOR, path, "en")
        assert re.findall(r"[一-鿿]+", written.sub("", english)) == [], path
        assert await page(stranger, EDITOR, path)


@pytest.mark.usefixtures("served")
async def test_a_program_does_the_same(stranger: httpx.AsyncClient) -> None:
    api = "/api/knowledge"
    await sign_in(stranger, EDITOR)
    given = {"source": "省厅", "asked_by": "王处", "points": ["一"]}
    notice = (await stranger.post(f"{api}/notices", json=given)).json()["notice"]["number"]
    draft = {**FORM, "keywords": ["医保"], "notice": notice, "point": 1}
    record = (await stranger.post(f"{api}/articles", json=draft)).json()
    number = record["article"]["number"]
    await stranger.post(f"{api}/articles/{number}/submit", json={})
    await sign_in(stranger, REVIEWER)
    published = await stranger.post(f"{api}/articles/{number}/publish", json={})
    assert published.json()["article"]["state"] == "idle"
    twice = await stranger.post(f"{api}/articles/{number}/publish", json={})
    assert (twice.status_code, twice.json()["state"]) == (409, "idle")
    found = (await stranger.get(f"{api}/search", params={"q": "异地 备案"})).json()
    assert [(one["article"], one["version"]) for one in found] == [(number, 1)]
    after = (await stranger.get(f"{api}/notices/{notice}")).json()
    assert after["notice"]["state"] == "fulfilled"
    assert len(after["history"]) == 2


@pytest.mark.parametrize(
    "query", ['"', "a* OR b", "(", "title:x", "'; DROP", "NEAR(", "-", "\\", "^"]
)
async def test_no_query_is_an_operator(
    stranger: httpx.AsyncClient, served: Served, query: str
) -> None:
    await sign_in(stranger, AGENT)
    for path in ("/knowledge?q=", "/api/knowledge/search?q="):
        assert (await stranger.get(path + query)).status_code == 200


async def published(client: httpx.AsyncClient) -> str:
    """The path of an article in force."""
    article = await sent(client, EDITOR, "/knowledge/articles", FORM)
    await sent(client, EDITOR, f"{article}/submit", {})
    await sent(client, REVIEWER, f"{article}/publish", {})
    return article


async def test_the_order_cites_the_version_that_the_agent_saw(
    stranger: httpx.AsyncClient, served: Served, clock: FixedClock
) -> None:
    article = await published(stranger)
    name = f"{article.rpartition('/')[2]}/1"
    await sign_in(stranger, AGENT)
    shown = await stranger.get(f"/knowledge/open/{name.partition('/')[0]}")
    assert f'data-cite="{name}"' in shown.text
    clock.advance(timedelta(minutes=5))
    await sent(stranger, EDITOR, f"{article}/update", {**FORM, "body": "新办法：全部取消备案。"})
    await sent(stranger, EDITOR, f"{article}/submit", {})
    await sent(stranger, REVIEWER, f"{article}/publish", {})
    await sign_in(stranger, AGENT)
    taken = {
        "source_ref": "r-1", "channel": "web", "kind": "help", "category": "insurance",
        "region": "province", "title": "备案", "text": "如何备案",
        "received_at": clock.now().isoformat(), "cited": name,
    }  # fmt: skip
    answer = await stranger.post("/agent", data=taken)
    assert answer.status_code == 200, answer.text
    order = re.findall(r"W-[0-9]+-[0-9]+", answer.text)[0]
    assert f'href="/orders/{order}/cited/{name}"' in await page(stranger, AGENT, f"/orders/{order}")
    cited = await page(stranger, AGENT, f"/orders/{order}/cited/{name}")
    assert FORM["body"] in cited
    assert "现已失效" in cited
    assert "新办法" not in cited
    document = (await stranger.get(f"/api/orders/{order}")).json()
    assert document["course"][0]["cited"][0]["version"] == 1
    assert (await stranger.get(f"/orders/{order}/cited/{name[:-1]}2")).status_code == 404
    for wrong in ("K-1", f"{name[:-1]}9", "K-20261123-0099/1"):
        body = {**taken, "source_ref": wrong, "cited": wrong}
        assert (await stranger.post("/agent", data=body)).status_code in (404, 422)
    with served.dependencies.database.transaction() as session:
        changed = "UPDATE knowledge_links SET detail = replace(detail, '0371', '0372')"
        session.execute(text(changed))
    assert "散列不符" in await page(stranger, AGENT, f"/orders/{order}/cited/{name}")
