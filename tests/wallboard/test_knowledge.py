"""The knowledge base over HTTP: a notice becomes an article that an agent finds."""

import re

import httpx
import pytest

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
        text = await page(stranger, EDITOR, path, "en")
        assert re.findall(r"[一-鿿]+", written.sub("", text)) == [], path
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
