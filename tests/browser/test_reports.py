"""A flash report by keyboard, from its author over a reviewer to the purchaser's receipt."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Pictures, Screen
from tests.browser.test_orders import HotlineCentre, hotline, take_picture

__all__ = ["hotline"]
pytestmark = pytest.mark.browser


def test_a_flash_report_is_written_reviewed_submitted_and_received_by_keyboard(
    screen: Screen, hotline: HotlineCentre, screenshots: Pictures
) -> None:
    author = screen.open(hotline.address, "/reports", user="dispatcher")
    take_picture(author, screenshots, "reports")
    author.keyboard.press("n")
    author.keyboard.type("供暖中断")
    author.keyboard.press("Enter")
    expect(author.locator(".preview .empty")).to_be_visible()
    page = author.url.removeprefix(hotline.address)
    author.keyboard.press("d")
    expect(author.locator("#sure")).to_be_visible()
    author.keyboard.press("Enter")
    expect(author.locator(".preview article h3")).to_have_text("关于供暖中断的专报")
    author.keyboard.press("n")
    author.keyboard.type("来电 13912345678 反映")
    author.locator("#do-write").click()
    expect(author.locator(".preview")).to_contain_text("来电 139****5678 反映")
    expect(author.locator("#do-review")).to_be_disabled()
    take_picture(author, screenshots, "report-author")
    reviewer = screen.open(hotline.address, page, user="supervisor")
    reviewer.keyboard.press("a")
    expect(reviewer.locator("#sure")).to_be_visible()
    reviewer.keyboard.press("Enter")
    expect(reviewer.locator("h1 .tag")).to_have_text("已审核")
    author.goto(f"{hotline.address}{page}")
    author.locator("#do-submit").click()
    expect(author.locator("h1 .tag")).to_have_text("已报送")
    purchaser = screen.open(hotline.address, page, user="purchaser_supervisor")
    take_picture(purchaser, screenshots, "report-purchaser")
    purchaser.keyboard.press("r")
    expect(purchaser.locator("#sure")).to_be_visible()
    purchaser.keyboard.press("Enter")
    expect(purchaser.locator("h1 .tag")).to_have_text("已签收")
    expect(purchaser.locator(".timeline li")).to_have_count(6)
