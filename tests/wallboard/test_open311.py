"""Open311 GeoReport v2 over HTTP: reports in, requests out, its errors, and nobody else's data."""

from datetime import datetime, timedelta
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import httpx
import pytest

from ops_core.hotline.cases.read import read_case
from ops_core.hotline.orders.steps import Step
from ops_core.hotline.orders.store import events_of_order, find_row
from ops_core.kernel.audit import read_audit
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.events import events_of
from ops_core.kernel.identity import Role, create_user, issue_token
from ops_core.kernel.permissions import Permission
from tests.wallboard.conftest import sign_in
from tests.wallboard.hotline_story import CANARY, COURSE, Story
from tests.wallboard.serve import PASSWORD, Served

BASE = "/api/open311/v2"
REPORT = {
    "service_code": "heating",
    "address_string": "人民路 1 号",
    "description": f"三天不热，请打 {CANARY}",
    "first_name": "三丰",
    "last_name": "张",
    "phone": CANARY,
    "attribute[kind]": "complaint",
    "attribute[region]": "city-1",
    "attribute[reference]": "app-17",
}


def key_of(served: Served, name: str = "city.app") -> str:
    """A token of a program of its own, limited to handing requests over."""
    with served.unit_of_work() as uow:
        create_user(uow, name, name, PASSWORD, (Role.INTERFACE,), "")
        return issue_token(uow, name, permissions=[Permission.FEED_CASES]).token


def parsed(content: bytes) -> Element:
    return fromstring(content)  # noqa: S314 - our own answer


async def post(client: httpx.AsyncClient, key: str, **changes: str) -> httpx.Response:
    form = {"api_key": key, **REPORT, **changes}
    return await client.post(f"{BASE}/requests.json", data=form)


async def test_services_need_no_key_and_say_what_a_report_has_to_say(
    stranger: httpx.AsyncClient,
) -> None:
    services = (await stranger.get(f"{BASE}/services.json")).json()
    heating = next(one for one in services if one["service_code"] == "heating")
    assert (heating["service_name"], heating["group"]) == ("供暖供气", "住房城乡建设厅")
    assert (heating["metadata"], heating["type"]) == (True, "realtime")
    answer = await stranger.get(f"{BASE}/services.xml")
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    assert answer.content.startswith(b"<?xml version='1.0' encoding='utf-8'?>")
    assert len(parsed(answer.content).findall("service")) == len(services)
    definition = (await stranger.get(f"{BASE}/services/heating.json")).json()
    required = [one["code"] for one in definition["attributes"] if one["required"]]
    assert required == ["kind", "region"]
    xml = parsed((await stranger.get(f"{BASE}/services/heating.xml")).content)
    keys = [one.text for one in xml.findall("attributes/attribute/values/value/key")]
    assert {"complaint", "city-1"} <= set(keys)
    discovery = (await stranger.get("/api/open311/discovery.json")).json()
    assert discovery["endpoints"][0]["url"].endswith("/api/open311/v2")


async def test_a_report_becomes_an_order_once_and_comes_back_with_its_answer(
    stranger: httpx.AsyncClient, served: Served, clock: FixedClock
) -> None:
    key = key_of(served)
    first = await post(stranger, key)
    assert first.status_code == 200, first.text
    [taken] = first.json()
    number = taken["service_request_id"]
    assert "13" in taken["service_notice"]
    clock.advance(timedelta(hours=30))
    assert (await post(stranger, key)).json() == [taken]
    with served.dependencies.database.reading() as session:
        [event] = events_of(session, "order", number)
        entry = next(e for e in read_audit(session) if e.subject_id == number)
    assert (event.type, entry.action, entry.actor) == ("OrderStepTaken", "order.accept", "city.app")
    at = f"{BASE}/requests/{number}"
    [before] = (await stranger.get(f"{at}.json?api_key={key}")).json()
    assert (before["status"], before["status_notes"]) == ("open", "已受理")
    assert CANARY not in str(before)
    assert "张三丰" not in str(before)
    for step, who in COURSE:
        clock.advance(timedelta(minutes=1))
        unit = "housing" if step is Step.DISPATCH else ""
        Story(served).step(number, step, who, unit, f"已修好 {CANARY}")
    [after] = (await stranger.get(f"{at}.json?api_key={key}")).json()
    assert (after["status"], after["status_notes"]) == ("closed", "已办结：已修好 139****5678")
    assert after["agency_responsible"] == "住房城乡建设厅"
    assert after["requested_datetime"] == "2026-11-23T14:32:08+08:00"
    assert after["updated_datetime"] == "2026-11-24T20:37:08+08:00"
    assert datetime.fromisoformat(after["expected_datetime"]) > clock.now()
    root = parsed((await stranger.get(f"{at}.xml?api_key={key}")).content)
    assert {one.tag: one.text for one in only(root, "request")} == after


