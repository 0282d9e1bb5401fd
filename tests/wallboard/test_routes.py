"""The pages and the API over HTTP: who may see and do what, and how refusals read."""

import re
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from incident.model import IncidentState
from incident.read import find_incident
from incident.store import INCIDENT
from ops_core.kernel.audit import read_audit
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.events import EventBus, events_of
from ops_core.kernel.identity import deactivate, issue_token
from ops_core.kernel.permissions import PERMISSIONS, Actor, Permission, Role
from tests.wallboard.conftest import sign_in
from tests.wallboard.incidents_story import CUT, DISPLAY, VOICE
from tests.wallboard.serve import Served
from wallboard.guard import CONTENT_SECURITY_POLICY

pytestmark = pytest.mark.usefixtures("day")

CASE = "/incidents/F-20261123-007"
CALL = "/calls/17954154.4"
NEEDED = {
    "/wall": Permission.SEE_WALL,
    "/agent": Permission.TAKE_CALLS,
    "/orders": Permission.SEE_ORDERS,
    "/unit": Permission.HANDLE_ORDERS,
    "/deadlines": Permission.SEE_ORDERS,
    "/api/deadlines": Permission.SEE_ORDERS,
    "/callbacks": Permission.CALL_BACK,
    "/knowledge": Permission.SEARCH_KNOWLEDGE,
    "/knowledge/articles": Permission.SEE_KNOWLEDGE,
    "/knowledge/notices": Permission.SEE_KNOWLEDGE,
    "/knowledge/enquiries": Permission.SEARCH_KNOWLEDGE,
    "/training": Permission.SEE_TRAINING,
    "/learning": Permission.TAKE_TRAINING,
    "/incidents": Permission.SEE_INCIDENTS,
    CASE: Permission.SEE_INCIDENTS,
    "/calls": Permission.SEE_CALLS,
    CALL: Permission.SEE_CALLS,
    "/devices": Permission.SEE_INCIDENTS,
    "/seats": Permission.SEE_INCIDENTS,
    "/availability": Permission.SEE_INCIDENTS,
    "/circuits/egov-a": Permission.SEE_INCIDENTS,
    "/devices/rt-a": Permission.SEE_INCIDENTS,
    "/seats/1": Permission.SEE_INCIDENTS,
    "/services": Permission.SEE_INCIDENTS,
    "/services/platform": Permission.SEE_INCIDENTS,
    "/users": Permission.ADMINISTER,
    "/audit": Permission.SEE_AUDIT,
    "/settings": Permission.ADMINISTER,
    "/indicators": Permission.SEE_INDICATORS,
    "/indicators/12": Permission.SEE_INDICATORS,
    "/adjudications": Permission.SEE_ADJUDICATIONS,
    "/api/adjudications": Permission.SEE_ADJUDICATIONS,
    "/api/indicators": Permission.SEE_INDICATORS,
    "/api/indicators/1": Permission.SEE_INDICATORS,
    "/registers": Permission.SEE_REGISTERS,
    "/registers/standards": Permission.SEE_REGISTERS,
    "/library": Permission.ACKNOWLEDGE_DOCUMENTS,
    "/reports": Permission.SEE_REPORTS,
    "/api/reports": Permission.SEE_REPORTS,
    "/assessment": Permission.SEE_INDICATORS,
    "/assessment/2026-10/12": Permission.SEE_INDICATORS,
    "/api/assessment": Permission.SEE_INDICATORS,
    "/api/assessment/2026-10/12": Permission.SEE_INDICATORS,
    "/exemptions": Permission.SEE_INDICATORS,
    "/api/exemptions": Permission.SEE_INDICATORS,
    "/network/documents": Permission.SEE_INCIDENTS,
    "/network/documents/policies": Permission.SEE_INCIDENTS,
    "/network/documents/files/topology.svg": Permission.SEE_INCIDENTS,
    "/network/changes": Permission.SEE_INCIDENTS,
    "/network/drills": Permission.SEE_INCIDENTS,
    "/network/drift": Permission.SEE_INCIDENTS,
    "/network/compliance": Permission.SEE_INCIDENTS,
    "/api/compliance": Permission.SEE_INCIDENTS,
    "/network/accounts": Permission.SEE_INCIDENTS,
    "/network/proofs": Permission.SEE_INCIDENTS,
    "/network/plays": Permission.SEE_INCIDENTS,
    "/health": Permission.SEE_HEALTH,
    "/api/health": Permission.READ_METRICS,
    "/metrics": Permission.READ_METRICS,
    "/api/incidents": Permission.SEE_INCIDENTS,
    "/api/incidents/F-20261123-007": Permission.SEE_INCIDENTS,
    "/api/calls": Permission.SEE_CALLS,
    "/api/calls/now": Permission.SEE_CALLS,
    "/api/calls/17954154.4": Permission.SEE_CALLS,
    "/api/seats/people": Permission.SEE_CALLS,
    "/api/seats/in-service": Permission.SEE_INDICATORS,
    "/api/seats/in-service/moves": Permission.SEE_INDICATORS,
    "/seats/in-service": Permission.SEE_INDICATORS,
}
ALSO = {"/library": Permission.SEE_REGISTERS}
"""Another permission that opens a page which the menu does not offer for it."""
MENU = (
    *("/wall", "/agent", "/orders", "/unit", "/callbacks", "/knowledge", "/training"),
    "/learning",
    *("/incidents", "/calls", "/devices", "/seats", "/services", "/availability", "/indicators"),
    "/adjudications",
    *("/registers", "/library", "/reports"),
    *("/assessment", "/exemptions"),
    "/network/documents",
    *("/network/changes", "/network/drills", "/network/drift", "/network/compliance"),
    "/network/accounts",
    "/network/proofs",
    "/network/plays",
    *("/health", "/users", "/audit", "/settings"),
)
PAGES = (
    "/wall",
    "/incidents",
    "/incidents?show=restored",
    "/incidents?show=pending",
    "/incidents?show=false_alarms",
    CASE,
    "/calls",
    "/calls?abnormal=1",
    "/calls?seat=37&outcome=answered&day=2026-11-23&queue=citizen&agent=lin",
    "/calls?incident=F-20261123-006",
    CALL,
    "/calls/17954155.5",
    "/devices",
    "/seats",
    "/availability",
    "/circuits/egov-a",
    "/health",
    "/health?q=nothing",
    "/indicators",
    "/indicators?month=2026-10",
    "/indicators/1",
    "/indicators/1?period=month&month=2026-10&show=left_out",
    "/indicators/4",
    "/indicators/10?show=counted",
    "/indicators/12",
    "/indicators/13",
    "/library",
    "/indicators/11",
    "/exemptions?indicator=1",
    "/assessment",
    "/assessment?month=2026-10",
    "/assessment/2026-10/12",
    *("/network/changes", "/network/drills", "/network/drift", "/network/compliance"),
    "/network/accounts",
    "/network/plays",
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
            r"<[^>]*>|李\S|王\S|赵\S|中文|企业微信|示例运营商.|egov 接口描述与带宽"
            r"|小区供暖三天不热|张伟",
            "",
            answer.text,
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
    engineer: httpx.AsyncClient, served: Served
) -> None:
    answer = await engineer.post(f"{CASE}/acknowledge", data={"version": 1})
    assert answer.status_code == 303
    with served.dependencies.database.reading() as session:
        incident = find_incident(session, "F-20261123-007")
    assert (incident.state, incident.handler) == (IncidentState.ACKNOWLEDGED, "li.ming")


