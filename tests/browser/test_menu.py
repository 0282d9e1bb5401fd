"""The menu in one row at every width, opened by keys, with a way out at twice the size."""

import pytest
from playwright.sync_api import Page, expect

from ops_core.kernel.identity import OPERATOR_ROLES, set_roles
from tests.browser.conftest import Pictures, Screen, Served

pytestmark = pytest.mark.browser

ONE_ROW = 56
WIDTHS = (1280, 1440, 1920)


def say(page: Page, served: Served, language: str) -> None:
    page.context.add_cookies(
        [{"name": "zhishou_language", "value": language, "url": served.address}]
    )


def test_it_stands_in_one_row_opens_by_keys_and_leaves_nothing_off_screen(
    served: Served, screen: Screen, screenshots: Pictures
) -> None:
    with served.made.unit_of_work() as uow:
        set_roles(uow, "guest", OPERATOR_ROLES)
    page = screen.open(served.address, "/network/compliance", (1280, 800), user="guest")
    for language in ("zh", "en"):
        say(page, served, language)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(served.address + "/network/compliance")
            bar = page.locator("nav").bounding_box()
            assert bar is not None
            assert bar["height"] <= ONE_ROW, (language, width)
            expect(page.locator("nav details.here")).to_have_count(1)
            page.locator("nav details.here summary").click()
            screenshots.take(page, f"menu-{language}-{width}.png")
            page.keyboard.press("Escape")
    _opened_by_keys(page)
    _at_twice_the_size(page, served, screenshots)


def _opened_by_keys(page: Page) -> None:
    first = page.locator("nav details").first
    first.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(first).to_have_attribute("open", "")
    page.keyboard.press("Tab")
    expect(first.locator("a").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(first).not_to_have_attribute("open", "")
    expect(first.locator("summary")).to_be_focused()
    page.keyboard.press("Enter")
    page.locator("nav details").nth(1).locator("summary").click()
    expect(page.locator("nav details[open]")).to_have_count(1)
    page.locator("h1").first.click()
    expect(page.locator("nav details[open]")).to_have_count(0)


def _at_twice_the_size(page: Page, served: Served, screenshots: Pictures) -> None:
    """A browser at 200% of 1280 pixels lays out as one of 640."""
    page.set_viewport_size({"width": 640, "height": 400})
    for language in ("zh", "en"):
        say(page, served, language)
        page.goto(served.address + "/network/compliance")
        page.locator("nav details").last.locator("summary").click()
        screenshots.take(page, f"menu-{language}-640.png")
        for what in ("form[action='/logout'] button", "nav details[open] a"):
            box = page.locator(what).last.bounding_box()
            assert box is not None
            assert box["x"] >= 0, (what, language)
            assert box["x"] + box["width"] <= 640, (what, language)
