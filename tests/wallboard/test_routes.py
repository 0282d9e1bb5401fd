"""The pages and the API over HTTP: who may see and do what, and how refusals read."""

import re
from pathlib import Path

import httpx
import pytest

from ops_core.kernel.audit import read_audit
from tests.wallboard.conftest import sign_in
from tests.wallboard.sample import SampleCentre
from tests.wallboard.serve import Served
from wallboard.guard import CONTENT_SECURITY_POLICY
from wallboard.wall.state import IncidentPhase

CASE = "/incidents/F-20261123-007"
PAGES = (
    "/wall",
    "/incidents",
    "/incidents?show=restored",
    CASE,
    "/devices",
    "/seats",
    "/availability",
    "/circuits/egov-a",
    "/indicators",
    "/indicators/12",
    "/indicators/13",
    "/deployments",
    "/palette?q=rt-a",
)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", ["zh", "en"])
async def test_every_page_opens_in_both_languages(
    engineer: httpx.AsyncClient, page: str, language: str
) -> None:
    engineer.cookies.set("zhishou_language", language)
    answer = await engineer.get(page)
    assert answer.status_code == 200, answer.text
    if language == "en":
        spoken = re.sub(
            r"<[^>]*>|李\S|王\S|赵\S|中文|企业微信|示例运营商.|egov 接口描述与带宽", "", answer.text
        )
        assert re.findall(r"[一-鿿]+", spoken) == []


@pytest.mark.parametrize("page", PAGES)
async def test_a_stranger_is_sent_to_sign_in(stranger: httpx.AsyncClient, page: str) -> None:
    answer = await stranger.get(page)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login?next=/")


@pytest.mark.parametrize("stream", ["/wall/live", "/live"])
async def test_a_stream_answers_401_and_never_redirects(
    stranger: httpx.AsyncClient, stream: str
) -> None:
    answer = await stranger.get(stream)
    assert answer.status_code == 401


async def test_after_signing_in_the_reader_goes_on_to_where_he_wanted(
    stranger: httpx.AsyncClient,
) -> None:
    form = {"name": "li.ming", "password": "correct-horse-battery", "target": "/seats"}
    answer = await stranger.post("/login", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/seats")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example"])
async def test_signing_in_never_leads_to_another_site(
    stranger: httpx.AsyncClient, target: str
) -> None:
    form = {"name": "li.ming", "password": "correct-horse-battery", "target": target}
    assert (await stranger.post("/login", data=form)).headers["location"] == "/"


async def test_a_wrong_password_is_refused_in_words(stranger: httpx.AsyncClient) -> None:
    answer = await stranger.post("/login", data={"name": "li.ming", "password": "wrong-wrong"})
    assert answer.status_code == 401
    assert "用户名或口令不正确" in answer.text
    assert "set-cookie" not in answer.headers


async def test_signing_out_ends_the_session(engineer: httpx.AsyncClient) -> None:
    token = engineer.cookies["zhishou_session"]
    await engineer.post("/logout")
    engineer.cookies.set("zhishou_session", token)
    assert (await engineer.get("/wall")).status_code == 303


async def test_acknowledging_moves_the_incident_on(
    engineer: httpx.AsyncClient, centre: SampleCentre
) -> None:
    answer = await engineer.post(f"{CASE}/acknowledge", data={"version": 1})
    assert answer.status_code == 303
    assert centre.detail("F-20261123-007").summary.phase is IncidentPhase.ACKNOWLEDGED


async def test_an_action_on_an_outdated_view_is_explained(engineer: httpx.AsyncClient) -> None:
    await engineer.post(f"{CASE}/acknowledge", data={"version": 1})
    answer = await engineer.post(f"{CASE}/respond", data={"version": 1})
    assert answer.status_code == 409
    assert "故障已被他人更新" in answer.text
    assert "请查看最新状态后再操作" in answer.text


async def test_a_role_that_may_not_handle_sees_why_and_is_audited_when_it_tries(
    onlooker: httpx.AsyncClient, served: Served
) -> None:
    shown = await onlooker.get(CASE)
    assert "您的角色不能处置故障" in shown.text
    assert re.search(r'<button id="do-acknowledge"[^>]* disabled', shown.text)
    answer = await onlooker.post(f"{CASE}/acknowledge", data={"version": 1})
    assert answer.status_code == 403
    with served.dependencies.database.reading() as session:
        last = read_audit(session, limit=1)[0]
    assert (last.actor, last.action, last.subject_id) == ("guest", "refused", "F-20261123-007")


async def test_deploying_needs_its_permission(onlooker: httpx.AsyncClient) -> None:
    assert (await onlooker.post("/deployments", data={"device": "rt-a"})).status_code == 403


