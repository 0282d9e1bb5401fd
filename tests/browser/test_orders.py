"""One request by keyboard from the call to its callback, by the people of both sides."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from ops_core.hotline.orders.steps import Step
from ops_core.kernel.permissions import Actor, Role
from tests.browser.conftest import Pictures, Screen, ServerThread
from tests.pace import slowness
from tests.wallboard.hotline_story import CANARY, ENDED, OTHER_DISPATCHER, Story, tell
from tests.wallboard.serve import Served

pytestmark = pytest.mark.browser

INTAKE_LIMIT_S = 30
WATER = Actor.user("water.bai", (Role.UNIT_HANDLER,), "water")
MASKED = "139****5678"


class HotlineCentre:
    """A server over the real hotline services and its database, and who tells it stories."""

    def __init__(self, address: str, served: Served) -> None:
        self.address, self.served, self.story = address, served, Story(served, 1000)


@pytest.fixture
def hotline(tmp_path: Path) -> Iterator[HotlineCentre]:
    server = ServerThread(tmp_path, records=False)
    with server as running:
        yield HotlineCentre(running.address, server.made)


def take_picture(page: Page, pictures: Pictures, name: str) -> None:
    page.wait_for_timeout(600)
    pictures.take(page, f"{name}.png")


def record_by_keyboard(page: Page) -> float:
    """Type a request as an agent does, without the mouse; the seconds it took."""
    begun = time.monotonic()
    page.keyboard.press("3")
    page.keyboard.press("Tab")
    page.keyboard.type("02")
    page.keyboard.press("Tab")
    page.keyboard.type("01")
    expect(page.locator("#proposal")).to_have_text("住房城乡建设厅")
    expect(page.locator("#handle-limit")).to_have_text("13个工作日")
    page.keyboard.press("Tab")
    page.keyboard.type("小区供暖管道漏水，室温不足14度")
    page.keyboard.press("Tab")
    page.keyboard.type(f"三号楼二单元暖气三天不热，物业说在等配件。请回电 {CANARY}", delay=20)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#recorded")).to_contain_text("W-")
    return time.monotonic() - begun


def test_a_request_goes_from_the_call_to_its_callback(
    screen: Screen, hotline: HotlineCentre, screenshots: Pictures
) -> None:
    story = hotline.story
    story.call("c-1", kinds=ENDED)
    story.order("old", title="供暖温度不达标", region="province")
    agent = screen.open(hotline.address, "/agent?call=c-1", user="agent")
    agent.goto(f"{hotline.address}/agent")
    story.call("c-2", agent="agent", seat=12)
    expect(agent.locator("#intake")).to_have_attribute("data-call", "pbx:c-2")
    expect(agent.locator("#present")).to_contain_text(MASKED)
    expect(agent.locator("[name=kind]").first).to_be_focused()
    limit_s = INTAKE_LIMIT_S * slowness()
    assert record_by_keyboard(agent) < limit_s
    take_picture(agent, screenshots, "agent-recorded")
    number = agent.locator("#recorded a").inner_text()
    expect(agent.locator("[name=title]")).to_have_value("")

    dispatcher = screen.open(hotline.address, "/orders", user="dispatcher")
    row = dispatcher.locator(f"tr[data-href^='/orders/{number}']")
    expect(row).to_be_visible()
    take_picture(dispatcher, screenshots, "orders-dispatch")
    dispatcher.keyboard.press("j")
    dispatcher.keyboard.press("j")
    expect(row).to_have_class("chosen")
    dispatcher.keyboard.press("Enter")
    dispatcher.wait_for_url(re.compile(f"/orders/{number}"))
    expect(dispatcher.locator("select[name=unit]")).to_have_value("housing")
    take_picture(dispatcher, screenshots, "order-to-dispatch")
    dispatcher.keyboard.press("d")
    expect(dispatcher.locator(".tag")).to_have_text("已派单")
    expect(dispatcher.locator("#do-sign")).to_be_disabled()

    unit = screen.open(hotline.address, "/", user="unit_handler")
    expect(unit).to_have_url(re.compile("/unit$"))
    unit.keyboard.press("j")
    unit.keyboard.press("Enter")
    unit.wait_for_url(re.compile(f"/orders/{number}"))
    unit.keyboard.press("s")
    expect(unit.locator(".tag")).to_have_text("已签收")
    unit.keyboard.press("r")
    expect(unit.locator("#notice")).to_contain_text("此步骤须写明内容")
    unit.keyboard.press("n")
    unit.keyboard.type("已更换三号楼循环泵和漏水管段，住户家中室温恢复到20度。")
    take_picture(unit, screenshots, "order-of-unit")
    unit.locator("#do-reply").click()
    expect(unit.locator(".tag")).to_have_text("反馈待审")
    expect(unit.locator("#do-approve")).to_be_disabled()
    expect(unit.locator("#do-reply")).to_have_count(0)
    expect(unit.locator("#do-note")).to_be_enabled()  # how far it has come, it may still say
    expect(dispatcher.locator(".tag")).to_have_text("反馈待审")
    dispatcher.keyboard.press("a")
    expect(unit.locator(".tag")).to_have_text("审核通过")
    unit.keyboard.press("c")
    expect(unit.locator("#sure")).to_be_visible()  # a callback follows from it
    unit.keyboard.press("Enter")
    expect(unit.locator(".tag")).to_have_text("已办结")
    # The dispatcher's page has followed all along.
    expect(dispatcher.locator(".tag")).to_have_text("已办结")

    caller = screen.open(hotline.address, "/callbacks", user="callback_agent")
    take_picture(caller, screenshots, "callbacks")
    caller.keyboard.press("j")
    caller.keyboard.press("Enter")
    caller.wait_for_url(re.compile(f"/callbacks/{number}/1"))
    expect(caller.locator("#requester")).to_contain_text(MASKED)
    caller.keyboard.press("m")
    expect(caller.locator("#sure")).to_be_visible()  # a look at a number stays on record
    caller.keyboard.press("Enter")
    expect(caller.locator("#requester")).to_contain_text(CANARY)
    caller.keyboard.press("n")
    caller.keyboard.press("1")
    caller.keyboard.press("Tab")
    caller.keyboard.press("4")
    caller.keyboard.press("Control+Enter")
    expect(caller.locator("#fault-attitude")).to_be_visible()
    expect(caller.locator("#fault-recording")).to_be_visible()
    take_picture(caller, screenshots, "callback-incomplete")
    expect(caller.locator("#fault-attitude")).to_be_visible()
    expect(caller.locator("[name=result][value='4']")).to_be_checked()
    caller.locator("[name=attitude]").first.focus()
    caller.keyboard.press("5")
    caller.keyboard.press("Tab")
    caller.keyboard.type("REC-20261124-0042")
    caller.keyboard.press("Control+Enter")
    expect(caller.locator(".tag")).to_have_text("已回访")
    expect(caller.locator("#content")).not_to_contain_text(CANARY)

    supervisor = screen.open(hotline.address, f"/orders/{number}", user="supervisor")
    expect(supervisor.locator("aside")).to_contain_text("已解决")
    expect(supervisor.locator("#do-reopen")).to_be_enabled()
    take_picture(supervisor, screenshots, "order-called-back")


def test_a_new_call_never_takes_away_what_is_being_typed(
    screen: Screen, hotline: HotlineCentre
) -> None:
    hotline.story.call("c-1")
    page = screen.open(hotline.address, "/agent", user="agent")
    page.locator("[name=title]").fill("正在写")
    hotline.story.call("c-2")
    expect(page.locator("#new-call")).to_be_visible()
    expect(page.locator("#present")).to_have_attribute("data-call", "pbx:c-2")
    expect(page.locator("#intake")).to_have_attribute("data-call", "pbx:c-1")
    expect(page.locator("[name=title]")).to_have_value("正在写")
    page.locator("#new-call a").click()
    expect(page.locator("#intake")).to_have_attribute("data-call", "pbx:c-2")


def test_faults_stand_beside_their_fields_and_the_first_has_the_focus(
    screen: Screen, hotline: HotlineCentre, screenshots: Pictures
) -> None:
    hotline.story.call("c-1")
    hotline.story.order("r-1", title="路灯不亮", category="roads")
    page = screen.open(hotline.address, "/agent", user="agent")
    page.locator("[name=text]").fill("整夜不亮")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#fault-kind")).to_be_visible()
    expect(page.locator("#fault-category")).to_be_visible()
    expect(page.locator("[name=text]")).to_have_value("整夜不亮")
    expect(page.locator("[name=kind]").first).to_be_focused()
    page.locator("#category").select_option("roads")
    expect(page.locator(".same")).to_be_visible()
    take_picture(page, screenshots, "agent-faults")


def test_a_dispute_is_judged_and_the_timeline_tells_it(
    screen: Screen, hotline: HotlineCentre, screenshots: Pictures
) -> None:
    hotline.story.call("c-1")
    number = hotline.story.order(
        "r-1", title="小区道路积水无人清理", text="雨后积水两天，老人出行困难。"
    )
    hotline.story.step(number, Step.DISPATCH, OTHER_DISPATCHER, "water", "按目录派单")
    page = screen.open(hotline.address, f"/orders/{number}?tab=disputed", user="supervisor")
    expect(page.locator(".tag")).to_have_text("已派单")
    hotline.story.step(number, Step.RETURN, WATER, remark="不属于水利厅职责，属住建部门。")
    expect(page.locator(".tag")).to_have_text("已退回")
    hotline.story.step(number, Step.DISPATCH, OTHER_DISPATCHER, "housing", "改派住建厅")
    hotline.story.step(number, Step.DISPUTE, "unit_handler", remark="道路属市政管理，申请改派。")
    expect(page.locator(".tag")).to_have_text("派单异议")
    page.keyboard.press("n")
    page.keyboard.type("经核对派单目录，小区内部道路由住建部门负责，异议不成立。")
    take_picture(page, screenshots, "order-disputed")
    page.locator("#do-reject").click()
    expect(page.locator(".tag")).to_have_text("已签收")
    expect(page.locator(".timeline")).to_contain_text("异议不成立")


def test_a_step_is_taken_back_by_key_and_by_mouse_within_its_minute(
    screen: Screen, hotline: HotlineCentre, screenshots: Pictures
) -> None:
    hotline.story.call("c-1")
    number = hotline.story.order("r-1", title="小区供暖管道漏水")
    page = screen.open(hotline.address, f"/orders/{number}?tab=dispatch", user="dispatcher")
    page.keyboard.press("d")
    expect(page.locator(".tag")).to_have_text("已派单")
    undo = page.locator("#do-undo")
    expect(undo).to_contain_text("撤销刚才的步骤：派单")
    take_picture(page, screenshots, "order-undo")
    page.keyboard.press("0")
    expect(page.locator("#sure")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".tag")).to_have_text("已派单")
    page.keyboard.press("0")
    page.keyboard.press("Enter")
    expect(page.locator("#unit")).to_have_text("尚未派单")
    expect(page.locator(".timeline s")).to_have_text("派单")
    expect(undo).to_have_count(0)
    expect(page.locator("#no-undo")).to_have_count(0)
    take_picture(page, screenshots, "order-undone")
    page.keyboard.press("d")
    expect(page.locator(".tag")).to_have_text("已派单")
    undo.click()
    expect(page.locator("#unit")).to_have_text("尚未派单")
    city = page.locator("select[name=unit] option[data-final]").first.get_attribute("value")
    page.locator("select[name=unit]").select_option(city)
    page.locator("h1").click()
    page.keyboard.press("d")
    expect(page.locator("#sure")).to_be_visible()  # the city's hotline may fetch it at once
    page.keyboard.press("Enter")
    expect(page.locator("#no-undo")).to_contain_text("不能撤销：工单由市级热线办理")
    take_picture(page, screenshots, "order-no-undo")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_page_of_the_hotline_scrolls_sideways(
    screen: Screen, hotline: HotlineCentre, language: str, screenshots: Pictures
) -> None:
    told = tell(hotline.served)
    for user, path in (
        ("agent", "/agent"),
        ("dispatcher", "/orders?tab=all"),
        ("dispatcher", f"/orders/{told.accepted}"),
        ("unit_handler", "/unit"),
        ("callback_agent", "/callbacks"),
        ("callback_agent", f"/callbacks/{told.completed}/1"),
        ("supervisor", f"/orders/{told.completed}"),
    ):
        page = screen.open(hotline.address, path, (1440, 900), language, user)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        if language == "en":
            take_picture(page, screenshots, "en-" + path.strip("/").split("/")[0].split("?")[0])