def only(root: Element, item: str) -> Element:
    [found] = root
    assert found.tag == item
    return found


async def test_a_report_without_a_number_is_the_same_for_a_day(
    stranger: httpx.AsyncClient, served: Served, clock: FixedClock
) -> None:
    key = key_of(served)
    unnamed = {"attribute[reference]": ""}
    first = (await post(stranger, key, **unnamed)).json()
    clock.advance(timedelta(minutes=5))
    assert (await post(stranger, key, **unnamed)).json() == first
    other = (await post(stranger, key, description="另一件事", **unnamed)).json()
    clock.advance(timedelta(days=1))
    anew = (await post(stranger, key, **unnamed)).json()
    numbers = {one[0]["service_request_id"] for one in (first, other, anew)}
    assert len(numbers) == 3


async def test_refusals_have_the_standards_form(
    stranger: httpx.AsyncClient, served: Served
) -> None:
    key = key_of(served)
    for wrong in ("", "no-token"):
        refused = await post(stranger, wrong)
        assert (refused.status_code, refused.json()[0]["code"]) == (403, 401)
    unknown = await post(stranger, key, service_code="moon")
    assert (unknown.status_code, unknown.json()[0]["code"]) == (404, 404)
    changes = {"phone": "no", "attribute[kind]": "x", "attribute[region]": "x"}
    faults = (await post(stranger, key, **changes)).json()
    assert {one["description"].split(":")[0] for one in faults} == {"number", "kind", "region"}
    places = {"address_string": "", "lat": "34.7", "description": "a" * 4001}
    answer = await post(stranger, key, **places)
    assert answer.status_code == 400
    assert [one["description"].split(":")[0] for one in answer.json()] == ["description", "lat"]
    missing = await stranger.post(f"{BASE}/requests.xml?api_key={key}", data={})
    assert missing.status_code == 400
    assert parsed(missing.content).tag == "errors"
    await post(stranger, key)
    other = await post(stranger, key, description="别的事")
    assert (other.status_code, other.json()[0]["code"]) == (400, 409)
    nowhere = await stranger.get(f"{BASE}/requests/W-1.xml?api_key={key}")
    assert nowhere.status_code == 404
    assert parsed(nowhere.content).findtext("error/code") == "404"
    assert (await stranger.get(f"{BASE}/nothing.json")).json()[0]["code"] == 404


async def test_a_program_sees_its_own_requests_alone(
    stranger: httpx.AsyncClient, served: Served
) -> None:
    mine, others = key_of(served), key_of(served, "other.app")
    [taken] = (await post(stranger, mine)).json()
    number = taken["service_request_id"]
    token = "C" + number[1:]
    for path, found in ((f"requests/{number}.json", 200), (f"tokens/{token}.json", 200)):
        assert (await stranger.get(f"{BASE}/{path}?api_key={mine}")).status_code == found
        assert (await stranger.get(f"{BASE}/{path}?api_key={others}")).status_code == 404
    listing = f"{BASE}/requests.json"
    assert (await stranger.get(listing, params={"api_key": others})).json() == []
    asked = {"api_key": others, "service_request_id": number}
    assert (await stranger.get(listing, params=asked)).json() == []
    bearer = {"authorization": f"Bearer {mine}"}
    assert len((await stranger.get(listing, headers=bearer)).json()) == 1
    [again] = (await post(stranger, others)).json()
    assert again["service_request_id"] != number
    await sign_in(stranger, "dispatcher")
    assert len((await stranger.get(listing)).json()) == 2


