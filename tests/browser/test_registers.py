"""An activity from plan to acceptance by two sides, down to its file from the indicator."""

import re
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from ops_core.registers.service import PlanDraft, plan_item
from tests.browser.conftest import Pictures, Screen, Served

pytestmark = pytest.mark.browser


def test_an_activity_is_planned_handed_in_accepted_and_found_behind_its_indicator(
    screen: Screen, served: Served, screenshots: Pictures
) -> None:
    today = served.made.dependencies.clock.now().astimezone(ZoneInfo("Asia/Shanghai")).date()
    with served.made.unit_of_work() as uow:
        draft = PlanDraft("座席设备保障要求", today, {"branch": "保障"})
        plan_item(uow, served.made.dependencies.site, "standards", draft)
    page = screen.open(served.address, "/registers/activities", user="supervisor")
    screenshots.take(page, "registers-empty.png")
    page.keyboard.press("n")
    page.locator("[name=title]").fill("走进社区听民声")
    page.locator("[name=due_on]").fill(str(today - timedelta(days=3)))
    page.locator("[name='field.theme']").select_option("走基层")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[role=alert]:not([hidden])")).to_contain_text("到期日已过")
    screenshots.take(page, "register-new.png")
    page.locator("[name=due_on]").fill(str(today))
    page.keyboard.press("Control+Enter")
    expect(page).to_have_url(re.compile("/registers/items/R-"))
    item = page.url
    page.get_by_role("button", name="开始", exact=True).click()
    expect(page.locator("h1 .tag")).to_have_text("进行中")
    page.locator("#step-submit [name='field.attended']").fill("26")
    page.locator("#step-submit [name=files]").set_input_files(
        {"name": "总结.pdf", "mimeType": "application/pdf", "buffer": b"MZ no pdf"}
    )
    page.locator("#step-submit button").click()
    expect(page.locator("#notice")).to_contain_text("文件内容与名称不符")
    page.evaluate("document.querySelector('#step-submit').dataset.mostBytes = 5")
    page.locator("#step-submit button").click()
    expect(page.locator("#notice")).to_contain_text("没有上传")
    page.evaluate("document.querySelector('#step-submit').dataset.mostBytes = 20971520")
    page.locator("#step-submit [name=files]").set_input_files(
        {"name": "总结.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n%%EOF\n"}
    )
    page.locator("#step-submit button").click()
    expect(page.locator("h1 .tag")).to_have_text("待验收")
    screenshots.take(page, "register-item.png", full_page=True)
    other = screen.open(
        served.address, item.removeprefix(served.address), user="purchaser_supervisor"
    )
    other.get_by_role("button", name="验收", exact=True).click()
    expect(other.locator("h1 .tag")).to_have_text("已验收")
    other.goto(f"{served.address}/indicators/15?period=month&month={today:%Y-%m}&show=counted")
    screenshots.take(other, "indicator-15.png", full_page=True)
    other.locator("main a[href^='/registers/items/']").first.click()
    with other.expect_download() as taken:
        other.locator(".evidence a").first.click()
    assert Path(taken.value.path()).read_bytes().startswith(b"%PDF")
    other.goto(f"{served.address}/registers/standards")
    screenshots.take(other, "registers-standards.png")
    english = screen.open(served.address, "/registers/activities?tab=done", (1440, 900), "en")
    expect(english.locator("main")).to_have_count(1)
    page = screen.open(served.address, "/library", user="supervisor", language="en")
    expect(page.locator(".empty")).to_have_text("No document is in effect")
