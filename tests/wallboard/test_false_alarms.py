"""False alarms and bulk acknowledge over HTTP, before the database."""

import re

import httpx
import pytest

from incident.false_alarm_terms import FalseAlarmStep
from ops_core.kernel.audit import read_audit
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.identity import issue_token
from ops_core.kernel.permissions import Actor
from tests.incident.story import DRILL, LI, Story
from tests.wallboard.conftest import sign_in
from tests.wallboard.serve import Served

TECHNICIAN, SUPERVISOR, PURCHASER = (
    "duty_technician",
    "supervisor",
    "purchaser_supervisor",
)
CANARY = "13912345678"
TOKENS = {
    FalseAlarmStep.PROPOSE: SUPERVISOR,
    FalseAlarmStep.WITHDRAW: SUPERVISOR,
    FalseAlarmStep.CONFIRM: PURCHASER,
    FalseAlarmStep.REJECT: PURCHASER,
    FalseAlarmStep.REVOKE: PURCHASER,
}
"""Whose token is refused at each step, though he himself may take it."""


@pytest.fixture
def story(served: Served) -> Story:
    """Incidents in the database that the pages are served from."""
    given = served.dependencies
    return Story(given.site, given.database, given.bus, given.clock)  # type: ignore[arg-type]


@pytest.fixture
def client(stranger: httpx.AsyncClient) -> httpx.AsyncClient:
    """A browser before the pages of those incidents."""
    return stranger


async def step(
    client: httpx.AsyncClient, number: str, what: str, version: int, **said: str
) -> httpx.Response:
    path = f"/api/incidents/{number}/false-alarm/{what}"
    return await client.post(path, json={"version": version, **said})


async def test_two_people_exclude_an_incident_and_the_page_says_who_and_why(
    client: httpx.AsyncClient, story: Story
) -> None:
    number = story.opened("rt-a").number
    page = f"/incidents/{number}"
    await sign_in(client, TECHNICIAN)
    shown = (await client.get(page)).text
    assert 'id="alarm-propose"' in shown
    form = {"version": "1", "cause": "drill", "reason": f"切换演练，已电话 {CANARY}"}
    answer = await client.post(f"{page}/false-alarm/propose", data=form)
    assert answer.status_code == 303
    shown = (await client.get(page)).text
    assert "误报待确认" in shown
    assert "须由第二人操作" in shown or "您的角色不能这样操作" in shown
    await sign_in(client, PURCHASER)
    listed = (await client.get("/incidents?show=pending")).text
    assert number in listed
    assert '<span class="count" id="pending">1</span>' in listed
    answer = await client.post(f"{page}/false-alarm/confirm", data={"version": "2"})
    assert answer.status_code == 303
    for path in (page, "/incidents?show=false_alarms"):
        shown = (await client.get(path)).text
        assert "切换演练" in shown
        assert "张伟" in shown
        assert CANARY not in shown
    assert "不计入指标12" in (await client.get(page)).text
    told = (await client.get(f"/api/incidents/{number}")).json()["summary"]["false_alarm"]
    assert (told["state"], told["confirmed_by"]) == ("confirmed", PURCHASER)
    assert CANARY not in str(told)
    course = (await client.get(f"/api/incidents/{number}")).json()["timeline"]
    assert [entry["text"]["en"].partition(",")[0] for entry in course[1:]] == [
        "proposed as a false alarm: Test or drill: 切换演练，已电话 139****5678",
        "confirmed as a false alarm: out of indicator 12",
    ]


async def test_the_operator_s_side_is_refused_and_the_refusal_is_on_record(
    client: httpx.AsyncClient, story: Story, served: Served
) -> None:
    number = story.opened("rt-a").number
    await sign_in(client, SUPERVISOR)
    await step(client, number, "propose", 1, cause="drill", reason="演练")
    refused = await step(client, number, "confirm", 2)
    assert refused.status_code == 403
    assert "采购人代表" in refused.json()["remedy"]
    assert refused.json()["roles"] == ["purchaser_supervisor"]
    shown = (await client.get(f"/incidents/{number}")).text
    assert re.search(r'id="alarm-confirm"[^>]* disabled', shown)
    assert "您的角色不能这样操作" in shown
    with served.dependencies.database.reading() as session:
        last = read_audit(session, limit=1)[0]
    assert (last.actor, last.action, last.subject_id) == (SUPERVISOR, "refused", number)
    assert "confirm_false_alarms" in last.detail


@pytest.mark.parametrize("what", FalseAlarmStep)
async def test_a_token_is_nobody_s_word(
    client: httpx.AsyncClient, story: Story, served: Served, what: FalseAlarmStep
) -> None:
    number = story.opened("rt-a").number
    if what is not FalseAlarmStep.PROPOSE:
        story.step(number, FalseAlarmStep.PROPOSE, LI)
    given = served.dependencies
    with unit_of_work(given.database, given.bus, given.clock, Actor.system("test")) as uow:
        token = issue_token(uow, TOKENS[what]).token
    client.headers["authorization"] = f"Bearer {token}"
    version = story.find(number).version
    refused = await step(client, number, what.value, version, cause="drill", reason="演练")
    assert refused.status_code == 403
    assert refused.json()["title"] == "误报只能由本人认定"
    assert story.find(number).version == version
    with given.database.reading() as session:
        assert read_audit(session, limit=1)[0].action == "refused"