async def test_a_city_hotline_transfers_and_corrects_and_has_its_answer_back(
    stranger: httpx.AsyncClient, served: Served
) -> None:
    key, other = key_of(served, "city-1.hotline"), key_of(served, "city-2.hotline")
    first = (await post(stranger, key)).json()
    number = first[0]["service_request_id"]
    assert (await post(stranger, key)).json() == first
    corrected = (await post(stranger, key, description=f"两户不热，{CANARY}")).json()[0]
    assert corrected["service_request_id"] == number
    assert "已登记更正：title、text" in corrected["service_notice"]
    late = (await post(stranger, key)).json()
    again = (await post(stranger, key, description=f"两户不热，{CANARY}")).json()
    assert late[0]["service_request_id"] == number
    assert "title、text此后已有更新的报送" in late[0]["service_notice"]
    assert again == first
    [elsewhere] = (await post(stranger, other)).json()
    assert elsewhere["service_request_id"] != number
    with served.dependencies.database.reading() as session:
        entries = [e for e in read_audit(session) if e.action == "CaseContentCorrected"]
        case = read_case(session, "C" + number[1:])
    assert [entry.actor for entry in entries] == ["city-1.hotline"]
    assert (case.channel, case.source_org) == ("city_hotline", "city_hotline/city-1")
    assert [one.title for one in case.corrections] == ["两户不热，139****5678"]
    assert "三天不热" in case.text
    await sign_in(stranger, "dispatcher")
    page = (await stranger.get(f"/orders/{number}")).text
    assert "来源第1次更正" in page
    assert "两户不热，139****5678" in page
    for step, who in COURSE:
        Story(served).step(number, step, who, "housing" if step is Step.DISPATCH else "", "已修好")
    stranger.cookies.clear()
    for ask, found in ((key, ["已办结：已修好"]), (other, [])):
        asked = {"api_key": ask, "service_request_id": number}
        requests = (await stranger.get(f"{BASE}/requests.json", params=asked)).json()
        assert [one["status_notes"] for one in requests] == found


async def test_a_key_without_the_permission_is_refused_on_record(
    stranger: httpx.AsyncClient, served: Served
) -> None:
    with served.unit_of_work() as uow:
        key = issue_token(uow, "interface", permissions=[Permission.FEED_CALLS]).token
    assert (await post(stranger, key)).status_code == 403
    answer = await stranger.get(f"{BASE}/requests.json?api_key={key}")
    assert answer.status_code == 403
    with served.dependencies.database.reading() as session:
        refused = [entry for entry in read_audit(session) if entry.action == "refused"]
    assert [(e.actor, e.subject_type, e.subject_id) for e in refused] == [
        ("interface", "api", "open311")
    ] * 2


SINCE = "2026-11-01T00:00:00Z"


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, 3),
        ({"service_code": "heating"}, 2),
        ({"service_code": "heating,roads"}, 3),
        ({"service_code": "noise"}, 0),
        ({"status": "open"}, 3),
        ({"status": "closed"}, 0),
        ({"status": "open,closed"}, 3),
        ({"start_date": SINCE}, 3),
        ({"start_date": SINCE, "end_date": "2026-11-02T00:00:00+08:00"}, 0),
        ({"end_date": "2026-11-02T00:00:00Z"}, 0),
        ({"page": "2", "page_size": "2"}, 1),
        ({"service_request_id": "W-20261123-00001,W-20261123-00003", "status": "closed"}, 2),
    ],
)
async def test_requests_are_filtered(
    stranger: httpx.AsyncClient, served: Served, asked: dict[str, str], found: int
) -> None:
    key = key_of(served)
    for reference, code in (("a", "heating"), ("b", "roads"), ("c", "heating")):
        changes = {"attribute[reference]": reference, "service_code": code}
        assert (await post(stranger, key, **changes)).status_code == 200
    answer = await stranger.get(f"{BASE}/requests.json", params={"api_key": key, **asked})
    assert len(answer.json()) == found


@pytest.mark.parametrize(
    "asked",
    [
        {"start_date": "2026-11-01"},
        {"start_date": "yesterday"},
        {"start_date": SINCE, "end_date": "2026-10-01T00:00:00Z"},
        {"start_date": SINCE, "end_date": "2027-03-01T00:00:00Z"},
        {"status": "lost"},
        {"page": "0"},
        {"page_size": "1001"},
    ],
)
async def test_what_cannot_be_read_is_refused(
    stranger: httpx.AsyncClient, asked: dict[str, str]
) -> None:
    await sign_in(stranger, "dispatcher")
    answer = await stranger.get(f"{BASE}/requests.json", params=asked)
    assert answer.status_code == 400
    told: list[dict[str, Any]] = answer.json()
    assert told[0]["description"]