async def test_a_deployment_is_started_and_shown(engineer: httpx.AsyncClient) -> None:
    answer = await engineer.post("/deployments", data={"device": "rt-a"})
    assert answer.status_code == 303
    assert "渲染并比较配置" in (await engineer.get(answer.headers["location"])).text


async def test_a_request_from_another_site_is_refused(engineer: httpx.AsyncClient) -> None:
    answer = await engineer.post(
        f"{CASE}/acknowledge", data={"version": 1}, headers={"sec-fetch-site": "cross-site"}
    )
    assert answer.status_code == 403


async def test_a_cookie_without_an_origin_changes_nothing(
    served: Served, engineer: httpx.AsyncClient
) -> None:
    del engineer.headers["sec-fetch-site"]
    assert (await engineer.post("/logout")).status_code == 403
    answer = await engineer.post("/logout", headers={"origin": "http://127.0.0.1"})
    assert answer.status_code == 303


async def test_a_foreign_host_name_is_refused(stranger: httpx.AsyncClient) -> None:
    answer = await stranger.get("/login", headers={"host": "rebound.example"})
    assert answer.status_code == 421


async def test_every_answer_carries_the_policy(stranger: httpx.AsyncClient) -> None:
    for path in ("/login", "/nothing", "/healthz", "/static/x/nothing.css"):
        headers = (await stranger.get(path)).headers
        assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-request-id"]


async def test_programs_get_problem_json_and_people_a_page(engineer: httpx.AsyncClient) -> None:
    problem = await engineer.get("/api/incidents/F-0")
    assert problem.status_code == 404
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json()["type"] == "urn:zhishou:problem:not-found"
    page = await engineer.get("/incidents/F-0")
    assert page.status_code == 404
    assert "没有这起故障" in page.text


async def test_the_api_lists_and_acts(engineer: httpx.AsyncClient, centre: SampleCentre) -> None:
    listed = (await engineer.get("/api/incidents")).json()
    assert [i["number"] for i in listed] == [i.number for i in centre.open()]
    answer = await engineer.post(
        "/api/incidents/F-20261123-007/note", json={"comment": "已联系运营商"}
    )
    assert answer.status_code == 204
    assert centre.notes[0][2] == "已联系运营商"
    bad = await engineer.post("/api/incidents/F-20261123-007/note", json={"remark": "?"})
    assert bad.status_code == 422
    assert bad.headers["content-type"] == "application/problem+json"


async def test_static_files_are_kept_for_ever_under_their_own_release(
    stranger: httpx.AsyncClient,
) -> None:
    page = (await stranger.get("/login")).text
    found = re.search(r'href="(/static/[0-9a-f]{16}/console\.css)"', page)
    assert found is not None
    assert "immutable" in (await stranger.get(found[1])).headers["cache-control"]
    other = await stranger.get("/static/0000000000000000/console.css")
    assert other.headers["cache-control"] == "no-store"
    assert (await stranger.get("/static/x/%2e%2e/application.py")).status_code == 404
    assert (await stranger.get("/static/x/vendor.py")).status_code == 404


async def test_the_wall_says_that_it_shows_a_demonstration(engineer: httpx.AsyncClient) -> None:
    assert "演示数据" in (await engineer.get("/wall")).text


async def test_what_is_typed_into_the_incident_is_shown_as_text(
    engineer: httpx.AsyncClient,
) -> None:
    await engineer.post(f"{CASE}/note", data={"comment": "<script>alert(1)</script>"})
    shown = (await engineer.get(CASE)).text
    assert "&lt;script&gt;alert(1)" in shown
    assert "<script>alert" not in shown


async def test_the_palette_finds_by_any_part_of_a_name(engineer: httpx.AsyncClient) -> None:
    assert "/devices#rt-a" in (await engineer.get("/palette?q=路由器A")).text
    assert "/seats#seat-37" in (await engineer.get("/palette?q=37")).text
    assert "没有找到" in (await engineer.get("/palette?q=qqqq")).text


def test_templates_hold_no_inline_script_or_style() -> None:
    templates = Path(__file__).parents[2] / "wallboard" / "templates"
    for template in templates.rglob("*.html"):
        text = template.read_text()
        assert not re.search(r"\sstyle=|\son\w+=|<style|hx-on|javascript:", text), template
        assert not re.search(r"<script(?![^>]*src=)", text), template


async def test_the_language_is_one_of_ours(
    stranger: httpx.AsyncClient,
) -> None:
    assert (await stranger.post("/language", data={"language": "xx"})).status_code == 422
    answer = await stranger.post("/language", data={"language": "en", "target": "/login"})
    assert answer.status_code == 303
    assert "Sign in" in (await stranger.get("/login")).text


async def test_the_menu_names_who_is_signed_in(served: Served, stranger: httpx.AsyncClient) -> None:
    await sign_in(stranger, "guest")
    assert "参观者" in (await stranger.get("/incidents")).text