async def test_an_action_on_an_outdated_view_is_explained(engineer: httpx.AsyncClient) -> None:
    await engineer.post(f"{CASE}/acknowledge", data={"version": 1})
    answer = await engineer.post(f"{CASE}/respond", data={"version": 1})
    assert answer.status_code == 409
    assert "故障已被他人更新" in answer.text
    assert "请刷新后再操作" in answer.text


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


DEPLOY = "/network/changes/deployments"


async def test_deploying_needs_its_permission(onlooker: httpx.AsyncClient) -> None:
    assert (await onlooker.post(DEPLOY, data={"device": "rt-a"})).status_code == 403


async def test_a_deployment_is_begun_on_the_page_of_changes(engineer: httpx.AsyncClient) -> None:
    assert f'formaction="{DEPLOY}"' in (await engineer.get("/network/changes")).text
    answer = await engineer.post(DEPLOY, data={"device": "rt-a"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/network/changes")
    assert "部署　李明" in (await engineer.get("/network/changes")).text
    unknown = await engineer.post(DEPLOY, data={"device": "rt-z"})
    assert unknown.status_code == 422
    windowed = await engineer.post(DEPLOY, data={"device": "rt-a", "window": "22:00/02:00"})
    assert "部署立即执行，没有变更窗口" in windowed.text


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


def notes(served: Served) -> list[tuple[str, object]]:
    """Who wrote what into the incident's timeline."""
    with served.dependencies.database.reading() as session:
        events = events_of(session, INCIDENT, "F-20261123-007")
    return [(e.actor, e.payload["text"]) for e in events if e.type == "IncidentNoted"]


async def test_the_api_lists_and_acts(engineer: httpx.AsyncClient, served: Served) -> None:
    listed = (await engineer.get("/api/incidents")).json()
    assert [i["number"] for i in listed] == [CUT, DISPLAY, VOICE]
    answer = await engineer.post(
        "/api/incidents/F-20261123-007/note", json={"comment": "已联系运营商"}
    )
    assert answer.status_code == 204
    assert notes(served) == [("li.ming", "已联系运营商")]
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
    assert "/devices/rt-a" in (await engineer.get("/palette?q=路由器A")).text
    assert "/seats/37" in (await engineer.get("/palette?q=37")).text
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


@pytest.mark.parametrize("role", Role)
async def test_a_role_opens_the_pages_of_its_permissions_and_is_shown_no_other(
    stranger: httpx.AsyncClient, served: Served, role: Role
) -> None:
    await sign_in(stranger, role.value)
    for page, needed in NEEDED.items():
        allowed = bool({needed, ALSO.get(page)} & PERMISSIONS[role])
        served_with = {200, 303} if allowed else {403}  # 303: on to its first list
        assert (await stranger.get(page)).status_code in served_with, page
        if not allowed:
            with served.dependencies.database.reading() as session:
                last = read_audit(session, limit=1)[0]
            assert (last.actor, last.action) == (role.value, "refused")
            assert needed in last.detail
    allowed_pages = {page for page in MENU if NEEDED[page] in PERMISSIONS[role]}
    shown = (await stranger.get("/no-such-page")).text
    offered = re.findall(r'<a href="(/[\w/]+)" data-key', shown)
    assert (set(offered), len(offered)) == (allowed_pages, len(allowed_pages))
    assert ("开始处置" in shown) is (Permission.SEE_INCIDENTS in PERMISSIONS[role])
    hits = (await stranger.get("/palette?q=")).text + (await stranger.get("/palette?q=rt-a")).text
    linked = {re.split(r"[?#]", href)[0] for href in re.findall(r'data-href="([^"]+)"', hits)}
    assert allowed_pages <= linked
    assert bool(linked - allowed_pages) is (Permission.SEE_INCIDENTS in PERMISSIONS[role])


@pytest.mark.parametrize("role", Role)
async def test_everyone_starts_at_the_first_page_he_may_see(
    stranger: httpx.AsyncClient, role: Role
) -> None:
    await sign_in(stranger, role.value)
    start = await stranger.get("/")
    if Permission.SEE_WALL in PERMISSIONS[role]:
        assert (start.status_code, start.headers["location"]) == (303, "/wall")
        return
    if Permission.HANDLE_ORDERS in PERMISSIONS[role]:
        assert (start.status_code, start.headers["location"]) == (303, "/unit")
        return
    assert start.status_code == 403
    assert "请管理员授予角色" in start.text
    assert "回到首页" not in start.text
    assert "退出" in start.text


async def test_the_wall_s_title_leads_only_where_the_reader_may_go(
    stranger: httpx.AsyncClient,
) -> None:
    await sign_in(stranger, "callback_agent")
    assert '<h1><a href="/orders">' in (await stranger.get("/wall")).text
    await sign_in(stranger, "agent")
    assert '<h1><a href="/agent">' in (await stranger.get("/wall")).text
    await sign_in(stranger, "li.ming")
    assert '<h1><a href="/incidents">' in (await stranger.get("/wall")).text


@pytest.mark.parametrize("path", ["/", "/wall", "/api/incidents"])
async def test_a_program_without_a_token_is_told_how_to_identify_itself(
    stranger: httpx.AsyncClient, path: str
) -> None:
    answer = await stranger.get(path, headers={"accept": "application/json"})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


def issue(served: Served, name: str) -> str:
    with unit_of_work(
        served.dependencies.database, EventBus(), served.dependencies.clock, Actor.system("test")
    ) as uow:
        return issue_token(uow, name, timedelta(days=1)).token


@pytest.fixture
async def program(stranger: httpx.AsyncClient) -> httpx.AsyncClient:
    """A client that is no browser: no cookie, no origin, JSON wanted."""
    del stranger.headers["sec-fetch-site"]
    stranger.headers["accept"] = "application/json"
    return stranger


async def test_a_program_acts_by_its_token_with_its_user_s_roles(
    program: httpx.AsyncClient, served: Served, clock: FixedClock
) -> None:
    token = issue(served, "duty_technician")
    program.headers["authorization"] = f"bearer {token}"
    note = f"/api{CASE}/note"
    assert (await program.post(note, json={"comment": "已联系运营商"})).status_code == 204
    assert notes(served) == [("duty_technician", "已联系运营商")]
    answer = await program.post("/network/changes/deployments", data={"device": "rt-a"})
    assert answer.status_code == 403
    clock.advance(timedelta(days=1))
    late = await program.get("/api/incidents")
    assert late.status_code == 401
    assert late.json()["title"] == "令牌无效"
    assert token not in late.text


async def test_a_token_that_was_ended_or_never_was_is_refused(
    program: httpx.AsyncClient, served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    token = issue(served, "supervisor")
    deps = served.dependencies
    with unit_of_work(deps.database, EventBus(), deps.clock, Actor.system("test")) as uow:
        deactivate(uow, "supervisor")
    for sent in (token, "", "nonsense"):
        for accept in ("application/json", "text/html"):
            headers = {"authorization": f"Bearer {sent}", "accept": accept}
            for path in ("/api/incidents", "/wall", "/", "/live", "/login"):
                assert (await program.get(path, headers=headers)).status_code == 401, path
    assert token not in caplog.text


async def test_a_token_beside_a_cookie_stands_for_itself(
    engineer: httpx.AsyncClient, served: Served
) -> None:
    wrong = await engineer.get("/api/incidents", headers={"authorization": "Bearer nonsense"})
    assert wrong.status_code == 401
    feeding = {"authorization": f"Bearer {issue(served, 'interface')}"}
    assert (await engineer.get("/api/incidents", headers=feeding)).status_code == 403
    other_scheme = {"authorization": "Basic bGk6bWluZw=="}
    assert (await engineer.get("/api/incidents", headers=other_scheme)).status_code == 200
    del engineer.headers["sec-fetch-site"]
    acting = {"authorization": f"Bearer {issue(served, 'duty_technician')}"}
    note = await engineer.post(f"/api{CASE}/note", json={"comment": "好"}, headers=acting)
    assert note.status_code == 204
    foreign = acting | {"sec-fetch-site": "cross-site"}
    refused = await engineer.post(f"/api{CASE}/note", json={"comment": "好"}, headers=foreign)
    assert refused.status_code == 403


async def test_a_session_is_no_token_and_a_token_no_session(
    stranger: httpx.AsyncClient, served: Served
) -> None:
    await sign_in(stranger, "li.ming")
    session = stranger.cookies["zhishou_session"]
    stranger.cookies.clear()
    as_bearer = {"authorization": f"Bearer {session}"}
    assert (await stranger.get("/api/incidents", headers=as_bearer)).status_code == 401
    stranger.cookies.set("zhishou_session", issue(served, "li.ming"))
    assert (await stranger.get("/api/incidents")).status_code == 401
