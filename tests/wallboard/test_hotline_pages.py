"""The hotline's pages over real services: what people see, do, and are refused."""

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from ops_core.hotline.calls.model import CallEventKind
from ops_core.hotline.orders.steps import Step
from ops_core.kernel.audit import read_audit
from ops_core.kernel.clock import FixedClock
from tests.wallboard.conftest import sign_in
from tests.wallboard.hotline_story import (
    ANSWERED,
    CANARY,
    ENDED,
    OTHER_DISPATCHER,
    Story,
    tell,
)
from tests.wallboard.serve import Served

MASKED = "139****5678"
FORM = {
    "source_ref": "form-1",
    "received_at": "2026-11-23T06:30:00+00:00",
    "call": "c-1",
    "kind": "complaint",
    "category": "heating",
    "region": "city-1",
    "title": "暖气不热",
    "text": "三天了",
    "name": "张三丰",
}

As = Callable[[str], Awaitable[httpx.AsyncClient]]


@pytest.fixture
def story(served: Served) -> Story:
    return Story(served)


@pytest.fixture
def as_user(stranger: httpx.AsyncClient) -> As:
    """The browser after that user signed in."""

    async def signed_in(name: str) -> httpx.AsyncClient:
        await sign_in(stranger, name)
        return stranger

    return signed_in