async def test_a_refusal_by_the_state_is_problem_json_with_what_is_possible(
    client: httpx.AsyncClient, story: Story
) -> None:
    number = story.opened("rt-a").number
    await sign_in(client, PURCHASER)
    refused = await step(client, number, "confirm", 1)
    assert refused.status_code == 409
    assert refused.headers["content-type"] == "application/problem+json"
    assert (refused.json()["false_alarm"], refused.json()["allowed"]) == ("none", ["propose"])
    await sign_in(client, SUPERVISOR)
    stale = await step(client, number, "propose", 7, cause="drill", reason="演练")
    assert (stale.status_code, stale.json()["version"]) == (409, 1)
    assert (await step(client, number, "propose", 1, cause="drill")).status_code == 422
    assert (await step(client, "F-0", "propose", 1, cause="drill", reason="x")).status_code == 404
    acknowledged = await client.post(f"/api/incidents/{number}/close", json={"version": 1})
    assert acknowledged.json()["state"] == "detected"
    assert "acknowledge" in acknowledged.json()["allowed"]


async def test_the_records_of_indicator_12_say_why_one_is_left_out(
    client: httpx.AsyncClient, story: Story
) -> None:
    number = story.marked("rt-a").number
    await sign_in(client, SUPERVISOR)
    shown = (await client.get("/indicators/12?show=left_out")).text
    told = (await client.get("/api/indicators/12?show=left_out")).json()
    assert f'href="/incidents/{number}"' in shown
    assert DRILL.text in shown
    assert "李明提出，wang.qiang认定" in shown
    assert "未剔除误报" in shown
    (record,) = told["records"]
    assert record["exclusion"] == {
        "cause": "drill",
        "text": DRILL.text,
        "proposed_by": "li.ming",
        "confirmed_by": "wang.qiang",
        "exemption": "",
    }


async def test_many_are_acknowledged_by_the_api_with_an_answer_for_each(
    client: httpx.AsyncClient, story: Story
) -> None:
    first, second = story.opened("rt-a").number, story.opened("rt-b").number
    await sign_in(client, TECHNICIAN)
    at = "/api/incidents/acknowledge"
    foreseen = (await client.post(at, json={"all_open": True, "dry_run": True})).json()
    assert (foreseen["acknowledged"], foreseen["dry_run"]) == (2, True)
    asked = {"items": [{"number": first, "version": 1}, {"number": "F-0"}]}
    done = await client.post(at, json=asked)
    assert done.status_code == 200
    told = [(a["number"], a["outcome"], a["state"]) for a in done.json()["answers"]]
    assert told == [(first, "acknowledged", "acknowledged"), ("F-0", "not_found", None)]
    assert (done.json()["acknowledged"], done.json()["not_done"]) == (1, 1)
    again = (await client.post(at, json=asked)).json()
    assert [a["outcome"] for a in again["answers"]] == ["already", "not_found"]
    rest = (await client.post(at, json={"all_open": True, "fault_class": "general"})).json()
    assert {a["number"] for a in rest["answers"]} <= {second}
    for wrong in ({}, {"all_open": True, "items": [{"number": first}]}, {"fault_class": "major"}):
        assert (await client.post(at, json=wrong)).status_code == 422


async def test_a_page_shows_first_what_will_be_acknowledged_and_then_what_was(
    client: httpx.AsyncClient, story: Story
) -> None:
    fresh, old = story.opened("rt-a"), story.opened("rt-b")
    await sign_in(client, TECHNICIAN)
    listed = (await client.get("/incidents")).text
    assert listed.count('name="item"') == 2
    items = [f"{fresh.number}:{fresh.version}", f"{old.number}:{old.version + 3}"]
    seen = await client.post("/incidents/acknowledge", data={"item": items, "scope": "selected"})
    assert "将确认1起故障" in seen.text
    assert "1起不能确认" in seen.text
    assert seen.text.count('name="item"') == 1, "what has changed is not confirmed unseen"
    assert story.find(fresh.number).version == fresh.version
    done = await client.post("/incidents/acknowledge", data={"item": items, "confirmed": "yes"})
    assert "已确认1起故障" in done.text
    assert "已被他人更新" in done.text
    everything = await client.post("/incidents/acknowledge", data={"scope": "all"})
    assert "将确认1起故障" in everything.text
    storm = [f"F-{n}:1" for n in range(1200)]
    many = await client.post("/incidents/acknowledge", data={"item": storm})
    assert many.status_code == 200
    assert "1200起不能确认" in many.text
    for wrong in ({}, {"item": "F-1"}, {"item": "F-1:x"}, {"scope": "all", "fault_class": "?"}):
        assert (await client.post("/incidents/acknowledge", data=wrong)).status_code == 422