def handler_key(served: Served, unit: str = "city_1") -> str:
    """A token of a unit's program, limited to handling its orders."""
    name = f"{unit.replace('_', '-')}.handler"
    with served.unit_of_work() as uow:
        create_user(uow, name, name, PASSWORD, (Role.UNIT_HANDLER,), unit)
        return issue_token(uow, name, permissions=[Permission.HANDLE_ORDERS]).token


async def say(
    client: httpx.AsyncClient, key: str, number: str, update: str, status: str, **more: str
) -> httpx.Response:
    form = {"api_key": key, "service_request_id": number, "update_id": update, "status": status}
    return await client.post(f"{BASE}/servicerequestupdates.json", data=form | more)


async def test_an_order_is_handed_back_to_its_city_and_its_answer_returns(
    stranger: httpx.AsyncClient, served: Served
) -> None:
    feeding, key, other = key_of(served, "city-1.hotline"), handler_key(served), ""
    number = (await post(stranger, feeding)).json()[0]["service_request_id"]
    listing = f"{BASE}/requests.json"
    assert (await stranger.get(listing, params={"api_key": key})).json() == []
    Story(served).step(number, Step.DISPATCH, "dispatcher", "city_1", "")
    [handed] = (await stranger.get(listing, params={"api_key": key})).json()
    assert (handed["service_request_id"], handed["reference"]) == (number, "app-17")
    assert CANARY not in str(handed)
    other = handler_key(served, "city_2")
    assert (await stranger.get(listing, params={"api_key": other})).json() == []
    foreign = await say(stranger, other, number, "u-1", "in_progress")
    assert (foreign.status_code, foreign.json()[0]["code"]) == (403, 403)
    taken = await say(stranger, key, number, "u-1", "in_progress", service_request_id_ext="A-9")
    assert taken.json() == [{"update_id": f"{number}/3", "superseded": False}]
    again = await say(stranger, key, number, "u-1", "in_progress", service_request_id_ext="A-9")
    assert again.json() == taken.json()
    otherwise = await say(stranger, key, number, "u-1", "closed", description="已修好")
    assert (otherwise.status_code, otherwise.json()[0]["code"]) == (400, 409)
    noted = await say(stranger, key, number, "u-2", "investigating", description="已派人查看")
    assert noted.json() == [{"update_id": f"{number}/4", "superseded": False}]
    assert (await say(stranger, key, number, "u-2", "investigating", description="已派人查看"
                      )).json() == noted.json()  # fmt: skip
    wordless = await say(stranger, key, number, "u-3", "in_progress")
    assert wordless.json() == [{"update_id": f"{number}/5", "superseded": False}]
    with served.dependencies.database.reading() as session:
        row = find_row(session, number)
        links = events_of_order(session, number)
    signed, *notes = links[2:]
    assert [one.step for one in notes] == [Step.NOTE, Step.NOTE]
    assert (row.state, row.signed_at, row.replied_at) == ("signed", signed.at, None)
    silent = await say(stranger, key, number, "u-4", "closed")
    assert (silent.status_code, silent.json()[0]["code"]) == (400, 422)
    answered = await say(stranger, key, number, "u-4", "closed", description=f"已修好 {CANARY}")
    assert answered.json() == [{"update_id": f"{number}/6", "superseded": False}]
    early = await say(stranger, key, number, "u-5", "closed", description="办结")
    assert (early.status_code, early.json()[0]["code"]) == (400, 409)
    Story(served).step(number, Step.APPROVE, "dispatcher")
    done = await say(stranger, key, number, "u-5", "closed", description="办结")
    assert done.json() == [{"update_id": f"{number}/8", "superseded": False}]
    assert (await say(stranger, key, number, "u-1", "in_progress", service_request_id_ext="A-9"
                      )).json() == taken.json()  # fmt: skip
    for ask in (feeding, key):
        [seen] = (await stranger.get(f"{BASE}/requests/{number}.json?api_key={ask}")).json()
        assert (seen["status"], seen["reference"]) == ("closed", "app-17")
        assert seen["status_notes"] == "已办结：已修好 139****5678"
    await sign_in(stranger, "dispatcher")
    page = (await stranger.get(f"/orders/{number}")).text
    assert "转甲市12345热线办理" in page
    assert "对方编号 A-9" in page


