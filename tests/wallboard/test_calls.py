"""Calls over HTTP: the feed, the filters, and who may see who called."""

import re
from datetime import date

import httpx
import pytest

from ops_core.hotline.calls.listing import CallFilter
from ops_core.hotline.calls.outcomes import CallOutcome
from ops_core.kernel.audit import read_audit
from ops_core.kernel.errors import Invalid
from ops_core.kernel.permissions import PERMISSIONS, Permission, Role
from tests.wallboard.conftest import sign_in
from tests.wallboard.serve import Served
from tests.wallboard.test_routes import CALL, issue
from wallboard.calls import router
from wallboard.calls.query import address, call_filter

pytestmark = pytest.mark.usefixtures("day")

FEED = "/api/calls/events"
EVENT = {"sequence": 1, "call": "c", "kind": "ENTERQUEUE", "at": "2026-11-23T14:32:08+08:00"}
CANARY = "13812345678"


@pytest.fixture
def token(served: Served, stranger: httpx.AsyncClient) -> httpx.AsyncClient:
    """The telephone system: a program with its token, no browser."""
    del stranger.headers["sec-fetch-site"]
    stranger.headers["accept"] = "application/json"
    stranger.headers["authorization"] = f"Bearer {issue(served, 'interface')}"
    return stranger


async def test_the_telephone_system_posts_a_batch(token: httpx.AsyncClient, served: Served) -> None:
    batch = {"source": "pbx", "events": [EVENT, EVENT | {"sequence": 2, "call": "d"}]}
    answer = await token.post(FEED, json=batch)
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"new": 2, "known": 0, "calls": 2, "corrected": [], "superseded": []}
    again = await token.post(FEED, json=batch)
    assert again.json() == {"new": 0, "known": 2, "calls": 0, "corrected": [], "superseded": []}
    with served.dependencies.database.reading() as session:
        last = read_audit(session, limit=1)[0]
    assert (last.actor, last.action, last.subject_id) == ("interface", "CallEventsTaken", "pbx")


@pytest.mark.parametrize(
    "body", [{}, {"source": "pbx"}, {"source": "pbx", "events": {}}, {"source": 1, "events": []},
             {"source": "pbx", "events": [], "more": 1}],
)  # fmt: skip
async def test_what_is_no_batch_is_refused(token: httpx.AsyncClient, body: object) -> None:
    answer = await token.post(FEED, json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("role", Role)
async def test_only_a_program_that_feeds_calls_may_post(
    stranger: httpx.AsyncClient, role: Role
) -> None:
    await sign_in(stranger, role.value)
    answer = await stranger.post(FEED, json={"source": "pbx", "events": []})
    allowed = Permission.FEED_CALLS in PERMISSIONS[role]
    assert answer.status_code == (200 if allowed else 403)


@pytest.mark.parametrize("role", Role)
async def test_only_who_may_unmask_is_shown_a_number(
    stranger: httpx.AsyncClient, served: Served, role: Role
) -> None:
    await sign_in(stranger, role.value)
    granted = PERMISSIONS[role]
    allowed = {Permission.SEE_CALLS, Permission.UNMASK_CONTACTS} <= granted
    for path in (f"{CALL}/unmask", f"/api{CALL}/unmask"):
        answer = await stranger.post(path)
        assert answer.status_code == (200 if allowed else 403)
        assert (CANARY in answer.text) is allowed
    with served.dependencies.database.reading() as session:
        looked = [entry.action for entry in read_audit(session, limit=2)]
    assert looked == (["ContactUnmasked"] * 2 if allowed else ["refused"] * 2)
    if Permission.SEE_CALLS in granted:
        page = (await stranger.get(CALL)).text
        assert CANARY not in page
        assert "138****5678" in page
        assert ("显示号码" in page) is (Permission.UNMASK_CONTACTS in granted)


async def test_links_lead_only_where_the_reader_may_go(stranger: httpx.AsyncClient) -> None:
    await sign_in(stranger, "agent")
    page = (await stranger.get(CALL)).text
    assert "37号席显示器无信号" in page
    assert not re.search(r'href="/(incidents|seats)', page)
    await sign_in(stranger, "administrator")
    case = (await stranger.get("/incidents/F-20261123-006")).text
    assert "/calls" not in case
    await sign_in(stranger, "duty_technician")
    case = (await stranger.get("/incidents/F-20261123-006")).text
    assert '<a href="/calls?incident=F-20261123-006">涉及来电2通</a>' in case
    assert "由此产生工单1张" in case
    seats = (await stranger.get("/seats")).text
    assert '<a href="/incidents/F-20261123-006">' in seats
    assert '<a href="/calls?seat=37">3</a>' in seats


async def test_a_list_keeps_its_filter_from_page_to_page(
    stranger: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sign_in(stranger, "supervisor")
    monkeypatch.setattr(router, "PAGE", 1)
    page = (await stranger.get("/calls?seat=37&outcome=answered")).text
    assert 'href="/calls?outcome=answered&amp;seat=37&amp;after=2026-11-23T' in page
    assert page.count('<tr data-href="/calls/') == 1
    assert (await stranger.get("/calls?outcome=loud")).status_code == 422
    assert (await stranger.get("/calls?seat=x")).status_code == 422
    listed = (await stranger.get("/api/calls?abnormal=1")).json()
    assert {call["outcome"] for call in listed["calls"]} == {
        "waiting", "abandoned", "timed_out", "unknown",
    }  # fmt: skip


def test_an_address_says_its_filter_again() -> None:
    wanted = CallFilter(
        date(2026, 11, 23), CallOutcome.WAITING, "citizen", 37, "li&n", True, "F-20261123-006"
    )
    query = httpx.URL(address(wanted)).params
    assert call_filter(**dict(query)) == wanted
    assert address(CallFilter()) == "/calls"
    with pytest.raises(Invalid):
        call_filter(day="yesterday")