def plain(page: str) -> str:
    """What is read on the page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))


# The agent


async def test_the_agent_sees_his_call_masked_with_what_the_caller_asked_before(
    story: Story, as_user: As
) -> None:
    story.call("c-0", kinds=ENDED)
    earlier = story.order("r-1", call="c-0", title="去年的暖气")
    story.call("c-1")
    page = (await (await as_user("agent")).get("/agent")).text
    assert f"{MASKED}　张**" in page
    assert 'data-call="pbx:c-1"' in page
    assert f"/orders/{earlier}" in page
    assert "去年的暖气" in page
    assert "来电人有1件诉求仍在办理" in page
    assert "37号席" in page


async def test_the_present_call_is_the_latest_and_stays_a_while_after_its_end(
    story: Story, as_user: As, clock: FixedClock
) -> None:
    story.call("c-1", kinds=ENDED)
    story.call("c-2", agent="someone.else")
    agent = await as_user("agent")
    assert "已挂断" in (await agent.get("/agent")).text
    clock.advance(timedelta(minutes=11))
    gone = (await agent.get("/agent")).text
    assert "当前没有来电" in gone
    assert '<select name="channel"' in gone
    chosen = (await agent.get("/agent?call=c-2")).text
    assert 'name="call" value="pbx:c-2"' in chosen
    assert (await agent.get("/agent?call=nothing")).status_code == 404


async def test_a_form_sent_twice_is_one_request(story: Story, as_user: As) -> None:
    story.call("c-1")
    agent = await as_user("agent")
    first, again = [(await agent.post("/agent", data=FORM)).text for _ in range(2)]
    assert "C-20261123-00001" in plain(first)
    assert "W-20261123-00001" in plain(first)
    assert "未重复登记" in again
    assert "未重复登记" not in first
    assert 'value="暖气不热"' not in first
    assert FORM["source_ref"] not in first
    other = await agent.post("/agent", data=FORM | {"text": "别的事"})
    assert other.status_code == 409


async def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(
    story: Story, as_user: As
) -> None:
    story.call("c-1")
    agent = await as_user("agent")
    wrong = FORM | {"kind": "", "category": "nonsense", "title": " ", "number": "x"}
    answer = await agent.post("/agent", data=wrong)
    assert answer.status_code == 422
    for field, said in (
        ("kind", "请选择类型"),
        ("category", "没有类别 nonsense"),
        ("title", "标题须为 1 至 120 字"),
        ("number", "电话号码须为 3 至 20 位数字"),
    ):
        assert re.search(rf'id="fault-{field}">▲ {said}<', answer.text), field
        assert f'aria-describedby="fault-{field}"' in answer.text
    assert "fault-text" not in answer.text
    assert ">三天了</textarea>" in answer.text
    assert 'value="form-1"' in answer.text
    agent.cookies.set("zhishou_language", "en")
    assert "Choose a kind" in (await agent.post("/agent", data=wrong)).text


async def test_a_direct_answer_makes_no_order(story: Story, as_user: As) -> None:
    story.call("c-1")
    answer = await (await as_user("agent")).post("/agent", data=FORM | {"direct_answer": "已解释"})
    assert "不产生工单" in answer.text
    assert "W-2026" not in answer.text


async def test_a_request_of_another_channel_needs_no_call(as_user: As) -> None:
    agent = await as_user("agent")
    form = FORM | {"call": "", "name": "", "channel": "wechat"}
    assert "W-20261123-00001" in (await agent.post("/agent", data=form)).text
    by_phone = await agent.post("/agent", data=form | {"channel": "phone", "source_ref": "2"})
    assert "电话诉求须注明" in by_phone.text
    old = form | {"received_at": "2026-01-01T00:00:00Z", "source_ref": "3"}
    assert "fault-received_at" in (await agent.post("/agent", data=old)).text


# The dispatcher


async def test_orders_stand_in_the_list_of_what_is_to_be_done(served: Served, as_user: As) -> None:
    told = tell(served)
    dispatcher = await as_user("dispatcher")

    async def listed(query: str) -> list[str]:
        page = (await dispatcher.get(f"/orders{query}")).text
        return re.findall(r'<tr data-href="/orders/(W-\d+-\d+)', page)

    assert await listed("") == [told.accepted]
    assert await listed("?tab=disputed") == [told.disputed]
    assert await listed("?tab=replied") == [told.replied]
    assert len(await listed("?tab=all")) == 8
    assert await listed("?tab=all&unit=water") == [told.elsewhere]
    assert await listed("?tab=all&state=signed") == [told.signed]
    assert await listed(f"?tab=all&q={told.signed.lower()}") == [told.signed]
    assert len(await listed("?tab=all&q=暖气不热")) == 8
    assert await listed("?tab=all&q=100%25") == []


async def test_an_order_comes_to_the_due_list_before_its_limit_ends(
    served: Served, as_user: As, clock: FixedClock
) -> None:
    told = tell(served)
    dispatcher = await as_user("dispatcher")
    assert "没有临期或超期的工单" in (await dispatcher.get("/orders?tab=due")).text
    # Monday's dispatch is to be signed by Tuesday 24:00 in Shanghai.
    clock.advance(datetime(2026, 11, 24, 14, 1, tzinfo=UTC) - clock.now())
    await sign_in(dispatcher, "dispatcher")
    page = (await dispatcher.get("/orders?tab=due")).text
    assert re.findall(r'<tr data-href="/orders/(W-\d+-\d+)', page) == [
        told.dispatched, told.elsewhere, told.disputed,
    ]  # fmt: skip
    assert "2026-11-24 24:00" in page
    clock.advance(datetime(2026, 11, 24, 16, 1, tzinfo=UTC) - clock.now())
    assert (
        '<span class="state missed">▲ 超时</span>'
        in (await dispatcher.get(f"/orders/{told.dispatched}")).text
    )


async def test_a_limit_in_a_year_without_a_calendar_is_unknown_and_says_why(
    story: Story, as_user: As, clock: FixedClock
) -> None:
    clock.advance(datetime(2026, 12, 28, 1, tzinfo=UTC) - clock.now())
    story.call("c-1")
    number = story.order("r-1", Step.DISPATCH)
    page = (await (await as_user("dispatcher")).get(f"/orders/{number}")).text
    assert "办理时限" in page
    assert "无法判定" in page
    assert "工作日历中没有 2027 年的放假安排" in page
    # The handling limit may be past as far as anybody knows.
    due = (await (await as_user("dispatcher")).get("/orders?tab=due")).text
    assert number in due


async def test_the_proposed_unit_is_chosen_and_a_person_dispatches(
    story: Story, as_user: As
) -> None:
    story.call("c-1")
    number = story.order("r-1", region="city-1")
    dispatcher = await as_user("dispatcher")
    page = (await dispatcher.get(f"/orders/{number}?tab=dispatch")).text
    assert re.search(r'<option value="city_1" selected data-final>甲市政府　（目录建议）', page)
    assert '<button id="do-dispatch"' in page
    sent = {"version": "1", "unit": "housing", "remark": f"请打 {CANARY}"}
    answer = await dispatcher.post(f"/orders/{number}/dispatch?tab=dispatch", data=sent)
    assert answer.headers["location"] == f"/orders/{number}?tab=dispatch"
    page = (await dispatcher.get(f"/orders/{number}")).text
    assert "住房城乡建设厅" in page
    assert "目录建议：甲市政府" in page
    assert f"请打 {MASKED}" in page
    assert re.search(r'<button id="do-sign"[^>]* disabled', page)
    assert "由承办单位办理" in page
    late = await dispatcher.post(f"/orders/{number}/dispatch", data=sent)
    assert late.status_code == 409
    assert "工单处于 已派单，不能 派单" in late.text


async def test_a_step_on_an_outdated_view_and_one_without_its_reason_are_refused(
    served: Served, as_user: As
) -> None:
    told = tell(served)
    handler = await as_user("unit_handler")
    path = f"/orders/{told.dispatched}"
    old = await handler.post(f"{path}/sign", data={"version": "1"})
    assert old.status_code == 409
    assert "工单已被他人更新" in old.text
    bare = await handler.post(f"{path}/return", data={"version": "2", "remark": " "})
    assert bare.status_code == 422
    assert "此步骤须写明内容" in bare.text


async def test_who_took_a_step_takes_it_back_on_the_page_within_a_minute(
    story: Story, as_user: As, clock: FixedClock
) -> None:
    story.call("c-1")
    order = story.order("r-1", Step.DISPATCH)
    dispatcher = await as_user("dispatcher")
    page = (await dispatcher.get(f"/orders/{order}")).text
    assert 'id="do-undo"' in page
    assert "撤销刚才的步骤：派单" in page
    dispatcher.cookies.set("zhishou_language", "en")
    assert "Undo the last step: " in (await dispatcher.get(f"/orders/{order}")).text
    dispatcher.cookies.delete("zhishou_language")
    supervisor = await as_user("supervisor")
    assert 'id="do-undo"' not in (await supervisor.get(f"/orders/{order}")).text
    refused = await supervisor.post(f"/api/orders/{order}/undo", json={})
    assert refused.status_code == 403
    dispatcher = await as_user("dispatcher")
    done = await dispatcher.post(
        f"/orders/{order}/undo", data={"version": "2"}, follow_redirects=True
    )
    assert "尚未派单" in done.text
    assert re.search(r"<s>派单</s> <span class=.dim.>已撤销</span>", done.text)
    assert 'id="do-undo"' not in done.text
    again = await dispatcher.post(f"/api/orders/{order}/dispatch", json={"unit": "housing"})
    assert (again.json()["order"]["state"], again.json()["order"]["version"]) == ("dispatched", 4)
    clock.advance(timedelta(seconds=61))
    assert 'id="do-undo"' not in (await dispatcher.get(f"/orders/{order}")).text
    late = await dispatcher.post(f"/api/orders/{order}/undo", json={})
    assert (late.status_code, late.json()["title"]) == (409, "已过撤销时限")


async def test_nobody_judges_his_own_dispatch(story: Story, as_user: As) -> None:
    story.call("c-1")
    number = story.order("r-1", Step.DISPATCH)
    story.step(number, Step.DISPUTE, "unit_handler")
    dispatcher = await as_user("dispatcher")
    page = (await dispatcher.get(f"/orders/{number}")).text
    assert re.search(r'<button id="do-uphold"[^>]* disabled', page)
    assert "不能裁定自己的派单或异议" in page
    assert (await dispatcher.post(f"/orders/{number}/uphold")).status_code == 403


# The other side


async def test_a_step_of_the_other_side_is_refused_and_audited(served: Served, as_user: As) -> None:
    told = tell(served)
    for user, order, step in (
        ("dispatcher", told.dispatched, "sign"),
        ("supervisor", told.signed, "reply"),
        ("unit_handler", told.completed, "reopen"),
    ):
        answer = await (await as_user(user)).post(f"/orders/{order}/{step}", data={"remark": "x"})
        assert answer.status_code == 403
        assert "此步骤不属于您这一方" in answer.text
        with served.dependencies.database.reading() as session:
            last = read_audit(session, limit=1)[0]
        assert (last.actor, last.action) == (user, "refused")
        assert (last.subject_type, last.subject_id) == ("order", order)
        assert "此步骤不属于您这一方" in last.detail


async def test_a_unit_sees_its_own_orders_only(served: Served, as_user: As) -> None:
    told = tell(served)
    handler = await as_user("unit_handler")
    page = (await handler.get("/unit")).text
    assert "住房城乡建设厅" in page
    assert told.dispatched in page
    assert told.elsewhere not in page
    for tab, number in (
        ("handle", told.signed), ("replied", told.replied), ("approved", told.approved),
        ("completed", told.completed),
    ):  # fmt: skip
        assert number in (await handler.get(f"/unit?tab={tab}")).text
    assert (await handler.get(f"/orders/{told.elsewhere}")).status_code == 403
    assert (await handler.get("/orders/W-20261123-99999")).status_code == 404
    own = (await handler.get(f"/orders/{told.signed}")).text
    assert "/unit" in own
    assert "/calls/" not in own
    found = (await handler.get(f"/palette?q={told.elsewhere}")).text
    assert told.elsewhere not in found
    assert told.signed in (await handler.get(f"/palette?q={told.signed}")).text


async def test_more_time_is_asked_for_and_given_on_the_pages(story: Story, as_user: As) -> None:
    story.call("c-1")
    number = story.order("r-1", Step.SIGN)
    page = f"/orders/{number}"
    handler = await as_user("unit_handler")
    assert 'name="days"' in (await handler.get(page)).text
    asked = await handler.post(f"{page}/extend", data={"days": "9" * 30, "remark": "会商"})
    assert asked.status_code == 422
    asked = await handler.post(f"{page}/extend", data={"days": "3", "remark": "需现场会商"})
    assert asked.status_code == 303
    assert "延期待批" in (await handler.get("/unit?tab=handle")).text
    purchaser = await as_user("purchaser_supervisor")
    for shown in (page, "/orders?tab=extension", "/calls/pbx:c-1"):
        answer = await purchaser.get(shown)
        assert answer.status_code == 200, shown
        assert "延期待批" in answer.text, shown
    assert "申请延期3个工作日" in (await purchaser.get(page)).text
    assert (
        await purchaser.post(f"{page}/supervise", data={"remark": "列入督办"})
    ).status_code == 303
    assert (await purchaser.post(f"{page}/grant")).status_code == 303
    given = (await purchaser.get(page)).text
    assert "已延期3个工作日" in given
    assert "督办" in given


async def test_an_order_that_was_taken_away_is_no_longer_the_units(
    served: Served, as_user: As
) -> None:
    told = tell(served)
    story = Story(served)
    story.step(told.dispatched, Step.RETURN, "unit_handler")
    story.step(told.dispatched, Step.DISPATCH, OTHER_DISPATCHER, "water")
    handler = await as_user("unit_handler")
    assert (await handler.get(f"/orders/{told.dispatched}")).status_code == 403


# Contacts


async def test_a_number_is_shown_once_to_who_may_see_it_and_each_look_is_on_record(
    served: Served, as_user: As
) -> None:
    told = tell(served)
    supervisor = await as_user("supervisor")
    path = f"/orders/{told.signed}"
    before = (await supervisor.get(path)).text
    assert MASKED in before
    assert CANARY not in before
    shown = await supervisor.post(f"{path}/contact")
    assert CANARY in shown.text
    assert shown.headers["cache-control"] == "no-store"
    with served.dependencies.database.reading() as session:
        last = read_audit(session, limit=1)[0]
    assert (last.actor, last.action) == ("supervisor", "ContactUnmasked")
    assert last.subject_id == told.signed
    assert CANARY not in last.detail
    assert CANARY not in (await supervisor.get(path)).text
    assert "contact-form" not in (await (await as_user("dispatcher")).get(path)).text


# Callbacks

ANSWERS = {"resolved": "no", "result": "1", "attitude": "5", "recording": "rec-1"}


async def test_nothing_is_chosen_for_the_requester(served: Served, as_user: As) -> None:
    told = tell(served)
    agent = await as_user("callback_agent")
    path = f"/callbacks/{told.completed}/1"
    assert told.completed in (await agent.get("/callbacks")).text
    page = (await agent.get(path)).text
    assert " checked" not in page
    assert "您对办理结果满意吗" in page
    for missing, said in (
        ("resolved", "请选择是否解决"),
        ("result", "请选择对办理结果的评价"),
        ("attitude", "请选择对服务态度的评价"),
        ("recording", "请填写录音编号"),
    ):
        sent = {key: value for key, value in ANSWERS.items() if key != missing}
        answer = await agent.post(f"{path}/reached", data=sent)
        assert answer.status_code == 422
        assert re.findall(r'id="fault-(\w+)"', answer.text) == [missing]
        assert said in answer.text
    assert "待回访" in (await agent.get(path)).text


async def test_attitude_and_result_are_kept_apart_and_seen_on_the_order(
    served: Served, as_user: As
) -> None:
    told = tell(served)
    agent = await as_user("callback_agent")
    path = f"/callbacks/{told.completed}/1"
    sent = ANSWERS | {"attitude": "none", "remark": f"改打 {CANARY}"}
    assert (await agent.post(f"{path}/reached", data=sent)).status_code == 303
    done = plain((await agent.get(path)).text)
    assert "办理结果 1 服务态度 未评价" in done
    assert f"改打 {MASKED}" in done
    assert told.completed in (await agent.get("/callbacks?show=done")).text
    again = await agent.post(f"{path}/reached", data=sent)
    assert again.status_code == 409
    order = (await (await as_user("supervisor")).get(f"/orders/{told.completed}")).text
    assert "未解决" in order
    assert '<button id="do-reopen"' in order


async def test_giving_up_says_why_not_yet(served: Served, as_user: As, clock: FixedClock) -> None:
    told = tell(served)
    agent = await as_user("callback_agent")
    path = f"/callbacks/{told.completed}/1"
    for hours in (0, 1, 20):
        clock.advance(timedelta(hours=hours))
        await sign_in(agent, "callback_agent")
        page = (await agent.get(path)).text
        assert re.search(r'data-key="v"[^>]* disabled', page)
        assert "至少拨打 3 次，分布在 2 天" in page
        assert (await agent.post(f"{path}/unreachable")).status_code == 409
        await agent.post(f"{path}/attempt", data={"result": "no_answer"})
    assert not re.search(r'data-key="v"[^>]* disabled', (await agent.get(path)).text)
    assert (await agent.post(f"{path}/unreachable")).status_code == 303
    assert "多次未能联系" in (await agent.get(path)).text


async def test_whoever_took_the_request_is_kept_from_calling_back(
    story: Story, as_user: As
) -> None:
    story.call("c-1", agent="callback_agent")
    number = story.order("r-1", Step.COMPLETE)
    agent = await as_user("callback_agent")
    listed = (await agent.get("/callbacks")).text
    assert "由您受理，须由他人回访" in listed
    assert f'data-href="/callbacks/{number}' not in listed
    path = f"/callbacks/{number}/1"
    page = (await agent.get(path)).text
    assert "须由其他回访人员回访" in page
    assert 'id="answers"' not in page
    assert (await agent.post(f"{path}/reached", data=ANSWERS)).status_code == 403
    assert (await agent.post(f"{path}/contact")).status_code == 403


# Everywhere


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_every_page_opens_in_both_languages(
    served: Served, as_user: As, language: str
) -> None:
    told = tell(served)
    orders = (
        told.accepted, told.dispatched, told.signed, told.replied, told.approved, told.completed,
    )  # fmt: skip
    callback = f"/callbacks/{told.completed}/1"
    pages = {
        "agent": ("/agent", "/orders", "/orders?tab=all", *(f"/orders/{one}" for one in orders)),
        "dispatcher": tuple(f"/orders?tab={tab}" for tab in ("disputed", "due", "replied")),
        "unit_handler": (
            "/unit",
            "/unit?tab=approved",
            "/unit?tab=completed",
            *(f"/orders/{o}" for o in orders[1:]),
        ),
        "callback_agent": ("/callbacks", "/callbacks?show=done", callback),
    }
    for user, paths in pages.items():
        client = await as_user(user)
        client.cookies.set("zhishou_language", language)
        for path in paths:
            answer = await client.get(path)
            assert answer.status_code == 200, path
            assert ("演示数据" if language == "zh" else "Demo data") in answer.text
            if language == "en":
                told_by_people = r"暖气不热|请回电|谢谢|张\W|电话|说明|张伟|中文"
                spoken = re.sub(rf"<[^>]*>|{told_by_people}", "", answer.text)
                assert re.findall(r"[一-鿿]+", spoken) == [], path


async def test_lists_without_anything_say_so(as_user: As) -> None:
    for user, path, said in (
        ("dispatcher", "/orders", "没有待派单的工单"),
        ("dispatcher", "/orders?tab=all&q=x", "没有符合条件的工单"),
        ("unit_handler", "/unit", "没有待签收的工单"),
        ("callback_agent", "/callbacks", "没有待回访的工单"),
        ("agent", "/agent", "当前没有来电"),
    ):
        assert said in (await (await as_user(user)).get(path)).text


async def test_what_is_typed_is_shown_as_text(story: Story, as_user: As) -> None:
    story.call("c-1")
    script = "<script>alert(1)</script>"
    number = story.order("r-1", Step.DISPATCH, title=script, text=script)
    for path in ("/orders?tab=all", f"/orders/{number}", "/agent"):
        shown = (await (await as_user("agent")).get(path)).text
        assert "&lt;script&gt;alert(1)" in shown
        assert "<script>alert" not in shown


async def test_a_call_that_nobody_took_is_no_agents_call(story: Story, as_user: As) -> None:
    story.call("c-1", kinds=(*ANSWERED[:1], CallEventKind.ABANDON))
    agent = await as_user("agent")
    assert "当前没有来电" in (await agent.get("/agent")).text
    assert (await agent.get("/agent?call=c-1")).status_code == 404


@pytest.mark.parametrize("day", ["0001-01-01", "1969-12-31", "2200-01-01", "9999-12-31"])
@pytest.mark.parametrize(
    "path", ["/callbacks", "/lists/callbacks/export", "/api/lists/callbacks", "/api/lists/calls"]
)
async def test_a_day_without_midnights_is_refused_and_says_so(
    stranger: httpx.AsyncClient, served: Served, path: str, day: str
) -> None:
    await sign_in(stranger, "supervisor" if "calls" in path else "callback_agent")
    answer = await stranger.get(path, params={"show": "done", "day": day})
    assert answer.status_code == 422
    assert f"day 不能是 {day}" in answer.text


async def test_callbacks_of_no_day_are_all_of_them(
    stranger: httpx.AsyncClient, served: Served
) -> None:
    """A date field that was emptied asks for nothing."""
    await sign_in(stranger, "callback_agent")
    assert (await stranger.get("/callbacks?show=done&day=")).status_code == 200