async def test_a_city_gives_an_order_back_and_an_answer_signs_for_one_that_was_not(
    stranger: httpx.AsyncClient, served: Served
) -> None:
    key = handler_key(served)
    story = Story(served)
    story.call("c-1")
    number, second = story.order("a"), story.order("b")
    for one in (number, second):
        story.step(one, Step.DISPATCH, "dispatcher", "city_1", "")
    back = await say(
        stranger, key, number, "r-1", "not_councils_responsibility", description="不属我市"
    )
    assert back.status_code == 200
    answered = await say(stranger, key, second, "r-1", "fixed", description="已答复")
    assert answered.json() == [{"update_id": f"{second}/4", "superseded": False}]
    assert (await say(stranger, key, second, "r-1", "fixed", description="已答复")).json() == (
        answered.json()
    )
    with served.dependencies.database.reading() as session:
        states = [find_row(session, one).state for one in (number, second)]
        steps = [event.step for event in events_of_order(session, second)]
    assert states == ["returned", "replied"]
    story.step(number, Step.DISPATCH, "dispatcher", "housing", "")
    lost = await say(
        stranger, key, number, "r-1", "not_councils_responsibility", description="不属我市"
    )
    assert lost.json() == back.json(), "its answer was lost, and another unit has the order"
    otherwise = await say(stranger, key, number, "r-1", "open")
    assert (otherwise.status_code, otherwise.json()[0]["code"]) == (400, 409)
    new = await say(stranger, key, number, "r-2", "open")
    assert (new.status_code, new.json()[0]["code"]) == (403, 403)
    other = handler_key(served, "city_2")
    foreign = await say(
        stranger, other, number, "r-1", "not_councils_responsibility", description="不属我市"
    )
    assert foreign.status_code == 403
    assert steps == [Step.ACCEPT, Step.DISPATCH, Step.SIGN, Step.REPLY]
    [shown] = (await stranger.get(f"{BASE}/requests/{second}.json?api_key={key}")).json()
    assert shown["reference"] is None
    wrong = await say(stranger, key, second, "r-2", "duplicate")
    assert (wrong.status_code, wrong.json()[0]["code"]) == (400, 422)
    nowhere = await say(stranger, key, "W-1", "r-2", "closed", description="x")
    assert nowhere.status_code == 404


async def test_a_late_report_and_a_late_update_say_that_they_are_superseded(
    stranger: httpx.AsyncClient, served: Served, clock: FixedClock
) -> None:
    feeding, key = key_of(served, "city-1.hotline"), handler_key(served)
    stated = "attribute[updated_datetime]"
    at = [(clock.now() - timedelta(minutes=n)).isoformat() for n in (3, 2, 1)]
    newest = (await post(stranger, feeding, description="两户不热", **{stated: at[2]})).json()[0]
    number = newest["service_request_id"]
    late = (await post(stranger, feeding, description="一户不热", **{stated: at[0]})).json()[0]
    assert late["service_request_id"] == number
    assert "此后已有更新的报送，本次不采用" in late["service_notice"]
    unread = await post(stranger, feeding, **{stated: "yesterday"})
    assert (unread.status_code, unread.json()[0]["code"]) == (400, 422)
    Story(served).step(number, Step.DISPATCH, "dispatcher", "city_1", "")
    words = {"description": "已修好", "updated_datetime": at[1]}
    answered = await say(stranger, key, number, "u-2", "closed", **words)
    assert answered.json() == [{"update_id": f"{number}/4", "superseded": False}]
    for _ in range(2):
        before = await say(stranger, key, number, "u-1", "open", updated_datetime=at[0])
        assert before.json() == [{"update_id": f"{number}/4", "superseded": True}]
    ahead = (clock.now() + timedelta(hours=2)).isoformat()
    future = await say(stranger, key, number, "u-3", "open", updated_datetime=ahead)
    assert (future.status_code, future.json()[0]["code"]) == (400, 422)


async def test_an_order_of_long_ago_is_still_a_units_own(
    stranger: httpx.AsyncClient, served: Served, clock: FixedClock
) -> None:
    key = handler_key(served)
    story = Story(served)
    story.call("c-1")
    number = story.order("a")
    story.step(number, Step.DISPATCH, "dispatcher", "city_1", "")
    clock.advance(timedelta(days=120))
    bearer = {"authorization": f"Bearer {key}"}
    found = (await stranger.get(f"{BASE}/requests.json?status=open", headers=bearer)).json()
    assert [one["service_request_id"] for one in found] == [number]
