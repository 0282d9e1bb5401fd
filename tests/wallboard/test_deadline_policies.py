"""The deadlines' page and their API: one side drafts, the other decides, a dispatch goes by it."""

from datetime import timedelta

import httpx
import pytest

from device_configs.site.hotline import CaseKind
from ops_core.hotline.deadline_policies.rules import Urgency
from ops_core.kernel.audit import read_audit
from ops_core.kernel.clock import FixedClock
from tests.wallboard.conftest import sign_in
from tests.wallboard.hotline_story import Story
from tests.wallboard.serve import Served

ROW = {"ordinary": 4, "urgent": 2, "critical": "20h"}
RULES = {
    "sign_within": ROW,
    "handle_within": dict.fromkeys(map(str, CaseKind), ROW),
    "contribute_within": ROW,
}


async def test_what_both_sides_agreed_to_is_what_a_dispatch_goes_by(
    served: Served, stranger: httpx.AsyncClient, clock: FixedClock
) -> None:
    await sign_in(stranger, "supervisor")
    soon = (clock.now() + timedelta(hours=9)).strftime("%Y-%m-%dT%H:%M")
    days = [str(days) for days in ROW.values()]
    form = {"effective_from": soon, "reason": "3号文", "sign": days, "handle": days * len(CaseKind),
            "contribute": days}  # fmt: skip
    made = await stranger.post("/deadlines", data=form)
    assert (made.status_code, made.headers["location"]) == (303, "/deadlines#version-2")
    own = await stranger.post("/deadlines/2/approve")
    assert own.status_code == 403
    with served.dependencies.database.reading() as session:
        last = read_audit(session, limit=1)[0]
    assert (last.action, last.subject_id) == ("refused", "2")
    await sign_in(stranger, "purchaser_supervisor")
    page = (await stranger.get("/deadlines")).text
    assert 'id="approve-2"' in page
    assert (await stranger.post("/deadlines/2/approve")).status_code == 303
    again = await stranger.post("/api/deadlines/2/refuse", json={"text": "x"})
    assert (again.status_code, again.json()["allowed"]) == (409, [])
    before = (await stranger.get("/api/deadlines")).json()
    assert (before["version"], before["policies"][0]["state"]) == (1, "approved")
    clock.advance(timedelta(hours=10))
    now = (await stranger.get("/api/deadlines")).json()
    assert (now["version"], now["rules"]) == (2, RULES)
    story = Story(served)
    story.call("c-1")
    await sign_in(stranger, "agent")
    for language, version, limit in (("zh", "办理时限第2版", "4个工作日"),
                                     ("en", "version 2", "4 working days")):  # fmt: skip
        stranger.cookies.set("zhishou_language", language)
        page = (await stranger.get("/agent")).text
        assert version in page
        assert f'data-limit="{limit}"' in page
        assert (">1 working day<" in page) is (language == "en")
    stranger.cookies.set("zhishou_language", "zh")
    order = story.order("r-1")
    await sign_in(stranger, "dispatcher")
    assert 'name="urgency"' in (await stranger.get(f"/orders/{order}")).text
    sent = await stranger.post(
        f"/orders/{order}/dispatch", data={"unit": "housing", "urgency": "critical"}
    )
    assert sent.status_code == 303
    read = (await stranger.get(f"/api/orders/{order}")).json()["order"]
    assert read["urgency"] == Urgency.CRITICAL
    limits = [(one["within_days"], one["within_hours"]) for one in read["deadlines"]]
    assert limits == [(0, 20), (0, 20)]
    shown = (await stranger.get(f"/orders/{order}")).text
    assert "特急" in shown
    assert "20小时" in shown
    assert "特急" in (await stranger.get("/orders?tab=all")).text


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_who_may_not_set_them_sees_them_without_a_form(
    stranger: httpx.AsyncClient, language: str
) -> None:
    await sign_in(stranger, "dispatcher")
    stranger.cookies.set("zhishou_language", language)
    page = await stranger.get("/deadlines")
    assert page.status_code == 200
    assert 'id="draft"' not in page.text
    refused = await stranger.post("/deadlines", data={"effective_from": "2030-01-01T00:00"})
    assert refused.status_code == 403
